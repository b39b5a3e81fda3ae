"""A stand-in for prefork Apache with mod_php: each worker serves one connection, and waits at it for the next request.

As a program it measures 40 calls at once against 8 workers, by a client as it is and by one limited to 8 connections:

    python -m tests.wire.few_workers
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Self

import anyio

from tests.wire.kinds import OURS, Awaited, Kind

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nKeep-Alive: timeout=%d, max=100\r\n"
    b'Content-Length: 23\r\n\r\n{"ok":true,"result": 1}'
)


class FewWorkers:
    """The server. Use it as a context manager.

    Args:
        workers: How many connections it serves at once; others wait.
        seconds: How long each request takes.
        keep_alive: Seconds that a worker waits for another request.
    """

    def __init__(self, workers: int = 8, seconds: float = 0.0, keep_alive: int = 5) -> None:
        self._seconds = seconds
        self._keep_alive = keep_alive
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=511)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        #: How many connections are open now, and how many were at most.
        self.open = self.most_open = 0
        self.requests = 0
        #: Set whenever a client closes a connection.
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _work(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # The test is over.
                return
            with self._lock:
                self.open += 1
                self.most_open = max(self.most_open, self.open)
            with connection, contextlib.suppress(OSError):
                self._serve(connection)
            with self._lock:
                self.open -= 1

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(self._keep_alive)
        while True:
            received = b""
            while not received.endswith(b"}"):  # Its body is an object, and comes last.
                piece = connection.recv(65536)
                if not piece:
                    self.closed.set()
                    return
                received += piece
            with self._lock:
                self.requests += 1
            time.sleep(self._seconds)
            connection.sendall(_ANSWER % self._keep_alive)


async def burst(kind: Kind, client: Awaited, count: int) -> list[object]:
    """The results of so many calls at once; those of a sync client in threads."""
    found: list[object] = []

    async def call() -> None:
        if kind.is_async:
            found.append(await client.execute_function("f", {}))
        else:
            method = client.client.execute_function
            found.append(await anyio.to_thread.run_sync(method, "f", {}, limiter=limiter))

    limiter = anyio.CapacityLimiter(count)
    async with anyio.create_task_group() as group:
        for _ in range(count):
            group.start_soon(call)
    return found


def _measured(kind: Kind, seconds: float, limit: int | None) -> float:
    took = 0.0

    async def main() -> None:
        nonlocal took
        async with kind.connect(server.url, max_connections=limit) as client:
            began = time.monotonic()
            await burst(kind, client, 40)
            took = time.monotonic() - began

    with FewWorkers(seconds=seconds) as server:
        kind.run(main)
    return took


def main() -> None:
    """Prints the times of each kind of client."""
    for seconds in (0.1, 0.02):
        for name, kind in OURS.items():
            limited, default = _measured(kind, seconds, 8), _measured(kind, seconds, None)
            print(  # noqa: T201 (it is a program)
                f"{name:10} {seconds:4} s for each request: 8 connections {limited:.2f} s, default {default:.2f} s, "
                f"{default / limited:.1f} times as long",
                flush=True,
            )


if __name__ == "__main__":
    main()
