"""A server that does one thing wrong."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from typing import Self

from tests.faults.faults import GOOD_BODY, Fault, read_request


class FaultyServer:
    """Meets the next connection with `fault`, if one is set, and everything else with good answers. Use it as a context manager.

    No two good answers are alike, so that a client that gets another's can be seen: an execution gives its payload, a client secret
    ends in the voice that was asked for, and a listing names one function, called as the answer is numbered.

    Args:
        tls: How it speaks TLS; None: it does not.
        headers: More headers of the good answers, each with its line break.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, headers: bytes = b"") -> None:
        self._tls = tls
        self._headers = headers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.fault: Fault | None = None
        # Set when the fault is done, and its connection closed unless it is kept.
        self.over = threading.Event()
        # How many good answers there were.
        self.answers = 0
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
            # What is sent goes out at once, so that what comes later is a segment of its own.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            fault, self.fault = self.fault, None
            self.connections += 1
            self._count(1)
            threading.Thread(target=self._meet, args=(connection, fault), daemon=True).start()

    def _meet(self, connection: socket.socket, fault: Fault | None) -> None:
        try:
            with connection:
                if fault is None or fault.when == "request":
                    self._answer_requests(connection, fault)
                else:
                    fault.act(connection, b"")
                    if fault.keeps:
                        self.over.set()
                        self._answer_requests(connection, None)
        except OSError:
            pass  # The client has gone.
        finally:
            if fault is not None:
                self.over.set()
            self._count(-1)

    def _answer_requests(self, plain: socket.socket, fault: Fault | None) -> None:
        late = b""
        with plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True) as connection:
            while request := read_request(connection):
                if fault is None:
                    self._send(connection, late + self._answer(request))
                    late = b""
                    continue
                fault.act(connection, request)
                if not fault.keeps:
                    return
                late, fault = fault.late, None
                self.over.set()

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        connection.sendall(answer)

    def _answer(self, request: bytes) -> bytes:
        with self._changed:
            self.answers += 1
            number = self.answers
        sent = json.loads(request.partition(b"\r\n\r\n")[2] or b"{}")
        good = json.loads(GOOD_BODY)
        good["items"] = [{"name": str(number)}]
        if sent.get("payload") is not None:
            good["result"] = sent["payload"]
        if "voice" in sent:
            good["value"] += sent["voice"]
        body = json.dumps(good).encode()
        return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n" % (self._headers, len(body)) + body

    def _count(self, difference: int) -> None:
        with self._changed:
            self._open += difference
            self._changed.notify_all()
