"""Which threads are running what: those that others start and end, as pytest's and the servers' do, are not counted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from navai._background import Background


def threads_in(*functions: Callable[..., Any], at_most: int) -> int:
    """How many threads are running one of these functions, or one of the client's in the background.

    Returns:
        The number as soon as it is no more than `at_most`, or after two seconds: threads that end need a moment.
    """
    codes = {function.__code__ for function in (Background._run, *functions)}
    until = time.monotonic() + 2
    while (count := sum(_runs(frame, codes) for frame in sys._current_frames().values())) > at_most and time.monotonic() < until:
        time.sleep(0.01)
    return count


def _runs(frame: FrameType | None, codes: set[Any]) -> bool:
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False
