"""The attempts of a call, its redirects and its deadline, on a clock of the test's."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from attrs import evolve

from navai import APIConnectionError, APITimeoutError, BackendFunctionsResult, ConfigurationError, Timeout
from navai._call import Call
from navai._contract.operations import Operation, create_client_secret, execute_function, list_functions
from navai._http import attempts, deadline
from navai._http.deadline import Deadline
from navai._http.headers import PUBLIC_HEADERS
from navai._http.messages import Headers, Response
from navai._http.redirects import MAX_REDIRECTS
from navai._http.retries import NEVER_TWICE, READ_ONLY, RetryRule
from navai._options.settings import Settings
from navai._tracebacks import NOTHING_SENT

URL = "http://backend.example/navai/functions"
GOOD = Response(200, Headers(), b'{"items": [], "warnings": []}')
BUSY = Response(503, Headers(), b"")
HERE = Response(302, Headers([("Location", "/there")]), b"")
ELSEWHERE = Response(302, Headers([("Location", "http://other.example/there")]), b"")


class Clock:
    """The modules' `time`."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(attempts, "time", clock)
    monkeypatch.setattr(deadline, "time", clock)
    return clock


def started(seconds: float | None = None, rule: RetryRule | None = None, timeout: Any = None, **options: Any) -> Call[Any]:
    """A listing that has just started; or another call, by its rule."""
    settings = Settings.from_options({"api_base_url": "http://backend.example", "headers": {"X-Key": "planted"}} | options)
    operation: Operation[Any] = list_functions()
    if rule is not None:
        operation.retry_rule = rule
    return Call(settings, operation, None, timeout, Deadline(seconds))


def lost(*, sent: bool) -> APIConnectionError:
    return APIConnectionError("lost", request_sent=sent, method="GET", url=URL)


def test_a_request_says_all_that_a_transport_must_know() -> None:
    request = started(max_response_bytes=77, timeout=Timeout(read=3)).next_request()
    assert (request.method, request.url, request.content) == ("GET", URL, None)
    assert ("X-Key", "planted") in request.headers
    assert (request.timeout, request.deadline, request.max_response_bytes) == (Timeout(read=3), None, 77)
    assert request.trusted is True


def test_the_body_goes_along() -> None:
    call = Call(Settings.from_options({}), execute_function("f", {"a": 1}), None, None, Deadline(None))
    request = call.next_request()
    assert request.content == b'{"function_name":"f","payload":{"a":1}}'


def test_the_secrets_of_one_call_are_added_to_those_of_the_client_and_are_not_of_the_next_call() -> None:
    """All calls of an operation share what errors may say about them, except for this."""
    settings = Settings.from_options({"headers": {"X-Key": "planted"}})

    def secrets(operation: Operation[Any], extra_headers: dict[str, str | None] | None) -> set[str]:
        return set(filter(None, Call(settings, operation, extra_headers, None, Deadline(None)).info.secrets))

    assert secrets(list_functions(), {"X-More": "header-1"}) == {"planted", "header-1"}
    assert secrets(create_client_secret({"api_key": "api-key"}), {"X-More": "header-2"}) == {"planted", "api-key", "header-2"}
    assert secrets(list_functions(), None) == secrets(create_client_secret({}), None) == {"planted"}


def test_the_limits_of_a_call_go_before_those_of_the_client(clock: Clock) -> None:
    settings = Settings.from_options({"timeout": 5})
    operation = list_functions()
    assert Call(settings, operation, None, None, Deadline(2)).next_request().timeout == Timeout(5, 5, 5, 5)
    request = Call(settings, operation, None, 3, Deadline(2)).next_request()
    assert (request.timeout, request.deadline) == (Timeout(3, 3, 3, 3), clock.now + 2)
    with pytest.raises(ConfigurationError, match="timeout must be a positive number"):
        Call(settings, operation, None, 0, Deadline(2))


@pytest.mark.parametrize("status", [199, 300, 304])
def test_only_2xx_is_good(status: int) -> None:
    """Whatever else comes is tried again, if the rule of the call says so."""
    odd = RetryRule(frozenset({status}), on_connection_error=True, on_timeout=True)
    assert started(rule=odd).wait_after(Response(status, Headers(), b"")) is not None


