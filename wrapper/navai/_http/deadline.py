"""The time allowed for one call."""

from __future__ import annotations

import sys
import time

from navai._errors import APITimeoutError


class Deadline:
    """The time allowed for one call, which starts now.

    Args:
        seconds: How long it may take; None for no limit.

    Attributes:
        at: When it ends, on the clock of `time.monotonic`; None for never.
        handled: The exception that the caller is handling as it starts, if any.
    """

    __slots__ = ("at", "handled", "seconds")

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.at = None if seconds is None else time.monotonic() + seconds
        self.handled = sys.exception()

    def left(self) -> float | None:
        """How many seconds are left, negative if it has passed; None if there is no limit."""
        return None if self.at is None else self.at - time.monotonic()

    def error(self, method: str, url: str, *, request_sent: bool) -> APITimeoutError:
        """The error for a deadline that passed between two attempts, or before the first."""
        return APITimeoutError(f"The deadline of {self.seconds:g} s has passed.", request_sent=request_sent, method=method, url=url)
