"""The time allowed for one call."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

from navai._errors import APITimeoutError


class Deadline(NamedTuple):
    """The time allowed for one call.

    Attributes:
        seconds: How long the call may take; None for no limit.
        at: When it ends, on the clock of `time.monotonic`; None for never.
        handled: The exception that the caller was handling when the call began, if any.
    """

    seconds: float | None
    at: float | None
    handled: BaseException | None = None

    @classmethod
    def from_now(cls, seconds: float | None) -> Deadline:
        """The deadline of a call that starts now."""
        return cls(seconds, None if seconds is None else time.monotonic() + seconds, sys.exception())

    def left(self) -> float | None:
        """How many seconds are left, negative if it has passed; None if there is no limit."""
        return None if self.at is None else self.at - time.monotonic()

    def error(self, method: str, url: str, *, request_sent: bool) -> APITimeoutError:
        """The error for a deadline that passed between two attempts, or before the first."""
        return APITimeoutError(f"The deadline of {self.seconds:g} s has passed.", request_sent=request_sent, method=method, url=url)
