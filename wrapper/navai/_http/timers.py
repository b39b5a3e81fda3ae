"""Functions that an event loop calls later, again and again. A sync client has no event loop, and we start no threads for it.

A thread would have to live as long as there are idle connections. A process with a second thread cannot be forked safely, and
Python 3.12 and newer warn about it, so that a single sync call would spoil every fork of a program that has no threads itself.
So a sync client closes them at its next call, and while a call waits for the first response over a new connection.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

from navai._background import current_loop

# Returns the seconds after which it is to be called again; None for never.
Step = Callable[[], float | None]

# Calls a step in so many seconds, and returns whether it does.
Watch = Callable[[float, Step], bool]

# The shortest wait, in seconds: clocks are not exact.
_SHORTEST = 0.001


def watch_in_loop(seconds: float, step: Step) -> bool:
    """Calls `step` in the running event loop, asyncio's or trio's. Ends with the loop, and does not keep it running."""
    try:
        loop: Any = current_loop()
    except (ImportError, RuntimeError):  # None is running: the garbage collector ends a call.
        return False
    if hasattr(loop, "call_later"):
        # Without the context of the call, which would live as long as the timer.
        loop.call_later(seconds, _on_asyncio, loop, step, context=contextvars.Context())
    else:
        import trio  # noqa: PLC0415 (it is running)

        try:
            trio.lowlevel.spawn_system_task(_on_trio, seconds, step, name="navai: closes idle connections")
        except RuntimeError:  # The run is ending.
            return False
    return True


def _on_asyncio(loop: Any, step: Step) -> None:
    seconds = step()
    if seconds is not None:
        loop.call_later(max(_SHORTEST, seconds), _on_asyncio, loop, step, context=contextvars.Context())


async def _on_trio(seconds: float, step: Step) -> None:
    import trio  # noqa: PLC0415 (it is running)

    left: float | None = seconds
    while left is not None:
        await trio.sleep(max(_SHORTEST, left))
        left = step()
