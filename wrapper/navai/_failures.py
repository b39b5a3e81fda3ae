"""What a program, or a model, should know of an error beside its text, as JSON."""

from __future__ import annotations

from typing import Any

from navai._errors import APIConnectionError, FunctionExecutionError, InvalidResponseError

# How many validation errors are passed on, and how many characters of each.
_MAX_VALIDATION_ERRORS = 50
_MAX_LENGTH = 500


def execution_failure(error: BaseException) -> dict[str, Any]:
    """What else is known of an execution that failed; without what is not known.

    Its keys are ``may_have_run``, ``pending_approval``, ``approval_id``, ``trace_id`` and ``validation_errors``.
    """
    known: dict[str, Any] = {"may_have_run": _may_have_run(error)}
    if isinstance(error, FunctionExecutionError):
        known["pending_approval"] = error.pending_approval or None
        known["approval_id"], known["trace_id"] = error.approval_id, error.trace_id
        reasons = error.validation_errors or []
        known["validation_errors"] = [reason[:_MAX_LENGTH] for reason in reasons[:_MAX_VALIDATION_ERRORS]] or None
    return {name: value for name, value in known.items() if value is not None}


def _may_have_run(error: BaseException) -> bool | None:
    """Whether the function may have run; None if that is not known."""
    if isinstance(error, APIConnectionError):
        return error.request_sent
    if isinstance(error, InvalidResponseError):  # The backend says that all went well, but not in JSON.
        return True
    return error.may_have_run if isinstance(error, FunctionExecutionError) else None
