"""The error of an execution that the backend answered without a result."""

from __future__ import annotations

from typing import Any

from navai._contract.error_message import short_line
from navai._contract.failed_response import FailedResponse, error_details
from navai._errors import FunctionExecutionError
from navai._json import as_list, as_object, as_text
from navai._wordpress import was_blocked_after_it_ran

# How many validation errors an error has, and how many of them its text: a hostile response may have a million.
_MAX_VALIDATION_ERRORS = 100
_MAX_IN_TEXT = 10

_UNRUN = "Nothing has run: this function is JavaScript for the browser widget of the NAVAI plugin, and does not run on the server."


def execution_error(failed: FailedResponse, function_name: str) -> FunctionExecutionError:
    """The error.

    Args:
        failed: The response, whose JSON is an object.
        function_name: The function that was called, as the caller named it.
    """
    answer = as_object(failed.value) or {}
    return FunctionExecutionError(
        _text(failed, answer),
        function_name=function_name,
        error=failed.field("error"),
        details=failed.field("details"),
        pending_approval=answer.get("pending_approval") is True,
        may_have_run=_may_have_run(answer),
        validation_errors=_redacted_all(failed, _strings(answer.get("validation_errors"))),
        approval_id=_approval_id(failed, answer),
        trace_id=_trace_id(failed, answer),
        **error_details(failed),
    )


def _may_have_run(answer: dict[str, Any]) -> bool | None:
    if answer.get("ok") is True:  # JavaScript for a browser.
        return False
    return True if was_blocked_after_it_ran(answer) else None


def _text(failed: FailedResponse, answer: dict[str, Any]) -> str:
    if answer.get("ok") is True:  # It has a result, which is not one.
        return _UNRUN
    error, details, message = (as_text(answer.get(key)) for key in ("error", "details", "message"))
    # As in the TypeScript client, in this order, and even if empty. `message` is ours: a pending approval has nothing else.
    text = failed.beginning(next((text for text in (details, error, message) if text is not None), "Backend function failed."))
    if was_blocked_after_it_ran(answer):
        return f"{text} The function has run."
    reasons = _strings(answer.get("validation_errors")) or []
    if not reasons:
        return text
    shown = [short_line(failed.beginning(reason)) for reason in reasons[:_MAX_IN_TEXT]]
    more = [f"And {len(reasons) - len(shown)} more."] if len(reasons) > len(shown) else []
    # Again: what stood in two of them is adjacent now.
    return failed.beginning(" ".join([text, *shown, *more]))


def _strings(value: Any) -> list[str] | None:
    values = as_list(value)
    return None if values is None else [text for text in values if isinstance(text, str)]


def _redacted_all(failed: FailedResponse, texts: list[str] | None) -> Any:
    return None if texts is None else lambda: [failed.redactor.text(text) for text in texts[:_MAX_VALIDATION_ERRORS]]


def _approval_id(failed: FailedResponse, answer: dict[str, Any]) -> Any:
    number = (as_object(answer.get("approval")) or {}).get("id")
    if type(number) is int:
        return number
    return _redacted(failed, as_text(number))


def _trace_id(failed: FailedResponse, answer: dict[str, Any]) -> Any:
    guardrail = as_object(answer.get("guardrail")) or {}
    return _redacted(failed, as_text(answer.get("trace_id")) or as_text(guardrail.get("trace_id")))


def _redacted(failed: FailedResponse, text: str | None) -> Any:
    # A function, which makes the attribute when someone looks.
    return None if text is None else lambda: failed.redactor.text(text)
