"""What went wrong with a command, for people and for programs."""

from __future__ import annotations

from typing import Any

import click

from navai._cli.arguments import advice_in_options, refusal_in_options
from navai._errors import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
    FunctionExecutionError,
    InvalidResponseError,
)
from navai._failures import execution_failure
from navai._json import as_object, as_text
from navai._printable import one_line
from navai._tracebacks import NOTHING_SENT

# Exit statuses.
REFUSED, USAGE, NO_ANSWER, INTERRUPTED = 1, 2, 3, 130

# The kind of each error, for programs, and its exit status. The first that fits.
_KINDS: tuple[tuple[type[BaseException], str, int], ...] = (
    (KeyboardInterrupt, "interrupted", INTERRUPTED),
    (click.UsageError, "usage", USAGE),
    (ConfigurationError, "usage", USAGE),
    (APITimeoutError, "timeout", NO_ANSWER),
    (APIConnectionError, "connection", NO_ANSWER),
    (APIStatusError, "status", REFUSED),
    (InvalidResponseError, "invalid_response", REFUSED),
    (FunctionExecutionError, "function", REFUSED),
)

KINDS_BY_NAME = {cls.__name__: kind for cls, kind, _ in _KINDS}

# How much of the name of an approval is shown, in characters.
_MAX_LENGTH = 100

# What a command has done when it is interrupted, in the `meta` of its context.
_CONNECTED, _ANSWERED = "navai.connected", "navai.answered"


def note_connected() -> None:
    """From now on, the client says of an interruption whether anything was sent."""
    click.get_current_context().meta[_CONNECTED] = True


def note_answered() -> None:
    """An answer has come, so that something was sent, whatever happens to the next request."""
    click.get_current_context().meta[_ANSWERED] = True


class Failure:
    """An error that ends a command, or that comes with its result.

    Args:
        error: The error.
        executes: Whether the command executes a function.
    """

    def __init__(self, error: BaseException, *, executes: bool = False) -> None:
        self._error = error
        self._executes = executes
        self.kind, self.status = next((kind, status) for cls, kind, status in _KINDS if isinstance(error, cls))
        if isinstance(error, FunctionExecutionError) and error.pending_approval:
            self.kind = "approval"
        self.request_sent = _request_sent(error)

    def message(self) -> str:
        """One line for people, with the number of the approval that a call waits for."""
        error = self._error
        if isinstance(error, KeyboardInterrupt):
            return f"Interrupted. {self._fate()}"
        if isinstance(error, click.UsageError):
            return error.format_message()
        if isinstance(error, ConfigurationError):
            return refusal_in_options(str(error))
        text = advice_in_options(str(error)).removeprefix("[navai] ")  # That is for logs.
        if isinstance(error, FunctionExecutionError) and error.approval_id is not None:
            text += f" (approval {one_line(str(error.approval_id), _MAX_LENGTH)})"
        fate = self._fate()
        if self._executes and isinstance(error, APIConnectionError | InvalidResponseError) and not text.endswith(fate):
            text = f"{text.rstrip('.')}. {fate}"
        return text

    def as_json(self) -> dict[str, Any]:
        """All that is known, for programs."""
        error = self._error
        known: dict[str, Any] = {"kind": self.kind, "message": self.message(), "request_sent": self.request_sent}
        if isinstance(error, APIError):
            answer = as_object(error.json) or {}
            known |= {"status": error.status_code, "error": as_text(answer.get("error")), "details": as_text(answer.get("details"))}
            known["json"] = without_session_key(error.json)
        if self._executes and isinstance(error, KeyboardInterrupt):
            known["may_have_run"] = self.request_sent
        elif self._executes:
            known |= execution_failure(error)
        return known

    def _fate(self) -> str:
        if not self.request_sent:
            # A redirect that led nowhere was sent, too.
            return "The function has not run." if isinstance(self._error, APIConnectionError) else "Nothing was sent."
        return "The function may have run." if self._executes else "The request may have reached the backend."


def _request_sent(error: BaseException) -> bool:
    if isinstance(error, APIConnectionError):
        return error.request_sent
    if isinstance(error, KeyboardInterrupt):
        done = click.get_current_context().meta
        return _ANSWERED in done or (_CONNECTED in done and NOTHING_SENT not in getattr(error, "__notes__", []))
    return isinstance(error, APIError)


def without_session_key(answer: Any) -> Any:
    """An answer of WordPress without the key of its session: who has it can take part in the conversation."""
    known = as_object(answer) or {}
    session = as_object(known.get("session")) or {}
    return known | {"session": session | {"key": "***"}} if session.get("key") else answer
