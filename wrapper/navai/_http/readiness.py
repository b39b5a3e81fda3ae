"""Waiting until sockets are ready, in the calling thread."""

from __future__ import annotations

import select
import selectors
import socket
from typing import Any


class Readability:
    """Checks repeatedly whether a socket is readable. The socket is registered with the kernel only once."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None and connected.fileno() >= 0:
            self._poll.register(connected, select.POLLIN)

    def __call__(self, seconds: float | None) -> bool:
        """Whether it is readable within that many seconds (None for no limit); a closed connection or socket counts as readable."""
        if self._socket.fileno() < 0:
            return True
        if self._poll is None:
            return bool(select.select([self._socket], [], [], seconds)[0])
        return bool(self._poll.poll(None if seconds is None else seconds * 1000))


def wait_for(sockets: list[socket.socket], events: int, seconds: float | None) -> list[tuple[Any, int]]:
    """The sockets that are ready in time, each with the events it is ready for."""
    with selectors.DefaultSelector() as selector:
        for connection in sockets:
            selector.register(connection, events)
        return [(key.fileobj, ready) for key, ready in selector.select(seconds)]
