"""`make test-all` finds all that it names."""

from __future__ import annotations

import pytest

from tests.matrix import FOR_TESTS, NOT_WITH_LOWEST, PROJECT, WITH_LOWEST
from tests.repository import ROOT


@pytest.mark.parametrize("name", [*WITH_LOWEST, *NOT_WITH_LOWEST])
def test_tests_that_it_names_are_there(name: str) -> None:
    assert (ROOT / "tests" / name).exists()


@pytest.mark.parametrize("name", FOR_TESTS)
def test_tools_that_it_installs_are_development_tools(name: str) -> None:
    assert [tool for tool in PROJECT["dependency-groups"]["dev"] if tool.startswith(name)]
