"""TLS without I/O: whom to trust, and the two ends of a session."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import Callable, Generator, Iterator
from typing import Any

import httpcore
import httpx

from navai._errors import ConfigurationError

# What is read at once: a few records, of 16 KiB at most.
READ_SIZE = 65536


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


class TLSSession:
    """The two ends of a session: what TLS has to say, and what it has heard. No I/O."""

    def __init__(self, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        # Without the brackets of an address of IPv6, which belong to URLs.
        name = None if server_hostname is None else server_hostname.strip("[]")
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)

    def attempt(self, operation: Callable[[], Any]) -> Any:
        """What `operation` gave; `WAITING` if the other side must say more first; an error, to be raised after its alert."""
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
        """What to send for `data`. After the handshake."""
        self._tls.write(data)
        return self._outgoing.read()

    def to_send(self) -> bytes:
        """What the session itself has to say: alerts, and the answers to a new handshake."""
        return self._outgoing.read()

    def decrypt(self, data: bytes | None) -> Iterator[bytes]:
        """What came, of which `data` is the next part, in pieces; an empty one is the end. After the handshake.

        Args:
            data: None: what came with the handshake is all there is.

        Raises:
            httpcore.ReadError: What follows is not what TLS allows.
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

# The end. Many servers do not announce it (RFC 8446 section 6.1), and HTTP knows whether it comes too early.
END = (ssl.SSLZeroReturnError, ssl.SSLEOFError)


@contextlib.contextmanager
def connect_errors() -> Generator[None]:
    """Whatever happens while a connection is made says that it was not made: nothing was sent."""
    try:
        yield
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise httpcore.ConnectTimeout(str(error)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise httpcore.ConnectError(str(error)) from error
