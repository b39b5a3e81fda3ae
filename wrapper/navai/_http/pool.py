"""A connection pool with the interface of httpcore's: connections are kept by our rules, and every wait heeds the deadline.

The pools of httpcore, which httpx uses, keep every connection for the same time, whatever the backend says, have no notion of a
deadline, and go through all connections and waiting calls for every call.

Nothing here takes a lock: an exception that a signal handler raises could leave it locked, and a `fork` could copy it while locked.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpcore
import httpx

from navai._http.connections import Connection, Scope
from navai._http.lease import HttpcoreLease, Lease
from navai._http.network import AsyncBackend, Backend
from navai._http.proxies import Route, find_route
from navai._http.scoped import Scoped, loop_scope, process_scope
from navai._http.timers import Watch, watch_in_loop


class Pool:
    """What both pools share."""

    core_pool: Any
    backend: Any
    is_async: bool

    def __init__(self, scope: Callable[[], Any], watch: Watch | None, max_connections: int | None) -> None:
        self.scopes: Scoped[Scope] = Scoped(lambda: Scope(max_connections, watch), scope, Scope.close)
        # Bounded, because a backend can redirect to any number of places.
        self.route = functools.lru_cache(16)(find_route)

    def new_connection(self, origin: httpcore.Origin) -> Connection:
        """A connection that is opened later."""
        return Connection(origin, self.route_to(origin), self.core_pool, self.backend())

    def route_to(self, origin: httpcore.Origin) -> Route:
        """The way to an origin."""
        return self.route(origin.scheme.decode("ascii"), origin.host.decode("ascii").strip("[]"), origin.port)

    def bracket(self, url: httpcore.URL) -> httpcore.URL:
        """The URL for a proxy: with brackets around IPv6 addresses (RFC 3986 section 3.2.2), which httpcore leaves out."""
        proxy = self.route_to(url.origin).proxy if b":" in url.host else None
        if proxy is None or proxy.url.scheme.startswith(b"socks"):
            return url
        return httpcore.URL(scheme=url.scheme, host=b"[%b]" % url.host, port=url.port, target=url.target)

    def proxy_to(self, url: httpx.URL) -> str | None:
        """The proxy for requests to `url`, without credentials; None without one."""
        return self.route_to(httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"").origin).name

    def is_open(self) -> bool:
        """Whether there are idle connections."""
        return any(len(scope.idle) for scope in self.scopes)

    # httpx's clients do this to the pool of their transport. It is not theirs, so it has no effect.

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        pass

    async def aclose(self) -> None:
        pass

    def shut(self) -> None:
        """Closes the idle connections of this process, and the others when they become idle. Idempotent; never waits."""
        for scope in self.scopes.close():
            scope.close()


class ConnectionPool(Pool):
    """The connections of a sync client.

    A request's extension `deadline`, on the clock of `time.monotonic`, ends all its waits.

    Args:
        max_connections: How many calls may have one at once; None for the default.
    """

    core_pool, backend, is_async = httpcore.ConnectionPool, Backend, False

    def __init__(self, max_connections: int | None = None) -> None:
        super().__init__(process_scope, None, max_connections)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Sends a request and reads the head of its response."""
        lease = HttpcoreLease(self, request)
        try:
            if not lease.take_turn():
                wait_for_turn(lease)
            return lease.read(lease.connect().http.handle_request(request))
        except Exception as error:
            lease.fail(error)
            raise
        except BaseException:
            lease.release()
            raise


def wait_for_turn(lease: Lease) -> None:
    """Waits until the call may have a connection.

    Raises:
        httpcore.PoolTimeout: If none becomes free in time.
    """
    turns, seconds = lease.scope.turns, lease.seconds_to_wait()
    until = None if seconds is None else time.monotonic() + seconds
    # A queue implemented in C, which nothing can leave locked.
    awake = queue.SimpleQueue[None]()
    lease.wake = functools.partial(awake.put, None)
    while not turns.has_come(lease):
        left = turns.look_again() if until is None else min(turns.look_again(), until - time.monotonic())
        if left <= 0:
            raise httpcore.PoolTimeout
        with contextlib.suppress(queue.Empty):
            awake.get(timeout=left)


class AsyncConnectionPool(Pool):
    """As `ConnectionPool`, for an async client."""

    core_pool, backend, is_async = httpcore.AsyncConnectionPool, AsyncBackend, True

    def __init__(self, max_connections: int | None = None) -> None:
        super().__init__(loop_scope, watch_in_loop, max_connections)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Sends a request and reads the head of its response."""
        lease = HttpcoreLease(self, request)
        try:
            if not lease.take_turn():
                await wait_for_turn_async(lease)
            return lease.read(await lease.connect().http.handle_async_request(request))
        except Exception as error:
            lease.fail(error)
            raise
        except BaseException:
            lease.release()
            raise


async def wait_for_turn_async(lease: Lease) -> None:
    """As `wait_for_turn`, awaited."""
    turns = lease.scope.turns
    with anyio.move_on_after(lease.seconds_to_wait()):
        while not turns.has_come(lease):
            lease.wake = (awake := anyio.Event()).set
            with anyio.move_on_after(turns.look_again()):
                await awake.wait()
        return
    raise httpcore.PoolTimeout
