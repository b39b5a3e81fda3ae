"""What programs get that ask for the types of `navai.agents` at run time."""

from __future__ import annotations

import typing
from typing import Any

import pytest

import navai.agents
from tests.unit.test_types import annotated


@pytest.mark.parametrize("thing", [pytest.param(thing, id=name) for name, thing in sorted(annotated(navai.agents))])
def test_every_annotation_resolves(thing: Any) -> None:
    typing.get_type_hints(thing)
