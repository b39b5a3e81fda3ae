"""The time that one call has."""

from __future__ import annotations

import sys
import time
from typing import NamedTuple

from navai._errors import APITimeoutError


class Deadline(NamedTuple):
    """The time that one call has.

    Attributes:
        seconds: How much it was given; None: any.
        at: When it ends, on the clock of `time.monotonic`; None: never.
        handled: What the caller's program was handling when the call began; None: no exception.
    """

    seconds: float | None
    at: float | None
    handled: BaseException | None = None

    @classmethod
    def from_now(cls, seconds: float | None) -> Deadline:
        """The deadline of a call that begins now."""
        return cls(seconds, None if seconds is None else time.monotonic() + seconds, sys.exception())

    def left(self) -> float | None:
        """How many seconds are left, negative if it has passed; None: any."""
        return None if self.at is None else self.at - time.monotonic()

    def error(self, method: str, url: str, *, request_sent: bool) -> APITimeoutError:
        """What ends a call whose deadline has passed between two attempts, or before the first."""
        return APITimeoutError(f"The deadline of {self.seconds:g} s has passed.", request_sent=request_sent, method=method, url=url)
