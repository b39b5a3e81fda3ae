"""The operations of the contract: what each one sends, how its response is read, and when it may be sent again.

Paths, methods and JSON names come from the generated `navai_sdk`; importing this module imports it, and with it httpx.
`_get_kwargs` is private in the generated modules, but nothing public there says what to send. It is used only here, and a test pins
what it returns.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic, NoReturn, TypeVar, cast

from attrs import asdict, define, evolve, field, fields

from navai._contract.payloads import checked_number, json_object, to_json
from navai._contract.responses import (
    functions_unavailable,
    read_create_client_secret,
    read_execute_function,
    read_list_functions,
    read_synthesize_speech,
)
from navai._contract.result_types import converter
from navai._contract.voice_settings import VoiceSettings
from navai._errors import APIConnectionError, ConfigurationError
from navai._http.messages import RequestInfo, Response
from navai._http.retries import NEVER_TWICE, READ_ONLY, UNLESS_TIMED_OUT, RetryRule
from navai._json import short_repr
from navai._models import Payload, ResultT
from navai._redacted_dict import RedactedDict
from navai._results import BackendFunction, BackendFunctionsResult, ClientSecret, SynthesizedSpeech
from navai._whitespace import trim
from navai._wordpress import is_refused_by_openai
from navai_sdk.api.functions import execute_function as execute_function_endpoint
from navai_sdk.api.functions import list_functions as list_functions_endpoint
from navai_sdk.api.realtime import create_client_secret as create_client_secret_endpoint
from navai_sdk.api.speech import synthesize_speech as synthesize_speech_endpoint
from navai_sdk.models.create_client_secret_request import CreateClientSecretRequest
from navai_sdk.models.execute_function_request import ExecuteFunctionRequest
from navai_sdk.models.synthesize_speech_request import SynthesizeSpeechRequest
from navai_sdk.models.voice_settings import VoiceSettings as VoiceSettingsModel

_T = TypeVar("_T")
_Target = tuple[str, str, tuple[tuple[str, str], ...]]


def _is_final(response: Response) -> bool:
    # A backend that repeats OpenAI's refusal will repeat it again.
    return is_refused_by_openai(response.body)


_UNLESS_REFUSED = evolve(UNLESS_TIMED_OUT, is_final=_is_final)


def _raise(error: APIConnectionError) -> NoReturn:
    raise error


@define
class Operation(Generic[_T]):
    """One call of one operation.

    Attributes:
        name: Its name, that of the client's method.
        path_option: The client's option that replaces `path`.
        method: The HTTP method, in capitals.
        path: The path in the contract.
        headers: The headers that describe the body.
        content: The body as JSON; None if there is none.
        retry_rule: The outcomes after which it may be sent again.
        read: Turns a response into the result, or raises one of our errors.
        fail: Turns the lack of a response into the result, or raises the error.
        secrets: The secrets of this call, beyond the client's own, which must not show in any error.
        function_name: The function that is executed, if any.
    """

    name: str
    path_option: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None = field(repr=False)
    retry_rule: RetryRule
    read: Callable[[Response, RequestInfo], _T] = field(repr=False)
    fail: Callable[[APIConnectionError], _T] = field(repr=False, default=_raise)
    secrets: tuple[str, ...] = field(repr=False, default=())
    function_name: str | None = None


def create_client_secret(
    inputs: Mapping[str, str | None] | RedactedDict, extra_body: Mapping[str, Any] | None = None
) -> Operation[ClientSecret]:
    """Creates a client secret.

    Args:
        inputs: The documented fields, by their names in the generated model; None omits one.
        extra_body: More fields of the request, by their JSON names.

    Raises:
        ConfigurationError: If an input is not a string, or `extra_body` is not JSON.
    """
    body = CreateClientSecretRequest(**{name: _string(name, value) for name, value in inputs.items() if value is not None})
    body.additional_properties = _extra_fields(CreateClientSecretRequest, extra_body)
    request = create_client_secret_endpoint._get_kwargs(body=body)
    secrets = tuple(filter(None, [inputs.get("api_key")]))
    read = read_create_client_secret
    return _operation("create_client_secret", "client_secret_path", request, _UNLESS_REFUSED, read, secrets=secrets)


def list_functions() -> Operation[BackendFunctionsResult]:
    """Lists the functions."""
    request = list_functions_endpoint._get_kwargs()
    return _operation("list_functions", "functions_list_path", request, READ_ONLY, read_list_functions, fail=functions_unavailable)


def execute_function(
    function_name: str | BackendFunction,
    payload: Payload | None,
    extra_body: Mapping[str, Any] | None = None,
    idempotent: bool = False,
    result_type: type[ResultT] | None = None,
) -> Operation[ResultT]:
    """Executes a function.

    Raises:
        ConfigurationError: If the name is not a string, `idempotent` is not a bool, `payload` or `extra_body` is not JSON, or no
            result can be of `result_type`.
    """
    if isinstance(function_name, BackendFunction):
        function_name = function_name.name
    function_name = _string("function_name", function_name)
    arguments = None if payload is None else json_object("payload", payload)
    target, name_key, payload_key = _execution()
    body = _extra_fields(ExecuteFunctionRequest, extra_body)
    body[name_key], body[payload_key] = function_name, arguments
    if type(idempotent) is not bool:
        raise ConfigurationError(f"idempotent must be True or False, not {short_repr(idempotent)}.")
    convert = None if result_type is None else converter(result_type)

    def read(response: Response, info: RequestInfo) -> Any:
        return read_execute_function(response, info, function_name, convert)

    rule = READ_ONLY if idempotent else NEVER_TWICE
    return Operation("execute_function", "functions_execute_path", *target, to_json(body), rule, read, function_name=function_name)


@functools.cache
def _execution() -> tuple[_Target, str, str]:
    """Where an execution goes, and the JSON names of the function's name and of the payload.

    From the generated model, which would take too long to ask each time.
    """
    request = execute_function_endpoint._get_kwargs(body=ExecuteFunctionRequest("function_name", cast("Any", "payload")))
    keys = {name: key for key, name in request["json"].items()}
    return _target(request), keys["function_name"], keys["payload"]


def synthesize_speech(
    text: str, inputs: Mapping[str, Any] | RedactedDict, extra_body: Mapping[str, Any] | None = None
) -> Operation[SynthesizedSpeech]:
    """Synthesizes speech.

    Args:
        text: The text to speak.
        inputs: The documented fields, by their names in the generated model; None omits one.
        extra_body: More fields of the request, by their JSON names.

    Raises:
        ConfigurationError: If the text is blank, an input is of the wrong type, or `extra_body` is not JSON.
    """
    if not trim(_string("text", text)):
        raise ConfigurationError("text is blank: pass the words to speak.")
    checked = {name: _SPEECH_INPUTS[name](name, value) for name, value in inputs.items() if value is not None}
    body = SynthesizeSpeechRequest(text, **checked)
    body.additional_properties = _extra_fields(SynthesizeSpeechRequest, extra_body, voice_settings=VoiceSettingsModel())
    request = synthesize_speech_endpoint._get_kwargs(body=body)
    return _operation("synthesize_speech", "speech_synthesize_path", request, UNLESS_TIMED_OUT, read_synthesize_speech)


def all_operations() -> tuple[Operation[Any], ...]:
    """One call of each operation, for the parts that all its calls have in common."""
    return create_client_secret({}), list_functions(), execute_function("", None), synthesize_speech("Hello", {})


def _operation(
    name: str,
    path_option: str,
    request: dict[str, Any],
    retry_rule: RetryRule,
    read: Callable[[Response, RequestInfo], _T],
    *,
    fail: Callable[[APIConnectionError], _T] = _raise,
    secrets: tuple[str, ...] = (),
) -> Operation[_T]:
    """An operation with the request that the generated endpoint would pass to httpx."""
    content = to_json(request["json"]) if "json" in request else None
    return Operation(name, path_option, *_target(request), content, retry_rule, read, fail, secrets)


def _target(request: dict[str, Any]) -> _Target:
    """The method, the path in the contract, and the headers that describe the body."""
    return request["method"].upper(), request["url"], tuple(request.get("headers", {}).items())


def _string(name: str, value: Any) -> str:
    # Only the type is shown: the value may be a secret.
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a string, not {type(value).__name__}.")
    return value


def _voice_settings(name: str, value: Any) -> VoiceSettingsModel:
    if not isinstance(value, VoiceSettings):
        raise ConfigurationError(f"{name} must be a VoiceSettings, not {short_repr(value)}: write VoiceSettings(stability=0.5).")
    return VoiceSettingsModel(**asdict(value, filter=lambda _, setting: setting is not None))


# How each documented field of a synthesis is checked.
_SPEECH_INPUTS: dict[str, Callable[[str, Any], Any]] = {
    "voice_id": _string,
    "model_id": _string,
    "output_format": _string,
    "optimize_streaming_latency": checked_number,
    "voice_settings": _voice_settings,
}


def _extra_fields(model: type[Any], extra_body: Mapping[str, Any] | None, **objects: Any) -> dict[str, Any]:
    """The fields that `extra_body` adds to a generated request.

    Args:
        model: The class of the request.
        extra_body: The fields, by their JSON names; None for none.
        objects: An example of each documented field that is an object.

    Raises:
        ConfigurationError: If it has a field that is an argument of its own, or is not JSON.
    """
    if extra_body is None:
        return {}
    extra = json_object("extra_body", extra_body)
    examples = {attribute.name: attribute.name for attribute in fields(model) if attribute.init}
    documented = model(**examples | objects).to_dict()
    for key in extra:
        if key in documented:
            raise ConfigurationError(f"extra_body: {key!r} has an argument of its own; use that.")
    return extra
