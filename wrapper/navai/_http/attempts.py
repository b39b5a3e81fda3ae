"""The attempts of one call: which request goes out next, and whether its outcome ends the call. No I/O, no sleeping."""

from __future__ import annotations

import functools
import logging
import time
from typing import Any

from attrs import evolve

from navai._errors import APIConnectionError, ConfigurationError
from navai._http.deadline import Deadline
from navai._http.headers import public_headers
from navai._http.messages import Request, RequestInfo, Response
from navai._http.redirects import MAX_REDIRECTS, Redirect, find_redirect
from navai._http.retries import RetryRule, backoff, should_retry
from navai._printable import one_line
from navai._redaction import Redactor
from navai._request_id import request_id
from navai._tracebacks import NOTHING_SENT

# The outcome of an attempt, or why none was made.
Outcome = Response | APIConnectionError | ConfigurationError

logger = logging.getLogger("navai")

# The longest URL, name or ID shown in a log record, in characters.
_MAX_SHOWN = 300


class Attempts:
    """The attempts of one call, within its limits.

    Args:
        request: The first request.
        info: What errors and log lines may say about it.
        retry_rule: The outcomes after which it may be sent again.
        max_retries: The number of times it may be sent again.
        deadline: When the call ends.

    Attributes:
        outcome: The outcome of the call so far; None before the first.
    """

    outcome: Outcome | None = None
    _redirects = _attempt = 0
    _started: float  # Set by `next_request`.
    # Whether an earlier attempt may have reached the backend. One that was redirected did, but nothing was executed.
    _request_sent = _was_redirected = False

    def __init__(self, request: Request, info: RequestInfo, retry_rule: RetryRule, max_retries: int, deadline: Deadline) -> None:
        self.info = info
        self.deadline = deadline
        self._first_request = request
        # The first request, or the redirected one; and that of the last attempt that was made.
        self._request = self._last_request = request
        self._retry_rule = retry_rule
        self._max_retries = max_retries

    def next_request(self) -> Request:
        """The request of the next attempt.

        Raises:
            APITimeoutError: If the deadline has passed.
        """
        self._attempt += 1
        self._started = time.monotonic()
        if self.deadline.at is not None and self._started >= self.deadline.at:
            raise self.deadline.error(self._request.method, self._shown(self._request.url), request_sent=self._request_sent)
        self._request.was_unsent = False
        return self._request

    def wait_after(self, outcome: Outcome) -> float | None:
        """How many seconds to wait before the next attempt; None if `outcome` ends the call. Logs the attempt."""
        if isinstance(outcome, ConfigurationError):  # Nothing was sent. If there was an attempt before, its outcome says more.
            self.outcome = self.outcome or outcome
            return None
        self.outcome, self._last_request = outcome, self._request
        if isinstance(outcome, Response) and 200 <= outcome.status <= 299:
            self._log(outcome)
            return None
        redirect = self._redirect(outcome)
        wait = self._pause(outcome)
        if isinstance(outcome, APIConnectionError):
            # The error is about the whole call, not only its last attempt.
            outcome.request_sent = self._request_sent = self._request_sent or outcome.request_sent
        elif redirect is None:  # A redirect says that nothing was executed.
            self._request_sent = True
        self._log(outcome, wait, redirect)
        if redirect is not None:
            self._follow(redirect)
            return 0.0
        self._request, self._redirects = self._first_request, 0
        if wait is not None and self.info.redirected_to is not None:
            self.info = evolve(self.info, redirected_to=None)
        return wait

    def was_interrupted(self, error: BaseException) -> None:
        """Notes on what interrupted the call that nothing was sent, if that is known."""
        if self._request.was_unsent and not self._request_sent and not self._was_redirected:
            error.add_note(NOTHING_SENT)

    def _pause(self, outcome: Response | APIConnectionError) -> float | None:
        """How many seconds to wait before the next attempt; None if there is none."""
        if self._attempt > self._max_retries or not should_retry(self._retry_rule, outcome):
            return None
        wait = backoff(self._attempt, outcome)
        if wait is not None and self.deadline.at is not None and time.monotonic() + wait >= self.deadline.at:
            return None
        return wait

    def final_info(self) -> RequestInfo:
        """What errors may say about the request that had the final outcome: redirects may have led it elsewhere."""
        last = self._last_request
        return self.info if last is self._first_request else evolve(self.info, url=self._shown(last.url))

    def redact(self, error: APIConnectionError) -> None:
        """Redacts the secrets of the request in an error."""
        error.url = self._shown(error.url)
        self._redactor.error(error)

    @functools.cached_property
    def _redactor(self) -> Redactor:
        return Redactor(self.info.secrets)

    def _shown(self, url: str) -> str:
        """A URL to display. A redirect target may repeat secrets anywhere, so its query is not shown."""
        if url == self._first_request.url:
            return self.info.url
        return one_line(self._redactor.text(url.partition("?")[0]), _MAX_SHOWN)

    def _redirect(self, outcome: Response | APIConnectionError) -> Redirect | None:
        if isinstance(outcome, APIConnectionError):
            return None
        redirect = find_redirect(self._request.method, self._request.url, outcome)
        if redirect is not None and self._redirects == MAX_REDIRECTS:
            self.info = evolve(self.info, has_redirected_too_often=True)
            return None
        if redirect is not None:
            # Its URL may repeat secrets of the caller's own HTTP client.
            self.info = evolve(self.info, secrets=(*self.info.secrets, *outcome.more_secrets()))
            self._redactor = Redactor(self.info.secrets)
        return redirect

    def _follow(self, redirect: Redirect) -> None:
        # Once lost, trust does not come back, as in fetch.
        trusted = self._request.trusted and redirect.trusted
        headers = self._request.headers if trusted else public_headers(self._request.headers)
        self._request = evolve(self._request, url=redirect.url, headers=headers, trusted=trusted)
        if not trusted:
            self.info = evolve(self.info, redirected_to=self._shown(redirect.url))
        self._redirects += 1
        self._was_redirected = True
        self._attempt -= 1  # Still the same attempt.

    def names(self) -> dict[str, str | None]:
        """What is called, as more fields of a log record. Here, only the URL tells."""
        return {}

    def _log(self, outcome: Response | APIConnectionError, wait: float | None = None, redirect: Redirect | None = None) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        response = outcome if isinstance(outcome, Response) else None
        names = self.names() | {"request_id": None if response is None else request_id(response.headers)}
        redactor = Redactor([*self.info.secrets, *(() if response is None else response.more_secrets())])
        fields: dict[str, Any] = {
            **{name: text and one_line(redactor.text(text), _MAX_SHOWN) for name, text in names.items()},
            "status": None if response is None else response.status,
            "error": None if response is not None else type(outcome).__name__,
            "milliseconds": (time.monotonic() - self._started) * 1000,
            "attempt": self._attempt,
            "max_attempts": self._max_retries + 1,
            "wait_seconds": wait,
        }
        note = "" if wait is None else f", next in {wait:.2f} s"
        logger.info(
            "%s %s: %s in %.0f ms, attempt %d of %d%s",
            self._request.method,
            self._shown(self._request.url),
            fields["error"] or fields["status"],
            fields["milliseconds"],
            fields["attempt"],
            fields["max_attempts"],
            note if redirect is None else f", redirected to {self._shown(redirect.url)}",
            # With a prefix: logging refuses, with a KeyError, a name that the program's own record factory has used.
            extra={f"navai_{name}": value for name, value in fields.items()},
        )
