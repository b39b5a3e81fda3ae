"""Arguments to JSON, exactly or not at all."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import math
import types
import uuid
from collections import OrderedDict
from typing import Any

import pytest
from pydantic import BaseModel

from navai import ConfigurationError
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


class Order(BaseModel):
    id: int


def test_lone_surrogates_go_out_as_escapes() -> None:
    assert to_json({"a": "\ud800"}) == rb'{"a":"\ud800"}'


@pytest.mark.parametrize(
    ("value", "place", "advice"),
    [
        ({"a": math.nan}, "payload['a'] is nan", "use None or a string"),
        ({"a": [1, {"b": -math.inf}]}, "payload['a'][1]['b'] is -inf", "use None or a string"),
        ({"a": {1, 2}}, "payload['a'] is of type set", "use a list"),
        ({"a": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "payload['a'] is of type datetime", "use .isoformat()"),
        ({"a": dt.date(2026, 1, 1)}, "payload['a'] is of type date", "use .isoformat()"),
        ({"a": b"x"}, "payload['a'] is of type bytes", "base64"),
        ({"a": decimal.Decimal(1)}, "payload['a'] is of type Decimal", "float()"),
        ({"a": uuid.UUID(int=0)}, "payload['a'] is of type UUID", "use str()"),
        ({"a": (1, object())}, "payload['a'][1] is of type object", "convert it"),
        ({"a": types.MappingProxyType({})}, "payload['a'] is of type mappingproxy", "convert it"),
        ({"a": {5: 1}}, "payload['a'] has the key 5", "keys of a JSON object are strings"),
        ({None: 1}, "payload has the key None", "keys of a JSON object are strings"),
        (Order(id=1), "payload must be a dict", "not Order: pass model.model_dump(mode='json')."),
        ({"a": Order(id=1)}, "payload['a'] is of type Order", ": use model.model_dump(mode='json')."),
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
