"""A stand-in for a backend that takes next to no time: it repeats one response of the real Express backend to all executions."""

from __future__ import annotations

import multiprocessing
import select
import socket
from typing import Self

from benchmarks.contenders import raw_socket


class RecordedBackend:
    """Runs it in a process of its own, like the real one. Use it as a context manager.

    Args:
        url: The real backend.
        size: How many bytes the result of each execution has.

    Attributes:
        url: Where it listens.
    """

    def __init__(self, url: str, size: int) -> None:
        self._recorded = url, size

    def __enter__(self) -> Self:
        response = raw_socket(self._recorded[0], "execute", self._recorded[1])()
        if not response.startswith(b"HTTP/1.1 200 ") or not response.endswith(b"}"):
            raise RuntimeError(f"No whole response to record: {response!r}")
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(self._listener, response))
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._listener.close()


def serve(listener: socket.socket, response: bytes) -> None:
    """Serves until it is killed."""
    connections: dict[int, socket.socket] = {}
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN)
    while True:
        for descriptor, _ in epoll.poll():
            if descriptor == listener.fileno():
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                epoll.register(connection, select.EPOLLIN)
                continue
            try:
                received = connections[descriptor].recv(65536)
                if received.endswith(b"}"):  # Some clients send the head and the JSON of an execution separately.
                    connections[descriptor].sendall(response)
            except ConnectionError:
                received = b""
            if not received:
                connections.pop(descriptor).close()
