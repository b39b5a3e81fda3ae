"""What a tool tells the model is JSON that can be sent, whatever a function returned."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from navai.tools._answers import answer_text


class Wordless:
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unreadable(dict[str, Any]):
    def items(self) -> Any:
        raise RuntimeError("cannot be read")


class Colour(enum.IntEnum):
    RED = 1


def holding_itself() -> list[Any]:
    value: list[Any] = [1]
    value.append({"again": value})
    return value


def deep(levels: int) -> Any:
    value: Any = "the bottom"
    for _ in range(levels):
        value = [value]
    return value


RESULTS: dict[str, tuple[Any, Any]] = {
    "what JSON has": ({"a": [1, 1.5, "ü", None, True, {}]}, {"a": [1, 1.5, "ü", None, True, {}]}),
    "tuple keys": ({(1, 2): 3}, {"(1, 2)": 3}),
    "other keys": ({None: 1, True: 2, 3: 4, 1.5: 6, Colour.RED: 7}, {"null": 1, "true": 7, "3": 4, "1.5": 6}),
    "a tuple": ((1, 2), [1, 2]),
    "a set": ({1}, "{1}"),
    "an object of any class": (MappingProxyType({}), "{}"),
    "an object without words": (Wordless(), "<Wordless>"),
    "a key without words": ({Wordless(): 1}, {"<Wordless>": 1}),
    "what holds itself": (holding_itself(), [1, {"again": "..."}]),
    "one list twice": ([[1]] * 2, [[1], [1]]),
    "a huge integer": (10**5000, hex(10**5000)),
    "infinity": ([float("inf"), float("-inf"), float("nan")], ["inf", "-inf", "nan"]),
    "half a letter": ({"\ud800": "a\udc00"}, {"\ud800": "a\udc00"}),
    "100,000 levels": (deep(100_000), json.loads(json.dumps(deep(99)).replace("the bottom", "..."))),
}


@pytest.mark.parametrize("name", RESULTS)
def test_any_result_is_json(name: str) -> None:
    result, expected = RESULTS[name]
    text = answer_text({"ok": True, "result": result})
    text.encode("utf-8")
    assert json.loads(text, parse_constant=pytest.fail) == {"ok": True, "result": expected}


def growing() -> Iterator[tuple[str, Any]]:
    """A few objects that JSON would write a billion times."""
    value: Any = ["x"]
    for _ in range(40):
        value = [value, value]
    yield "lists", value
    yield "keys", [{"k" * 100_000: 1}] * 100
    yield "numbers", [10**4000] * 1000
    yield "a text", "x" * 1_000_001


@pytest.mark.parametrize("result", [pytest.param(value, id=name) for name, value in growing()])
def test_a_result_that_no_model_takes_is_left_out_and_said_so(result: Any) -> None:
    answer = {"ok": True, "function_name": "f", "source": "s" * 1_000_000, "result": result}
    told = json.loads(answer_text(answer))
    assert told.pop("source") == "s" * 10_000 + "..."
    assert told == {
        "ok": True,
        "function_name": "f",
        "result": None,
        "warning": "The result is left out: as JSON it has more than 1,000,000 characters.",
    }


def test_a_result_that_cannot_be_read_is_left_out_and_said_so() -> None:
    told = json.loads(answer_text({"ok": True, "result": Unreadable()}))
    assert told == {"ok": True, "result": None, "warning": "The result is left out: cannot be read."}


def test_long_words_of_an_error_are_shortened() -> None:
    told = json.loads(answer_text({"ok": False, "details": "x" * 30_000_000}))
    assert told == {"ok": False, "details": "x" * 10_000 + "..."}
