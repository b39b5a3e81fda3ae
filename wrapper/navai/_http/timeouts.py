"""How long each step of a request may take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import asdict, frozen

from navai._background import MAX_WAIT

if TYPE_CHECKING:
    from navai._http.messages import Request


@frozen
class Timeout:
    """How long one step of one attempt may take, in seconds.

    Args:
        connect: Opening the connection, with the finding of the name; and the handshake of TLS. Default 5 each.
        read: Waiting for the next bytes of the answer. Default 60.
        write: Waiting until the next bytes of the request are taken. Default 60.
        pool: Waiting for a free connection of the pool. Default 60.
    """

    __module__ = "navai"

    connect: float = 5.0
    read: float = 60.0
    write: float = 60.0
    pool: float = 60.0


# Seconds after its deadline that an async call over a client of the caller's is cancelled: a step that ends at the deadline itself
# knows better what happened.
GRACE = 0.02

# Seconds that each step may take, by the names that the libraries use too; None: any time.
StepTimeouts = Mapping[str, float | None]


def step_timeouts(request: Request, default: StepTimeouts) -> StepTimeouts:
    """How long each step of a request may take: not longer than the time left.

    Args:
        request: The request.
        default: The limits where the request has none.
    """
    limits = _bounded(default) if request.timeout is None else by_step(request.timeout)
    if request.deadline is None:
        return limits
    left = max(0.001, request.deadline - time.monotonic())
    return {step: left if limit is None else min(limit, left) for step, limit in limits.items()}


def _bounded(limits: StepTimeouts) -> StepTimeouts:
    """Limits that a caller's client may have: those of ours are checked."""
    if limits is DEFAULT_TIMEOUTS:
        return limits
    return {step: limit if limit is None else min(limit, MAX_WAIT) for step, limit in limits.items()}


def by_step(timeout: Timeout) -> StepTimeouts:
    """The limits that a caller gave, by step."""
    return asdict(timeout)


DEFAULT_TIMEOUT = Timeout()
DEFAULT_TIMEOUTS = by_step(DEFAULT_TIMEOUT)
