"""What one request holds of a pool: a turn, and then a connection."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpcore

from navai._http.connections import Connection
from navai._http.keepalive import seconds_to_keep
from navai._http.proxies import is_network_error, setup_error
from navai._http.turns import Turn

if TYPE_CHECKING:
    from navai._http.pool import Pool

# How many bytes may arrive until the head of a response is complete. Each head may have 100 KiB, which httpcore checks; it does not
# count informational ones. A handshake comes before, and up to 64 KiB of the body arrive along.
_MAX_HEAD_SIZE = 300 * 1024


class Lease(Turn):
    """A turn, and then a connection, for one request.

    Args:
        pool: Where the connection comes from.
        origin: Where it leads.
        deadline: When the call ends, on the clock of `time.monotonic`; None means never.
        timeout: Seconds to wait for a connection; None means any time.
        create: Returns a connection to an origin, which is opened later.
    """

    connection: Any = None
    # Whether the whole response was read, so that the connection may be ready for the next request.
    is_ready = False
    # Whether its request is the first one over its connection.
    _is_first = False
    _is_released = False

    def __init__(
        self,
        pool: Pool,
        origin: Any,
        deadline: float | None,
        timeout: float | None,
        create: Callable[[Any], Any],
    ) -> None:
        self.pool = pool
        self._create = create
        self._timeout = timeout
        self._origin = origin
        self._deadline = deadline
        self.scope = pool.scopes.get()

    def take_turn(self) -> bool:
        """Asks for a connection. Returns whether the call may have one at once; if not, `wait_for_turn` in `navai._http.pool`."""
        return self.scope.turns.take(self)

    def seconds_to_wait(self) -> float | None:
        """Seconds to wait for a connection; None means any time."""
        if self._deadline is None:
            return self._timeout
        left = self._deadline - time.monotonic()
        return left if self._timeout is None else min(self._timeout, left)

    def connect(self) -> Any:
        """A connection, which may not be open yet.

        Raises:
            httpcore.PoolTimeout: If the deadline has passed: nothing may be sent any more.
        """
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise httpcore.PoolTimeout
        while (connection := self.scope.idle.take(self._origin)) is not None and not connection.is_alive():
            connection.close()
        if connection is None:
            connection = self._create(self._origin)
            self._is_first = True
            self.scope.begin_first(self)
            connection.network.while_waiting = self.scope.make_room
        self.connection = connection
        connection.network.deadline = self._deadline
        return connection

    def keep(self, keep_alive: bytes) -> None:
        """Lets the connection be reused, for as long as the response's header Keep-Alive allows."""
        self.connection.expires = time.monotonic() + seconds_to_keep(keep_alive)
        if self._is_first:
            self.connection.network.while_waiting = None
            self.scope.end_first(self)

    def release(self) -> None:
        """Returns the connection to the pool if it can be reused, or closes it. Idempotent."""
        if self._is_released:
            return
        connection, self.connection = self.connection, None
        dropped = [] if connection is None else [connection]
        try:
            if connection is not None and self.is_ready and connection.is_clean():
                dropped = self.scope.keep(connection)
        finally:
            self.scope.turns.release(self)
            if self._is_first:
                self.scope.end_first(self)
            self._is_released = True
        for closing in dropped:
            closing.close()
        if self.pool.scopes.is_closed:
            self.scope.close()


class HttpcoreLease(Lease):
    """A lease for one request of httpcore. It is also the stream of the response: closing the stream releases the lease.

    Args:
        pool: Where the connection comes from.
        request: The request.
    """

    def __init__(self, pool: Pool, request: httpcore.Request) -> None:
        self._request: Any = request
        extensions = self._request.extensions
        # Without this lease, to avoid a reference cycle: a turn that is not released must end with the last reference to it.
        self._request.extensions = {name: value for name, value in extensions.items() if name != "leases"}
        request.url = pool.bracket(request.url)
        super().__init__(pool, request.url.origin, extensions.get("deadline"), extensions["timeout"]["pool"], pool.new_connection)
        self._chunks: Any = None
        self._is_whole = False
        extensions.get("leases", []).append(self)

    def connect(self) -> Connection:
        """A connection, which may not be open yet, with the limits of the request."""
        connection: Connection = super().connect()
        connection.network.head_left = _MAX_HEAD_SIZE
        if not connection.is_set_up:
            connection.network.setup = self._request.extensions["timeout"]["connect"]
            self._request.extensions["trace"] = connection.on_trace_event_async if self.pool.is_async else connection.on_trace_event
        return connection

    def fail(self, error: Exception) -> None:
        """Releases the lease. Raises a better error than `error` if the proxy had not opened the way yet: nothing was sent then."""
        connection = self.connection
        self.release()
        if connection is not None and not connection.is_set_up and is_network_error(error):
            raise setup_error(error) from error

    def read(self, response: httpcore.Response) -> httpcore.Response:
        """The response, which releases the lease when it is closed.

        Raises:
            httpcore.ProxyError: If the proxy refuses the request.
        """
        self.connection.network.head_left = math.inf
        if response.status == 407 and self.connection.route.is_forwarding:
            raise httpcore.ProxyError("407 Proxy Authentication Required")
        self.keep(b",".join(value for name, value in response.headers if name.lower() == b"keep-alive"))
        self._chunks, response.stream = response.stream, self
        return response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        self._is_whole = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk
        self._is_whole = True

    def close(self) -> None:
        """Stops reading. Idempotent."""
        try:
            self._chunks.close()
            self.is_ready = self._is_whole
        finally:
            self.release()

    async def aclose(self) -> None:
        """Stops reading. Idempotent."""
        try:
            await self._chunks.aclose()
            self.is_ready = self._is_whole
        finally:
            self.release()
