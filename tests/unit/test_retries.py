"""When a request may be sent again, and how long to wait before."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from navai import APIConnectionError, APITimeoutError
from navai._contract.operations import create_client_secret
from navai._http.messages import Headers, Response
from navai._http.retries import NEVER_TWICE, READ_ONLY, UNLESS_TIMED_OUT, RetryRule, backoff, retry_after, should_retry

NOW = datetime(1994, 11, 6, 8, 49, 7, tzinfo=UTC)


def lost(*, sent: bool) -> APIConnectionError:
    return APIConnectionError("x", request_sent=sent, method="POST", url="u")


def slow(*, sent: bool) -> APIConnectionError:
    return APITimeoutError("x", request_sent=sent, method="POST", url="u")


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [(READ_ONLY, {408, 429, 500, 502, 503, 504}), (UNLESS_TIMED_OUT, {429, 502, 503, 504}), (NEVER_TWICE, set[int]())],
)
def test_the_statuses_after_which_a_request_is_sent_again(rule: RetryRule, statuses: set[int]) -> None:
    assert {status for status in range(100, 1000) if should_retry(rule, Response(status, Headers(), b""))} == statuses


@pytest.mark.parametrize(
    ("rule", "after_lost", "after_slow"), [(READ_ONLY, True, True), (UNLESS_TIMED_OUT, True, False), (NEVER_TWICE, False, False)]
)
def test_without_an_answer_it_depends_on_whether_the_request_was_sent(rule: RetryRule, after_lost: bool, after_slow: bool) -> None:
    assert should_retry(rule, lost(sent=False))
    assert should_retry(rule, slow(sent=False))
    assert should_retry(rule, lost(sent=True)) is after_lost
    assert should_retry(rule, slow(sent=True)) is after_slow


@pytest.mark.parametrize(("attempt", "longest"), [(1, 0.25), (2, 0.5), (3, 1), (6, 8), (7, 8), (1000, 8), (10_000, 8)])
def test_the_wait_doubles_up_to_8_seconds_less_a_random_half(attempt: int, longest: float) -> None:
    waits = [backoff(attempt, lost(sent=False)) or 0 for _ in range(200)]
    assert longest / 2 <= min(waits) < max(waits) <= longest


@pytest.mark.parametrize(("attempt", "longest"), [(1, 4), (2, 8), (3, 8)])
def test_who_asked_too_often_waits_longer(attempt: int, longest: float) -> None:
    """Not if the backend says how long: see below."""
    waits = [backoff(attempt, Response(429, Headers(), b"")) or 0 for _ in range(200)]
    assert longest / 2 <= min(waits) < max(waits) <= longest
    assert backoff(attempt, Response(429, Headers([("Retry-After", "0")]), b"")) == 0
    assert (backoff(1, Response(503, Headers(), b"")) or 0) <= 0.25


@pytest.mark.parametrize(
    ("status", "is_sent_again"),
    [(400, False), (401, False), (403, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
def test_a_secret_that_openai_refuses_is_not_asked_for_again(status: int, is_sent_again: bool) -> None:
    """WordPress sends it with 502. Whatever else is asked for is another matter."""
    body = b'{"code":"navai_openai_http_error","message":"OpenAI client_secrets failed (%d): No.","data":{"status":502}}' % status
    rule = create_client_secret({}).retry_rule
    assert should_retry(rule, Response(502, Headers(), body)) is is_sent_again
    assert should_retry(rule, Response(502, Headers(), bytearray(body))) is is_sent_again
    assert should_retry(UNLESS_TIMED_OUT, Response(502, Headers(), body))
    assert should_retry(READ_ONLY, Response(502, Headers(), body))


@pytest.mark.parametrize(("value", "expected"), [("0", 0), ("7", 7), ("60", 60), ("61", None), ("600", None), ("9" * 400, None)])
def test_retry_after_is_obeyed_up_to_60_seconds(value: str, expected: float | None) -> None:
    assert backoff(1, Response(503, Headers([("Retry-After", value)]), b"")) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("600", 600),
        (" 5 ", 5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 30),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 30),
        ("Sun Nov  6 08:49:37 1994", 30),
        ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
        ("9" * 400, math.inf),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Abc 1994 08:49:37 GMT", None),
        ("-5", None),
        ("5.5", None),
        ("5, 6", None),
        ("\u0665", None),
        ("tomorrow", None),
        ("10:30", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_the_forms_of_rfc_9110_and_no_other(value: str, expected: float | None) -> None:
    assert retry_after(Headers([("retry-after", value)]), NOW) == expected


@pytest.mark.parametrize(
    ("part", "waits"), [(0.0, [0.125, 0.25, 0.5, 1, 2, 4, 4, 4]), (1.0, [0.25, 0.5, 1, 2, 4, 8, 8, 8])], ids=["least", "most"]
)
def test_up_to_a_half_of_each_wait_is_left_to_chance(part: float, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """So that clients that failed together do not come back together."""
    monkeypatch.setattr("navai._http.retries.random.uniform", lambda low, high: low + (high - low) * part)
    assert [backoff(attempt, lost(sent=False)) for attempt in range(1, 9)] == waits


def test_a_date_that_has_passed_by_the_clock_is_not_waited_for() -> None:
    assert retry_after(Headers([("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")])) == 0
