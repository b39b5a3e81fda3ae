"""The pytest fixtures `navai_backend` and `navai_api_url`.

Every run of pytest loads this module if the package is installed, so it imports little.
"""

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


@pytest.fixture
def navai_api_url(navai_backend: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of `navai_backend`, for code that reads NAVAI_API_URL: the test sees it in the environment."""
    monkeypatch.setenv("NAVAI_API_URL", navai_backend.url)
    return navai_backend.url
