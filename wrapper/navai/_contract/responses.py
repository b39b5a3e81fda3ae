"""Reading responses: `Response` in, a result or one of our errors out.

The outcomes are those of the contract's table of answers, which the published TypeScript client follows.

Fields are read from the raw JSON, not through the generated models: `from_dict` fails on a field of the wrong type, where the
contract says to omit that field. A test checks the names against the generated models.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator
from typing import Any, cast

from attrs import evolve

from navai._contract.error_message import page_instead_of_json
from navai._contract.execution_error import execution_error
from navai._contract.failed_response import MEMORY, FailedResponse, error_details, response_json, response_text
from navai._contract.result_types import Convert, converted
from navai._contract.status_error import status_error
from navai._errors import APIStatusError, InvalidResponseError, NavaiError
from navai._http.messages import RequestInfo, Response
from navai._javascript import NotJSON, TooManyContainers, TooMuchMemory
from navai._json import as_list, as_number, as_object
from navai._results import (
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    SpeechConfig,
    SynthesizedSpeech,
    make_function,
)
from navai._whitespace import trim
from navai._wordpress import is_unrun_javascript

_TOO_MUCH_MEMORY = (
    f"It would take more than {MEMORY} times max_response_bytes of memory: raise that option, or ask for less at a time."
)
# A PHP function that prints or exits spoils its own response, for example.
_MAY_HAVE_RUN = "The function may have run."
_TOO_MANY_CONTAINERS = (
    "It has too many arrays and objects for its length: have the backend send fewer and larger ones, or less at a time."
)


def read_create_client_secret(response: Response, info: RequestInfo) -> ClientSecret:
    """The client secret.

    Raises:
        APIStatusError: If the status is not 2xx.
        InvalidResponseError: If the response is not an object with a string `value`.
    """
    info = evolve(info, creates_secret=True)
    data = _read_object(response, info, "Invalid client-secret response.")
    value, expires_at = data.pop("value", None), data.pop("expires_at", None)
    if not isinstance(value, str):
        del data  # The error reads the response again, if anyone looks.
        raise InvalidResponseError("Invalid client-secret response.", **error_details(FailedResponse(response, info)))
    provider = (as_object(data.get("speech")) or {}).get("provider")
    speech = SpeechConfig("elevenlabs" if provider == "elevenlabs" else "openai")
    if data.get("speech") == {"provider": speech.provider}:  # Otherwise it has more to say.
        del data["speech"]
    return ClientSecret(value, as_number(expires_at), extra=data, speech=speech)


def read_list_functions(response: Response, info: RequestInfo) -> BackendFunctionsResult:
    """The functions; or none, with the reason in `warnings` and `error`. Never raises."""
    invalid = "[navai] Failed to parse backend functions response."
    try:
        data = _read_object(response, info, invalid)
    except APIStatusError as error:
        return _no_functions(f"[navai] Failed to load backend functions ({error.status_code}).", error)
    except InvalidResponseError as error:
        return _no_functions(invalid, error)
    not_a_listing = None
    if not data.keys() & {"items", "warnings"}:  # Some other endpoint responded. As in the published client, without a warning.
        not_a_listing = InvalidResponseError(f'{invalid} It has no "items".', **error_details(FailedResponse(response, info)))
    warnings = as_list(data.get("warnings")) or []
    return BackendFunctionsResult(
        list(_functions(as_list(data.get("items")) or [])),
        [warning for warning in warnings if isinstance(warning, str)],
        not_a_listing,
    )


def functions_unavailable(error: NavaiError) -> BackendFunctionsResult:
    """No functions, since no response came."""
    return _no_functions(f"[navai] Failed to load backend functions: {error}", error)


def _no_functions(warning: str, error: NavaiError) -> BackendFunctionsResult:
    return BackendFunctionsResult([], [warning], error)


def read_execute_function(response: Response, info: RequestInfo, function_name: str, convert: Convert | None = None) -> Any:
    """The result of the function.

    Raises:
        APIStatusError: If the status is not 2xx, unless `ok` is `false`.
        InvalidResponseError: If the response is not JSON, or not an object, or `convert` refuses the result.
        FunctionExecutionError: If `ok` is not `true`; with a status that is not 2xx, only if it is `false`. Also if the result is
            JavaScript that the NAVAI plugin for WordPress has not run.
    """
    if not 200 <= response.status <= 299:
        failed = FailedResponse(response, info)
        if (as_object(failed.value) or {}).get("ok") is False:
            raise execution_error(failed, function_name)
        raise status_error(failed, function_name)
    data = _read_object(response, info, "Invalid backend function response.", _MAY_HAVE_RUN)
    if data.get("ok") is not True:
        # An empty object may have been an array: let the error read it again.
        raise execution_error(FailedResponse(response, info, data) if data else FailedResponse(response, info), function_name)
    if is_unrun_javascript(data):
        raise execution_error(FailedResponse(response, info, data), function_name)
    result = data.get("result")
    return result if convert is None else converted(result, convert, response, info, function_name)


def read_synthesize_speech(response: Response, info: RequestInfo) -> SynthesizedSpeech:
    """The speech.

    Raises:
        APIStatusError: If the status is not 2xx.
        InvalidResponseError: If the provider is not "elevenlabs", there is no type, or the audio is not base64.
    """
    invalid = "Invalid speech synthesis response."
    data = _read_object(response, info, invalid)
    provider, mime_type, audio = (data.pop(key, None) for key in ("provider", "mimeType", "audioBase64"))
    if provider != "elevenlabs" or not isinstance(mime_type, str) or not isinstance(audio, str):
        raise InvalidResponseError(invalid, **error_details(FailedResponse(response, info)))
    try:
        decoded = _from_base64(audio)
    except ValueError:
        raise InvalidResponseError(f"{invalid} Its audio is not base64.", **error_details(FailedResponse(response, info))) from None
    return SynthesizedSpeech("elevenlabs", mime_type, decoded, data)


def _from_base64(text: str) -> bytes:
    """The bytes that `text` encodes; blanks and missing padding are accepted, as by browsers (WHATWG Infra, "forgiving-base64").

    Raises:
        ValueError: If it is not base64.
    """
    encoded = text.encode("ascii").translate(None, b" \t\n\f\r")
    if len(encoded) % 4 == 0:
        encoded = encoded.removesuffix(b"=").removesuffix(b"=")
    if b"=" in encoded:
        raise ValueError("the padding is wrong")
    return a2b_base64(encoded + b"=" * (-len(encoded) % 4), strict_mode=True)


def _read_object(response: Response, info: RequestInfo, invalid: str, spoiled: str = "") -> dict[str, Any]:
    """The object in a 2xx response; an array counts as an empty object, since in JavaScript it has none of our keys.

    Args:
        response: The response.
        info: The request.
        invalid: How the message of an `InvalidResponseError` begins.
        spoiled: How it ends if the response is not JSON.

    Raises:
        APIStatusError: If the status is not 2xx.
        InvalidResponseError: If it is anything else.
    """
    if not 200 <= response.status <= 299:
        raise status_error(FailedResponse(response, info))
    if response.truncated:
        raise InvalidResponseError(
            f"{invalid} It is larger than max_response_bytes.", **error_details(FailedResponse(response, info))
        )
    text = response_text(response)
    try:
        data = response_json(response, text, info)
    except (TooMuchMemory, TooManyContainers) as error:
        reason = _TOO_MUCH_MEMORY if isinstance(error, TooMuchMemory) else _TOO_MANY_CONTAINERS
        raise InvalidResponseError(f"{invalid} {reason}", **error_details(FailedResponse(response, info, None, text))) from None
    except NotJSON:
        failed = FailedResponse(response, info, None, text)
        words = " ".join(filter(None, [invalid, page_instead_of_json(text, info.url, failed.beginning), spoiled]))
        raise InvalidResponseError(words, **error_details(failed)) from None
    if isinstance(data, dict):
        return data  # pyright: ignore[reportUnknownVariableType] (a cast would be one more call)
    if isinstance(data, list):
        return {}
    raise InvalidResponseError(invalid, **error_details(FailedResponse(response, info)))


def _functions(items: list[Any]) -> Iterator[BackendFunction]:
    """The functions that have a name. Empties `items` as it goes, to save memory if there are thousands."""
    items.reverse()
    while items:
        item = items.pop()
        if not isinstance(item, dict):
            continue
        rest = cast("dict[str, Any]", item)
        name, description, source = rest.pop("name", None), rest.pop("description", None), rest.pop("source", None)
        if isinstance(name, str) and trim(name):
            if not rest:
                rest.clear()  # Frees the memory of removed keys.
            yield make_function(
                name,
                description if isinstance(description, str) else None,
                source if isinstance(source, str) else None,
                rest,
            )
