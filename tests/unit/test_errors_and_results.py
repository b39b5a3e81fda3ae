"""The values that calls return and raise."""

from __future__ import annotations

import contextlib
import copy
import pickle
import threading
import traceback
from collections.abc import Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

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
from navai._http.body import RawHeaders
from navai._http.messages import Headers
from navai._tracebacks import without_locals, without_tracebacks

_E = TypeVar("_E", bound=BaseException)

ANSWER: dict[str, Any] = {
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
    InvalidResponseError("Invalid.", **ANSWER),
    FunctionExecutionError("d", function_name="f", error="e", details="d", pending_approval=False, **ANSWER),
    FunctionExecutionError(
        "d",
        function_name="f",
        error="e",
        details="d",
        pending_approval=True,
        validation_errors=["v"],
        approval_id=7,
        trace_id="t",
        **ANSWER,
    ),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_pickle_and_copy_with_all_they_tell(error: NavaiError, again: object) -> None:
    copied = again(error)  # type: ignore[operator]
    assert type(copied) is type(error)
    assert (str(copied), copied.args, vars(copied)) == (str(error), error.args, vars(error))


def test_what_is_no_text_stays_as_it_is_among_the_arguments_of_an_error() -> None:
    assert NavaiError("one\nline", 5, None).args == ("one line", 5, None)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_are_named_as_they_are_imported(error: NavaiError) -> None:
    assert type(error).__module__ == "navai"
    assert getattr(navai, type(error).__name__) is type(error)


def test_the_tree() -> None:
    assert issubclass(ConfigurationError, ValueError)
    # By the names that a program of the standard library knows, too.
    assert APIConnectionError.__bases__ == (NavaiError, ConnectionError)
    assert APITimeoutError.__bases__ == (APIConnectionError, TimeoutError)
    assert {cls.__bases__ for cls in (APIStatusError, InvalidResponseError, FunctionExecutionError)} == {(navai.APIError,)}
    assert {cls.__bases__[0] for cls in (ConfigurationError, APIConnectionError, navai.APIError)} == {NavaiError}
    assert NavaiError.__base__ is Exception


def _raised(error: _E) -> _E:
    """`error` with a frame; its context is what is being handled."""
    with pytest.raises(type(error)):
        raise error
    assert error.__traceback__ is not None
    return error


def test_the_errors_that_led_to_one_lose_their_frames_those_of_a_group_too() -> None:
    cause, context, one = _raised(OSError()), _raised(OSError()), _raised(OSError())
    group = _raised(ExceptionGroup("", [OSError(), ExceptionGroup("", [one])]))
    context.__cause__ = group
    error = NavaiError()
    error.__cause__, error.__context__ = cause, context
    assert without_tracebacks(error) is error
    assert [each.__traceback__ for each in (error, cause, context, group, one)] == [None] * 5


def test_what_the_caller_was_handling_keeps_its_frames_and_so_does_what_led_to_that() -> None:
    earlier, handled, ours = _raised(KeyError()), _raised(ValueError()), _raised(OSError())
    handled.__context__, ours.__context__ = earlier, handled
    error = NavaiError()
    error.__cause__ = error.__context__ = ours
    without_tracebacks(error, None, handled)
    assert ours.__traceback__ is None
    assert earlier.__traceback__ is not None
    assert handled.__traceback__ is not None


def test_what_an_error_replaced_is_gone_but_not_what_the_caller_was_handling() -> None:
    handled, replaced, cause = ValueError(), _raised(OSError("planted")), NavaiError()
    lower = NavaiError()
    cause.__suppress_context__, cause.__context__ = True, replaced
    lower.__suppress_context__, lower.__context__ = True, handled
    error = NavaiError()
    error.__cause__, error.__context__ = cause, lower
    without_tracebacks(error, handled)
    assert cause.__context__ is None
    assert replaced.__traceback__ is None
    assert lower.__context__ is handled
    later = NavaiError()
    later.__cause__, later.__context__ = cause, replaced  # Reached by two ways.
    cause.__suppress_context__, cause.__context__ = True, replaced
    assert without_tracebacks(later).__context__ is None
    assert cause.__context__ is None
    shown = NavaiError()
    shown.__context__ = replaced
    assert without_tracebacks(shown).__context__ is replaced  # Nothing replaced it.


def _frames(error: BaseException) -> list[tuple[str, dict[str, Any]]]:
    return [(frame.f_code.co_name, frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__)]


def test_what_interrupts_a_call_says_where_and_shows_no_locals() -> None:
    def handle(kept: str) -> None:
        raise KeyboardInterrupt(kept)

    def send(secret: str) -> None:
        try:
            raise OSError(secret)
        except OSError:
            handle("stop")

    handled = _raised(ValueError())
    try:
        raise handled
    except ValueError:
        with pytest.raises(KeyboardInterrupt) as caught:
            send("planted")
    error = caught.value
    cause = error.__context__
    assert cause is not None
    assert _frames(error)[-1] == ("handle", {"kept": "stop"})
    assert cause.__traceback__ is not None
    assert without_locals(error, handled) is error
    assert _frames(error)[-2:] == [("send", {}), ("handle", {})]
    assert cause.__context__ is handled
    assert _frames(cause) == []
    assert handled.__traceback__ is not None
    assert error.args == ("stop",)


def test_who_is_suspended_while_handling_the_same_exception_goes_on() -> None:
    """The same exception object may be raised again and again, as a failure that was cached is."""
    cached = KeyboardInterrupt("cached")

    def consumer() -> Iterator[int]:
        try:
            raise cached
        except KeyboardInterrupt:
            yield 1
            yield 2

    suspended = consumer()
    assert next(suspended) == 1
    with pytest.raises(KeyboardInterrupt):
        raise cached
    assert without_locals(cached) is cached
    assert list(suspended) == [2]


def test_a_long_chain_of_errors_and_one_that_bites_its_tail_are_walked_once() -> None:
    """As `raise ... from error` links them, each twice: by steps, not by paths, of which there are 2 to the power of 10,000."""
    chain = [OSError() for _ in range(10_000)]
    for above, below in zip(chain, [*chain[1:], chain[0]], strict=True):
        above.__cause__ = above.__context__ = below
    error = NavaiError()
    error.__context__ = chain[0]
    _raised(chain[-1])
    without_tracebacks(error)
    assert chain[-1].__traceback__ is None


def test_headers_are_looked_up_without_case_and_joined_and_their_repr_shows_no_value() -> None:
    headers = Headers([("Set-Cookie", "planted"), ("X-A", "1"), ("x-a", "2")])
    assert headers["x-A"] == "1, 2"
    assert dict(headers) == {"set-cookie": "planted", "x-a": "1, 2"}
    assert "X-A" in headers
    assert headers == {"set-cookie": "planted", "x-a": "1, 2"}
    assert repr(headers) == "<Headers: set-cookie, x-a>"


def test_threads_that_read_the_same_headers_find_all_of_them() -> None:
    """A `cached_property` of Python 3.12 has no lock: two threads may make the values at once."""
    both_are_in = threading.Barrier(2, timeout=10)

    class Slow(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            first = True
            for each in list.__iter__(self):
                yield each
                if first:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        both_are_in.wait(2)
                first = False

    headers = RawHeaders(Slow([(b"a", b"1"), (b"b", b"2")]))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: vars(Headers)["_values"].func(headers), range(2)))
    assert found == [{"a": "1", "b": "2"}] * 2
    assert dict(headers) == {"a": "1", "b": "2"}


