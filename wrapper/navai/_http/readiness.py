"""Waiting until sockets are ready, in the calling thread."""

from __future__ import annotations

import math
import select
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

from navai._http.keepalive import IDLE_PATIENCE


class Readability:
    """Checks repeatedly whether a socket is readable. The socket is registered with the kernel only once."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None and connected.fileno() >= 0:
            self._poll.register(connected, select.POLLIN)

    def __call__(self, seconds: float | None, meanwhile: Callable[[], None] | None = None) -> bool:
        """Whether it is readable in time; a closed connection or socket counts as readable.

        Args:
            seconds: How long to wait; None for no limit.
            meanwhile: What to call again and again, each time after `IDLE_PATIENCE` seconds of waiting; None for nothing.
        """
        if meanwhile is not None:
            return self._wait(seconds, meanwhile)
        if self._socket.fileno() < 0:
            return True
        if self._poll is None:
            return bool(select.select([self._socket], [], [], seconds)[0])
        return bool(self._poll.poll(None if seconds is None else seconds * 1000))

    def _wait(self, seconds: float | None, meanwhile: Callable[[], None]) -> bool:
        until = math.inf if seconds is None else time.monotonic() + seconds
        while until - time.monotonic() > IDLE_PATIENCE:
            if self(IDLE_PATIENCE):
                return True
            meanwhile()
        return self(max(0.0, until - time.monotonic()))


def wait_for(sockets: list[socket.socket], events: int, seconds: float | None) -> list[tuple[Any, int]]:
    """The sockets that are ready in time, each with the events it is ready for."""
    with selectors.DefaultSelector() as selector:
        for connection in sockets:
            selector.register(connection, events)
        return [(key.fileobj, ready) for key, ready in selector.select(seconds)]
