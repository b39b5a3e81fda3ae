"""TLS without I/O: which certificates to trust, and the state of a session."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import Callable, Generator, Iterator
from typing import Any

import httpcore
import httpx

from navai._errors import ConfigurationError

# How many bytes to read at once: a few records, of at most 16 KiB each.
READ_SIZE = 65536


@functools.cache
def verifying_context() -> ssl.SSLContext:
    """The TLS context that all clients share: loading the certificates takes about 40 ms.

    Raises:
        ConfigurationError: If SSL_CERT_FILE or SSL_CERT_DIR does not name certificates.
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


class TLSSession:
    """A TLS session between two buffers, one for each direction. No I/O."""

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # The brackets around an IPv6 address belong to the URL, not to the name.
        name = None if server_hostname is None else server_hostname.strip("[]")
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    def attempt(self, operation: Callable[[], Any]) -> Any:
        """The result of `operation`; `WAITING` if more data must come first; or an error, to be raised after its alert is sent."""
        try:
            return operation()
        except ssl.SSLWantReadError:
            return WAITING
        except ssl.SSLError as error:
            return error

    def feed(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def encrypt(self, data: bytes) -> bytes:
        """The bytes to send for `data`. Only after the handshake."""
        self._tls.write(data)
        return self._outgoing.read()

    def to_send(self) -> bytes:
        """The bytes that the session itself needs to send: alerts, and replies to a new handshake."""
        return self._outgoing.read()

    def decrypt(self, data: bytes | None) -> Iterator[bytes]:
        """Decrypts received data piece by piece; an empty piece is the end. Only after the handshake.

        Args:
            data: The next bytes received; None if there are only those that came with the handshake.

        Raises:
            httpcore.ReadError: If the data is not valid TLS.
        """
        if data is not None:
            self.feed(data)
        piece: Any = None
        while piece != b"":
            piece = self.attempt(functools.partial(self._tls.read, READ_SIZE))
            if piece is WAITING:
                return
            if isinstance(piece, END):
                piece = b""
            if isinstance(piece, ssl.SSLError):
                raise httpcore.ReadError(str(piece)) from piece
            yield piece

    def info(self, stream: Any, info: str) -> Any:
        if info == "ssl_object":
            return self._tls
        if info == "is_readable" and (self._incoming.pending or self._tls.pending()):
            return True
        return stream.get_extra_info(info)


WAITING = object()

# The end. Many servers do not announce it (RFC 8446 section 6.1); HTTP detects whether it comes too early.
END = (ssl.SSLZeroReturnError, ssl.SSLEOFError)


@contextlib.contextmanager
def connect_errors() -> Generator[None]:
    """Turns any network error into a connect error: while a connection is being opened, nothing has been sent."""
    try:
        yield
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise httpcore.ConnectError(str(error)) from error
