"""The schema of a local function's arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Optional

import pytest

from navai.tools._signatures import signature_schema


def annotated(annotation: Any) -> Callable[..., None]:
    def function(value: object) -> None:
        pass

    function.__annotations__["value"] = annotation
    return function


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (str, {"type": "string"}),
        (bool, {"type": "boolean"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (None, {"type": "null"}),
        (list, {"type": "array"}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (Sequence[str], {"type": "array", "items": {"type": "string"}}),
        (tuple[int, str], {"type": "array"}),
        (dict, {"type": "object"}),
        (Mapping[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (dict[str, list[bool]], {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "boolean"}}}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),  # noqa: UP045 (people write it)
        (Literal["a", 1, True], {"enum": ["a", 1, True]}),
        (Literal[b"a"], {}),
        (Annotated[str, "A path, as in /a", 5], {"type": "string", "description": "A path, as in /a"}),
        (Annotated[str, 5], {"type": "string"}),
        ("int", {"type": "integer"}),
        (Any, {}),
        (object, {}),
        (Callable[[], None], {}),
        ("NowhereToBeFound", {}),
    ],
    ids=str,
)
def test_an_annotation_allows_what_json_has_of_it(annotation: Any, schema: dict[str, Any]) -> None:
    assert signature_schema(annotated(annotation)) == {
        "type": "object",
        "properties": {"value": schema},
        "required": ["value"],
        "additionalProperties": False,
    }


class Shop:
    def order(self, product: str, amount: int = 1, **more: Any) -> None:
        pass

    def __call__(self, product: str) -> None:
        pass


def test_a_bound_method_takes_no_self_and_what_has_a_default_is_not_required() -> None:
    assert signature_schema(Shop().order) == {
        "type": "object",
        "properties": {"product": {"type": "string"}, "amount": {"type": "integer"}},
        "required": ["product"],
        "additionalProperties": True,
    }


def test_other_callables_have_at_least_the_names() -> None:
    for function in (Shop(), functools.partial(Shop().order, amount=2)):
        schema = signature_schema(function)
        assert schema is not None
        assert "product" in schema["properties"]


def test_a_function_without_arguments_takes_an_empty_object() -> None:
    schema = signature_schema(lambda: None)
    assert schema == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@pytest.mark.parametrize(
    "function", [lambda *all_of_them: all_of_them, max, lambda a, /: a], ids=["*args", "unknown", "by position"]
)
def test_what_cannot_be_passed_by_name_has_no_schema(function: Callable[..., Any]) -> None:
    assert signature_schema(function) is None


def test_one_annotation_that_cannot_be_evaluated_leaves_the_others() -> None:
    def mixed(count: int, thing: Undefined) -> None:  # type: ignore[name-defined] # noqa: F821
        pass

    class Opener:
        path: int

        def __call__(self, path: str) -> None:
            pass

    schema = signature_schema(mixed)
    assert schema is not None
    assert schema["properties"] == {"count": {"type": "integer"}, "thing": {}}
    opener = signature_schema(Opener())
    assert opener is not None
    assert opener["properties"] == {"path": {"type": "string"}}
