"""How long each step of a request may take."""

from __future__ import annotations

import math

import pytest

from navai import Timeout
from navai._background import MAX_WAIT
from navai._http import timeouts
from navai._http.messages import Request
from navai._http.timeouts import DEFAULT_TIMEOUTS, step_timeouts

# A client of the caller's may know no limit for a step.
CLIENTS = {"connect": 7.0, "read": None, "write": 7.0, "pool": 1.0}


class Clock:
    """The module's `time`."""

    @staticmethod
    def monotonic() -> float:
        return 100.0


@pytest.mark.parametrize(
    ("timeout", "deadline", "limits"),
    [
        (None, None, CLIENTS),
        (Timeout(1, 2, 3, 4), None, {"connect": 1, "read": 2, "write": 3, "pool": 4}),
        (None, 102.0, {"connect": 2, "read": 2, "write": 2, "pool": 1}),
        (Timeout(1, 2, 3, 4), 102.5, {"connect": 1, "read": 2, "write": 2.5, "pool": 2.5}),
        (None, 99.0, {"connect": 0.001, "read": 0.001, "write": 0.001, "pool": 0.001}),
    ],
)
def test_no_step_takes_longer_than_the_time_that_is_left(
    timeout: Timeout | None, deadline: float | None, limits: dict[str, float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries know no limit of zero."""
    monkeypatch.setattr(timeouts, "time", Clock)
    request = Request("GET", "http://backend.example", (), None, timeout, deadline, 100)
    assert step_timeouts(request, CLIENTS) == limits


def test_the_callers_client_waits_no_longer_than_a_system_can() -> None:
    request = Request("GET", "http://backend.example", (), None, None, None, 100)
    limits = {"connect": 1e12, "read": None, "write": math.inf, "pool": 1.0}
    assert step_timeouts(request, limits) == {"connect": MAX_WAIT, "read": None, "write": MAX_WAIT, "pool": 1.0}


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert DEFAULT_TIMEOUTS == {"connect": 5, "read": 60, "write": 60, "pool": 60}
