"""What one request has of a pool: a turn, and then a connection."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import httpcore

from navai._http.connections import Connection, has_surplus
from navai._http.keepalive import seconds_to_keep
from navai._http.proxies import is_network_error, setup_error

if TYPE_CHECKING:
    from navai._http.pool import Pool


class Lease:
    """A turn, and then a connection, for one request: given back when the response is closed.

    Args:
        pool: Where the connection comes from.
        request: What shall be sent.
    """

    def __init__(self, pool: Pool, request: httpcore.Request) -> None:
        self._pool = pool
        self._scope = pool.scopes.get(None)
        self.turns = self._scope.turns
        self.turn = self.turns.new()
        self._request: Any = request
        self._connection: Connection | None = None
        self._chunks: Any = None
        # Whether the whole answer was read, and the connection of httpcore is ready for the next request.
        self._is_whole = self._is_ready = False
        self._request.extensions.get("leases", []).append(self)

    @property
    def timeout(self) -> float | None:
        """How many seconds to wait for a connection; None: any."""
        seconds: float | None = self._request.extensions["timeout"]["pool"]
        return seconds

    def connect(self) -> Connection:
        """A connection, which may still have to be opened, with the limits of the request."""
        origin = self._request.url.origin
        while (connection := self._scope.idle.take(origin)) is not None and not connection.is_alive():
            connection.network.close()
        self._connection = connection = connection or self._pool.new_connection(origin)
        connection.network.deadline = self._request.extensions.get("deadline")
        if not connection.is_set_up:
            connection.network.setup = self._request.extensions["timeout"]["connect"]
            trace = connection.notice_async if self._pool.is_async else connection.notice
            self._request.extensions = {**self._request.extensions, "trace": trace}
        return connection

    def fail(self, error: Exception) -> None:
        """Ends. Raises a better error than `error`, if there is one: before a proxy has opened the way, nothing was sent."""
        connection = self._connection
        self.end()
        if connection is not None and not connection.is_set_up and is_network_error(error):
            raise setup_error(error) from error

    def read(self, response: httpcore.Response) -> httpcore.Response:
        """The response, which gives the connection back when it is closed.

        Raises:
            httpcore.ProxyError: It is the proxy's refusal.
        """
        assert self._connection is not None  # noqa: S101 (connected)
        if response.status == 407 and self._connection.route.is_forwarding:
            raise httpcore.ProxyError("407 Proxy Authentication Required")
        keep_alive = b",".join(value for name, value in response.headers if name.lower() == b"keep-alive")
        self._connection.expires = time.monotonic() + seconds_to_keep(keep_alive.decode("latin-1"))
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
            self._is_ready = self._is_whole
        finally:
            self.end()

    async def aclose(self) -> None:
        """Ends the reading. Idempotent."""
        try:
            await self._chunks.aclose()
            self._is_ready = self._is_whole
        finally:
            self.end()

    def end(self) -> None:
        """Gives the connection back if it is as good as new, or closes it. Idempotent."""
        connection, self._connection = self._connection, None
        dropped = [] if connection is None else [connection]
        try:
            if connection is not None and self._is_ready and connection.http.is_idle() and not has_surplus(connection.http):
                dropped = self._scope.idle.put(connection)
        finally:
            self.turns.end(self.turn)
        for each in dropped:
            each.network.close()
        if self._pool.scopes.is_closed:
            self._scope.close()
