"""Connected sockets: no wait in them outlasts the deadline of its call, however small the pieces that come.

The same for blocking and for awaiting callers: sockets that do not block, and the two ways of waiting for them. Closing one never
waits, and can be done from anywhere.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import time
from typing import Any

import anyio
import httpcore

from navai._background import MAX_WAIT
from navai._http.readiness import Readability, wait_for
from navai._http.tls_streams import AsyncTLSStream, TLSStream

_EARLY_RESPONSE = "The answer came before the whole request was taken."

_INFORMATIONAL = re.compile(rb"HTTP/1\.[01] 1")
_INFORMATIONAL_STARTS = (b"HTTP/1.1 1", b"HTTP/1.0 1")

# Seconds until the beginning of an answer is looked at again, of which too little has come to tell what it is.
_PEEK_INTERVAL = 0.01

# What is held back is less than this, in bytes.
_WRITE_BUFFER_SIZE = 16384


class Limits:
    """How long the waits of one connection may take, which serves one call at a time; and its socket.

    Attributes:
        deadline: When the present call ends, on the clock of `time.monotonic`; None: no deadline.
        setup: The limit in seconds of each step, whichever was asked for, while the way through a proxy is not open; else None.
        buffers_writes: Whether little is held back until the rest of a request comes, so that head and body go out together.
    """

    deadline: float | None = None
    setup: float | None = None
    buffers_writes = True
    _socket: socket.socket | None = None

    def left(self, timeout: float | None) -> float | None:
        """How many seconds a wait that begins now may take; None: any time.

        Raises:
            TimeoutError: None are left.
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

    def __init__(self, connected: socket.socket, limits: Limits) -> None:
        self._socket = connected
        self._is_readable = Readability(connected)
        self._limits = limits
        self._write_buffer = b""
        # Whether an answer ends the writing. Not after an informational one: then the backend waits for the rest.
        self._stops_on_response = True
        # Whether what can be read while a request is on its way is an answer to it; with TLS it may be something else.
        self._is_plaintext = True

    def _to_write(self, buffer: bytes) -> bytes:
        """What is to be written now. httpcore writes nothing at the end of a request: then, and before reading, all of it."""
        if not self._limits.buffers_writes:
            self._stops_on_response = True
            return buffer
        ready = self._write_buffer + buffer if self._write_buffer else buffer
        if not buffer:
            self._stops_on_response = True
        if buffer and len(ready) < _WRITE_BUFFER_SIZE:
            self._write_buffer, ready = ready, b""
        else:
            self._write_buffer = b""
        return ready

    def _has_response(self) -> bool | None:
        """Whether what can be read is the answer, or the end, so that no more of the request is wanted; None: not yet known."""
        try:
            beginning = self._socket.recv(12, socket.MSG_PEEK)
        except OSError:  # The connection is lost, which reading will tell.
            return True
        if beginning and any(each.startswith(beginning) for each in _INFORMATIONAL_STARTS):
            return None
        self._stops_on_response = _INFORMATIONAL.match(beginning) is None
        return self._stops_on_response

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
            while self._is_readable(self._limits.left(timeout)):
                try:
                    return self._socket.recv(max_bytes)
                except BlockingIOError:
                    pass  # It was ready for something else.
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
        read = selectors.EVENT_READ if self._is_plaintext and self._stops_on_response else 0
        ready = wait_for([self._socket], selectors.EVENT_WRITE | read, self._limits.left(timeout))
        if not ready:
            raise TimeoutError
        has_response = self._has_response() if ready[0][1] == selectors.EVENT_READ else False
        if has_response is None:
            time.sleep(_PEEK_INTERVAL)
        elif has_response:
            raise httpcore.WriteError(_EARLY_RESPONSE)

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
            with anyio.fail_after(self._limits.left(timeout)):
                while True:
                    # First, so that others get their turn where there is always something to read.
                    await anyio.wait_readable(self._socket)
                    try:
                        return self._socket.recv(max_bytes)
                    except BlockingIOError:
                        pass  # It was ready for something else.
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
            while (has_response := self._has_response()) is None:  # noqa: ASYNC110 (nothing tells when more has come than was there)
                await anyio.sleep(_PEEK_INTERVAL)
            if has_response:
                group.cancel_scope.cancel()

        with anyio.fail_after(self._limits.left(timeout)):
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
