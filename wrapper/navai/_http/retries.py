"""When a request may be sent again, and how long to wait before that. Does not sleep.

A function may send money, so `execute_function` is sent again only if the first request cannot have reached the backend.
`list_functions` changes nothing. Creating a client secret or synthesizing speech twice does no harm, but a backend that is too slow
to respond should not be asked for more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from attrs import frozen

from navai._errors import APIConnectionError, APITimeoutError
from navai._http.messages import Headers, Response

# The longest `Retry-After` to wait for, in seconds. If the backend asks for more, the caller gets the error at once.
_MAX_RETRY_AFTER = 60.0

# The first wait in seconds, which doubles each time, and the maximum. Who has asked too often (429) waits longer: the limit may be
# for a minute, and count each attempt.
_INITIAL_BACKOFF = 0.25
_INITIAL_BACKOFF_TOO_MANY = 4.0
_MAX_BACKOFF = 8.0

# The three formats of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. dateutil parses them, and much that is none of them.
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
)


def _never(_: Response) -> bool:
    return False


@frozen
class RetryRule:
    """When a request may be sent again. One that cannot have reached the backend always may.

    Attributes:
        statuses: The statuses after which it may be sent again.
        on_connection_error: Whether it may if no response came, but the request may have reached the backend.
        on_timeout: The same, if the response did not come in time.
        is_final: Whether a response is final, whatever its status.
    """

    statuses: frozenset[int]
    on_connection_error: bool
    on_timeout: bool
    is_final: Callable[[Response], bool] = _never


READ_ONLY = RetryRule(frozenset({408, 429, 500, 502, 503, 504}), on_connection_error=True, on_timeout=True)
UNLESS_TIMED_OUT = RetryRule(frozenset({429, 502, 503, 504}), on_connection_error=True, on_timeout=False)
NEVER_TWICE = RetryRule(frozenset(), on_connection_error=False, on_timeout=False)


def should_retry(rule: RetryRule, outcome: Response | APIConnectionError) -> bool:
    """Whether the same request may be sent again after `outcome`."""
    if isinstance(outcome, Response):
        return outcome.status in rule.statuses and not rule.is_final(outcome)
    if not outcome.request_sent:
        return True
    return rule.on_timeout if isinstance(outcome, APITimeoutError) else rule.on_connection_error


def backoff(attempt: int, outcome: Response | APIConnectionError) -> float | None:
    """How many seconds to wait before the next attempt; None if the backend asks for a longer wait than we allow.

    `Retry-After` is obeyed. Without it, the wait doubles with each attempt, less up to half at random, so that clients that failed
    together do not come back together. After 429 it is longer from the beginning.

    Args:
        attempt: The number of the attempt that failed, from 1.
        outcome: Its outcome.
    """
    requested = retry_after(outcome.headers) if isinstance(outcome, Response) else None
    if requested is not None:
        return requested if requested <= _MAX_RETRY_AFTER else None
    is_too_many = isinstance(outcome, Response) and outcome.status == HTTPStatus.TOO_MANY_REQUESTS
    first = _INITIAL_BACKOFF_TOO_MANY if is_too_many else _INITIAL_BACKOFF
    return min(_MAX_BACKOFF, first * 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)


def retry_after(headers: Headers, now: datetime | None = None) -> float | None:
    """The wait that `Retry-After` asks for, in seconds (RFC 9110 section 10.2.3: seconds, or a date in one of three formats).

    None if there is no such header, or it is not valid.

    Args:
        headers: The response headers.
        now: The current time, aware. Default: now.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    if not _HTTP_DATE.fullmatch(value):
        return None
    from dateutil.parser import parse  # noqa: PLC0415 (only when a date arrives)

    try:
        when = parse(value)
    except (ValueError, OverflowError):
        return None
    # The asctime format names no time zone; all three mean GMT.
    return max(0.0, (when.replace(tzinfo=UTC) - (now or datetime.now(UTC))).total_seconds())
