"""Which open connections are kept for the next call, and for how long. No I/O."""

from __future__ import annotations

import functools
import math
import re
import time
from typing import Generic, Protocol, TypeVar

# How many calls may be in progress at once, unless the option `max_connections` says otherwise; further calls wait.
MAX_CONNECTIONS = 100

MAX_KEEPALIVE_CONNECTIONS = 20

# Seconds that an idle connection is kept, unless the response says less. Node closes it after 5, and a request sent just then is
# lost.
KEEPALIVE_EXPIRY = 4.0

# Seconds that a connection may be idle while a call waits for the first response over a new one: a backend that has a worker for
# each connection, and few of them, may not get to the new one as long as a worker waits at the idle one.
IDLE_PATIENCE = 0.02

# The same for the one that was used last: a call that takes long must not make all others connect anew.
LAST_IDLE_PATIENCE = 0.5

# How many seconds before the backend we close an idle connection: a round trip takes time.
_MARGIN = 1.0

_KEEP_ALIVE_TIMEOUT = re.compile(rb'(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})', re.IGNORECASE)


@functools.lru_cache(16)
def seconds_to_keep(keep_alive: bytes) -> float:
    """How long a connection may stay idle.

    Args:
        keep_alive: The Keep-Alive header (RFC 2068 section 19.7.1.1), for example ``b"timeout=5"``; empty if there is none.
    """
    match = _KEEP_ALIVE_TIMEOUT.search(keep_alive)
    return KEEPALIVE_EXPIRY if match is None else max(0.0, min(KEEPALIVE_EXPIRY, int(match[1]) - _MARGIN))


class Keepable(Protocol):
    """A connection.

    Attributes:
        origin: Where it leads; comparable.
        expires: When it can no longer be reused, on the clock of `time.monotonic`.
        idle_since: When its last call ended, on the same clock.
    """

    @property
    def origin(self) -> object: ...

    expires: float
    idle_since: float


_C = TypeVar("_C", bound=Keepable)


class IdleConnections(Generic[_C]):
    """The connections waiting for their next call.

    No lock is needed: each operation on the list is atomic, so if two threads want the same connection, only one can remove it.
    """

    def __init__(self) -> None:
        self._idle: list[_C] = []
        # No connection expires earlier. Another thread may set it at the same time: then one is dropped a little later.
        self._first_expiry = math.inf

    def take(self, origin: object) -> _C | None:
        """Removes and returns the most recently used connection to `origin`, which may have expired; None if there is none."""
        for connection in reversed(self._idle.copy()):
            if connection.origin == origin and self._remove(connection):
                return connection
        return None

    def put(self, connection: _C) -> list[_C]:
        """Keeps `connection`, idle from now. Returns the connections that are no longer kept, for the caller to close."""
        connection.idle_since = now = time.monotonic()
        self._idle.append(connection)
        self._first_expiry = min(self._first_expiry, connection.expires)
        if len(self._idle) <= MAX_KEEPALIVE_CONNECTIONS and self._first_expiry > now:
            return []
        idle = self._idle.copy()
        surplus = idle[: max(0, len(idle) - MAX_KEEPALIVE_CONNECTIONS)]
        dropped = [old for old in idle if (old in surplus or old.expires <= now) and self._remove(old)]
        self._first_expiry = self.next_expiry() or math.inf
        return dropped

    def take_stale(self, idle_before: float, last_idle_before: float = -math.inf) -> list[_C]:
        """Removes and returns the connections that are not to be kept, for the caller to close.

        Args:
            idle_before: Those that are idle since then or longer are not kept, nor are those that have expired.
            last_idle_before: The same for the one that was used last.
        """
        now = time.monotonic()
        idle = self._idle.copy()
        stale = [old for old in idle[:-1] if old.expires <= now or old.idle_since <= idle_before]
        stale += [last for last in idle[-1:] if last.expires <= now or last.idle_since <= last_idle_before]
        return [connection for connection in stale if self._remove(connection)]

    def next_expiry(self) -> float | None:
        """When the first of them expires, on the clock of `time.monotonic`; None if there is none."""
        return min((connection.expires for connection in self._idle.copy()), default=None)

    def take_all(self) -> list[_C]:
        """Removes and returns all connections, for the caller to close."""
        return [connection for connection in self._idle.copy() if self._remove(connection)]

    def __len__(self) -> int:
        return len(self._idle)

    def _remove(self, connection: _C) -> bool:
        """Removes it, and returns whether it was still there."""
        try:
            self._idle.remove(connection)
        except ValueError:
            return False
        return True
