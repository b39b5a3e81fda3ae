"""Which redirects are followed, and what is sent along. No I/O.

`list_functions` follows redirects as `fetch` does. All other operations follow only those which mean that nothing was executed
and which stay on the backend: 307 or 308, to the same origin, or from http to https on the same host. Any other redirect is an
error that names the target. Nothing that could be secret is sent to another origin.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from attrs import frozen

from navai._http.hosts import is_host
from navai._http.messages import Response

# The same limit as in fetch (Fetch standard, "HTTP-redirect fetch").
MAX_REDIRECTS = 20

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPING_METHOD = frozenset({307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen
class Redirect:
    """The target of a redirect.

    Attributes:
        url: The whole URL, without fragment and credentials.
        trusted: Whether it is the same backend, which may receive headers and credentials.
    """

    url: str
    trusted: bool


def find_redirect(method: str, url: str, response: Response) -> Redirect | None:
    """Where `response` redirects to; None if it is not a redirect, or not one to follow.

    Args:
        method: The method of the request, in capitals.
        url: The URL of the request.
        response: The response to it.
    """
    location = find_location(response) if response.status in _REDIRECTS else None
    if location is None:
        return None
    try:
        whole = urlsplit(urljoin(url, location))
        target = whole._replace(netloc=whole.netloc.rpartition("@")[2], fragment="").geturl()
        # Parsed once more, since what is left without the credentials may be no URL.
        old, new = _origin(urlsplit(url)), _origin(urlsplit(target))
    except ValueError:
        return None
    if new[0] not in _DEFAULT_PORTS or not is_host(new[1]):
        return None
    trusted = old == new or (old[:2] == ("http", new[1]) and new[0] == "https")
    if method != "GET" and not (trusted and response.status in _KEEPING_METHOD):
        return None
    return Redirect(target, trusted)


def find_location(response: Response) -> str | None:
    """The Location header as text; None if there is none."""
    location = response.headers.get("location")
    # Headers are decoded as Latin-1, but non-ASCII bytes in a URL are UTF-8.
    return None if location is None else location.encode("latin-1").decode("utf-8", "replace")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
