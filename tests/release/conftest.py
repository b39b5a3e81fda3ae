"""What the tests of releases share."""

from __future__ import annotations

import pytest

from tests.repository import Scratch


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """A scratch copy with all that `make build` makes."""
    scratch = Scratch(tmp_path_factory.mktemp("build") / "repository")
    told = scratch.python("-m", "release.build")
    assert told.returncode == 0, told.stderr
    return scratch
