"""The fast transport: connections of our own, with responses parsed by llhttp.

A request is a single write of mostly prepared bytes; a response is parsed as it arrives. Over a proxy, on trio, and on an event
loop that cannot watch sockets, requests go through the default transport, which makes the same promises.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import httpx

from navai._errors import ConfigurationError
from navai._http.async_fast_connections import AsyncFastConnection
from navai._http.exceptions import invalid_url_error, map_exception
from navai._http.fast_connections import FastConnection, Origin
from navai._http.httpx_transport import AsyncHttpxTransport, HttpxTransport
from navai._http.lease import Lease
from navai._http.messages import Request, Response
from navai._http.pool import wait_for_turn, wait_for_turn_async
from navai._http.proxies import Route
from navai._http.timeouts import DEFAULT_TIMEOUT, DEFAULT_TIMEOUTS


class _Targets:
    """Where requests go, and how they begin.

    Args:
        pool: The `Pool` of their connections.
        connect: Returns a connection to an origin, which is opened later.
    """

    def __init__(self, pool: Any, connect: Callable[[Origin], Any]) -> None:
        self._pool = pool
        self._connect = connect
        # Bounded, because a backend can redirect to any number of places.
        self._target = functools.lru_cache(16)(functools.partial(_target, pool.route))

    def lease(self, request: Request) -> tuple[Lease | None, bytes]:
        """The lease for a request, None over a proxy; and the bytes to send."""
        try:
            origin, head = self._target(request.method, request.url, request.headers)
        except ConfigurationError:  # Of a proxy.
            raise
        except ValueError as error:
            raise invalid_url_error(error, request) from error
        if head is None:
            return None, b""
        timeout = request.timeout or DEFAULT_TIMEOUT
        lease = Lease(self._pool, origin, request.deadline, timeout.pool, self._connect)
        if request.content is None:
            return lease, head + b"\r\n"
        return lease, b"%bContent-Length: %d\r\n\r\n%b" % (head, len(request.content), request.content)


def _target(
    find_route: Callable[[str, str, int], Route], method: str, url: str, headers: tuple[tuple[str, str], ...]
) -> tuple[Origin, bytes | None]:
    """Where a request goes, and its head without the length of the body and the empty line; no head if it goes over a proxy."""
    request = httpx.Request(method, url, headers=headers)
    scheme = request.url.scheme
    origin = Origin(scheme, request.url.raw_host.decode("ascii"), request.url.port or (443 if scheme == "https" else 80))
    if find_route(*origin).proxy is not None:
        return origin, None
    lines = [b"%b %b HTTP/1.1\r\n" % (method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b\r\n" % (name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
    return origin, b"".join(lines)


class FastTransport(HttpxTransport):
    """The fast transport of a sync client: see `navai._http.transport.Transport`."""

    def __init__(self, max_connections: int | None = None) -> None:
        super().__init__(None, max_connections)
        self._targets = _Targets(self.pool, FastConnection)

    def send(self, request: Request) -> Response:
        """The response, whatever its status: see `navai._http.transport.Transport.send`."""
        try:
            lease, content = self._targets.lease(request)
            if lease is None:
                return super().send(request)
            try:
                if not lease.take_turn():
                    wait_for_turn(lease)
                connection: FastConnection = lease.connect()
                response = connection.exchange(request, content)
                lease.keep(connection.parser.keep_alive)
                lease.is_ready = True
                return response
            finally:
                lease.release()
        except Exception as error:
            ours = map_exception(error, request, DEFAULT_TIMEOUTS)
            if ours is None:
                raise
            raise ours from error


class AsyncFastTransport(AsyncHttpxTransport):
    """As `FastTransport`, for an async client."""

    def __init__(self, max_connections: int | None = None) -> None:
        super().__init__(None, max_connections)
        self._targets = _Targets(self.pool, AsyncFastConnection)

    async def send(self, request: Request) -> Response:
        """The response, whatever its status: see `navai._http.transport.Transport.send`."""
        try:
            lease, content = self._targets.lease(request)
            if lease is None or not lease.scope.can_watch_sockets:
                return await super().send(request)
            try:
                if not lease.take_turn():
                    await wait_for_turn_async(lease)
                connection: AsyncFastConnection = lease.connect()
                response = await connection.exchange(request, content)
                lease.keep(connection.parser.keep_alive)
                lease.is_ready = True
                return response
            finally:
                lease.release()
        except Exception as error:
            ours = map_exception(error, request, DEFAULT_TIMEOUTS)
            if ours is None:
                raise
            raise ours from error
