"""What an answer means: `Reply` in, a result or one of our errors out. The only reader of JSON.

The outcomes are those of the contract's table of answers, which the published TypeScript client follows. Bodies are read as
`Response.json()` of the Fetch standard reads them: UTF-8 whatever the headers say, strict JSON.

Fields are read here from the raw JSON, not through the generated models: `from_dict` fails on a field of the wrong type, where
the contract says to leave that field out. A test holds the names against the generated models.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NoReturn

from attrs import field, frozen

from navai._errors import APIStatusError, FunctionExecutionError, InvalidResponseError, NavaiError, frameless
from navai._json import as_list, as_number, as_object, as_text
from navai._messages import Headers, Reply
from navai._printable import one_line
from navai._results import BackendFunction, BackendFunctionsResult, ClientSecret
from navai._retries import retry_after
from navai._secrets import Masker, shown_url
from navai._whitespace import trim
from navai._words import short_line, words_of

# Of an address that an error names, in letters.
_LONGEST_TARGET = 300


@frozen
class Sent:
    """What the reader of an answer must know of the request: to name it in errors, and to keep its secrets out of them."""

    method: str
    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


class NotJSON(ValueError):
    """The text is not JSON as `JSON.parse` takes it, or nested deeper than Python's decoder can follow."""


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSON(name)  # Python's decoder takes NaN and Infinity, JSON.parse does not.


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # Python converts at most 4,300 digits; JSON.parse gives Infinity for so many.
        return float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_integer)


def parse_json(text: str) -> Any:
    """The value of a JSON text as `JSON.parse` gives it, but with exact integers.

    Raises:
        NotJSON: See there.
    """
    try:
        # Nearly every answer begins and ends with its value, and need not be searched for blanks around it.
        value, end = _DECODER.raw_decode(text) if text[:1] == "{" else (None, -1)
        return value if end == len(text) else _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJSON(str(error)) from None


def text_of(reply: Reply) -> str:
    """The body as `Response.text()` gives it: UTF-8 with invalid bytes replaced, without a byte order mark."""
    # fetch gives an answer with "Reset Content" no body, even if one came (Fetch standard, "null body status").
    body = b"" if reply.status == 205 else reply.body
    # Twice: Node's fetch cuts one byte order mark off the bytes, and its decoder another.
    return body.decode("utf-8", "replace").removeprefix("\ufeff").removeprefix("\ufeff")


def read_client_secret(reply: Reply, sent: Sent) -> ClientSecret:
    """The secret.

    Raises:
        APIStatusError: The status is not 2xx.
        InvalidResponseError: The answer is not an object with a string `value`.
    """
    answer = _object_of(reply, sent, "Invalid client-secret response.")
    value, expires_at = answer.pop("value", None), answer.pop("expires_at", None)
    if not isinstance(value, str):
        raise InvalidResponseError("Invalid client-secret response.", **_facts(reply, sent))
    return ClientSecret(value, as_number(expires_at), extra=answer)


def read_functions(reply: Reply, sent: Sent) -> BackendFunctionsResult:
    """The functions; or none, with the reason in `warnings` and `error`. Never raises."""
    try:
        answer = _object_of(reply, sent, "[navai] Failed to parse backend functions response.")
    except APIStatusError as error:
        return _no_functions(f"[navai] Failed to load backend functions ({error.status_code}).", error)
    except InvalidResponseError as error:
        return _no_functions(str(error), error)
    warnings = as_list(answer.get("warnings")) or []
    return BackendFunctionsResult(
        list(_functions(as_list(answer.get("items")) or [])),
        [warning for warning in warnings if isinstance(warning, str)],
    )


def unreachable_functions(error: NavaiError) -> BackendFunctionsResult:
    """No functions, since no answer came."""
    return _no_functions(f"[navai] Failed to load backend functions: {error}", error)


def _no_functions(warning: str, error: NavaiError) -> BackendFunctionsResult:
    return BackendFunctionsResult([], [warning], frameless(error))


