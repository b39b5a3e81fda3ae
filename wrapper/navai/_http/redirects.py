"""Which redirects are followed, and what goes along. No I/O.

A listing is followed as `fetch` follows it. An execution or a client secret is sent on only where it surely was not carried out and
stays on the backend: with 307 or 308, to the same origin, or from http to https of the same host. Any other is an error that names
the target. To another origin goes nothing that could be secret.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from attrs import frozen

from navai._http.hosts import is_host
from navai._http.messages import Response

# As many as fetch follows (Fetch standard, "HTTP-redirect fetch").
MAX_REDIRECTS = 20

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPING_METHOD = frozenset({307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class Redirect:
    """Where to go on.

    Attributes:
        url: The whole URL, without fragment and credentials.
        trusted: Whether it is the same backend, which may have headers and credentials.
    """

    url: str
    trusted: bool


def find_redirect(method: str, url: str, response: Response) -> Redirect | None:
    """Where to go on after `response`; None when it is no redirect, or not one to follow.

    Args:
        method: The method of the request, in capitals.
        url: The URL of the request.
        response: Its answer.
    """
    location = find_location(response) if response.status in _REDIRECTS else None
    if location is None:
        return None
    try:
        target = urlsplit(urljoin(url, location))
        old, new = _origin(urlsplit(url)), _origin(target)
    except ValueError:
        return None
    if new[0] not in _DEFAULT_PORTS or not is_host(new[1]):
        return None
    trusted = old == new or (old[:2] == ("http", new[1]) and new[0] == "https")
    if method != "GET" and not (trusted and response.status in _KEEPING_METHOD):
        return None
    return Redirect(target._replace(netloc=target.netloc.rpartition("@")[2], fragment="").geturl(), trusted)


def find_location(response: Response) -> str | None:
    """The header Location, as text; None without one."""
    location = response.headers.get("location")
    # Bytes beyond ASCII come as Latin-1; they are UTF-8 where they are anything.
    return None if location is None else location.encode("latin-1", "replace").decode("utf-8", "replace")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
