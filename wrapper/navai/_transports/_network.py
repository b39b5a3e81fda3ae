"""The network below a sync connection: no wait in it outlasts the deadline of its call, however small the pieces that come.

An async call is cancelled at its deadline; a blocked thread cannot be, so here each single wait is cut to the time left.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Generator, Iterable
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import httpcore


@contextmanager
def _errors(timeout: type[Exception], failure: type[Exception]) -> Generator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except OSError as error:
        raise failure(str(error)) from error


class Network(httpcore.NetworkBackend):
    """Opens the sockets of one connection, which serves one call at a time.

    Attributes:
        deadline: When the present call ends, on the clock of `time.monotonic`; None: no deadline.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._sockets = httpcore.SyncBackend()

    def left(self, timeout: float | None) -> float | None:
        """How many seconds a wait that begins now may take.

        Raises:
            TimeoutError: None.
        """
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connects to the first address of `host` that answers; all of them together, and finding them, within `timeout`."""
        with _errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            until = time.monotonic() + timeout if timeout is not None else None
            addresses = _addresses(host, port, self.left(timeout))
            while True:
                address = addresses.pop(0)
                # Each gets its share of the time: the first may be one that nobody answers at, as IPv6 often is.
                rest = None if until is None else max(0.001, until - time.monotonic())
                limit = self.left(rest)
                share = None if limit is None else limit / (len(addresses) + 1)
                try:
                    stream = self._sockets.connect_tcp(address, port, share, local_address, socket_options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout):
                    if not addresses:
                        raise
                else:
                    return _Stream(stream, self)


def _addresses(host: str, port: int, timeout: float | None) -> list[str]:
    """The addresses of `host`, as strings of digits.

    Raises:
        OSError: There are none (`socket.gaierror`), or not in time (`TimeoutError`).
    """
    found: Future[list[Any]] = Future()

    def find() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:  # noqa: BLE001 (raised below, in the thread that waits)
            found.set_exception(error)

    if host.replace(".", "").isdigit() or ":" in host:
        find()  # An address already: nobody has to be asked.
    else:
        # The system's resolver knows no timeout of the caller's.
        try:
            threading.Thread(target=find, name="navai-resolve", daemon=True).start()
        except RuntimeError:
            find()  # While the interpreter shuts down there are no new threads.
    return list(dict.fromkeys(str(info[4][0]) for info in found.result(timeout)))


class _Stream(httpcore.NetworkStream):
    """A connected socket."""

    def __init__(self, stream: httpcore.NetworkStream, network: Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _errors(httpcore.ReadTimeout, httpcore.ReadError):
            return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Not by the stream's own `write`, which would wait as long again for each part that the backend takes.
        connected: socket.socket = self._stream.get_extra_info("socket")
        rest = memoryview(buffer)
        with _errors(httpcore.WriteTimeout, httpcore.WriteError):
            while rest:
                connected.settimeout(self._network.left(timeout))
                rest = rest[connected.send(rest) :]

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with _errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
