"""tests/unit/conftest.py of the copy that mutmut changes: what makes its thousands of runs of pytest short."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

# How long each test took without a mutant, in seconds; mutmut writes it once it has run them all.
STATISTICS = Path("mutmut-stats.json")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The quickest first: a mutant is dead at the first test that fails."""
    if STATISTICS.exists():
        durations: dict[str, float] = json.loads(STATISTICS.read_text("utf-8"))["duration_by_test"]
        items.sort(key=lambda item: durations.get(item.nodeid, 0.0))


def pytest_unconfigure() -> None:
    """What is loaded by now is in each process that mutmut forks; to look through it for garbage takes longer than most tests."""
    gc.freeze()
