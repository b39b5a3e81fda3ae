"""Requests over httpx: by default over our own transport, or else over the caller's client.

The default is an httpx transport, so that tools that hook into httpx (mocks, tracing) see our calls. It is not wrapped in an
`httpx.Client`, which would cost as much as all our own work.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx

from navai._errors import APIConnectionError, NavaiError
from navai._http.body import BodyReader, RawHeaders
from navai._http.callers_client import CallersClient
from navai._http.content import Content, is_unsent, stream_class
from navai._http.exceptions import invalid_url_error, map_exception
from navai._http.messages import Request, Response
from navai._http.pool import AsyncConnectionPool, ConnectionPool
from navai._http.timeouts import DEFAULT_TIMEOUTS, GRACE, step_timeouts


class PooledTransport(httpx.HTTPTransport):
    """An httpx transport over our own pool, which is not closed with it."""

    timeouts = DEFAULT_TIMEOUTS

    def __init__(self, pool: ConnectionPool) -> None:
        # Not `super().__init__`, which creates a pool. The attribute is private in httpx, and pinned by a test.
        self._pool: Any = pool


class AsyncPooledTransport(httpx.AsyncHTTPTransport):
    """The async version of `PooledTransport`."""

    timeouts = DEFAULT_TIMEOUTS

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool: Any = pool


class _OwnConnections:
    """Requests over our own connections."""

    library: Any = httpx

    def __init__(self, pool: Any, transport: Any) -> None:
        self.pool = pool
        self.transport = transport
        # Bounded, since a backend can redirect to any number of URLs.
        self._target = functools.lru_cache(16)(_target)

    def build(self, request: Request) -> httpx.Request:
        url, headers = self._target(request.url, request.headers)
        # The pool adds its lease here, and the sender ends it: an interruption may come between the pool and the response.
        timeouts = step_timeouts(request, DEFAULT_TIMEOUTS)
        extensions: dict[str, Any] = {"timeout": timeouts, "deadline": request.deadline, "leases": []}
        try:
            prepared = httpx.Request(request.method, url, headers=headers, content=request.content, extensions=extensions)
        except ValueError as error:
            raise invalid_url_error(error, request) from error
        prepared.stream = stream_class(Content, self.library)(request.content or b"")
        return prepared

    def transport_for(self, request: Request, prepared: httpx.Request) -> Any:
        return self.transport

    def check(self, response: Any, request: Request, prepared: httpx.Request) -> None:
        """Does nothing: the pool has checked it already."""

    def secrets_of(self, prepared: httpx.Request) -> tuple[str, ...]:
        """Nothing: the call knows all secrets that it sends."""
        return ()

    def map_exception(self, error: Exception, request: Request, prepared: httpx.Request | None) -> APIConnectionError | None:
        proxy = None if prepared is None or isinstance(error, NavaiError) else self.pool.proxy_to(prepared.url)
        return map_exception(error, request, DEFAULT_TIMEOUTS, proxy=proxy)

    def discard_connection(self, response: Any) -> None:
        """Does nothing: the pool does not keep a closed connection."""

    def release(self, prepared: Any, request: Request) -> None:
        request.was_unsent = is_unsent(request, prepared.stream)
        for lease in prepared.extensions["leases"]:
            lease.release()

    def close(self) -> None:
        self.pool.shut()


def _body_reader(request: Request, response: Any) -> BodyReader:
    # A response created in memory (by a mock) is decoded already, and its raw bytes are gone.
    is_read = response.is_stream_consumed
    body = BodyReader(request, "" if is_read else response.headers.get("content-encoding", ""))
    if is_read:
        body.add(response.content)
    return body


def _target(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[httpx.URL, httpx.Headers]:
    return httpx.URL(url), httpx.Headers(headers)


class HttpxTransport:
    """The transport of a sync client: see `navai._http.transport.Transport`.

    Args:
        client: The caller's own httpx or httpx2 client; None to use our own connections.
        max_connections: How many of our own; None for the default.

    Attributes:
        httpx_transport: What it sends over, as an httpx transport, with `timeouts`, its limits for requests without any.
        library: The library whose requests it takes, httpx or httpx2.
        pool: Its own connections; None over the caller's client.
    """

    def __init__(self, client: Any = None, max_connections: int | None = None) -> None:
        if client is None:
            pool = ConnectionPool(max_connections)
            self._requests: _OwnConnections | CallersClient = _OwnConnections(pool, PooledTransport(pool))
        else:
            self._requests = CallersClient(client)
        self.httpx_transport = self._requests.transport
        self.library = self._requests.library
        self.pool = self._requests.pool

    def send(self, request: Request) -> Response:
        """The response, whatever its status: see `navai._http.transport.Transport.send`."""
        requests, prepared = self._requests, None
        try:
            prepared = requests.build(request)
            response = requests.transport_for(request, prepared).handle_request(prepared)
            try:
                requests.check(response, request, prepared)
                body = self.read(request, response)
                result = body.response(response.status_code, RawHeaders(response.headers.raw))
                result.more_secrets = functools.partial(requests.secrets_of, prepared)
                return result
            finally:
                response.close()
        except Exception as error:
            ours = requests.map_exception(error, request, prepared)
            if ours is None:
                raise
            raise ours from error
        finally:
            if prepared is not None:
                requests.release(prepared, request)

    def read(self, request: Request, response: Any) -> BodyReader:
        """Reads the body of an httpx response, up to the limit of `request`. Then the response must be closed."""
        body = _body_reader(request, response)
        if not response.is_stream_consumed:
            for chunk in response.stream:
                if body.add(chunk):
                    break
        return body

    def close(self) -> None:
        """Closes its own connections. Idempotent."""
        self._requests.close()


class AsyncHttpxTransport:
    """The transport of an async client: see `HttpxTransport`."""

    def __init__(self, client: Any = None, max_connections: int | None = None) -> None:
        if client is None:
            pool = AsyncConnectionPool(max_connections)
            self._requests: _OwnConnections | CallersClient = _OwnConnections(pool, AsyncPooledTransport(pool))
        else:
            self._requests = CallersClient(client)
        self.httpx_transport = self._requests.transport
        self.library = self._requests.library
        self.pool = self._requests.pool

    async def send(self, request: Request) -> Response:
        """The response, whatever its status: see `navai._http.transport.Transport.send`."""
        requests, prepared = self._requests, None
        try:
            prepared = requests.build(request)
            transport = requests.transport_for(request, prepared)
            # Waits on our own connections end at the deadline by themselves.
            if request.deadline is None or isinstance(requests, _OwnConnections):
                return await self._exchange(transport, request, prepared)
            with anyio.move_on_after(request.deadline + GRACE - time.monotonic()):
                return await self._exchange(transport, request, prepared)
            raise TimeoutError
        except Exception as error:
            ours = requests.map_exception(error, request, prepared)
            if ours is None:
                raise
            raise ours from error
        finally:
            if prepared is not None:
                requests.release(prepared, request)

    async def _exchange(self, transport: Any, request: Request, prepared: httpx.Request) -> Response:
        response = await transport.handle_async_request(prepared)
        try:
            self._requests.check(response, request, prepared)
            body = await self.read(request, response)
            result = body.response(response.status_code, RawHeaders(response.headers.raw))
            result.more_secrets = functools.partial(self._requests.secrets_of, prepared)
            return result
        finally:
            await response.aclose()

    async def read(self, request: Request, response: Any) -> BodyReader:
        """Reads the body of an httpx response: see `HttpxTransport.read`."""
        body = _body_reader(request, response)
        if not response.is_stream_consumed:
            await _read_body(response, body, self._requests.discard_connection)
        return body

    async def aclose(self) -> None:
        """Closes its own connections. Idempotent."""
        self._requests.close()


# How many chunks to read before other tasks get a turn: a library returns all that it has received without waiting in between.
_CHUNKS_PER_TURN = 64


async def _read_body(response: Any, body: BodyReader, discard_connection: Callable[[Any], None]) -> None:
    chunks = aiter(response.stream)
    is_whole, count = False, 0
    try:
        async for chunk in chunks:
            if body.add(chunk):
                return
            count += 1
            if count % _CHUNKS_PER_TURN == 0:
                await anyio.lowlevel.checkpoint()
        is_whole = True
    finally:
        connection = None if is_whole else response.extensions.get("network_stream")
        if connection is not None:
            # Lets the generators that read it finish: trio warns about those left unfinished.
            await connection.aclose()
            discard_connection(response)
            with contextlib.suppress(Exception):
                async for _ in chunks:
                    pass
