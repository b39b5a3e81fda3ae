"""Connected sockets. No wait outlasts the deadline of its call, however small the pieces that arrive.

Both kinds of stream use non-blocking sockets, and differ only in how they wait. Closing one never waits, and is done from anywhere.
"""

from __future__ import annotations

import math
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpcore

from navai._background import MAX_WAIT
from navai._http.readiness import Readability, wait_for
from navai._http.tls_streams import AsyncTLSStream, TLSStream

_EARLY_RESPONSE = "The response came before the whole request was sent."
_INFORMATIONAL_STARTS = (b"HTTP/1.1 1", b"HTTP/1.0 1")

# Seconds between looks at the beginning of a response, while too little has arrived to tell whether it is informational.
_PEEK_INTERVAL = 0.01
# Fewer bytes than this are buffered until more are written.
WRITE_BUFFER_SIZE = 16384


class ConnectionTimeouts:
    """How long the waits of one connection may take, which serves one call at a time; and its socket.

    Attributes:
        deadline: When the current call ends, on the clock of `time.monotonic`; None for no deadline.
        setup: The limit of each step in seconds while the tunnel through a proxy is being opened, instead of any other; else None.
        buffers_writes: Whether small writes wait for the rest of the request, so that head and body are sent together.
        head_left: How many more bytes may arrive until the head of the response is complete; infinite after that.
        while_waiting: What a sync call does now and then while it waits to read; None for nothing.
    """

    deadline: float | None = None
    setup: float | None = None
    buffers_writes = True
    head_left = math.inf
    while_waiting: Callable[[], None] | None = None
    _socket: socket.socket | None = None

    def left(self, timeout: float | None) -> float | None:
        """How many seconds a wait that begins now may take; None for no limit.

        Raises:
            TimeoutError: If none are left.
        """
        if self.setup is not None:
            timeout = self.setup
        if timeout is not None:
            timeout = min(timeout, MAX_WAIT)
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, MAX_WAIT if timeout is None else timeout)

    def close(self) -> None:
        """Closes the socket, if there is one. Never waits. Idempotent."""
        if self._socket is not None:
            self._socket.close()


class _Socket:
    """A connected socket."""

    def __init__(self, connected: socket.socket, timeouts: ConnectionTimeouts) -> None:
        self._socket = connected
        self._is_readable = Readability(connected)
        self._timeouts = timeouts
        self._write_buffer = b""
        # Whether a response stops the writing. Not after an informational one: the backend then waits for the rest.
        self._stops_on_response = True
        # Whether anything readable while a request is being sent is a response to it; with TLS it may be something else.
        self._is_plaintext = True

    def _to_write(self, buffer: bytes) -> bytes:
        """The bytes to write now: all of them before reading, and at the end of a request, when httpcore passes an empty buffer."""
        if not self._timeouts.buffers_writes:
            self._stops_on_response = True
            return buffer
        ready = self._write_buffer + buffer if self._write_buffer else buffer
        if not buffer:
            self._stops_on_response = True
        if buffer and len(ready) < WRITE_BUFFER_SIZE:
            self._write_buffer, ready = ready, b""
        else:
            self._write_buffer = b""
        return ready

    def _has_response(self) -> bool | None:
        """Whether the final response, or the end, has come, so that no more of the request is wanted; None if not yet known."""
        try:
            beginning = self._socket.recv(12, socket.MSG_PEEK)
        except OSError:  # The connection is lost; reading will report it.
            return True
        is_informational = beginning.startswith(_INFORMATIONAL_STARTS)
        if not is_informational and beginning and any(start.startswith(beginning) for start in _INFORMATIONAL_STARTS):
            return None
        self._stops_on_response = not is_informational
        return self._stops_on_response

    def _receive(self, max_bytes: int) -> bytes:
        data = self._socket.recv(max_bytes)
        self._timeouts.head_left -= len(data)
        if self._timeouts.head_left < 0:
            raise httpcore.RemoteProtocolError("The head of the response has no end.")
        return data

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "socket":
                return self._socket
            case "is_readable":
                return self._is_readable(0)
            case "client_addr":
                return self._socket.getsockname()
            case "server_addr":
                return self._socket.getpeername()
            case _:
                return None


class Stream(_Socket, httpcore.NetworkStream):
    """A connected socket, for a sync client."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._write_buffer:
            self.write(b"", timeout)
        try:
            while self._is_readable(self._timeouts.left(timeout), self._timeouts.while_waiting):
                try:
                    return self._receive(max_bytes)
                except BlockingIOError:
                    pass  # A spurious wakeup.
            raise TimeoutError
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(self._to_write(buffer))
        try:
            while rest:
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    self._wait_to_write(timeout)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def _wait_to_write(self, timeout: float | None) -> None:
        left = self._timeouts.left(timeout)
        until = time.monotonic() + (MAX_WAIT if left is None else left)
        while (left := until - time.monotonic()) > 0:
            read = selectors.EVENT_READ if self._is_plaintext and self._stops_on_response else 0
            ready = wait_for([self._socket], selectors.EVENT_WRITE | read, left)
            if ready and ready[0][1] & selectors.EVENT_WRITE:
                return
            has_response = self._has_response() if ready else False
            if has_response:
                raise httpcore.WriteError(_EARLY_RESPONSE)
            if has_response is None:
                time.sleep(_PEEK_INTERVAL)
        raise TimeoutError

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._is_plaintext = False
        return TLSStream(self, ssl_context, server_hostname).handshake(timeout)

    def close(self) -> None:
        self._socket.close()


class AsyncStream(_Socket, httpcore.AsyncNetworkStream):
    """A connected socket, for an async client."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._write_buffer:
            await self.write(b"", timeout)
        try:
            with anyio.fail_after(self._timeouts.left(timeout)):
                while True:
                    # Wait first, so that other tasks get a turn even if there is always something to read.
                    await anyio.wait_readable(self._socket)
                    try:
                        return self._receive(max_bytes)
                    except BlockingIOError:
                        pass  # A spurious wakeup.
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(self._to_write(buffer))
        try:
            while rest:
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    await self._wait_to_write(timeout)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def _wait_to_write(self, timeout: float | None) -> None:
        has_response: bool | None = False

        async def wait_for_response() -> None:
            nonlocal has_response
            await anyio.wait_readable(self._socket)
            while (has_response := self._has_response()) is None:  # noqa: ASYNC110 (there is no event for more data)
                await anyio.sleep(_PEEK_INTERVAL)
            if has_response:
                group.cancel_scope.cancel()

        with anyio.fail_after(self._timeouts.left(timeout)):
            async with anyio.create_task_group() as group:
                if self._is_plaintext and self._stops_on_response:
                    group.start_soon(wait_for_response)
                await anyio.wait_writable(self._socket)
                group.cancel_scope.cancel()
                return
        if has_response:
            raise httpcore.WriteError(_EARLY_RESPONSE)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        self._is_plaintext = False
        return await AsyncTLSStream(self, ssl_context, server_hostname).handshake(timeout)

    async def aclose(self) -> None:
        self._socket.close()
