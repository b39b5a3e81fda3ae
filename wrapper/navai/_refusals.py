"""Refusing arguments without showing them."""

from __future__ import annotations

from types import TracebackType

from navai._errors import ConfigurationError
from navai._tracebacks import without_locals, without_tracebacks


class Refusals:
    """Removes the tracebacks of errors about invalid arguments: the locals of their frames hold the arguments, which may be secret.

    Args:
        handled: The exception that the caller was handling, which keeps its traceback.
    """

    __slots__ = ("_handled",)

    def __init__(self, handled: BaseException | None) -> None:
        self._handled = handled

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, ConfigurationError):
            without_tracebacks(error, self._handled)
        elif error is not None:  # Of a signal handler, or of the caller's own mapping.
            without_locals(error, self._handled)
