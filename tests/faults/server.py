"""A server that does one thing wrong."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Self

from tests.faults.faults import GOOD_BODY, Fault


class FaultyServer:
    """Meets the next connection with `fault`, if one is set, and every other one with good answers. Use it as a context manager.

    Args:
        tls: How it speaks TLS; None: it does not.
        headers: More headers of the good answers, each with its line break.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, headers: bytes = b"") -> None:
        self._tls = tls
        self._answer = b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n" % (headers, len(GOOD_BODY)) + GOOD_BODY
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.fault: Fault | None = None
        # Set when the faulty connection is closed.
        self.over = threading.Event()
        # How many connections there were, and how many there are.
        self.connections = 0
        self._open = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def all_gone(self, seconds: float) -> bool:
        """Waits until no connection is open; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, seconds)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # Closed.
            fault, self.fault = self.fault, None
            self.connections += 1
            self._count(1)
            threading.Thread(target=self._meet, args=(connection, fault), daemon=True).start()

    def _meet(self, connection: socket.socket, fault: Fault | None) -> None:
        try:
            with connection:
                if fault is not None and fault.when == "connection":
                    fault.act(connection, b"")
                else:
                    self._answer_requests(connection, fault)
        except OSError:
            pass  # The client has gone.
        finally:
            self._count(-1)
            if fault is not None:
                self.over.set()

    def _answer_requests(self, plain: socket.socket, fault: Fault | None) -> None:
        with plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True) as connection:
            while request := self._request(connection):
                if fault is not None:
                    fault.act(connection, request)
                    return
                connection.sendall(self._answer)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        received = b""
        while True:
            head, end, body = received.partition(b"\r\n\r\n")
            lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            if end and len(body) >= (int(lengths[0]) if lengths else 0):
                return received
            data = connection.recv(65536)
            if not data:
                return b""
            received += data

    def _count(self, difference: int) -> None:
        with self._changed:
            self._open += difference
            self._changed.notify_all()
