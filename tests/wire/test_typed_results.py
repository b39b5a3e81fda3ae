"""Payloads and results as people have them, over real connections of every kind of client."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pydantic
import pytest

from navai import ConfigurationError, InvalidResponseError
from navai.testing import LocalBackend
from tests.conftest import Connect


class Visit(pydantic.BaseModel):
    starts_at: dt.datetime = pydantic.Field(alias="startsAt")


@dataclasses.dataclass
class Line:
    price: float


@dataclasses.dataclass
class Order:
    lines: list[Line]


def test_listed_functions_models_and_dataclasses_go_out_and_come_back(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    echo = next(function for function in client.list_functions().functions if function.name == "echo")
    visit, order = Visit(startsAt=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)), Order([Line(1.5)])
    assert client.execute_function(echo, visit, result_type=Visit) == visit
    assert client.execute_function(echo, order, result_type=Order) == order
    assert [call.payload for call in backend.calls] == [{"startsAt": "2026-01-01T00:00:00Z"}, {"lines": [{"price": 1.5}]}]


def test_a_result_of_another_type_is_an_error_after_one_run(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    with pytest.raises(
        InvalidResponseError, match=r"^'echo' has run, but .*: result\.lines\[1\]\.price: Expected `float`"
    ) as caught:
        client.execute_function("echo", {"lines": [{"price": 1}, {"price": None}]}, result_type=Order, idempotent=True)
    assert (caught.value.function_name, caught.value.place) == ("echo", "result.lines[1].price")
    assert len(backend.calls) == 1


@pytest.mark.parametrize("arguments", [{"payload": {"a": {1}}}, {"payload": Line}, {"result_type": 5}])
def test_nothing_is_sent_of_what_is_refused(backend: LocalBackend, connect: Connect, arguments: Any) -> None:
    with pytest.raises(ConfigurationError):
        connect(backend.url).execute_function("echo", **arguments)
    assert backend.requests == []
