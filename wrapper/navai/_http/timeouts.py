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
    """How long one step of one attempt may take, in seconds. For one limit for all steps, pass a number as ``timeout`` instead.

    Args:
        connect: Opening the connection, including the name lookup; and, separately, the TLS handshake. Default 5.
        read: Waiting for the next bytes of the response. Default 60.
        write: Waiting until the next bytes of the request are accepted. Default 60.
        pool: Waiting for a free connection of the pool. Default 60.
    """

    __module__ = "navai"

    connect: float = 5.0
    read: float = 60.0
    write: float = 60.0
    pool: float = 60.0


# Seconds after its deadline until an async call over the caller's own client is cancelled: if a step times out by itself at the
# deadline, its error says more about what happened.
GRACE = 0.02

# Seconds that each step may take, by the names that the libraries use too; None for no limit.
StepTimeouts = Mapping[str, float | None]


def step_timeouts(request: Request, default: StepTimeouts) -> StepTimeouts:
    """How long each step of a request may take: at most the time left.

    Args:
        request: The request.
        default: The limits to use if the request has none.
    """
    limits = _bounded(default) if request.timeout is None else by_step(request.timeout)
    if request.deadline is None:
        return limits
    left = max(0.001, request.deadline - time.monotonic())
    return {step: left if limit is None else min(limit, left) for step, limit in limits.items()}


def _bounded(limits: StepTimeouts) -> StepTimeouts:
    """The limits of the caller's own client, capped at `MAX_WAIT`; ours are capped already."""
    if limits is DEFAULT_TIMEOUTS:
        return limits
    return {step: limit if limit is None else min(limit, MAX_WAIT) for step, limit in limits.items()}


def by_step(timeout: Timeout) -> StepTimeouts:
    """A `Timeout` as limits by step."""
    return asdict(timeout)


DEFAULT_TIMEOUT = Timeout()
DEFAULT_TIMEOUTS = by_step(DEFAULT_TIMEOUT)