@pytest.mark.parametrize("status", [200, 299])
def test_2xx_is_the_end_whatever_the_rule(status: int) -> None:
    odd = RetryRule(frozenset({status}), on_connection_error=True, on_timeout=True)
    assert started(rule=odd).wait_after(Response(status, Headers(), b"")) is None


def test_the_attempts_are_counted() -> None:
    going = started(max_retries=2)
    waits: list[float | None] = []
    for _ in range(3):
        going.next_request()
        waits.append(going.wait_after(BUSY))
    assert waits[0] is not None
    assert 0.125 <= waits[0] <= 0.25
    assert waits[1] is not None
    assert 0.25 <= waits[1] <= 0.5
    assert waits[2] is None


@pytest.mark.parametrize("sent", [False, True])
def test_an_error_tells_of_the_whole_call(sent: bool) -> None:
    """What may have reached the backend by an earlier attempt, may have been carried out."""
    going = started()
    going.next_request()
    going.wait_after(lost(sent=sent))
    going.next_request()
    last = lost(sent=False)
    going.wait_after(last)
    assert last.request_sent is sent


def test_a_deadline_that_passes_between_attempts_says_that_an_earlier_one_was_sent(clock: Clock) -> None:
    going = started(seconds=2)
    going.next_request()
    assert going.wait_after(BUSY) is not None
    clock.now += 2
    with pytest.raises(APITimeoutError, match=r"^The deadline of 2 s has passed\.$") as caught:
        going.next_request()
    assert (caught.value.request_sent, caught.value.method, caught.value.url) == (True, "GET", URL)


def test_a_deadline_that_passes_before_anything_is_sent_says_so(clock: Clock) -> None:
    going = started(seconds=2)
    going.next_request()
    assert going.wait_after(lost(sent=False)) is not None
    clock.now += 2
    with pytest.raises(APITimeoutError) as caught:
        going.next_request()
    assert caught.value.request_sent is False


def test_a_request_goes_out_until_the_deadline_and_not_at_it(clock: Clock) -> None:
    going = started(seconds=2)
    clock.now += 1.9
    assert going.next_request().deadline == 102
    clock.now += 0.1
    with pytest.raises(APITimeoutError) as caught:
        going.next_request()
    assert caught.value.request_sent is False


@pytest.mark.parametrize(("deadline", "waits"), [(1.5, True), (1.0, False), (0.5, False)])
def test_a_wait_that_ends_at_the_deadline_or_later_is_not_begun(clock: Clock, deadline: float, waits: bool) -> None:
    going = started(seconds=deadline)
    going.next_request()
    after_a_second = Response(503, Headers([("Retry-After", "1")]), b"")
    assert going.wait_after(after_a_second) == (1.0 if waits else None)


def test_a_redirect_is_followed_at_once_and_is_no_attempt(clock: Clock) -> None:
    going = started(max_retries=1, deadline=2)
    going.next_request()
    for _ in range(3):
        assert going.wait_after(HERE) == 0.0
        assert going.next_request().url == "http://backend.example/there"
    wait = going.wait_after(BUSY)
    assert wait is not None
    assert 0.125 <= wait <= 0.25  # After the first attempt, which is not the last.


def test_a_new_attempt_begins_where_the_call_began() -> None:
    """With the trust and the redirects of a first one."""
    going = started()
    first = going.next_request()
    for _ in range(MAX_REDIRECTS - 1):
        assert going.wait_after(HERE) == 0.0
        going.next_request()
    assert going.wait_after(ELSEWHERE) == 0.0
    there = going.next_request()
    assert (there.url, there.trusted, dict(there.headers)) == ("http://other.example/there", False, PUBLIC_HEADERS)
    going.wait_after(BUSY)
    assert going.next_request() == first
    for _ in range(MAX_REDIRECTS):
        assert going.wait_after(HERE) == 0.0
        going.next_request()
    assert going.final_info().has_redirected_too_often is False
    assert going.wait_after(HERE) is None
    assert going.final_info().has_redirected_too_often is True


def test_trust_that_is_lost_does_not_come_back() -> None:
    going = started()
    going.next_request()
    going.wait_after(ELSEWHERE)
    going.next_request()
    going.wait_after(Response(302, Headers([("Location", "/on")]), b""))
    further = going.next_request()
    assert (further.url, further.trusted, dict(further.headers)) == ("http://other.example/on", False, PUBLIC_HEADERS)


