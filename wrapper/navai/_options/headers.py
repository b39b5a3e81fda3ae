"""The headers that a client sends: those of the caller, checked and merged, beside those of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from navai._errors import ConfigurationError
from navai._http.headers import DEFAULT_HEADERS, FIXED_HEADERS, HeaderPairs
from navai._redaction import header_secrets

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_NO_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-].*", re.DOTALL)
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110 section 5.5, less obs-text

# What the client writes itself; another value would break the request's framing or its JSON, or the unpacking of the answer.
_RESERVED = frozenset({"accept-encoding", "content-type", "content-length", "transfer-encoding", "connection"})
_DEFAULT_NAMES = frozenset(map(str.lower, DEFAULT_HEADERS))
# In place of the value of one of those that `with_options` has taken away; nobody else can give it.
_REMOVED: Any = object()


def merged_headers(headers: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    """The option `headers` of a client with some changed: see `with_options`.

    Args:
        headers: Those of the client.
        changes: Those to have instead, whatever their case; None for one takes it away.

    Raises:
        ConfigurationError: `changes` cannot be right.
    """
    checked = checked_headers("headers", changes, removable=True)
    return _merged(headers, checked) | {
        name: _REMOVED for name, value in checked.items() if value is None and name.lower() in _DEFAULT_NAMES
    }


def with_extra_headers(headers: HeaderPairs, extra: Any) -> tuple[HeaderPairs, tuple[str, ...]]:
    """All headers of one call, and what must not show in any error of what it has more than others.

    Args:
        headers: All of the operation's.
        extra: The argument `extra_headers`: those to have instead, whatever their case; None for one takes it away.

    Raises:
        ConfigurationError: `extra` cannot be right.
    """
    checked = checked_headers("extra_headers", extra, removable=True)
    return tuple(_merged(dict(headers), checked).items()), tuple(find_header_secrets(checked))


def _merged(headers: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    names = set(map(str.lower, changes))
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in changes.items() if value is not None}


def completed_headers(headers: Mapping[str, Any]) -> HeaderPairs:
    """With those of ours that a caller may replace or leave out, and those that nobody may."""
    names = set(map(str.lower, headers))
    defaults = {name: value for name, value in DEFAULT_HEADERS.items() if name.lower() not in names}
    own = {name: value for name, value in headers.items() if value is not _REMOVED}
    return tuple({**defaults, **own, **FIXED_HEADERS}.items())


def find_header_secrets(headers: Mapping[str, Any]) -> list[str]:
    """What of them must not show."""
    return [each for name, value in headers.items() if isinstance(value, str) for each in header_secrets(name, value)]


def checked_headers(option: str, headers: Any, *, removable: bool = False) -> dict[str, Any]:
    """A copy of headers of the caller's, checked: strings, or also None where they are `removable`."""
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"{option} must be a mapping of names to values; not {type(headers).__name__}.")
    checked: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in cast("Mapping[Any, Any]", headers).items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            # What follows may be a value, which may be secret.
            shown = _NO_TOKEN.sub("...", str(name))
            raise ConfigurationError(f"{option}: {shown!r} is not a header name (RFC 9110): use letters, digits and hyphens.")
        if name.lower() in _RESERVED:
            raise ConfigurationError(f"{option}: leave {name!r} out; the client writes it itself.")
        if name.lower() in seen:
            raise ConfigurationError(f"{option}: {name!r} is given twice, in different spelling.")
        seen.add(name.lower())
        if value is _REMOVED or (value is None and removable):
            checked[name] = value
            continue
        # The value may be secret, so it is never shown.
        if not isinstance(value, str):
            raise ConfigurationError(f"{option}: the value of {name!r} must be a string; not {type(value).__name__}.")
        if not _FIELD_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"{option}: the value of {name!r} holds a line break, another control character or a letter beyond ASCII: "
                "remove it, or percent-encode it if the backend expects that."
            )
        checked[name] = value.strip()
    return checked
