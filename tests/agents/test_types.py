"""What programs get that ask for the types of `navai.agents` at run time."""

from __future__ import annotations

import typing
from typing import Any

import pytest

import navai.agents
from tests.unit.test_types import annotated

# Their types are partly those of openai-agents, which pyright knows only where annotations are not evaluated.
EXCEPT = ("NavaiSession", "NavaiSession.__init__", "NavaiAgentConfig", "NavaiAgentConfig.__init__")


@pytest.mark.parametrize(
    "thing", [pytest.param(thing, id=name) for name, thing in sorted(annotated(navai.agents)) if name not in EXCEPT]
)
def test_every_annotation_resolves(thing: Any) -> None:
    typing.get_type_hints(thing)
