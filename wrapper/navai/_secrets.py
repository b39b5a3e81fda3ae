"""What is secret of a client's options, and what of it may be shown."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterator

MASK = "***"

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
