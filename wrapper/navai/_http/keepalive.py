"""Which open connections are kept for the next call, and for how long. No I/O."""

from __future__ import annotations

import functools
import re
import time
from typing import Generic, Protocol, TypeVar

# How many calls may be under way at once; more of them wait.
MAX_CONNECTIONS = 100

MAX_KEEPALIVE_CONNECTIONS = 20

# Seconds that a connection is kept, unless the answer says less. Node closes it after 5, and what meets the closing is lost.
KEEPALIVE_EXPIRY = 4.0

# How much earlier than it, in seconds, an idle connection ends here: the way to the backend and back takes time.
_MARGIN = 1.0

_KEEP_ALIVE_TIMEOUT = re.compile(r'(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})', re.IGNORECASE)


@functools.lru_cache(16)
def seconds_to_keep(keep_alive: str) -> float:
    """How long a connection may stay idle.

    Args:
        keep_alive: The answer's header Keep-Alive (RFC 2068 section 19.7.1.1), for example ``"timeout=5"``; empty without it.
    """
    match = _KEEP_ALIVE_TIMEOUT.search(keep_alive)
    return KEEPALIVE_EXPIRY if match is None else max(0.0, min(KEEPALIVE_EXPIRY, int(match[1]) - _MARGIN))


class Keepable(Protocol):
    """A connection.

    Attributes:
        origin: Where it leads, comparable.
        expires: Until when it may be used again, on the clock of `time.monotonic`.
    """

    @property
    def origin(self) -> object: ...

    expires: float


_C = TypeVar("_C", bound=Keepable)


class IdleConnections(Generic[_C]):
    """The connections that wait for a next call.

    Without a lock: each step on the list is atomic, and of two threads that want the same connection one finds it gone.
    """

    def __init__(self) -> None:
        self._idle: list[_C] = []

    def take(self, origin: object) -> _C | None:
        """The one that leads to `origin` and was used last; None without one. It may have expired."""
        for connection in reversed(self._idle.copy()):
            if connection.origin == origin and self._remove(connection):
                return connection
        return None

    def put(self, connection: _C) -> list[_C]:
        """Keeps `connection`; returns those that are kept no longer, to be closed."""
        self._idle.append(connection)
        now = time.monotonic()
        idle = self._idle.copy()
        surplus = idle[: max(0, len(idle) - MAX_KEEPALIVE_CONNECTIONS)]
        return [old for old in idle if (old in surplus or old.expires <= now) and self._remove(old)]

    def take_all(self) -> list[_C]:
        """All of them, to be closed."""
        return [connection for connection in self._idle.copy() if self._remove(connection)]

    def __len__(self) -> int:
        return len(self._idle)

    def _remove(self, connection: _C) -> bool:
        """Whether it was still there."""
        try:
            self._idle.remove(connection)
        except ValueError:
            return False
        return True
