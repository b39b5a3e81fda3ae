"""The base URL and the path options, checked. Messages never show a password."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from navai._errors import ConfigurationError
from navai._http.hosts import is_host
from navai._secrets import redact_url
from navai._whitespace import trim

DEFAULT_API_BASE_URL = "http://localhost:3000"
ENVIRONMENT_VARIABLE = "NAVAI_API_URL"

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"
_LOCAL_HOST = r"(localhost|127\.[\d.]+|0\.0\.0\.0|\[[\da-fA-F:]*\]|192\.168\.[\d.]+|10\.[\d.]+)(:\d+)?(/|$)"


def checked_base_url(argument: Any, environment_url: Any) -> tuple[str, tuple[str, str] | None]:
    """The base URL without trailing slashes and credentials, and its credentials: argument, else environment, else default.

    Raises:
        ConfigurationError: If it is not an http or https URL, or has a query or a fragment.
    """
    for source, value in (("api_base_url", argument), (ENVIRONMENT_VARIABLE, environment_url)):
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{source} must be a string such as {DEFAULT_API_BASE_URL!r}, not {type(value).__name__}.")
        if value is not None and trim(value):
            return _split_base_url(source, trim(value))
    return DEFAULT_API_BASE_URL, None


def _split_base_url(source: str, url: str) -> tuple[str, tuple[str, str] | None]:
    if url[0] in _QUOTES:  # Some readers of .env files leave them.
        bare = _redacted(url.strip(_QUOTES))
        raise ConfigurationError(f"{source} has quotes around it: write {bare or DEFAULT_API_BASE_URL} without them.")
    shown = _redacted(url)
    scheme, _, rest = url.partition("://")
    no_host = f"{source} {shown!r} has no valid host and port: write it like {DEFAULT_API_BASE_URL!r}."
    if re.match(r"https?:(//$|/?[^/]|/?$)", url, re.IGNORECASE):
        raise ConfigurationError(no_host)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) or not rest:
        suggested = "http" if re.match(_LOCAL_HOST, url) else "https"
        raise ConfigurationError(f"{source} {shown!r} has no scheme: write '{suggested}://{shown.lstrip('/')}'.")
    if scheme.lower() not in ("http", "https"):
        raise ConfigurationError(f"{source} {shown!r} has the scheme {scheme!r}: a Navai backend speaks http or https.")
    if _must_be_encoded(url):
        raise ConfigurationError(f"{source} {shown!r} contains a space, a control character or a backslash: percent-encode it.")
    if "?" in rest or "#" in rest:
        raise ConfigurationError(
            f"{source} {shown!r} has a query or a fragment: leave it out. A query belongs in a path option, for example "
            "functions_list_path='/?rest_route=/navai/v1/functions'."
        )
    authority, slash, path = rest.partition("/")
    userinfo, at, address = authority.rpartition("@")
    if not _has_host_and_port(f"{scheme}://{address}"):
        raise ConfigurationError(no_host)
    credentials = None
    if at:
        username, _, password = userinfo.partition(":")
        credentials = checked_credentials((unquote(username), unquote(password)))
    return f"{scheme.lower()}://{address}{slash}{path}".rstrip("/"), credentials


def _has_host_and_port(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return is_host(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _redacted(url: str) -> str:
    """The URL as shown in an error message."""
    # Redacts up to the last "@", since a password that is not percent-encoded may contain anything.
    return redact_url(re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*://|//)?.*@", r"\1***@", url, flags=re.DOTALL))


def checked_path(name: str, path: Any) -> str | None:
    """A path option with a leading slash; None if it is not given.

    Raises:
        ConfigurationError: If it is not a path.
    """
    if path is None:
        return None
    if not isinstance(path, str) or not trim(path):
        raise ConfigurationError(f"{name} must be a path such as '/navai/functions'; leave it out for the default.")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|//", path):
        raise ConfigurationError(
            f"{name} {_redacted(path)!r} is a whole URL: pass its host as api_base_url, and only its path here."
        )
    if _must_be_encoded(path) or "#" in path:
        raise ConfigurationError(
            f"{name} {redact_url(path)!r} contains a space, a control character, a backslash or a fragment: percent-encode it."
        )
    # In a query, the apostrophe is percent-encoded (URL standard, "special-query percent-encode set"); an empty one is dropped.
    before, mark, query = path.partition("?")
    path = before + (mark + query.replace("'", "%27") if query else "")
    return path if path.startswith("/") else f"/{path}"


def checked_credentials(auth: Any) -> tuple[str, str] | None:
    """The username and password; None if they are not given.

    Raises:
        ConfigurationError: If they are not a tuple of two strings, or basic authentication cannot carry them.
    """
    match auth:
        case None:
            return None
        case (str(username), str(password)) if isinstance(auth, tuple):
            if ":" in username:
                raise ConfigurationError("auth: the username contains a colon, which basic authentication cannot carry (RFC 7617).")
            try:
                (username + password).encode()
            except UnicodeEncodeError:
                raise ConfigurationError(
                    "auth: the username or password contains half of a surrogate pair: use whole characters."
                ) from None
            return username, password
        case _:
            raise ConfigurationError(
                "auth must be a tuple (username, password) for HTTP basic authentication. For a bearer token, write "
                "headers={'Authorization': 'Bearer ...'}."
            )


def _must_be_encoded(text: str) -> bool:
    """Whether it has a space, a control character, a backslash or half a surrogate pair."""
    # No regular expression: compiling one of these takes 0.4 ms of loading.
    return any(character <= " " or character in "\x7f\\" or "\ud800" <= character <= "\udfff" for character in text)
