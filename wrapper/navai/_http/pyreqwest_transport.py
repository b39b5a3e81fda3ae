"""Requests over pyreqwest, which is written in Rust: the fast transport.

Its clients have fixed limits, so there is one for each set of limits that calls ask for. A deadline goes along with the request.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpcore
from pyreqwest.client import Client, ClientBuilder, SyncClient, SyncClientBuilder
from pyreqwest.http import HeaderMap, Url

from navai._errors import ConfigurationError
from navai._http.body import Body
from navai._http.exceptions import map_exception
from navai._http.keepalive import KEEPALIVE_EXPIRY, MAX_CONNECTIONS, MAX_KEEPALIVE_CONNECTIONS, seconds_to_keep
from navai._http.proxies import find_route
from navai._http.scoped import Scope, Scoped, loop_scope, process_scope
from navai._http.timeouts import DEFAULT_TIMEOUTS
from navai._messages import Headers, Reply, Request, Timeout

# The seconds for connecting, reading and waiting for a free connection, and those that a connection may stay idle.
_Kind = tuple[float | None, float | None, float | None, float]


def _configured(builder: Any, kind: _Kind) -> Any:
    connect, read, pool, idle = (None if seconds is None else timedelta(seconds=seconds) for seconds in kind)
    # What is packed is unpacked by us, within the limit of a body; redirects are followed by us.
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False).follow_redirects(False)
    builder = builder.max_connections(MAX_CONNECTIONS).pool_max_idle_per_host(MAX_KEEPALIVE_CONNECTIONS).pool_idle_timeout(idle)
    return builder.connect_timeout(connect).read_timeout(read).pool_timeout(pool)


def _build(kind: _Kind) -> SyncClient:
    client: SyncClient = _built(_configured(SyncClientBuilder(), kind))
    return client


def _build_async(kind: _Kind) -> Client:
    client: Client = _built(_configured(ClientBuilder(), kind))
    return client


def _built(builder: Any) -> Any:
    try:
        return builder.build()
    except RuntimeError as error:  # Its threads are not in a child process.
        raise ConfigurationError(
            "The fast transport cannot be used in a forked process once its parent has used it: fork before the first call, start "
            'processes with "spawn", or leave transport="fast" out.'
        ) from error


@functools.cache
def _let_its_threads_finish() -> None:
    """At the end of the process, waits a moment for pyreqwest's thread.

    After the last awaited answer it has still to let go of the interpreter; if the interpreter ends meanwhile, the process is
    aborted (pyreqwest 0.15.1 alone: 23 of 60 processes that end right after their calls; with half of this wait: none of 150).
    """
    atexit.register(time.sleep, 0.1)


def _this_asyncio_loop() -> Scope:
    scope = loop_scope()
    if type(scope[1]).__module__.startswith("trio"):
        raise ConfigurationError('The fast transport runs on asyncio only: leave transport="fast" out to use trio.')
    return scope


_DEFAULT_TIMEOUT = Timeout()


class _Common:
    """What both transports know of their clients, requests and answers."""

    def __init__(self, build: Callable[[_Kind], Any], scope: Callable[[], Scope]) -> None:
        self.clients: Scoped[_Kind, Any] = Scoped(build, scope, lambda _: None)
        # The shortest time that a backend has asked for. What was opened before is not used again.
        self._idle = KEEPALIVE_EXPIRY
        # The URL and headers of the last request, and how pyreqwest takes them.
        self._target: tuple[str, object, Url | str, HeaderMap] = ("", (), "", HeaderMap())

    def opened(self, request: Request) -> Any:
        """The request as pyreqwest takes it, with the limits that it asks for; a context manager that sends it."""
        timeout = request.timeout or _DEFAULT_TIMEOUT
        client = self.clients.get((timeout.connect, timeout.read, timeout.pool, self._idle))
        last_url, last_headers, url, headers = self._target
        if last_url is not request.url or last_headers is not request.headers:
            url, headers = Url(request.url), HeaderMap(request.headers)
            self._target = request.url, request.headers, url, headers
        builder = client.request(request.method, url).headers(headers)
        if request.content is not None:
            builder = builder.body_bytes(request.content)
        if request.deadline is not None:
            builder = builder.timeout(timedelta(seconds=max(0.001, request.deadline - time.monotonic())))
        return builder.build_streamed()

    def body(self, request: Request, response: Any) -> Body | None:
        """An empty body for an answer, to be filled; None if all of it may be read at once, since it says how long it is.

        Raises:
            APIConnectionError: It is the answer of a forwarding proxy, which wants credentials and may repeat wrong ones.
        """
        if response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            parts = urlsplit(request.url)
            route = find_route(parts.scheme, parts.hostname or "", parts.port)
            refusal = map_exception(httpcore.ProxyError("407"), request, DEFAULT_TIMEOUTS, proxy=route.name)
            if route.is_forwarding and refusal is not None:
                raise refusal
        header = response.get_header
        keep_alive = header("keep-alive")
        if keep_alive is not None:
            self._idle = min(self._idle, seconds_to_keep(keep_alive))
        if header("content-encoding") is not None:
            return Body(request, ",".join(response.get_header_all("content-encoding")))
        length = header("content-length")
        # pyreqwest takes no more than that from the connection.
        if length is not None and length.isdecimal() and int(length) <= request.max_response_bytes:
            return None
        return Body(request, "")


def _pairs(response: Any) -> Iterator[tuple[str, str]]:
    """All headers; without those whose value is not ASCII, since there is no way to its bytes."""
    headers: HeaderMap = response.headers
    for name in dict.fromkeys(headers):
        with contextlib.suppress(ValueError):
            yield from ((name, value) for value in headers.getall(name))


class PyreqwestTransport:
    """Sends over connections of its own."""

    def __init__(self) -> None:
        self._common = _Common(_build, process_scope)

    def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed, or the process was forked.
        """
        try:
            with self._common.opened(request) as response:
                body = self._common.body(request, response)
                if body is None:
                    return Reply(response.status, Headers(_pairs(response)), bytes(response.bytes()))
                read = response.body_reader.read_chunk
                while (chunk := read()) is not None:
                    if body.add(bytes(chunk)):
                        break
                return body.reply(response.status, _pairs(response))
        except Exception as error:
            ours = map_exception(error, request, DEFAULT_TIMEOUTS)
            if ours is None:
                raise
            raise ours from error

    def close(self) -> None:
        """Closes what was opened here. Again does nothing."""
        for client in self._common.clients.close():
            client.close()


class AsyncPyreqwestTransport:
    """Sends over connections of its own."""

    def __init__(self) -> None:
        self._common = _Common(_build_async, _this_asyncio_loop)
        _let_its_threads_finish()

    async def send(self, request: Request) -> Reply:
        """The answer, whatever its status.

        Raises:
            APIConnectionError: No answer came.
            ConfigurationError: The client is closed, the process was forked, or this is trio.
        """
        try:
            async with self._common.opened(request) as response:
                body = self._common.body(request, response)
                if body is None:
                    return Reply(response.status, Headers(_pairs(response)), bytes(await response.bytes()))
                read = response.body_reader.read_chunk
                while (chunk := await read()) is not None:
                    if body.add(bytes(chunk)):
                        break
                return body.reply(response.status, _pairs(response))
        except Exception as error:
            ours = map_exception(error, request, DEFAULT_TIMEOUTS)
            if ours is None:
                raise
            raise ours from error

    async def aclose(self) -> None:
        """Closes what was opened here. Again does nothing."""
        for client in self._common.clients.close():
            await client.close()