def test_within_the_backend_all_headers_go_along() -> None:
    going = started()
    first = going.next_request()
    going.wait_after(HERE)
    there = going.next_request()
    assert (there.url, there.trusted, there.headers) == ("http://backend.example/there", True, first.headers)


@pytest.mark.parametrize(("first", "sent"), [(HERE, False), (BUSY, True)], ids=["redirected", "answered"])
def test_what_was_answered_was_sent_but_what_was_only_redirected_was_not(first: Response, sent: bool) -> None:
    going = started()
    going.next_request()
    going.wait_after(first)
    going.next_request()
    last = lost(sent=False)
    going.wait_after(last)
    assert last.request_sent is sent


@pytest.mark.parametrize(
    ("outcome", "rule", "line"),
    [
        (GOOD, READ_ONLY, "GET {url}: 200 in 2000 ms, attempt 1 of 3"),
        (BUSY, NEVER_TWICE, "GET {url}: 503 in 2000 ms, attempt 1 of 3"),
        (lost(sent=True), NEVER_TWICE, "GET {url}: APIConnectionError in 2000 ms, attempt 1 of 3"),
        (
            Response(503, Headers([("Retry-After", "7")]), b""),
            READ_ONLY,
            "GET {url}: 503 in 2000 ms, attempt 1 of 3, next in 7.00 s",
        ),
        (HERE, READ_ONLY, "GET {url}: 302 in 2000 ms, attempt 1 of 3, redirected to http://backend.example/there"),
    ],
)
def test_each_attempt_is_logged_on_a_line(
    outcome: Response | APIConnectionError, rule: RetryRule, line: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "navai")
    going = started(rule=rule)
    going.next_request()
    clock.now += 2
    going.wait_after(outcome)
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("navai", line.format(url=URL))]


def test_each_log_record_has_fields_to_search_by(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "navai")

    def logged(operation: Operation[Any], outcome: Response | APIConnectionError) -> dict[str, Any]:
        settings = Settings.from_options({"headers": {"X-Key": "planted"}})
        going = Call(settings, operation, None, None, Deadline(None))
        going.next_request()
        clock.now += 0.5
        going.wait_after(outcome)
        found = vars(caplog.records[-1])
        return {name.removeprefix("navai_"): value for name, value in found.items() if name.startswith("navai_")}

    always = {"milliseconds": 500, "attempt": 1, "max_attempts": 3}
    answered = Response(200, Headers([("X-Request-Id", "r1 planted of-the-client")]), b"", more_secrets=lambda: ["of-the-client"])
    assert logged(execute_function("say\nplanted", {}), answered) == always | {
        "operation": "execute_function",
        "function_name": "say ***",
        "request_id": "r1 *** ***",
        "status": 200,
        "error": None,
        "wait_seconds": None,
    }
    busy = Response(503, Headers([("Retry-After", "7"), ("Request-Id", "r2")]), b"")
    assert logged(list_functions(), busy) == always | {
        "operation": "list_functions",
        "function_name": None,
        "request_id": "r2",
        "status": 503,
        "error": None,
        "wait_seconds": 7,
    }
    assert logged(execute_function("f", {}), lost(sent=True)) == always | {
        "operation": "execute_function",
        "function_name": "f",
        "request_id": None,
        "status": None,
        "error": "APIConnectionError",
        "wait_seconds": None,
    }


def test_a_program_whose_records_have_fields_of_the_same_names_can_log(caplog: pytest.LogCaptureFixture) -> None:
    """Logging refuses, with a KeyError, an extra field that a record has already."""
    caplog.set_level(logging.INFO, "navai")
    make = logging.getLogRecordFactory()

    def with_request_id(*args: Any, **options: Any) -> logging.LogRecord:
        record = make(*args, **options)
        vars(record).update(request_id="of the program", status="fine", attempt="none")
        return record

    logging.setLogRecordFactory(with_request_id)
    try:
        going = started()
        going.next_request()
        going.wait_after(GOOD)
    finally:
        logging.setLogRecordFactory(make)
    assert len(caplog.records) == 1


