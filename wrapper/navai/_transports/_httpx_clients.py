"""The httpx clients that requests go over: the caller's, or our own."""

from __future__ import annotations

import asyncio
import functools
import os
import ssl
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar

import httpx
from attrs import frozen

from navai._errors import ConfigurationError
from navai._messages import Timeout

_C = TypeVar("_C", httpx.Client, httpx.AsyncClient)

# Idle connections are dropped before the backend drops them: Node does after 5 s. The other two limits are httpx's own defaults,
# written out because `Limits` takes what is left out for "unlimited".
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4.0)


@functools.cache
def _verifying_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes about 40 ms."""
    return httpx.create_ssl_context()


def _client_options(scheme: str) -> dict[str, Any]:
    # A plain http client is never to speak TLS: its context trusts nobody, and costs nothing.
    context = _verifying_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A call must not depend on the one before it, so cookies are not kept.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return {"verify": context, "limits": _LIMITS, "cookies": no_cookies, "timeout": httpx_timeout(Timeout())}


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
    """The caller's own HTTP client, or clients of ours: one for each scheme and place, built when first needed.

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
        self._build: Callable[..., _C] = kind
        self._place = place
        self._own: dict[tuple[str, Place], _C] = {}
        self._closed = False

    def for_url(self, url: str) -> _C:
        """The client that requests to `url` go over, from here.

        Raises:
            ConfigurationError: It is closed.
        """
        client = self._callers
        if client is None and not self._closed:
            key = (url.partition(":")[0], self._place())
            client = self._own.get(key) or self._add(key)
        if client is None or client.is_closed:
            raise ConfigurationError("This client is closed: make calls before closing it, or build another one.")
        return client

    def _add(self, key: tuple[str, Place]) -> _C:
        # What an event loop that has ended left behind is of no more use.
        for old in [each for each in list(self._own) if each[1].ended()]:
            self._own.pop(old, None)
        return self._own.setdefault(key, self._build(**_client_options(key[0])))

    def close(self) -> list[_C]:
        """No more calls; the clients of ours that are to be closed, and can be closed from here."""
        self._closed = True
        here = self._place() if self._own else None
        return [self._own.pop(key) for key in list(self._own) if key[1] == here]
