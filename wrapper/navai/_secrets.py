"""What is secret of a client's options: held so that no repr shows it, and told apart from what may be shown."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import ItemsView, Iterator, KeysView, Mapping
from typing import Any

MASK = "***"


class RedactedDict:
    """Named values that may be secret. Public functions put their arguments into one on their first line.

    It is used like a dict, but is not one: error reporters walk through the dicts and tuples among the locals of a frame, and show
    the repr of everything else. This repr has only the names.
    """

    __slots__ = ("_values",)

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


# The parameter that tells WordPress which endpoint is meant.
_ROUTE = "rest_route"

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")


def redact_url(url: str) -> str:
    """A URL or path as errors and log lines show it: without credentials, and in its query only the value of ``rest_route``."""
    address, mark, query = _USERINFO.sub(r"\1//***@", url).partition("?")
    shown = [f"{name}={value if name == _ROUTE else MASK}" if equals else MASK for name, equals, value in _parameters(query)]
    return f"{address}?{'&'.join(shown)}" if mark else address


def query_secrets(url: str) -> list[str]:
    """The values in the query of a URL or path, except that of ``rest_route``."""
    return [value if equals else name for name, equals, value in _parameters(url.partition("?")[2]) if name != _ROUTE]


def _parameters(query: str) -> list[tuple[str, str, str]]:
    return [each.partition("=") for each in query.split("&")]


def header_secrets(name: str, value: str) -> Iterator[str]:
    """What must not be shown of a header: its value, and the parts of the value that a backend may repeat on their own.

    These are whatever follows a scheme (``Token abc``), each value of ``name=value; ...`` (for example in ``Cookie``), and the
    password of basic authentication.
    """
    if name.lower() in ("accept", "user-agent"):
        return
    yield value
    scheme, _, credentials = value.partition(" ")
    credentials = credentials.strip()
    yield credentials
    yield credentials.rpartition(":")[2]
    for pair in re.split(r"[;,\s]+", value):
        yield pair.partition("=")[2].strip('"')
    if scheme.lower() == "basic":
        try:
            yield a2b_base64(credentials).decode().partition(":")[2]
        except ValueError:  # It is not base64, or not UTF-8.
            return
