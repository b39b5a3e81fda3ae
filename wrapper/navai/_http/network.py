"""Opening connections, within the limits of the call that needs one."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore

from navai._http.hosts import is_address
from navai._http.lookup import connecting, find_addresses, look_up
from navai._http.readiness import wait_for
from navai._http.streams import AsyncStream, ConnectionTimeouts, Stream
from navai._http.tls import connect_errors


class Backend(ConnectionTimeouts, httpcore.NetworkBackend):
    """Opens the socket of one connection of a sync client."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address of `host` that responds. `timeout` covers the lookup and all addresses together."""
        with connect_errors():
            until = None if timeout is None else time.monotonic() + timeout
            addresses = find_addresses(host, port) if is_address(host) else look_up(host, port).wait(self.left(timeout))
            attempt = connecting(addresses)
            try:
                pending, pause = next(attempt)
                while True:
                    left = self.left(None if until is None else max(0.001, until - time.monotonic()))
                    limit = left if pause is None else pause if left is None else min(left, pause)
                    ready = [connection for connection, _ in wait_for(pending, selectors.EVENT_WRITE, limit)]
                    if not ready and limit == left:
                        raise TimeoutError
                    pending, pause = attempt.send(ready)
            except StopIteration as connected:
                self._socket = connected.value
                return Stream(connected.value, self)
            finally:
                attempt.close()


class AsyncBackend(ConnectionTimeouts, httpcore.AsyncNetworkBackend):
    """Opens the socket of one connection of an async client, on asyncio or trio."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first address of `host` that responds: see `Backend.connect_tcp`."""
        with connect_errors(), anyio.fail_after(self.left(timeout)):
            addresses = find_addresses(host, port) if is_address(host) else await look_up(host, port).wait_async(None)
            attempt = connecting(addresses)
            try:
                pending, pause = next(attempt)
                while True:
                    pending, pause = attempt.send(await _writable(pending, pause))
            except StopIteration as connected:
                self._socket = connected.value
                return AsyncStream(connected.value, self)
            finally:
                attempt.close()


async def _writable(sockets: list[socket.socket], seconds: float | None) -> list[socket.socket]:
    """The sockets that become writable in time. Returns as soon as one is."""
    ready: list[socket.socket] = []

    async def wait(connection: socket.socket) -> None:
        await anyio.wait_writable(connection)
        ready.append(connection)
        group.cancel_scope.cancel()

    with anyio.move_on_after(seconds):
        async with anyio.create_task_group() as group:
            for connection in sockets:
                group.start_soon(wait, connection)
    return ready
