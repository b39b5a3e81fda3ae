"""One call on its way: which request goes out next, and whether what came of it is the end. No I/O, no sleeping."""

from __future__ import annotations

import logging
import time
from typing import Any

from navai._calls import Call
from navai._errors import APIConnectionError, APITimeoutError
from navai._messages import Reply, Request
from navai._retries import may_send_again, wait_before
from navai._settings import Settings, deadline_of, timeout_of

logger = logging.getLogger("navai")


class Exchange:
    """The attempts of one call, within its limits.

    Args:
        call: What to send.
        settings: The limits of the client.
        timeout: The limits of this call's steps, over those of the client; None: those of the client.
        deadline: Seconds for this whole call, over those of the client; None: those of the client.

    Raises:
        ConfigurationError: `timeout` or `deadline` is not a positive number.
    """

    def __init__(self, call: Call[Any], settings: Settings, timeout: Any, deadline: Any) -> None:
        self._call = call
        self._settings = settings
        self._timeout = timeout_of(timeout) or settings.timeout
        self._allowed = deadline_of(deadline) or settings.deadline
        self._deadline = None if self._allowed is None else time.monotonic() + self._allowed
        self._attempt = 0
        self._began = 0.0
        # Whether an earlier attempt may have reached the backend.
        self._sent = False

    def next_request(self) -> Request:
        """The request of the next attempt.

        Raises:
            APITimeoutError: The deadline has passed.
        """
        operation = self._call.operation
        self._attempt += 1
        self._began = time.monotonic()
        if self._deadline is not None and self._began >= self._deadline:
            raise APITimeoutError(
                f"The deadline of {self._allowed:g} s has passed.",
                request_sent=self._sent,
                method=operation.method,
                url=operation.url,
            )
        return Request(
            operation.method,
            operation.url,
            operation.headers,
            self._call.content,
            self._timeout,
            self._deadline,
            self._settings.max_response_bytes,
        )

    def wait_after(self, outcome: Reply | APIConnectionError) -> float | None:
        """How many seconds to wait before the next attempt; None when `outcome` is the end of the call. Logs the attempt."""
        wait = None
        if self._attempt <= self._settings.max_retries and may_send_again(self._call.rule, outcome):
            wait = wait_before(self._attempt, outcome)
            if wait is not None and self._deadline is not None and time.monotonic() + wait >= self._deadline:
                wait = None
        if isinstance(outcome, APIConnectionError):
            # The caller is told of the whole call, not of its last attempt.
            outcome.request_sent = self._sent = self._sent or outcome.request_sent
        else:
            self._sent = True
        logger.info(
            "%s %s: %s in %.0f ms, attempt %d of %d%s",
            self._call.operation.method,
            self._call.operation.url,
            outcome.status if isinstance(outcome, Reply) else type(outcome).__name__,
            (time.monotonic() - self._began) * 1000,
            self._attempt,
            self._settings.max_retries + 1,
            "" if wait is None else f", next in {wait:.2f} s",
        )
        return wait
