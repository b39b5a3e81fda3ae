"""TLS over any stream of bytes, so also within TLS, as over an https proxy. The waiting is the stream's, and so are its limits."""

from __future__ import annotations

import contextlib
import functools
import math
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Self

import httpcore
import httpx

from navai._errors import ConfigurationError

# What is read at once: a few records, of 16 KiB at most.
_READ_SIZE = 65536


@functools.cache
def verifying_context() -> ssl.SSLContext:
    """One for all clients: loading the certificates takes about 40 ms.

    Raises:
        ConfigurationError: The variables SSL_CERT_FILE or SSL_CERT_DIR name no certificates.
    """
    try:
        context = httpx.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one too.
        raise ConfigurationError(
            f"The certificates to trust cannot be loaded ({error}): SSL_CERT_FILE must name a file in PEM format, and SSL_CERT_DIR "
            "a folder of such files. Without them, those of the package certifi are trusted."
        ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Session:
    """The two ends of a session: what TLS has to say, and what it has heard. No I/O."""

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # Without the brackets of an address of IPv6, which belong to URLs.
        name = None if server_hostname is None else server_hostname.strip("[]")
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    def _try(self, operation: Callable[[], Any]) -> Any:
        """What `operation` gave; `_WAITING` if the other side must say more first; an error, to be raised after its alert."""
        try:
            return operation()
        except ssl.SSLWantReadError:
            return _WAITING
        except ssl.SSLError as error:
            return error

    def _hear(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def encrypt(self, data: bytes) -> bytes:
        """What to send for `data`. After the handshake."""
        self._tls.write(data)
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> Iterator[bytes]:
        """What came, of which `data` is the next part, in pieces; an empty one is the end. After the handshake.

        Raises:
            httpcore.ReadError: What follows is not what TLS allows.
        """
        self._hear(data)
        piece: Any = None
        while piece != b"":
            piece = self._try(functools.partial(self._tls.read, _READ_SIZE))
            if piece is _WAITING:
                return
            if isinstance(piece, _END):
                piece = b""
            if isinstance(piece, ssl.SSLError):
                raise httpcore.ReadError(str(piece)) from piece
            yield piece

    def _info(self, stream: Any, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        if info == "is_readable" and (self._incoming.pending or self._tls.pending()):
            return True
        return stream.get_extra_info(info)


_WAITING = object()

# The end. Many servers do not announce it (RFC 8446 section 6.1), and HTTP knows whether it comes too early.
_END = (ssl.SSLZeroReturnError, ssl.SSLEOFError)


class TLSStream(_Session, httpcore.NetworkStream):
    """TLS over a stream. `handshake` comes first.

    Args:
        stream: What it goes over.
        context: Whom to trust.
        server_hostname: Whose certificate to ask for.
    """

    def __init__(self, stream: httpcore.NetworkStream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        super().__init__(context, server_hostname)
        self._stream = stream

    def handshake(self, timeout: float | None) -> Self:
        """Agrees with the other side, or closes the stream.

        Raises:
            httpcore.ConnectError: They do not agree; `httpcore.ConnectTimeout` if not in time.
        """
        try:
            with connect_errors():
                self._run(self._tls.do_handshake, timeout, whole=timeout)
        except BaseException:
            self.close()
            raise
        return self

    def _run(self, operation: Callable[[], Any], timeout: float | None, whole: float | None = None) -> Any:
        until = math.inf if whole is None else time.monotonic() + whole  # A peer that drips must not draw it out.
        while True:
            if time.monotonic() > until:
                raise TimeoutError
            result = self._try(operation)
            if isinstance(result, ssl.SSLError):
                with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
                    self._stream.write(self._outgoing.read(), timeout)
                    self._stream.write(b"", timeout)
                raise result
            if self._outgoing.pending:
                self._stream.write(self._outgoing.read(), timeout)
            if result is not _WAITING:
                return result
            self._hear(self._stream.read(_READ_SIZE, timeout))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data: bytes = self._run(functools.partial(self._tls.read, max_bytes), timeout)
        except _END:
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
        return self._info(self._stream, info)


class AsyncTLSStream(_Session, httpcore.AsyncNetworkStream):
    """As `TLSStream`, awaited."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        super().__init__(context, server_hostname)
        self._stream = stream

    async def handshake(self, timeout: float | None) -> Self:
        """Agrees with the other side, or closes the stream: see `TLSStream.handshake`."""
        try:
            with connect_errors():
                await self._run(self._tls.do_handshake, timeout, whole=timeout)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def _run(self, operation: Callable[[], Any], timeout: float | None, whole: float | None = None) -> Any:
        until = math.inf if whole is None else time.monotonic() + whole  # A peer that drips must not draw it out.
        while True:
            if time.monotonic() > until:
                raise TimeoutError
            result = self._try(operation)
            if isinstance(result, ssl.SSLError):
                with contextlib.suppress(httpcore.NetworkError, httpcore.TimeoutException):
                    await self._stream.write(self._outgoing.read(), timeout)
                    await self._stream.write(b"", timeout)
                raise result
            if self._outgoing.pending:
                await self._stream.write(self._outgoing.read(), timeout)
            if result is not _WAITING:
                return result
            self._hear(await self._stream.read(_READ_SIZE, timeout))

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data: bytes = await self._run(functools.partial(self._tls.read, max_bytes), timeout)
        except _END:
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
        return self._info(self._stream, info)


@contextlib.contextmanager
def connect_errors() -> Generator[None]:
    """Whatever happens while a connection is made says that it was not made: nothing was sent."""
    try:
        yield
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise httpcore.ConnectError(str(error)) from error
