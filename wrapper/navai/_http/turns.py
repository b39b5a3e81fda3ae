"""Which calls may have a connection when there are more calls than connections. No I/O.

Nothing here takes a lock: a signal handler may raise an exception, or make a call itself, between any two steps.
"""

from __future__ import annotations

import heapq
import itertools
import weakref
from collections.abc import Callable

from navai._http.keepalive import MAX_CONNECTIONS


def _nobody_waits() -> None:
    pass


class Turn:
    """The place of one call among those that have a connection, or wait for one.

    Attributes:
        number: Grows with each turn that is taken. Until it has one, a turn counts as being before all others.
        reference: What `Turns` knows it by, once it is taken.
        wake: Wakes the call, while it waits, because its turn has come.
    """

    number: int = -1
    reference: weakref.ref[Turn] | None = None
    wake: Callable[[], object] = staticmethod(_nobody_waits)


class Turns:
    """Lets at most `limit` calls have a connection at once, in the order in which they asked.

    A turn that is not released, because its call was interrupted, ends with its object. The set of turns is only changed by single
    (atomic) operations of the interpreter, so it is always consistent.

    Attributes:
        limit: How many calls may have a connection at once.
    """

    def __init__(self) -> None:
        self.limit = MAX_CONNECTIONS
        self._numbers = itertools.count()
        self._taken: set[weakref.ref[Turn]] = set()

    def take(self, turn: Turn) -> bool:
        """Asks for a connection, after all others. Returns whether there is one at once; `has_come` tells later."""
        turn.reference = weakref.ref(turn, self._taken.discard)
        # In this order: two that ask at the same time must not both find that nobody is before them.
        self._taken.add(turn.reference)
        turn.number = next(self._numbers)
        return len(self._taken) <= self.limit

    def has_come(self, turn: Turn) -> bool:
        """Whether its call may have a connection."""
        return sum(other.number < turn.number for other in self._all()) < self.limit

    def look_again(self) -> float:
        """Seconds after which a waiting call checks for itself: the call that should wake it may have been interrupted.

        The more calls there are the longer, so that checking does not take time from them.
        """
        return 0.05 * max(1.0, len(self._taken) / MAX_CONNECTIONS) ** 2

    def release(self, turn: Turn) -> None:
        """Releases it: its call needs no connection any more. Idempotent."""
        self._taken.discard(turn.reference)
        if len(self._taken) >= self.limit:
            # All whose turn has come: of two calls that end at the same time, each may miss one.
            for following in heapq.nsmallest(self.limit, self._all(), key=_number):
                following.wake()

    def _all(self) -> list[Turn]:
        turns = [reference() for reference in self._taken.copy()]
        return [turn for turn in turns if turn is not None]


def _number(turn: Turn) -> int:
    return turn.number
