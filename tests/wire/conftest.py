"""What most tests of the wire call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from navai.testing import LocalBackend


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def echo(**payload: Any) -> dict[str, Any]:
        return payload

    with LocalBackend([echo]) as running:
        yield running
