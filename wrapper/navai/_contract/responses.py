"""What an answer means: `Response` in, a result or one of our errors out.

The outcomes are those of the contract's table of answers, which the published TypeScript client follows.

Fields are read here from the raw JSON, not through the generated models: `from_dict` fails on a field of the wrong type, where
the contract says to leave that field out. A test holds the names against the generated models.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from attrs import evolve

from navai._contract.error_message import extract_message, short_line
from navai._contract.failed_response import MEMORY, FailedResponse, error_details, response_json, response_text
from navai._errors import APIStatusError, FunctionExecutionError, InvalidResponseError, NavaiError, available_functions
from navai._http.messages import RequestInfo, Response
from navai._http.redirects import MAX_REDIRECTS, find_location
from navai._javascript import NotJSON, TooManyContainers, TooMuchMemory
from navai._json import as_list, as_number, as_object, as_text
from navai._printable import one_line
from navai._redaction import redact_url
from navai._results import BackendFunction, BackendFunctionsResult, ClientSecret, make_function
from navai._whitespace import trim

# Of an address that an error names, in letters.
_MAX_TARGET_LENGTH = 300

_TOO_MUCH_MEMORY = (
    f"It would take more than {MEMORY} times max_response_bytes of memory: raise that option, or ask for less at a time."
)
_TOO_MANY_CONTAINERS = (
    "It has too many arrays and objects for its length: let the backend write fewer and larger ones, or less at a time."
)


def read_create_client_secret(response: Response, info: RequestInfo) -> ClientSecret:
    """The secret.

    Raises:
        APIStatusError: The status is not 2xx.
        InvalidResponseError: The answer is not an object with a string `value`.
    """
    info = evolve(info, mints=True)
    answer = _read_object(response, info, "Invalid client-secret response.")
    value, expires_at = answer.pop("value", None), answer.pop("expires_at", None)
    if not isinstance(value, str):
        del answer  # What an error shows of it is read again, if anybody looks.
        raise InvalidResponseError("Invalid client-secret response.", **error_details(FailedResponse(response, info)))
    return ClientSecret(value, as_number(expires_at), extra=answer)


def read_list_functions(response: Response, info: RequestInfo) -> BackendFunctionsResult:
    """The functions; or none, with the reason in `warnings` and `error`. Never raises."""
    try:
        answer = _read_object(response, info, "[navai] Failed to parse backend functions response.")
    except APIStatusError as error:
        return _no_functions(f"[navai] Failed to load backend functions ({error.status_code}).", error)
    except InvalidResponseError as error:
        return _no_functions(str(error), error)
    warnings = as_list(answer.get("warnings")) or []
    return BackendFunctionsResult(
        list(_functions(as_list(answer.get("items")) or [])),
        [warning for warning in warnings if isinstance(warning, str)],
    )


def functions_unavailable(error: NavaiError) -> BackendFunctionsResult:
    """No functions, since no answer came."""
    return _no_functions(f"[navai] Failed to load backend functions: {error}", error)


def _no_functions(warning: str, error: NavaiError) -> BackendFunctionsResult:
    return BackendFunctionsResult([], [warning], error)


def read_execute_function(response: Response, info: RequestInfo, function_name: str) -> Any:
    """What the function returned.

    Raises:
        APIStatusError: The status is not 2xx, and the backend does not say `ok: false`.
        InvalidResponseError: The answer is not JSON, or not an object.
        FunctionExecutionError: `ok` is not `true`; with a status that is not 2xx, when it is `false`.
    """
    if not 200 <= response.status <= 299:
        refusal = FailedResponse(response, info)
        if (as_object(refusal.value) or {}).get("ok") is False:
            raise _execution_error(refusal, function_name)
        raise _status_error(refusal)
    answer = _read_object(response, info, "Invalid backend function response.")
    if answer.get("ok") is not True:
        # An empty one may have been an array.
        raise _execution_error(FailedResponse(response, info, answer) if answer else FailedResponse(response, info), function_name)
    return answer.get("result")


def _read_object(response: Response, info: RequestInfo, invalid: str) -> dict[str, Any]:
    """The object of a 2xx answer; an array counts as an object without our keys, as it does in JavaScript.

    Raises:
        APIStatusError: The status is not 2xx.
        InvalidResponseError: Anything else; its text is `invalid`.
    """
    if not 200 <= response.status <= 299:
        raise _status_error(FailedResponse(response, info))
    if response.truncated:
        raise InvalidResponseError(
            f"{invalid} It is larger than max_response_bytes.", **error_details(FailedResponse(response, info))
        )
    try:
        answer = response_json(response, response_text(response), info)
    except (TooMuchMemory, TooManyContainers) as error:
        reason = _TOO_MUCH_MEMORY if isinstance(error, TooMuchMemory) else _TOO_MANY_CONTAINERS
        raise InvalidResponseError(f"{invalid} {reason}", **error_details(FailedResponse(response, info, None))) from None
    except NotJSON:
        answer = None
    found = {} if isinstance(answer, list) else as_object(answer)
    if found is None:
        raise InvalidResponseError(
            invalid, **error_details(FailedResponse(response, info, None) if answer is None else FailedResponse(response, info))
        )
    return found


def _functions(items: list[Any]) -> Iterator[BackendFunction]:
    """Those that have a name. Empties `items`: of thousands, what is read makes room for what is made of it."""
    items.reverse()
    while items:
        item = items.pop()
        if not isinstance(item, dict):
            continue
        rest = cast("dict[str, Any]", item)
        name, description, source = rest.pop("name", None), rest.pop("description", None), rest.pop("source", None)
        if isinstance(name, str) and trim(name):
            if not rest:
                rest.clear()  # Room for keys that are gone.
            yield make_function(
                name,
                description if isinstance(description, str) else None,
                source if isinstance(source, str) else None,
                rest,
            )


def _status_error(answer: FailedResponse) -> APIStatusError:
    response = answer.response
    words = extract_message(answer.text, answer.value, answer.beginning)
    text = f"HTTP {response.status}{_reason_phrase(response.status)}" if words is None else f"HTTP {response.status}: {words}"
    location = find_location(response) if 300 <= response.status <= 399 else None
    if location is not None:
        target = one_line(redact_url(answer.mask.text(location)), _MAX_TARGET_LENGTH)
        reason = f"after {MAX_REDIRECTS} others" if answer.info.has_redirected_too_often else "give that address to the client"
        text = f"{text} (redirect to {target!r}, not followed: {reason})"
    names = available_functions(answer.value)
    if names:
        stop = "" if text.endswith((".", "!", "?")) else "."
        text = f"{text}{stop} Available: {_join_names(list(map(answer.beginning, names[:10])), len(names))}."
    return APIStatusError(text, message=words, **error_details(answer))


def _reason_phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _join_names(names: list[str], number: int) -> str:
    return short_line(", ".join(names)) + (f" and {number - len(names)} more" if number > len(names) else "")


def _execution_error(answer: FailedResponse, function_name: str) -> FunctionExecutionError:
    found = as_object(answer.value) or {}
    error, details, message = (as_text(found.get(key)) for key in ("error", "details", "message"))
    # The order, and that an empty text counts, are the TypeScript client's; `message` is ours (a pending approval has no other).
    words = next((text for text in (details, error, message) if text is not None), "Backend function failed.")
    pending = found.get("pending_approval") is True
    return FunctionExecutionError(
        answer.beginning(words),
        function_name=function_name,
        error=answer.field("error"),
        details=answer.field("details"),
        pending_approval=pending,
        **error_details(answer),
    )
