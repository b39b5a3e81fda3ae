"""Where connections may be used. No I/O.

In the process that opened them, as a child after `fork` must not share a socket with its parent, and for an async client in the
event loop that opened them, asyncio's or trio's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from navai._errors import ConfigurationError

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)

# Of more kinds in one place the oldest is let go; calls over it end well.
_MOST_KINDS = 8

# The process; for an async client the event loop too.
Place = int | tuple[int, object]

# The place of a sync client.
this_process = os.getpid


def this_loop() -> tuple[int, object]:
    """The place of an async client."""
    try:
        return os.getpid(), asyncio.get_running_loop()
    except RuntimeError:
        from trio.lowlevel import current_trio_token  # noqa: PLC0415 (who runs trio has it)

        return os.getpid(), current_trio_token()


def closed() -> ConfigurationError:
    """The refusal of a call over a client that is closed."""
    return ConfigurationError("This client is closed: make calls before closing it, or build another one.")


class PerPlace(Generic[_K, _T]):
    """What holds connections: one of each kind for each place, built when first needed.

    Without locks, which a `fork` could copy while they are held. Two threads may build the same at once; then one of the two is
    kept, and the other never opened a connection.

    Args:
        build: Makes one of a kind.
        place: Tells where the connections that are opened now may be used.
    """

    def __init__(self, build: Callable[[_K], _T], place: Callable[[], Place]) -> None:
        self._build = build
        self._place = place
        self._built: dict[tuple[Place, _K], _T] = {}
        self._closed = False

    def get(self, kind: _K) -> _T:
        """The one of this kind and place.

        Raises:
            ConfigurationError: They are closed.
        """
        if self._closed:
            raise closed()
        key = (self._place(), kind)
        return self._built.get(key) or self._add(key)

    def _add(self, key: tuple[Place, _K]) -> _T:
        # What an event loop that has ended left behind is of no more use.
        for old in [each for each in list(self._built) if _ended(each[0])]:
            self._built.pop(old, None)
        here = [each for each in list(self._built) if each[0] == key[0]]
        if len(here) >= _MOST_KINDS:
            self._built.pop(here[0], None)
        return self._built.setdefault(key, self._build(key[1]))

    def close(self) -> list[_T]:
        """No more calls; those that are to be closed, and can be closed from here."""
        self._closed = True
        here = self._place() if self._built else None
        return [self._built.pop(key) for key in list(self._built) if key[0] == here]

    def __len__(self) -> int:
        return len(self._built)


def _ended(place: Place) -> bool:
    loop = place[1] if isinstance(place, tuple) else None
    return isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed()
