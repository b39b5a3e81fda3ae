"""tests/unit/conftest.py of the copy that mutmut changes: what makes its thousands of runs of pytest short."""

from __future__ import annotations

import gc
import json
import signal
from pathlib import Path

import pytest

# mutmut writes it once it has run all tests without a mutant.
STATISTICS = Path("mutmut-stats.json")

# How long each test took then, in seconds.
durations: dict[str, float] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quickest first: a mutant is dead at the first test that fails."""
    if STATISTICS.exists():
        durations.update(json.loads(STATISTICS.read_text("utf-8"))["duration_by_test"])
    items.sort(key=lambda item: durations.get(item.nodeid, 0.0))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A mutant that runs without end is dead after 20 s, and ten times as long as the test takes without it."""
    if item.nodeid in durations:
        signal.alarm(20 + int(10 * durations[item.nodeid]))


def pytest_unconfigure() -> None:
    """What is loaded by now is in each process that mutmut forks; to look through it for garbage takes longer than most tests."""
    signal.alarm(0)
    gc.freeze()