def read_function_result(reply: Reply, sent: Sent, function_name: str) -> Any:
    """What the function returned.

    Raises:
        APIStatusError: The status is not 2xx, and the backend does not say `ok: false`.
        InvalidResponseError: The answer is not JSON, or not an object.
        FunctionExecutionError: `ok` is not `true`; with a status that is not 2xx, when it is `false`.
    """
    try:
        answer = _object_of(reply, sent, "Invalid backend function response.")
    except APIStatusError as error:
        if (as_object(error.json) or {}).get("ok") is False:
            raise _failure(_facts(reply, sent), function_name) from None
        raise
    if answer.get("ok") is not True:
        raise _failure(_facts(reply, sent), function_name)
    return answer.get("result")


def _object_of(reply: Reply, sent: Sent, invalid: str) -> dict[str, Any]:
    """The object of a 2xx answer; an array counts as an object without our keys, as it does in JavaScript.

    Raises:
        APIStatusError: The status is not 2xx.
        InvalidResponseError: Anything else; its text is `invalid`.
    """
    if not 200 <= reply.status <= 299:
        raise _status_error(reply, sent)
    if reply.truncated:
        raise InvalidResponseError(f"{invalid} It is larger than max_response_bytes.", **_facts(reply, sent))
    try:
        answer = parse_json(text_of(reply))
    except NotJSON:
        answer = None
    found = {} if isinstance(answer, list) else as_object(answer)
    if found is None:
        raise InvalidResponseError(invalid, **_facts(reply, sent))
    return found


def _functions(items: list[Any]) -> Iterator[BackendFunction]:
    """Those that have a name. Empties `items`: of thousands, what is read makes room for what is made of it."""
    items.reverse()
    while items:
        rest = as_object(items.pop())
        if rest is None:
            continue
        name, description, source = rest.pop("name", None), rest.pop("description", None), rest.pop("source", None)
        if isinstance(name, str) and trim(name):
            yield BackendFunction(
                name,
                description if isinstance(description, str) else None,
                source if isinstance(source, str) else None,
                rest or {},
            )


def _status_error(reply: Reply, sent: Sent) -> APIStatusError:
    facts = _facts(reply, sent)
    words = words_of(facts["body"], facts["json"], Masker(sent.secrets).text)
    text = f"HTTP {reply.status}{_phrase(reply.status)}" if words is None else f"HTTP {reply.status}: {words}"
    if 300 <= reply.status <= 399 and "location" in reply.headers:
        target = one_line(shown_url(facts["headers"]["location"]), _LONGEST_TARGET)
        text = f"{text} (redirect to {target!r}, not followed: give that address to the client)"
    error = APIStatusError(text, message=words, **facts)
    if error.available_functions:
        error.args = (f"{text} Available: {_few(error.available_functions)}.",)
    return error


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _few(names: list[str]) -> str:
    return short_line(", ".join(names[:10])) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _failure(facts: dict[str, Any], function_name: str) -> FunctionExecutionError:
    answer = as_object(facts["json"]) or {}
    error, details, message = (as_text(answer.get(key)) for key in ("error", "details", "message"))
    # The order, and that an empty text counts, are the TypeScript client's; `message` is ours (a pending approval has no other).
    words = next((text for text in (details, error, message) if text is not None), "Backend function failed.")
    pending = answer.get("pending_approval") is True
    return FunctionExecutionError(
        words, function_name=function_name, error=error, details=details, pending_approval=pending, **facts
    )


def _facts(reply: Reply, sent: Sent) -> dict[str, Any]:
    """What every `APIError` tells of its answer, free of the request's secrets."""
    mask = Masker(sent.secrets)
    text = text_of(reply)
    try:
        answer = mask.json(parse_json(text))
    except NotJSON:
        answer = None
    return {
        "status_code": reply.status,
        "headers": Headers((mask.text(name), mask.text(value)) for name, value in reply.headers.items()),
        "body": mask.text(text, is_cut=reply.truncated),
        "json": answer,
        "method": sent.method,
        "url": sent.url,
        "retry_after": retry_after(reply.headers),
    }
