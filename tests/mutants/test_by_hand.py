"""The mutants by hand fit the code of today. Whether tests notice them is what `make mutants` tells."""

from __future__ import annotations

from tests.mutants.run import by_hand


def test_each_mutant_by_hand_changes_one_place_of_the_code() -> None:
    """Otherwise a change of the code would be found by whoever runs `make mutants` next."""
    assert len(by_hand()) > 200
