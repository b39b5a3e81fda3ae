"""The headers that a client sends: the caller's, checked and merged, and its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from navai._errors import ConfigurationError
from navai._http.headers import DEFAULT_HEADERS, FIXED_HEADERS, HeaderPairs
from navai._secrets import header_secrets

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_NOT_A_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-].*", re.DOTALL)
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")  # RFC 9110 section 5.5, less obs-text

# Headers that only the client sets: another value would break the framing or the JSON of the request, or decoding the response.
_RESERVED = frozenset({"accept-encoding", "content-type", "content-length", "transfer-encoding", "connection"})
_DEFAULT_NAMES = frozenset(map(str.lower, DEFAULT_HEADERS))
# Stands for the value of a default header that `with_options` has removed; a caller cannot pass it.
_REMOVED: Any = object()


def merged_headers(headers: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    """The client's option `headers` with changes applied: see `with_options`.

    Args:
        headers: The client's headers.
        changes: Headers that replace them, whatever their case; None removes one.

    Raises:
        ConfigurationError: If `changes` is not valid.
    """
    checked = checked_headers("headers", changes, removable=True)
    return _merged(headers, checked) | {
        name: _REMOVED for name, value in checked.items() if value is None and name.lower() in _DEFAULT_NAMES
    }


def with_extra_headers(headers: HeaderPairs, extra: Any) -> tuple[HeaderPairs, tuple[str, ...]]:
    """All headers of one call, and the secrets among `extra`, which must not show in any error.

    Args:
        headers: The operation's headers.
        extra: The argument `extra_headers`: headers that replace them, whatever their case; None removes one.

    Raises:
        ConfigurationError: If `extra` is not valid.
    """
    checked = checked_headers("extra_headers", extra, removable=True)
    return tuple(_merged(dict(headers), checked).items()), tuple(find_header_secrets(checked))


def _merged(headers: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    names = set(map(str.lower, changes))
    kept = {name: value for name, value in headers.items() if name.lower() not in names}
    return kept | {name: value for name, value in changes.items() if value is not None}


def completed_headers(headers: Mapping[str, Any]) -> HeaderPairs:
    """The caller's headers, completed with the client's own."""
    names = set(map(str.lower, headers))
    defaults = {name: value for name, value in DEFAULT_HEADERS.items() if name.lower() not in names}
    own = {name: value for name, value in headers.items() if value is not _REMOVED}
    return tuple({**defaults, **own, **FIXED_HEADERS}.items())


def find_header_secrets(headers: Mapping[str, Any]) -> list[str]:
    """The secrets among the values of `headers`."""
    return [secret for name, value in headers.items() if isinstance(value, str) for secret in header_secrets(name, value)]


def checked_headers(option: str, headers: Any, *, removable: bool = False) -> dict[str, Any]:
    """A checked copy of the caller's headers. Values are strings, or may also be None if `removable`."""
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"{option} must be a mapping of names to values, not {type(headers).__name__}.")
    checked: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in cast("Mapping[Any, Any]", headers).items():
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            # Anything after the invalid character may be a value, which may be secret.
            shown = _NOT_A_TOKEN.sub("...", str(name))
            raise ConfigurationError(f"{option}: {shown!r} is not a header name (RFC 9110): use letters, digits and hyphens.")
        if name.lower() in _RESERVED:
            raise ConfigurationError(f"{option}: leave {name!r} out; the client sets it itself.")
        if name.lower() in seen:
            raise ConfigurationError(f"{option}: {name!r} is given twice, in different case.")
        seen.add(name.lower())
        if value is _REMOVED or (value is None and removable):
            checked[name] = value
            continue
        # The value may be secret, so it is never shown.
        if not isinstance(value, str):
            raise ConfigurationError(f"{option}: the value of {name!r} must be a string, not {type(value).__name__}.")
        if not _FIELD_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"{option}: the value of {name!r} contains a line break, another control character or a non-ASCII character: "
                "remove it, or percent-encode it if the backend expects that."
            )
        checked[name] = value.strip()
    return checked
