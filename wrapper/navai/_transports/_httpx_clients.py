"""The httpx clients that requests go over: the caller's, or our own."""

from __future__ import annotations

import asyncio
import functools
import os
import ssl
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from attrs import frozen

from navai._errors import ConfigurationError
from navai._messages import Timeout
from navai._transports._httpx_connections import AsyncConnections, Connections
from navai._transports._idle import LONGEST_IDLE, MOST_CONNECTIONS, MOST_IDLE

_C = TypeVar("_C", httpx.Client, httpx.AsyncClient)


@functools.cache
def _verifying_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes about 40 ms."""
    return httpx.create_ssl_context()


def _client_options(kind: type[Any], scheme: str, proxied: bool) -> dict[str, Any]:
    # A call must not depend on the one before it, so cookies are not kept.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    options: dict[str, Any] = {"cookies": no_cookies, "timeout": httpx_timeout(Timeout())}
    if proxied:  # That is httpx's: it reads the same variables.
        limits = httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_IDLE, keepalive_expiry=LONGEST_IDLE)
        return options | {"verify": _verifying_context(), "limits": limits}
    # A plain http client never speaks TLS, and costs nothing.
    context = _verifying_context() if scheme == "https" else None
    return options | {"transport": Connections(context) if kind is httpx.Client else AsyncConnections(context)}


def _is_proxied(origin: str) -> bool:
    """Whether the environment says (``HTTPS_PROXY``, ``NO_PROXY`` and the like) that requests go over a proxy."""
    parts, proxies = urlsplit(origin), getproxies()
    return (parts.scheme in proxies or "all" in proxies) and not proxy_bypass(parts.hostname or "")


def httpx_timeout(timeout: Timeout) -> httpx.Timeout:
    """Ours as httpx's."""
    return httpx.Timeout(connect=timeout.connect, read=timeout.read, write=timeout.write, pool=timeout.pool)


@frozen
class Place:
    """Where connections may be used: in this process, as a child after `fork` must not share a socket with its parent, and for an
    async client in the event loop that runs now, asyncio's or trio's.
    """

    process: int
    loop: object = None

    def ended(self) -> bool:
        """Whether its event loop is closed."""
        return isinstance(self.loop, asyncio.AbstractEventLoop) and self.loop.is_closed()


def this_process() -> Place:
    """The place of a sync client."""
    return Place(os.getpid())


def this_loop() -> Place:
    """The place of an async client."""
    try:
        return Place(os.getpid(), asyncio.get_running_loop())
    except RuntimeError:
        from trio.lowlevel import current_trio_token  # noqa: PLC0415 (who runs trio has it)

        return Place(os.getpid(), current_trio_token())


class Clients(Generic[_C]):
    """The caller's own HTTP client, or clients of ours, built when first needed: one for each scheme and place, and one more for
    proxies where the environment names some.

    Without locks, which a `fork` could copy while they are held. Two threads may build the same client at once; then one of the
    two is kept, and the other never opened a connection.

    Args:
        callers: The caller's client, checked here; None for clients of ours.
        kind: The class of the clients.
        place: Tells where the connections that are opened now may be used.
    """

    def __init__(self, callers: Any, kind: type[_C], place: Callable[[], Place]) -> None:
        if callers is not None and not isinstance(callers, kind):
            raise ConfigurationError(
                f"http_client must be an httpx.{kind.__name__}. (NavaiBackendClient takes an httpx.Client, and "
                "AsyncNavaiBackendClient an httpx.AsyncClient.)"
            )
        self._callers: _C | None = callers
        self._kind: type[_C] = kind
        self._place = place
        self._own: dict[tuple[Place, str, bool], _C] = {}
        # Bounded, since a backend can redirect to any number of hosts.
        self._is_proxied = functools.lru_cache(16)(_is_proxied)
        self._closed = False

    def for_url(self, url: str) -> _C:
        """The client that requests to `url` go over, from here.

        Raises:
            ConfigurationError: It is closed.
        """
        client = self._callers
        if client is None and not self._closed:
            scheme, _, rest = url.partition("://")
            key = (self._place(), scheme, self._is_proxied(f"{scheme}://{rest.partition('/')[0]}"))
            client = self._own.get(key) or self._add(key)
        if client is None or client.is_closed:
            raise ConfigurationError("This client is closed: make calls before closing it, or build another one.")
        return client

    def _add(self, key: tuple[Place, str, bool]) -> _C:
        # What an event loop that has ended left behind is of no more use.
        for old in [each for each in list(self._own) if each[0].ended()]:
            self._own.pop(old, None)
        _, scheme, proxied = key
        return self._own.setdefault(key, self._kind(**_client_options(self._kind, scheme, proxied)))

    def close(self) -> list[_C]:
        """No more calls; the clients of ours that are to be closed, and can be closed from here."""
        self._closed = True
        here = self._place() if self._own else None
        return [self._own.pop(key) for key in list(self._own) if key[0] == here]
