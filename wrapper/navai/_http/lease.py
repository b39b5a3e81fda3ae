"""What one request has of a pool: a turn, and then a connection."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpcore

from navai._http.connections import Connection
from navai._http.keepalive import seconds_to_keep
from navai._http.proxies import is_network_error, setup_error

if TYPE_CHECKING:
    from navai._http.pool import Pool


class Lease:
    """A turn, and then a connection, for one request.

    Args:
        pool: Where the connection comes from.
        origin: Where it shall lead.
        deadline: When the call ends, on the clock of `time.monotonic`; None: no deadline.
        timeout: How many seconds to wait for a connection; None: any.
        create: Makes a connection to `origin`, which is still to be opened.
    """

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
        self._scope = pool.scopes.get(None)
        self.turns = self._scope.turns
        self.turn = self.turns.new()
        self.connection: Any = None
        # Whether the whole answer was read, so that the connection may be ready for the next request.
        self.is_ready = False
        self._has_ended = False

    def seconds_to_wait(self) -> float | None:
        """How long to wait for a connection; None: any time."""
        if self._deadline is None:
            return self._timeout
        left = self._deadline - time.monotonic()
        return left if self._timeout is None else min(self._timeout, left)

    def connect(self) -> Any:
        """A connection, which may still have to be opened.

        Raises:
            httpcore.PoolTimeout: If the deadline has passed: nothing may be sent any more.
        """
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise httpcore.PoolTimeout
        while (connection := self._scope.idle.take(self._origin)) is not None and not connection.is_alive():
            connection.close()
        self.connection = connection = connection or self._create(self._origin)
        connection.network.deadline = self._deadline
        return connection

    def keep(self, keep_alive: str) -> None:
        """Lets the connection be used again, as long as the answer's header Keep-Alive allows."""
        self.connection.expires = time.monotonic() + seconds_to_keep(keep_alive)

    def end(self) -> None:
        """Gives the connection back if it is as good as new, or closes it. Idempotent."""
        if self._has_ended:
            return
        connection, self.connection = self.connection, None
        dropped = [] if connection is None else [connection]
        try:
            if connection is not None and self.is_ready and connection.is_clean():
                dropped = self._scope.idle.put(connection)
        finally:
            self.turns.end(self.turn)
            self._has_ended = True
        for each in dropped:
            each.close()
        if self.pool.scopes.is_closed:
            self._scope.close()


class HttpcoreLease(Lease):
    """A lease for one request of httpcore, and the stream of its response, which ends it when it is closed.

    Args:
        pool: Where the connection comes from.
        request: What shall be sent.
    """

    def __init__(self, pool: Pool, request: httpcore.Request) -> None:
        self._request: Any = request
        extensions = self._request.extensions
        # Without this lease in it, which would be a circle: a turn that is not given back must end with the last reference to it.
        self._request.extensions = {name: value for name, value in extensions.items() if name != "leases"}
        request.url = pool.bracket(request.url)
        super().__init__(pool, request.url.origin, extensions.get("deadline"), extensions["timeout"]["pool"], pool.new_connection)
        self._chunks: Any = None
        self._is_whole = False
        extensions.get("leases", []).append(self)

    def connect(self) -> Connection:
        """A connection, which may still have to be opened, with the limits of the request."""
        connection: Connection = super().connect()
        if not connection.is_set_up:
            connection.network.setup = self._request.extensions["timeout"]["connect"]
            self._request.extensions["trace"] = connection.notice_async if self.pool.is_async else connection.notice
        return connection

    def fail(self, error: Exception) -> None:
        """Ends. Raises a better error than `error`, if there is one: before a proxy has opened the way, nothing was sent."""
        connection = self.connection
        self.end()
        if connection is not None and not connection.is_set_up and is_network_error(error):
            raise setup_error(error) from error

    def read(self, response: httpcore.Response) -> httpcore.Response:
        """The response, which gives the connection back when it is closed.

        Raises:
            httpcore.ProxyError: It is the proxy's refusal.
        """
        if response.status == 407 and self.connection.route.is_forwarding:
            raise httpcore.ProxyError("407 Proxy Authentication Required")
        self.keep(b",".join(value for name, value in response.headers if name.lower() == b"keep-alive").decode("latin-1"))
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
        """Ends the reading. Idempotent."""
        try:
            self._chunks.close()
            self.is_ready = self._is_whole
        finally:
            self.end()

    async def aclose(self) -> None:
        """Ends the reading. Idempotent."""
        try:
            await self._chunks.aclose()
            self.is_ready = self._is_whole
        finally:
            self.end()
