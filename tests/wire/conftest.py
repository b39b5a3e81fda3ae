"""What most tests of the wire call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from navai.testing import LocalBackend
from tests.wire.kinds import Fast


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def echo(**payload: Any) -> dict[str, Any]:
        return payload

    with LocalBackend([echo]) as running:
        yield running


@pytest.fixture(params=[None, "fast"], ids=["default", "fast"])
def transport(request: pytest.FixtureRequest) -> Fast:
    """The option of that name, for what either transport promises."""
    option: Fast = request.param
    return option
