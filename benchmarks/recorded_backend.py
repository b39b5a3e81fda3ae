"""A backend that is never the limit: it repeats one response that the real Express backend has given, whatever is executed."""

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
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        response = raw_socket(url, "execute", size)()
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(self._listener, response))

    def __enter__(self) -> Self:
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
            received = connections[descriptor].recv(65536)
            if received.endswith(b"}"):  # Some clients send the head and the JSON of an execution separately.
                connections[descriptor].sendall(response)
            elif not received:
                connections.pop(descriptor).close()
