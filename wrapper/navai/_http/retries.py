"""When a request may be sent again, and how long to wait before. No sleeping here.

An execution may send money, so it is sent again only when the first one surely never reached the backend. A listing changes
nothing. A client secret may be minted twice without harm, but not endlessly: a backend that is too slow to answer is not asked
again.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

from attrs import frozen

from navai._errors import APIConnectionError, APITimeoutError
from navai._http.messages import Headers, Response

# The longest `Retry-After` that is waited for, in seconds; with a longer one the caller gets the error at once.
_MAX_RETRY_AFTER = 60.0

# The first wait in seconds (it doubles each time), and the longest.
_INITIAL_BACKOFF = 0.25
_MAX_BACKOFF = 8.0

# The three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. dateutil reads them, and much else that is none.
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
)


@frozen
class RetryRule:
    """After what a request may be sent again, beyond the case that it surely never reached the backend.

    Attributes:
        statuses: The statuses after which it may.
        on_connection_error: Whether it may when no answer came and the request may have reached the backend.
        on_timeout: The same for an answer that did not come in time.
    """

    statuses: frozenset[int]
    on_connection_error: bool
    on_timeout: bool


READ_ONLY = RetryRule(frozenset({408, 429, 500, 502, 503, 504}), on_connection_error=True, on_timeout=True)
UNLESS_TIMED_OUT = RetryRule(frozenset({429, 502, 503, 504}), on_connection_error=True, on_timeout=False)
NEVER_TWICE = RetryRule(frozenset(), on_connection_error=False, on_timeout=False)


def should_retry(rule: RetryRule, outcome: Response | APIConnectionError) -> bool:
    """Whether the same request may be sent again after `outcome`."""
    if isinstance(outcome, Response):
        return outcome.status in rule.statuses
    if not outcome.request_sent:
        return True
    return rule.on_timeout if isinstance(outcome, APITimeoutError) else rule.on_connection_error


def backoff(attempt: int, outcome: Response | APIConnectionError) -> float | None:
    """How many seconds to wait before the next attempt; None when the backend asks for longer than is waited for.

    `Retry-After` is obeyed; without it the wait doubles with each attempt, less a random part of up to a half, so that clients
    that failed together do not come back together.

    Args:
        attempt: The number of the attempt that failed, from 1.
        outcome: What came of it.
    """
    requested = retry_after(outcome.headers) if isinstance(outcome, Response) else None
    if requested is not None:
        return requested if requested <= _MAX_RETRY_AFTER else None
    return min(_MAX_BACKOFF, _INITIAL_BACKOFF * 2.0 ** min(attempt - 1, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)


def retry_after(headers: Headers, now: datetime | None = None) -> float | None:
    """Seconds to wait by `Retry-After` (RFC 9110 section 10.2.3: seconds, or a date in one of three forms); None without it.

    Args:
        headers: The answer's headers.
        now: The present, aware; default: the clock.
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
    # The asctime form names no zone; all three mean GMT.
    return max(0.0, (when.replace(tzinfo=UTC) - (now or datetime.now(UTC))).total_seconds())
