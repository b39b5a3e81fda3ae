"""Our own connections: httpcore's, kept and dropped by our rules, with a deadline in all their waits.

The pools of httpcore, which httpx uses, keep each connection equally long whatever the backend says, know no deadline, and look
through all their connections and waiting calls for each call.
"""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any

import anyio
import httpcore

from navai._transports._idle import MOST_CONNECTIONS, Idle, seconds_to_keep
from navai._transports._network import Network


def _expiry(headers: list[tuple[bytes, bytes]]) -> float:
    keep_alive = b",".join(value for name, value in headers if name.lower() == b"keep-alive")
    return time.monotonic() + seconds_to_keep(keep_alive.decode("latin-1"))


class _Connection:
    def __init__(self, origin: httpcore.Origin, ssl_context: ssl.SSLContext | None) -> None:
        self.origin = origin
        self.expires = 0.0
        self.network = Network()
        self.http = httpcore.HTTPConnection(origin, ssl_context, network_backend=self.network)

    def is_usable(self) -> bool:
        """Whether a request may go over it once more: it has not expired, and the backend has not closed it."""
        return self.expires > time.monotonic() and not self.http.has_expired()


class Answer:
    """An answer whose body is still to be read.

    Attributes:
        status: Its status.
        headers: Its headers, as they came.
        chunks: Its body, to be iterated once.
    """

    def __init__(self, response: httpcore.Response, connections: Connections, connection: _Connection) -> None:
        self.status = response.status
        self.headers = response.headers
        self.chunks: Any = response.stream
        self._connections = connections
        self._connection: _Connection | None = connection

    def close(self) -> None:
        """Ends the reading. Again does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self.chunks.close()
            finally:
                self._connections.give_back(connection)


class Connections:
    """The connections of a sync client.

    Args:
        ssl_context: For https.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        self._idle: Idle[_Connection] = Idle()
        self._closed = False

    def open(self, request: httpcore.Request, patience: float | None, deadline: float | None) -> Answer:
        """Sends a request, and reads the head of its answer.

        Args:
            request: The request; its extension `timeout` limits each step.
            patience: How many seconds to wait for a free connection; None: any time.
            deadline: When the call ends, on the clock of `time.monotonic`; None: no deadline.
        """
        if not self._free.acquire(timeout=patience):
            raise httpcore.PoolTimeout
        connection = None
        try:
            connection = self._connection(request.url.origin)
            connection.network.deadline = deadline
            response = connection.http.handle_request(request)
        except BaseException:
            self._free.release()
            if connection is not None:
                connection.http.close()
            raise
        connection.expires = _expiry(response.headers)
        return Answer(response, self, connection)

    def _connection(self, origin: httpcore.Origin) -> _Connection:
        while (idle := self._idle.take(origin)) is not None:
            if idle.is_usable():
                return idle
            idle.http.close()
        return _Connection(origin, self._ssl_context)

    def give_back(self, connection: _Connection) -> None:
        """Says that the call is over that `connection` was in use for."""
        self._free.release()
        dropped = self._idle.put(connection) if connection.http.is_idle() else [connection]
        for each in dropped + (self._idle.take_all() if self._closed else []):
            each.http.close()

    def close(self) -> None:
        """Closes what is idle now, and the others when they become so."""
        self._closed = True
        for connection in self._idle.take_all():
            connection.http.close()


class _AsyncConnection:
    def __init__(self, origin: httpcore.Origin, ssl_context: ssl.SSLContext | None) -> None:
        self.origin = origin
        self.expires = 0.0
        self.http = httpcore.AsyncHTTPConnection(origin, ssl_context)

    def is_usable(self) -> bool:
        """Whether a request may go over it once more: it has not expired, and the backend has not closed it."""
        return self.expires > time.monotonic() and not self.http.has_expired()


class AsyncAnswer:
    """As `Answer`, awaited."""

    def __init__(self, response: httpcore.Response, connections: AsyncConnections, connection: _AsyncConnection) -> None:
        self.status = response.status
        self.headers = response.headers
        self.chunks: Any = response.stream
        self._connections = connections
        self._connection: _AsyncConnection | None = connection

    async def aclose(self) -> None:
        """Ends the reading. Again does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await self.chunks.aclose()
            finally:
                await self._connections.give_back(connection)


class AsyncConnections:
    """The connections of an async client in one event loop.

    Args:
        ssl_context: For https.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._free = anyio.Semaphore(MOST_CONNECTIONS)
        self._idle: Idle[_AsyncConnection] = Idle()
        self._closed = False

    async def open(self, request: httpcore.Request, patience: float | None) -> AsyncAnswer:
        """Sends a request, and reads the head of its answer; the caller cancels it at its deadline.

        Args:
            request: The request; its extension `timeout` limits each step.
            patience: How many seconds to wait for a free connection; None: any time.
        """
        await self._acquire(patience)
        connection = None
        try:
            connection = await self._connection(request.url.origin)
            response = await connection.http.handle_async_request(request)
        except BaseException:
            self._free.release()
            with anyio.CancelScope(shield=True):
                if connection is not None:
                    await connection.http.aclose()
            raise
        connection.expires = _expiry(response.headers)
        return AsyncAnswer(response, self, connection)

    async def _acquire(self, patience: float | None) -> None:
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(patience):
                await self._free.acquire()
                return
            raise httpcore.PoolTimeout from None

    async def _connection(self, origin: httpcore.Origin) -> _AsyncConnection:
        while (idle := self._idle.take(origin)) is not None:
            if idle.is_usable():
                return idle
            await idle.http.aclose()
        return _AsyncConnection(origin, self._ssl_context)

    async def give_back(self, connection: _AsyncConnection) -> None:
        """Says that the call is over that `connection` was in use for."""
        self._free.release()
        dropped = self._idle.put(connection) if connection.http.is_idle() else [connection]
        for each in dropped + (self._idle.take_all() if self._closed else []):
            await each.http.aclose()

    async def aclose(self) -> None:
        """Closes what is idle now, and the others when they become so."""
        self._closed = True
        for connection in self._idle.take_all():
            await connection.http.aclose()
