"""The pytest fixture `navai_backend`. Every run of pytest loads this module if the package is installed, so it imports little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from navai.testing import LocalBackend


@pytest.fixture
def navai_backend() -> Iterator[LocalBackend]:
    """A running local Navai backend without functions. Add some with ``@navai_backend.function``."""
    from navai.testing import LocalBackend  # noqa: PLC0415 (the extra may not be installed)

    with LocalBackend() as backend:
        yield backend
