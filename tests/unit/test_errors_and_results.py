"""The values that calls return and raise."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest

import navai
from navai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    ConfigurationError,
    FunctionExecutionError,
    InvalidResponseError,
    NavaiError,
)
from navai._errors import frameless
from navai._messages import Headers

ANSWER = {
    "status_code": 500,
    "headers": Headers([("X-A", "1"), ("x-a", "2")]),
    "body": '{"error": "e"}',
    "json": {"error": "e"},
    "method": "POST",
    "url": "http://localhost:3000/navai",
    "retry_after": 3.0,
}
ERRORS = [
    NavaiError("plain"),
    ConfigurationError("write this"),
    APIConnectionError("lost", request_sent=True, method="GET", url="u"),
    APITimeoutError("slow", request_sent=False, method="GET", url="u"),
    APIStatusError("HTTP 500: e", message="e", **ANSWER),
    InvalidResponseError("Invalid.", **ANSWER),  # type: ignore[arg-type]
    FunctionExecutionError("d", function_name="f", error="e", details="d", pending_approval=False, **ANSWER),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_pickle_and_copy_with_all_they_tell(error: NavaiError, again: object) -> None:
    copied = again(error)  # type: ignore[operator]
    assert type(copied) is type(error)
    assert (str(copied), copied.args, vars(copied)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_are_named_as_they_are_imported(error: NavaiError) -> None:
    assert type(error).__module__ == "navai"
    assert getattr(navai, type(error).__name__) is type(error)


def test_the_tree() -> None:
    assert issubclass(ConfigurationError, ValueError)
    assert APITimeoutError.__bases__ == (APIConnectionError,)
    assert {cls.__bases__ for cls in (APIStatusError, InvalidResponseError, FunctionExecutionError)} == {(navai.APIError,)}
    assert {cls.__base__ for cls in (ConfigurationError, APIConnectionError, navai.APIError)} == {NavaiError}
    assert NavaiError.__base__ is Exception


def test_headers_are_looked_up_without_case_and_joined_and_their_repr_shows_no_value() -> None:
    headers = Headers([("Set-Cookie", "planted"), ("X-A", "1"), ("x-a", "2")])
    assert headers["x-A"] == "1, 2"
    assert dict(headers) == {"set-cookie": "planted", "x-a": "1, 2"}
    assert "X-A" in headers
    assert headers == {"set-cookie": "planted", "x-a": "1, 2"}
    assert repr(headers) == "<Headers: set-cookie, x-a>"


def test_a_secret_hides_itself_and_what_came_beside_it() -> None:
    secret = ClientSecret("ek_planted", 1795376752, {"session": {"key": "planted"}})
    assert repr(secret) == str(secret) == "ClientSecret(value='***', expires_at=1795376752, extra={'session': ...})"
    assert f"{secret}" == repr(secret)
    assert secret.value == "ek_planted"


@pytest.mark.parametrize(
    ("expires_at", "expected"),
    [
        (None, None),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1795376752, datetime(2026, 11, 22, 19, 45, 52, tzinfo=UTC)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500000, tzinfo=UTC)),
        (1e999, None),
        (float("nan"), None),
        (10**400, None),
        (253402300800, None),
    ],
)
def test_the_expiry_is_an_aware_datetime_where_there_can_be_one(expires_at: float | None, expected: datetime | None) -> None:
    assert ClientSecret("s", expires_at).expires_at_datetime == expected


@pytest.mark.parametrize("value", [ClientSecret("s"), BackendFunction("f"), BackendFunctionsResult(), navai.Timeout()])
def test_results_cannot_be_changed_and_pickle(value: object) -> None:
    with pytest.raises(AttributeError):
        value.value = 1  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(value)) == value


def test_nothing_that_led_to_an_error_keeps_its_frames() -> None:
    """Neither its cause nor what was being handled when it came up: their locals hold what was sent."""

    def fail() -> None:
        try:
            try:
                raise OSError("below")
            except OSError as error:
                raise ValueError("meanwhile") from error
        except ValueError:
            raise NavaiError("plain")  # noqa: B904 (without a cause)

    with pytest.raises(NavaiError) as caught:
        fail()
    chain: list[BaseException] = [caught.value]
    assert frameless(caught.value) is caught.value
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(before)
    assert [(str(each), each.__traceback__) for each in chain] == [("plain", None), ("meanwhile", None), ("below", None)]


def test_neither_a_cause_nor_what_was_handled_beside_it_keeps_its_frames() -> None:
    def failing(words: str) -> ValueError:
        try:
            raise ValueError(words)
        except ValueError as error:
            return error

    error = NavaiError("plain")
    error.__cause__, error.__context__ = failing("cause"), failing("context")
    before = [error.__cause__, error.__context__]
    assert all(each.__traceback__ is not None for each in before)
    frameless(error)
    assert [each.__traceback__ for each in before] == [None, None]
