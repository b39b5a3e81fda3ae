"""One call on its way: which request goes out next, and whether what came of it is the end. No I/O, no sleeping."""

from __future__ import annotations

import functools
import logging
import sys
import time
from typing import Any, Generic, TypeVar

from attrs import evolve

from navai._calls import Call
from navai._errors import APIConnectionError, ConfigurationError, NavaiError, frameless
from navai._headers import public_headers
from navai._messages import Reply, Request
from navai._printable import one_line
from navai._redirects import MOST_REDIRECTS, Redirect, redirect_of
from navai._results import BackendFunctionsResult
from navai._retries import may_send_again, wait_before
from navai._secrets import Masker, shown_url
from navai._settings import Deadline, Settings, timeout_of

_T = TypeVar("_T")

# What came of an attempt, or why there was none.
Outcome = Reply | APIConnectionError | ConfigurationError

logger = logging.getLogger("navai")

# Of an address that a log line names, in letters.
_LONGEST_TARGET = 300


class Exchange(Generic[_T]):
    """The attempts of one call, within its limits.

    Args:
        settings: The limits of the client.
        call: What to send.
        timeout: The limits of this call's steps, over those of the client; None: those of the client.
        deadline: Until when the call may take.

    Raises:
        ConfigurationError: `timeout` is not a positive number.
    """

    def __init__(self, settings: Settings, call: Call[_T], timeout: Any, deadline: Deadline) -> None:
        self._settings = settings
        self._call = call
        self._timeout = settings.timeout if timeout is None else timeout_of(timeout)
        self._deadline = deadline
        # Where the next request goes: the operation, or where it was redirected.
        self._going = call.operation
        self._trusted = True
        self._redirects = 0
        self._attempt = 0
        self._began = 0.0
        # Whether an earlier attempt may have reached the backend.
        self._sent = False

    def next_request(self) -> Request:
        """The request of the next attempt.

        Raises:
            APITimeoutError: The deadline has passed.
        """
        operation = self._going
        self._attempt += 1
        self._began = time.monotonic()
        if self._deadline.at is not None and self._began >= self._deadline.at:
            raise self._deadline.error(operation.method, self._shown(operation.url), request_sent=self._sent)
        return Request(
            operation.method,
            operation.url,
            operation.headers,
            self._call.content,
            self._timeout,
            self._deadline.at,
            self._settings.max_response_bytes,
            self._trusted,
        )

    def wait_after(self, outcome: Outcome) -> float | None:
        """How many seconds to wait before the next attempt; None when `outcome` is the end of the call. Logs the attempt."""
        if isinstance(outcome, ConfigurationError):  # There was none.
            return None
        is_good = isinstance(outcome, Reply) and 200 <= outcome.status <= 299
        target = None if is_good else self._redirected(outcome)
        wait = None if is_good or target is not None else self._pause(outcome)
        if isinstance(outcome, APIConnectionError):
            # The caller is told of the whole call, not of its last attempt.
            outcome.request_sent = self._sent = self._sent or outcome.request_sent
        elif target is None:  # A redirect says that nothing was carried out.
            self._sent = True
        if logger.isEnabledFor(logging.INFO):
            note = "" if wait is None else f", next in {wait:.2f} s"
            logger.info(
                "%s %s: %s in %.0f ms, attempt %d of %d%s",
                self._going.method,
                self._shown(self._going.url),
                outcome.status if isinstance(outcome, Reply) else type(outcome).__name__,
                (time.monotonic() - self._began) * 1000,
                self._attempt,
                self._settings.max_retries + 1,
                note if target is None else f", redirected to {self._shown(target.url)}",
            )
        if not is_good:
            self._go_to(target)
        return wait if target is None else 0.0

    def _pause(self, outcome: Reply | APIConnectionError) -> float | None:
        """How many seconds to wait before a next attempt; None if there is none."""
        if self._attempt > self._settings.max_retries or not may_send_again(self._call.rule, outcome):
            return None
        wait = wait_before(self._attempt, outcome)
        if wait is not None and self._deadline.at is not None and time.monotonic() + wait >= self._deadline.at:
            return None
        return wait

    def end(self, outcome: Outcome) -> _T:
        """The result of the call.

        Raises:
            NavaiError: `outcome` makes none.
        """
        # An event loop may have been left, and run again by who handles something else.
        handled = self._deadline.handled, sys.exception()
        if isinstance(outcome, APIConnectionError):
            outcome.url = self._shown(outcome.url)
            self._mask.error(outcome)
        try:
            result = self._result_of(outcome)
        except NavaiError as error:
            raise frameless(error, *handled)  # noqa: B904 (it is the same error)
        if isinstance(result, BackendFunctionsResult) and result.error is not None:
            frameless(result.error, *handled)
        return result

    def _result_of(self, outcome: Outcome) -> _T:
        if isinstance(outcome, ConfigurationError):
            raise outcome
        return self._call.fail(outcome) if isinstance(outcome, APIConnectionError) else self._call.read(outcome)

    @functools.cached_property
    def _mask(self) -> Masker:
        return Masker(self._call.secrets)

    def _shown(self, url: str) -> str:
        """A URL for people. One that a backend redirects to may repeat secrets anywhere, so of its query nothing is shown."""
        if url == self._call.operation.url:
            return shown_url(url)
        return one_line(self._mask.text(url.partition("?")[0]), _LONGEST_TARGET)

    def _redirected(self, outcome: Reply | APIConnectionError) -> Redirect | None:
        if isinstance(outcome, APIConnectionError) or self._redirects == MOST_REDIRECTS:
            return None
        return redirect_of(self._going.method, self._going.url, outcome)

    def _go_to(self, target: Redirect | None) -> None:
        if target is None:  # A new attempt begins where the call began.
            self._going, self._trusted, self._redirects = self._call.operation, True, 0
            return
        # Trust that is lost does not come back, as in fetch.
        self._trusted = self._trusted and target.trusted
        headers = self._going.headers if self._trusted else public_headers(self._going.headers)
        self._going = evolve(self._going, url=target.url, headers=headers)
        self._redirects += 1
        self._attempt -= 1  # The same attempt goes on.
