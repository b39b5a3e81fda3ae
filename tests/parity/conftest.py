"""What the tests of parity share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import require_node
from tests.parity.clients import Parity


@pytest.fixture(scope="session")
def parity() -> Iterator[Parity]:
    """The clients to compare: one Node process for each process that runs tests."""
    require_node("tests/parity")
    with Parity() as running:
        yield running
