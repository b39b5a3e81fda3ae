"""Arguments that may be secret: held so that no repr shows them, and refused so that no traceback does."""

from __future__ import annotations

import sys
from collections.abc import ItemsView, KeysView, Mapping
from types import TracebackType
from typing import Any, Self

from navai._errors import ConfigurationError
from navai._tracebacks import without_locals, without_tracebacks


class RedactedDict:
    """Named values that may be secret. Public functions put their arguments into one on their first line.

    It is used like a dict, but is not one: error reporters walk through the dicts and tuples among the locals of a frame, and show
    the repr of everything else. This repr has only the names.

    Use it as a context manager while the values are checked: a `ConfigurationError` leaves it without a traceback, any other error
    without the locals of the frames that it passed. What the caller was handling keeps its own.
    """

    __slots__ = ("_handled", "_values")

    def __init__(self, values: Mapping[str, Any] | RedactedDict | None = None, /, **named: Any) -> None:
        self._values: dict[str, Any] = {**values, **named} if values else named

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __or__(self, other: RedactedDict) -> RedactedDict:
        return RedactedDict(self, **other)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or `default` if there is none."""
        return self._values.get(name, default)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def items(self) -> ItemsView[str, Any]:
        """Names and values."""
        return self._values.items()

    def __repr__(self) -> str:
        return f"<{', '.join(self._values)}>"

    def __enter__(self) -> Self:
        self._handled = sys.exception()  # The caller handles it, and it keeps its traceback.
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        handled, self._handled = self._handled, None  # It would live as long as the values do.
        if error is None:
            return
        if isinstance(error, ConfigurationError):
            without_tracebacks(error, handled)
        else:  # Of a signal handler, or of the caller's own mapping.
            without_locals(error, handled)
