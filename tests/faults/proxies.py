"""Networks between a client and a real backend: one that is slow, one that breaks."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections import Counter
from typing import Self


class _Proxy(ABC):
    """Forwards connections to a backend, in an event loop of its own thread. Use it as a context manager.

    Args:
        backend_url: Where to.
    """

    def __init__(self, backend_url: str) -> None:
        host, _, port = backend_url.removeprefix("http://").rpartition(":")
        self._backend = (host, int(port))
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        server = self._loop.run_until_complete(asyncio.start_server(self._accepted, "127.0.0.1", 0, backlog=1000))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._server = server
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        for listener in self._server.sockets:  # asyncio never closes what came just before its server closed.
            self._loop.remove_reader(listener)
        await asyncio.sleep(0)
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # One of the two has gone, or the proxy stops.
        finally:
            self._connections.discard(task)
            writer.close()

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forwards one connection, until it ends."""


class LagProxy(_Proxy):
    """Takes its time, in both directions, as the way to a backend does.

    Args:
        backend_url: Where to.
        lag: Seconds, each way.
    """

    def __init__(self, backend_url: str, lag: float) -> None:
        super().__init__(backend_url)
        self._lag = lag

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._lag)
        back, forth = await asyncio.open_connection(*self._backend)
        try:
            await asyncio.gather(self._forward(reader, forth), self._forward(back, writer))
        finally:
            forth.close()

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        on_its_way: list[asyncio.TimerHandle] = []
        while data := await source.read(65536):
            on_its_way.append(self._loop.call_later(self._lag, target.write, data))
        await asyncio.sleep(self._lag * 1.01)
        target.close()


class BreakingProxy(_Proxy):
    """Breaks some connections with a reset, at a random point.

    Attributes:
        broken: How often, by the point.

    Args:
        backend_url: Where to.
        share: The share of requests that it breaks, 0 to 1.
        seed: Of the random numbers.
    """

    POINTS = ("before the request", "within the request", "after the request", "before the answer", "within the answer")

    def __init__(self, backend_url: str, share: float, seed: int) -> None:
        super().__init__(backend_url)
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 (no secret)
        self.broken: Counter[str] = Counter()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._backend)
        try:
            while True:
                point = self._random.choice(self.POINTS) if self._random.random() < self._share else ""
                if point != "before the request" and not await self._exchange(reader, forth, back, writer, point):
                    return
                if point:
                    self.broken[point] += 1
                    connection = writer.get_extra_info("socket")
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
        finally:
            forth.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        forth: asyncio.StreamWriter,
        back: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        point: str,
    ) -> bool:
        """Forwards a request and its answer up to a point; False when the client has no more requests."""
        request = await _message(reader)
        if request is None:
            return False
        forth.write(request[: self._random.randrange(1, len(request))] if point == "within the request" else request)
        await forth.drain()
        if point not in ("within the request", "after the request"):
            answer = await _message(back)
            assert answer is not None
            if point != "before the answer":
                writer.write(answer[: self._random.randrange(1, len(answer))] if point == "within the answer" else answer)
                await writer.drain()
        return True


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """A whole request or answer; None when there is no more."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return head + await reader.readexactly(int(length[1]) if length else 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
