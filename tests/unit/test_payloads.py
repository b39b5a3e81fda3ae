"""Arguments to JSON, exactly or not at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import ipaddress
import json
import math
import pathlib
import threading
import types
import uuid
from collections import OrderedDict, deque
from typing import Annotated, Any

import attrs
import msgspec
import pydantic
import pytest
from pydantic import BaseModel, Field, HttpUrl, RootModel, SecretBytes, SecretStr, field_serializer

from navai import ClientSecret, ConfigurationError
from navai._contract.payloads import json_object, to_json


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": None, "b": True, "c": 1, "d": 1.5, "e": "é 漢 🎉", "f": [1, [2, {}]], "g": {"h": {"i": -0.0}}},
        {"": "", "key with \n": '\u2028\x00\\"'},
        OrderedDict(b=1, a=2),
        types.MappingProxyType({"a": 1}),
        {"tuple": (1, (2,)), "big": 2**80, "enum": Colour.RED, Colour.RED: 1},
    ],
)
def test_what_is_json_goes_out_as_it_is(value: Any) -> None:
    assert json.loads(to_json(json_object("payload", value))) == json.loads(json.dumps(dict(value)))


class Size(enum.Enum):
    BIG = 1


class Order(BaseModel):
    id: int


@attrs.define
class Booking:
    id: int


class Ticket(msgspec.Struct):
    id: int


class generic:  # noqa: N801 (named as numpy's is, which is too large to install for this)
    def tolist(self) -> bool:
        return True


StandInForNumpyBool = type("bool", (generic,), {"__module__": "numpy"})


class Later:
    def __await__(self) -> Any:
        return iter(())


@dataclasses.dataclass
class Line:
    price: Any


@dataclasses.dataclass
class Invoice:
    lines: list[Line]
    note: str = ""


class Visit(BaseModel):
    """As people have them: names of JSON as aliases, values that JSON does not have."""

    starts_at: dt.datetime = Field(alias="startsAt")
    room: uuid.UUID
    price: decimal.Decimal
    size: Size
    lines: list[Line]


def test_a_pydantic_model_is_a_payload_by_its_aliases() -> None:
    visit = Visit(
        startsAt=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        room=uuid.UUID(int=1),
        price=decimal.Decimal("1.50"),
        size=Size.BIG,
        lines=[Line(2)],
    )
    assert json_object("payload", visit) == {
        "startsAt": "2026-01-01T00:00:00Z",
        "room": "00000000-0000-0000-0000-000000000001",
        "price": "1.50",
        "size": 1,
        "lines": [{"price": 2}],
    }


def test_a_dataclass_is_a_payload_whose_values_obey_the_same_rule() -> None:
    assert json_object("payload", Invoice([Line(1), Line(None)])) == {"lines": [{"price": 1}, {"price": None}], "note": ""}
    with pytest.raises(ConfigurationError) as caught:
        json_object("payload", Invoice([Line(1), Line(decimal.Decimal(1))]))
    assert str(caught.value) == "payload['lines'][1]['price'] is of type Decimal, which JSON does not have: write str(price)."


@pydantic.dataclasses.dataclass
class Booked:
    day: Annotated[dt.date, Field(serialization_alias="onDay")]
    code: SecretStr = SecretStr("")


def test_a_dataclass_of_pydantic_is_written_as_a_model_is() -> None:
    assert json_object("payload", Booked(dt.date(2026, 1, 1))) == {"onDay": "2026-01-01", "code": ""}


class Login(BaseModel):
    name: str
    password: SecretStr
    token: SecretBytes = SecretBytes(b"")
    codes: list[dict[dt.date, SecretStr]] = []
    pins: deque[SecretStr] = deque()
    names: dict[SecretStr, int] = {}


class Account(BaseModel):
    login: Login = Field(serialization_alias="logIn")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (Booked(dt.date(2026, 1, 1), code=SecretStr("sk-planted")), "payload['code']"),
        (Login(name="a", password=SecretStr("sk-planted")), "payload['password']"),
        (Login(name="a", password=SecretStr(""), token=SecretBytes(b"sk")), "payload['token']"),
        (Account(login=Login(name="a", password=SecretStr("sk-planted"))), "payload['logIn']['password']"),
        (
            Login(name="a", password=SecretStr(""), codes=[{}, {dt.date(2026, 1, 1): SecretStr("sk-planted")}]),
            "payload['codes'][1]['2026-01-01']",
        ),
        (Login(name="a", password=SecretStr(""), pins=deque([SecretStr("1")])), "payload['pins'][0]"),
        (Login(name="a", password=SecretStr(""), names={SecretStr("1"): 1}), "a key of payload['names']"),
    ],
)
def test_a_secret_that_pydantic_would_write_as_asterisks_is_refused(value: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        json_object("payload", value)
    assert str(caught.value) == (
        f"{place} would be sent as ten asterisks, as pydantic writes secrets: "
        "pass a dict with the value itself there (.get_secret_value()), or give the field a serializer."
    )


class Revealed(Login):
    @field_serializer("password", when_used="json")
    def reveal(self, password: SecretStr) -> str:
        return password.get_secret_value()


def test_a_secret_that_a_serializer_writes_is_sent() -> None:
    sent = json_object("payload", Revealed(name="a", password=SecretStr("hunter2")))
    assert sent == {"name": "a", "password": "hunter2", "token": "", "codes": [], "pins": [], "names": {}}


class Circle(BaseModel):
    """With a dump of its own, which contains itself."""

    def model_dump(self, **_: Any) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        fields["self"] = fields
        return fields


def test_a_model_whose_dump_contains_itself_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="contains itself: flatten it"):
        json_object("payload", Circle())


class Unwritable(BaseModel):
    id: int

    @field_serializer("id")
    def write(self, _: int) -> int:
        raise KeyError("sk-planted")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (Unwritable(id=1), "payload.model_dump(mode='json', by_alias=True) raises PydanticSerializationError."),
        (Invoice([Line(threading.Lock())]), "dataclasses.asdict(payload) raises TypeError."),
    ],
)
def test_a_model_that_cannot_be_read_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        json_object("payload", value)
    assert str(caught.value) == f"payload cannot be turned into a dict: {reason}"
    assert caught.value.__context__ is None


def test_lone_surrogates_go_out_as_escapes() -> None:
    assert to_json({"a": "\ud800"}) == rb'{"a":"\ud800"}'


@pytest.mark.parametrize(
    ("value", "place", "advice"),
    [
        ({"a": math.nan}, "payload['a'] is nan", "use None or a string"),
        ({"a": [1, {"b": -math.inf}]}, "payload['a'][1]['b'] is -inf", "use None or a string"),
        ({"a": {1, 2}}, "payload['a'] is of type set", ": write list(a)."),
        ({"a": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "payload['a'] is of type datetime", ": write a.isoformat()."),
        ({"a": [dt.date(2026, 1, 1)]}, "payload['a'][0] is of type date", ": write value.isoformat()."),
        ({"class": dt.time(1)}, "payload['class'] is of type time", ": write value.isoformat()."),
        ({"the day": dt.timedelta(1)}, "payload['the day'] is of type timedelta", ": write value.total_seconds()."),
        ({"a": b"x"}, "payload['a'] is of type bytes", ": write base64.b64encode(a).decode()."),
        ({"a": decimal.Decimal(1)}, "payload['a'] is of type Decimal", ": write str(a)."),
        ({"a": uuid.UUID(int=0)}, "payload['a'] is of type UUID", ": write str(a)."),
        ({"a": pathlib.Path("b")}, "payload['a'] is of type PosixPath", ": write str(a)."),
        ({"a": pathlib.PureWindowsPath("b")}, "payload['a'] is of type PureWindowsPath", ": write str(a)."),
        ({"a": ipaddress.ip_address("::1")}, "payload['a'] is of type IPv6Address", ": write str(a)."),
        ({"a": ipaddress.ip_network("10.0.0.0/8")}, "payload['a'] is of type IPv4Network", ": write str(a)."),
        ({"a": HttpUrl("http://a.example")}, "payload['a'] is of type HttpUrl", ": write str(a)."),
        ({"a": StandInForNumpyBool()}, "payload['a'] is of type numpy.bool", ": write a.item()."),
        ({"a": Size.BIG}, "payload['a'] is of type Size", ": write a.value."),
        ({"a": 1j}, "payload['a'] is of type complex", ": write [a.real, a.imag]."),
        ({"a": SecretStr("x")}, "payload['a'] is of type SecretStr", ": write a.get_secret_value()."),
        ({"a": memoryview(b"x")}, "payload['a'] is of type memoryview", ": write a.tolist()."),
        ({"a": Later()}, "payload['a'] is of type Later", ": write await a."),
        ({"a": (1, object())}, "payload['a'][1] is of type object", ": convert it."),
        ({"a": types.MappingProxyType({})}, "payload['a'] is of type mappingproxy", ": write dict(a)."),
        ({"a": {5: 1}}, "payload['a'] has the key 5", "keys of a JSON object are strings"),
        ({None: 1}, "payload has the key None", "keys of a JSON object are strings"),
        ({"a": Order(id=1)}, "payload['a'] is of type Order", ": write a.model_dump(mode='json', by_alias=True)."),
        (
            {"a": Booked(dt.date(2026, 1, 1))},
            "payload['a'] is of type Booked",
            ": write pydantic.TypeAdapter(type(a)).dump_python(a, mode='json', by_alias=True).",
        ),
        ({"a": Line(1)}, "payload['a'] is of type Line", ": write dataclasses.asdict(a)."),
        ({"a": Booking(1)}, "payload['a'] is of type Booking", ": write attrs.asdict(a)."),
        ({"a": Ticket(1)}, "payload['a'] is of type Ticket", ": write msgspec.to_builtins(a)."),
        (Booking(1), "payload must be a dict, a pydantic model or a dataclass", "not Booking: write attrs.asdict(payload)."),
        (ClientSecret("ek_planted"), "payload must be a dict", "not ClientSecret: write attrs.asdict(payload)."),
        (RootModel[list[int]]([1]), "payload must be an object in JSON", "a RootModel[list[int]] is not: the root must be one."),
        (Order, "payload is the class Order", ": pass an instance of it."),
        (Line, "payload is the class Line", ": pass an instance of it."),
        (dt.date(2026, 1, 1), "payload must be a dict", "not date."),
        ([1], "payload must be a dict", "not list."),
        ("text", "payload must be a dict", "not str"),
        (5, "payload must be a dict", "not int"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place_and_advice(value: Any, place: str, advice: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        json_object("payload", value)
    assert place in str(caught.value)
    assert advice in str(caught.value)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["a"] = [value, value]
    with pytest.raises(ConfigurationError, match="contains itself"):
        json_object("payload", value)


def test_a_value_is_refused_where_it_is_too_deep_and_taken_just_before() -> None:
    def nested(depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for _ in range(depth):
            value = {"a": value}
        return value

    assert to_json(json_object("payload", nested(500))).count(b"{") == 501
    with pytest.raises(ConfigurationError, match="nested more than 500 deep"):
        json_object("payload", nested(501))
    with pytest.raises(ConfigurationError, match="nested more than 500 deep"):
        json_object("payload", nested(100_000))


def test_an_integer_that_python_cannot_write_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
        to_json({"a": 10**5000})


def test_what_is_no_json_is_found_beside_other_containers() -> None:
    with pytest.raises(ConfigurationError, match=r"^payload\['a'\] is of type set"):
        json_object("payload", {"a": {1}, "b": [1, [2]], "c": {"d": 1}})


def test_lists_may_be_nested_as_deep_as_dicts() -> None:
    nested: list[Any] = []
    for _ in range(400):
        nested = [nested]
    assert json_object("payload", {"a": nested}) == {"a": nested}


def test_the_message_stays_short_whatever_the_keys_are() -> None:
    deep: Any = object()
    for _ in range(400):
        deep = {"key" * 100_000: deep}
    for value in (deep, {"a": {10**5000: 1}}, {"x" * 1_000_000: {1: 1}}):
        with pytest.raises(ConfigurationError) as caught:
            json_object("payload", value)
        assert len(str(caught.value)) < 700


def test_a_place_of_400_letters_is_shown_in_full_and_a_longer_one_without_its_middle() -> None:
    deep: Any = object()
    for _ in range(129):
        deep = [deep]
    for key, is_cut in (("aa", False), ("aaa", True)):
        place = f"payload['{key}']" + "[0]" * 129
        shown = f"{place[:100]}...{place[104:]}" if is_cut else place
        with pytest.raises(ConfigurationError) as caught:
            json_object("payload", {key: deep})
        assert len(shown) == 400
        assert str(caught.value).startswith(f"{shown} is of type object")


def test_a_long_payload_goes_out_in_one_piece() -> None:
    """The encoder makes several of it."""
    assert to_json({"a": [1] * 200_000}) == b'{"a":[' + b"1," * 199_999 + b"1]}"
