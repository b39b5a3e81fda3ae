"""TLS over any stream of bytes, including another TLS stream, as for an https proxy. The stream below does the waiting."""

from __future__ import annotations

import contextlib
import functools
import ssl
import time
from collections.abc import Callable
from typing import Any, Self

import httpcore

from navai._http.tls import END, READ_SIZE, WAITING, TLSSession, connect_errors


class TLSStream(TLSSession, httpcore.NetworkStream):
    """TLS over a stream. Call `handshake` first.

    Args:
        stream: The stream below.
        context: The certificates to trust.
        server_hostname: The name that the server's certificate must have.
    """

    def __init__(self, stream: httpcore.NetworkStream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        super().__init__(context, server_hostname)
        self._stream = stream

    def handshake(self, timeout: float | None) -> Self:
        """Performs the handshake. Closes the stream if it fails.

        Raises:
            httpcore.ConnectError: If it fails; `httpcore.ConnectTimeout` if it does not complete in time.
        """
        try:
            with connect_errors():
                self._run(self._tls.do_handshake, timeout, is_whole=True)
        except BaseException:
            self.close()
            raise
        return self

    def _run(self, operation: Callable[[], Any], timeout: float | None, *, is_whole: bool = False) -> Any:
        # A slowly dripping peer must not prolong the handshake.
        until = time.monotonic() + timeout if is_whole and timeout is not None else None
        while True:
            if until is not None:
                timeout = _left(until)
            result = self.attempt(operation)
            if isinstance(result, ssl.SSLError):
                with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
                    self._stream.write(self._outgoing.read(), timeout)
                    self._stream.write(b"", timeout)
                raise result
            if self._outgoing.pending:
                self._stream.write(self._outgoing.read(), timeout)
            if result is not WAITING:
                return result
            self.feed(self._stream.read(READ_SIZE, timeout))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data: bytes = self._run(functools.partial(self._tls.read, max_bytes), timeout)
        except END:
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                rest = rest[self._run(functools.partial(self._tls.write, rest), timeout) :]
            if not buffer:
                self._stream.write(b"", timeout)
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TLSStream(self, ssl_context, server_hostname).handshake(timeout)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self.info(self._stream, info)


class AsyncTLSStream(TLSSession, httpcore.AsyncNetworkStream):
    """The async version of `TLSStream`."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        super().__init__(context, server_hostname)
        self._stream = stream

    async def handshake(self, timeout: float | None) -> Self:
        """Performs the handshake: see `TLSStream.handshake`."""
        try:
            with connect_errors():
                await self._run(self._tls.do_handshake, timeout, is_whole=True)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def _run(self, operation: Callable[[], Any], timeout: float | None, *, is_whole: bool = False) -> Any:
        # A slowly dripping peer must not prolong the handshake.
        until = time.monotonic() + timeout if is_whole and timeout is not None else None
        while True:
            if until is not None:
                timeout = _left(until)
            result = self.attempt(operation)
            if isinstance(result, ssl.SSLError):
                with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
                    await self._stream.write(self._outgoing.read(), timeout)
                    await self._stream.write(b"", timeout)
                raise result
            if self._outgoing.pending:
                await self._stream.write(self._outgoing.read(), timeout)
            if result is not WAITING:
                return result
            self.feed(await self._stream.read(READ_SIZE, timeout))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data: bytes = await self._run(functools.partial(self._tls.read, max_bytes), timeout)
        except END:
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                rest = rest[await self._run(functools.partial(self._tls.write, rest), timeout) :]
            if not buffer:
                await self._stream.write(b"", timeout)
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return await AsyncTLSStream(self, ssl_context, server_hostname).handshake(timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self.info(self._stream, info)


def _left(until: float) -> float:
    """How many seconds are left until `until`.

    Raises:
        TimeoutError: If none are left.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