def test_the_end_is_the_result_or_the_error_without_the_frames_of_the_attempt() -> None:
    """They hold the headers of the request."""

    def attempted() -> APIConnectionError:
        try:
            raise lost(sent=True)
        except APIConnectionError as error:
            return error

    going = started()
    going.wait_after(GOOD)
    assert going.result() == BackendFunctionsResult()
    settings = Settings.from_options({})
    execution = Call(settings, execute_function("f", None), None, None, Deadline(None))
    failure = attempted()
    assert failure.__traceback__ is not None
    execution.wait_after(failure)
    with pytest.raises(APIConnectionError) as caught:
        execution.result()
    assert caught.value is failure
    assert "attempted" not in [frame.name for frame in caught.traceback]


def test_a_refusal_between_two_attempts_does_not_hide_what_came_of_the_first() -> None:
    """The client may be closed meanwhile; but that nothing was sent would be wrong."""
    refusal = ConfigurationError("This client is closed.")
    call = Call(Settings.from_options({}), execute_function("f", None, idempotent=True), None, None, Deadline(None))
    first = lost(sent=True)
    assert call.wait_after(first) is not None
    assert call.wait_after(refusal) is None
    with pytest.raises(APIConnectionError) as caught:
        call.result()
    assert caught.value is first
    alone = started()
    assert alone.wait_after(refusal) is None
    with pytest.raises(ConfigurationError):
        alone.result()


@pytest.mark.parametrize("outcome", [Response(500, Headers(), b"planted"), Response(200, Headers(), b"no JSON"), lost(sent=True)])
def test_the_error_of_a_failed_listing_has_no_frames(outcome: Response | APIConnectionError) -> None:
    """They hold the headers of the request."""
    going = started()
    going.wait_after(outcome)
    error = going.result().error
    assert error is not None
    while error is not None:
        assert error.__traceback__ is None
        error = error.__cause__ or error.__context__


def test_where_no_credentials_went_is_known_until_the_next_attempt(clock: Clock) -> None:
    call = started()
    call.next_request()
    assert call.info.redirected_to is None
    call.wait_after(HERE)
    assert call.info.redirected_to is None  # The same backend, which got them.
    call.next_request()
    call.wait_after(ELSEWHERE)
    assert call.info.redirected_to == "http://other.example/there"
    call.next_request()
    assert call.wait_after(BUSY) is not None
    assert call.info.redirected_to is None
    call.next_request()
    call.wait_after(ELSEWHERE)
    call.next_request()
    assert call.wait_after(Response(401, Headers(), b"")) is None
    assert call.info.redirected_to == "http://other.example/there"


def test_errors_name_the_address_that_answered_without_its_query_and_secrets() -> None:
    call = started()
    call.next_request()
    secretive = Headers([("Location", "/planted/of-the-client?a=b")])
    call.wait_after(Response(302, secretive, b"", more_secrets=lambda: ["of-the-client"]))
    there = call.next_request().url
    assert call.final_info() is call.info  # It was the first one that answered.
    call.wait_after(BUSY)
    shown = "http://backend.example/***/***"
    assert call.final_info() == evolve(call.info, url=shown)
    error = APIConnectionError("lost of-the-client", request_sent=True, method="GET", url=there)
    call.redact(error)
    assert (error.url, str(error)) == (shown, "lost ***")


@pytest.mark.parametrize(
    ("before", "unsent", "notes"),
    [
        (None, True, [NOTHING_SENT]),
        (None, False, []),
        (lost(sent=False), True, [NOTHING_SENT]),
        (lost(sent=True), True, []),
        (BUSY, True, []),
        (HERE, True, []),
    ],
    ids=["at first", "on its way", "after one unsent", "after one lost", "after an answer", "after a redirect"],
)
def test_an_interruption_notes_that_nothing_was_sent_if_so(
    before: Response | APIConnectionError | None, unsent: bool, notes: list[str]
) -> None:
    call = started()
    request = call.next_request()
    if before is not None:
        request.was_unsent = True
        call.wait_after(before)
        request = call.next_request()
        assert request.was_unsent is False  # Nobody knows yet.
    request.was_unsent = unsent
    error = KeyboardInterrupt()
    call.was_interrupted(error)
    assert getattr(error, "__notes__", []) == notes