def test_what_an_error_shows_is_made_when_somebody_looks_and_once() -> None:
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    def later(name: str) -> Any:
        def make() -> str:
            made.append(name)
            return name

        return make

    late = {name: later(name) for name in ("body", "json")}
    error = FunctionExecutionError(
        "d", function_name="f", error=later("error"), details=later("details"), pending_approval=False, **(ANSWER | late)
    )
    assert (str(error), repr(error), made) == ("d", "FunctionExecutionError('d')", [])
    assert [error.body, error.body, error.json, error.details] == ["body", "body", "json", "details"]
    assert made == ["body", "json", "details"]
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.error, copied.body, made[-1]) == ("error", "body", "error")


def test_what_another_thread_has_made_meanwhile_is_what_the_attribute_says() -> None:
    class MadeMeanwhile(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            value = super().__getitem__(name)
            self[name] = "made by another thread"
            return value

    error = APIStatusError("HTTP 500: e", message="e", **(ANSWER | {"body": lambda: "made here"}))
    error.__dict__ = MadeMeanwhile(error.__dict__)
    assert error.body == "made here"


def test_what_a_subclass_does_not_set_is_no_attribute() -> None:
    """It was a KeyError, which `hasattr` and tools that look into errors do not expect."""

    class Own(FunctionExecutionError):
        def __init__(self) -> None:
            Exception.__init__(self, "own")

    error = Own()
    for name in ("body", "json", "error", "details"):
        assert not hasattr(error, name)
        with pytest.raises(AttributeError, match=f"'Own' object has no attribute '{name}'"):
            getattr(error, name)
    error.body = "set later"
    assert (error.body, hasattr(error, "json")) == ("set later", False)


def test_a_secret_hides_itself_and_what_came_beside_it() -> None:
    secret = ClientSecret("ek_planted", 1795376752, {"session": {"key": "planted"}})
    assert (
        repr(secret)
        == str(secret)
        == ("ClientSecret(value='***', expires_at=1795376752, extra={'session': ...}, speech=SpeechConfig(provider='openai'))")
    )
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


@pytest.mark.parametrize("value", [ClientSecret("s"), BackendFunction("f"), BackendFunctionsResult()])
def test_results_are_compared_and_have_no_hash_since_they_hold_dicts_and_lists(value: object) -> None:
    assert value == copy.deepcopy(value)
    assert not isinstance(value, Hashable)
    with pytest.raises(TypeError, match=f"^unhashable type: '{type(value).__name__}'$"):
        hash(value)


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
    assert without_tracebacks(caught.value) is caught.value
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
    without_tracebacks(error)
    assert [each.__traceback__ for each in before] == [None, None]


class Own(NavaiError):
    """An error of a caller's, whose ``__new__`` needs its argument."""

    def __new__(cls, message: str) -> Self:
        return super().__new__(cls, message)


def test_an_error_of_the_callers_own_kind_pickles() -> None:
    again = pickle.loads(pickle.dumps(Own("lost")))
    assert (type(again), again.args) == (Own, ("lost",))
