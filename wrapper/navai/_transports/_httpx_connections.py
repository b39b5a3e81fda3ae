"""The connections of our own httpx clients: httpcore's, kept and dropped by our rules, with a deadline in all their waits.

httpx's own pool keeps each connection equally long whatever the backend says, knows no deadline, and looks through all its
connections and waiting calls for each call.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpcore
import httpx

from navai._transports._idle import MOST_CONNECTIONS, Idle, seconds_to_keep
from navai._transports._network import Network


@contextmanager
def _as_httpx() -> Generator[None]:
    """Raises the errors of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Request(
        request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
    )


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


class _Body(httpx.SyncByteStream):
    def __init__(self, body: Any, connections: Connections, connection: _Connection) -> None:
        self._body = body
        self._connections = connections
        self._connection: _Connection | None = connection

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._body

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self._body.close()
            finally:
                self._connections.give_back(connection)


class Connections(httpx.BaseTransport):
    """The connections of a sync client.

    Args:
        ssl_context: For https.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        self._idle: Idle[_Connection] = Idle()
        self._closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._free.acquire(timeout=request.extensions["timeout"]["pool"]):
            raise httpx.PoolTimeout("")
        core = _core_request(request)
        connection = None
        try:
            connection = self._connection(core.url.origin)
            connection.network.deadline = request.extensions.get("deadline")
            with _as_httpx():
                response = connection.http.handle_request(core)
        except BaseException:
            self._free.release()
            if connection is not None:
                connection.http.close()
            raise
        connection.expires = _expiry(response.headers)
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response.stream, self, connection))

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


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, body: Any, connections: AsyncConnections, connection: _AsyncConnection) -> None:
        self._body = body
        self._connections = connections
        self._connection: _AsyncConnection | None = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self._body:
                yield chunk

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await self._body.aclose()
            finally:
                await self._connections.give_back(connection)


class AsyncConnections(httpx.AsyncBaseTransport):
    """The connections of an async client in one event loop.

    Args:
        ssl_context: For https.
    """

    def __init__(self, ssl_context: ssl.SSLContext | None) -> None:
        self._ssl_context = ssl_context
        self._free = anyio.Semaphore(MOST_CONNECTIONS)
        self._idle: Idle[_AsyncConnection] = Idle()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._acquire(request)
        core = _core_request(request)
        connection = None
        try:
            connection = await self._connection(core.url.origin)
            with _as_httpx():
                response = await connection.http.handle_async_request(core)
        except BaseException:
            self._free.release()
            with anyio.CancelScope(shield=True):
                if connection is not None:
                    await connection.http.aclose()
            raise
        connection.expires = _expiry(response.headers)
        return httpx.Response(response.status, headers=response.headers, stream=_AsyncBody(response.stream, self, connection))

    async def _acquire(self, request: httpx.Request) -> None:
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            with anyio.move_on_after(request.extensions["timeout"]["pool"]):
                await self._free.acquire()
                return
            raise httpx.PoolTimeout("") from None

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
        self._closed = True
        for connection in self._idle.take_all():
            await connection.http.aclose()
