"""Results of a type that the caller names: which types there are, which values fit, and what is said of those that do not."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
import pathlib
import pickle
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple

import attrs
import msgspec
import pydantic
import pytest
from typing_extensions import TypedDict

from navai import ConfigurationError, InvalidResponseError
from navai._contract.operations import execute_function
from navai._http.messages import Headers, RequestInfo, Response

PLANTED = "planted-secret"
INFO = RequestInfo("POST", "http://backend.example/path", (PLANTED,))


class Size(enum.Enum):
    BIG = "big"


@dataclasses.dataclass
class Item:
    price: float


@dataclasses.dataclass
class Order:
    items: list[Item]
    when: dt.datetime | None = None
    next: Order | None = None


class _OddError(Exception):
    """What validators of other libraries raise has attributes of the same names."""

    errors = ("no even price",)


@dataclasses.dataclass
class Odd:
    price: int

    def __post_init__(self) -> None:
        raise _OddError("an even price")


@attrs.define
class Booking:
    room: int = attrs.field(validator=attrs.validators.gt(0))


class Row(TypedDict):
    id: int


class Pair(NamedTuple):
    left: int
    right: str


class Visit(pydantic.BaseModel):
    starts_at: dt.datetime = pydantic.Field(alias="startsAt")
    room: uuid.UUID


class Strict(pydantic.BaseModel, strict=True):
    when: dt.date
    count: int


@pydantic.dataclasses.dataclass
class Checked:
    count: int


class Ticket(msgspec.Struct):
    id: int


@dataclasses.dataclass
class WithModel:
    visit: Visit


class Plain:
    """Of which nothing says how to make one."""


@attrs.define
class Visits:
    first: Visit


class Unfinished(pydantic.BaseModel):
    part: Missing  # type: ignore[name-defined] # pyright: ignore[reportUndefinedVariable] # noqa: F821 (that is the mistake)


class Frozen(pydantic.BaseModel, frozen=True):
    key: str


def typed(result_type: Any, result: Any) -> Any:
    body = json.dumps({"ok": True, "result": result}).encode()
    return execute_function("f", None, result_type=result_type).read(Response(200, Headers([("X-Echo", PLANTED)]), body), INFO)


NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
ROOM = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("result_type", "result", "expected"),
    [
        (Order, {"items": [{"price": 1.5}], "when": "2026-01-01T12:00:00Z", "more": 1}, Order([Item(1.5)], NOON)),
        (Order, {"items": [], "next": {"items": []}}, Order([], None, Order([]))),
        (list[Item], [{"price": 1}], [Item(1)]),
        (dict[str, Item], {"a": {"price": 1}}, {"a": Item(1)}),
        (Booking, {"room": 1}, Booking(1)),
        (Row, {"id": 1}, {"id": 1}),
        (Pair, [1, "a"], Pair(1, "a")),
        (Ticket, {"id": 1}, Ticket(1)),
        (Size, "big", Size.BIG),
        (uuid.UUID, ROOM, uuid.UUID(int=1)),
        (str, "\ud800", "\ud800"),
        (int | None, None, None),
        (type(None), None, None),
        (object, [1], [1]),
        (Any, [1], [1]),
        (Annotated[int, msgspec.Meta(ge=1)], 1, 1),
        (Visit, {"startsAt": "2026-01-01T12:00:00Z", "room": ROOM}, Visit(startsAt=NOON, room=uuid.UUID(int=1))),
        (Strict, {"when": "2026-01-01", "count": 1}, Strict(when=dt.date(2026, 1, 1), count=1)),
        (list[Strict] | None, None, None),
        (Checked, {"count": 1}, Checked(1)),
        (pydantic.PositiveInt, 1, 1),
    ],
)
def test_a_result_becomes_what_was_asked_for(result_type: Any, result: Any, expected: Any) -> None:
    found = typed(result_type, result)
    assert found == expected
    assert type(found) is type(expected)


class Open(pydantic.BaseModel):
    id: int = 0


class Closed(pydantic.BaseModel):
    id: int = 0


def test_where_two_models_fit_the_first_counts_whatever_was_asked_for_before() -> None:
    assert [type(typed(kind, {})) for kind in (Open | Closed, Closed | Open)] == [Open, Closed]
    assert [type(typed(kind, [{}])[0]) for kind in (list[Open | Closed], list[Closed | Open])] == [Open, Closed]


@pytest.mark.parametrize(
    ("result_type", "result", "place", "reason"),
    [
        (Order, {"items": [{"price": 1}, {"price": "x"}]}, "result.items[1].price", "Expected `float`, got `str`"),
        (list[pydantic.PositiveInt], [1, -1], "result[1]", "Input should be greater than 0"),
        (Order, {"items": [{}]}, "result.items[0]", "Object missing required field `price`"),
        (Order, None, "result", "Expected `object`, got `null`"),
        (Item, {"price": "1"}, "result.price", "Expected `float`, got `str`"),
        (Booking, {"room": 0}, "result", "'room' must be > 0: 0"),
        (int, True, "result", "Expected `int`, got `bool`"),
        (Odd, {"price": 2}, "result", "_OddError: an even price"),
        (Visit, {"startsAt": "noon", "room": ROOM}, "result.startsAt", "Input should be a valid datetime"),
        (list[Visit], [{"startsAt": "2026-01-01"}], "result[0].room", "Field required"),
        (Strict, {"when": "2026-01-01", "count": "1"}, "result.count", "Input should be a valid integer"),
    ],
)
def test_a_result_that_does_not_fit_is_an_error_with_its_place(result_type: Any, result: Any, place: str, reason: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        typed(result_type, result)
    error = caught.value
    assert str(error).startswith(f"'f' has run, but its result is not of the type that was asked for: {place}: {reason}")
    assert (error.place, error.function_name, error.request_sent, error.status_code) == (place, "f", True, 200)
    assert error.json == {"ok": True, "result": result}
    assert pickle.loads(pickle.dumps(error)).place == place


class Talkative(pydantic.BaseModel):
    key: str

    @pydantic.field_validator("key")
    @classmethod
    def check(cls, key: str) -> str:
        if key == "unexpected":
            raise KeyError(PLANTED)
        raise ValueError(f"{key} is not a key")


@pytest.mark.parametrize(
    ("result_type", "result"),
    [
        (Talkative, {"key": PLANTED}),
        (Talkative, {"key": "unexpected"}),
        (dict[str, int], {PLANTED: PLANTED}),
        (dict[str, Talkative], {PLANTED: {}}),
    ],
)
def test_no_secret_shows_in_the_error(result_type: Any, result: Any) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        typed(result_type, result)
    error = caught.value
    assert PLANTED not in f"{error} {error.place} {error.body} {error.json} {dict(error.headers)}"
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("result_type", "reason"),
    [
        (Plain, "msgspec cannot make a Plain from JSON; use a pydantic model for the whole"),
        (pathlib.Path, "msgspec cannot make a Path from JSON; use a pydantic model for the whole"),
        (WithModel, "msgspec cannot make a Visit from JSON; use a pydantic model for the whole"),
        (Order | Item, "Type unions may not contain more than one dataclass"),
        (Iterable[int], "msgspec cannot make a"),
        (Unfinished, "name 'Missing' is not defined"),
        (list[Unfinished], "name 'Missing' is not defined"),
        (list[Plain], "msgspec cannot make a Plain"),
        (Visits, "msgspec cannot make a Visit"),
        (Callable[[], int], "msgspec cannot make a Callable"),
        (list[Visit] | pathlib.Path | Booking, "Unable to generate pydantic-core schema"),
    ],
)
def test_a_type_that_no_result_can_be_of_is_refused_before_anything_is_sent(result_type: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^result_type=.+ cannot be used: ") as caught:
        execute_function("f", None, result_type=result_type)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("result_type", "reason"),
    [
        ("Order", "str: write the class"),
        (5, "int: write the class"),
        (Order([]), "Order: write the class"),
        (Frozen(key=PLANTED), "Frozen: write the class"),
        (pydantic.TypeAdapter(int), "TypeAdapter: write the type that it was made of"),
    ],
)
def test_an_instance_in_place_of_a_type_is_refused(result_type: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        execute_function("f", None, result_type=result_type)
    assert str(caught.value) == f"result_type must be a type, not an instance of {reason}."


class Many(pydantic.BaseModel):
    a: int
    b: list[int]
    c: int


@pytest.mark.parametrize(
    ("result", "reasons"),
    [
        ({"b": [1], "c": 1}, "result.a: Field required"),
        ({}, "result.a: Field required; result.b: Field required; result.c: Field required"),
        (
            {"a": None, "b": [None, 1, None], "c": None},
            "result.a: Input should be a valid integer; result.b[0]: Input should be a valid integer; "
            "result.b[2]: Input should be a valid integer; and 1 more",
        ),
    ],
)
def test_the_error_names_the_first_three_places(result: Any, reasons: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        typed(Many, result)
    assert str(caught.value) == f"'f' has run, but its result is not of the type that was asked for: {reasons}"
    assert caught.value.place == "result.a"


@dataclasses.dataclass
class Refusing:
    reason: str

    def __post_init__(self) -> None:
        raise RuntimeError(self.reason)


@pytest.mark.parametrize(
    ("reason", "text"), [("no seats", "RuntimeError: no seats"), ("", "RuntimeError"), (PLANTED, "RuntimeError: ***")]
)
def test_an_exception_of_the_callers_own_has_its_class_and_redacted_text(reason: str, text: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        typed(Refusing, {"reason": reason})
    assert str(caught.value).endswith(f" asked for: result: {text}")


def test_without_msgspec_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass
    class Unseen:
        id: int

    monkeypatch.setitem(sys.modules, "msgspec", None)
    with pytest.raises(ConfigurationError) as caught:
        execute_function("f", None, result_type=Unseen)
    assert str(caught.value) == 'result_type=Unseen needs msgspec: pip install "navai-sdk[typed]", or pass a pydantic model.'
    assert typed(Strict, {"when": "2026-01-01", "count": 1}).count == 1
