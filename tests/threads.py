"""Which threads a test has begun: those that pytest, servers and earlier tests begin and end are not counted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from navai._background import Background


class Threads:
    """Threads that begin to run one of these functions, or one of the client's in the background, after this is created."""

    def __init__(self, *functions: Callable[..., Any]) -> None:
        self._codes = {function.__code__ for function in (Background._run, *functions)}
        self._before = self._running()

    def count(self, at_most: int) -> int:
        """How many there are, as soon as there are no more than `at_most`, or after two seconds: those that end need a moment."""
        until = time.monotonic() + 2
        while (count := len(self._running() - self._before)) > at_most and time.monotonic() < until:
            time.sleep(0.01)
        return count

    def _running(self) -> set[FrameType]:
        """The first call of such a function in each thread."""
        found = set[FrameType]()
        for frame in sys._current_frames().values():
            calls = [call for call in _stack(frame) if call.f_code in self._codes]
            found.update(calls[-1:])
        return found


def _stack(frame: FrameType | None) -> list[FrameType]:
    """A call, what called it, and so on."""
    stack: list[FrameType] = []
    while frame is not None:
        stack.append(frame)
        frame = frame.f_back
    return stack
