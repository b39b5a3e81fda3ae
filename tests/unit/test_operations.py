"""What goes out; and that the wrapper and the generated package speak of the same contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from navai import APIError, APIStatusError, BackendFunction, ConfigurationError, FunctionExecutionError
from navai._contract.operations import (
    all_operations,
    create_client_secret,
    execute_function,
    list_functions,
    synthesize_speech,
)
from navai._contract.voice_settings import VoiceSettings
from navai._http.messages import Headers, RequestInfo, Response
from navai._http.retries import NEVER_TWICE, READ_ONLY, UNLESS_TIMED_OUT
from navai._options.settings import Settings
from navai._options.urls import DEFAULT_API_BASE_URL
from navai_sdk import models


def test_the_requests_are_those_of_the_contract() -> None:
    """Pins what the generated `_get_kwargs` give. Each is named as the client's method."""
    json_headers = (("Content-Type", "application/json"),)
    assert [(each.name, each.method, each.path, each.headers, each.content) for each in all_operations()] == [
        ("create_client_secret", "POST", "/navai/realtime/client-secret", json_headers, b"{}"),
        ("list_functions", "GET", "/navai/functions", (), None),
        ("execute_function", "POST", "/navai/functions/execute", json_headers, b'{"function_name":"","payload":null}'),
        ("synthesize_speech", "POST", "/navai/speech/synthesize", json_headers, b'{"text":"Hello"}'),
    ]


@pytest.mark.parametrize("payload", [None, {}, {"to": "a@b.example", "items": [1, {"payload": None}]}])
@pytest.mark.parametrize("extra_body", [None, {"session_key": "k"}])
def test_an_execution_sends_what_its_generated_model_would(payload: Any, extra_body: Any) -> None:
    """Its request is made of one that the model made once."""
    body = models.ExecuteFunctionRequest("f", None if payload is None else models.ExecuteFunctionPayload.from_dict(payload))
    body.additional_properties = extra_body or {}
    sent = execute_function("f", payload, extra_body).content
    assert sent == json.dumps(body.to_dict(), separators=(",", ":")).encode()


def test_a_wrong_name_or_payload_is_told_before_a_wrong_extra_body() -> None:
    with pytest.raises(ConfigurationError, match=r"^function_name must be a string"):
        execute_function(3, {"a": {1}}, {"function_name": 1})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"^payload\['a'\]"):
        execute_function("f", {"a": {1}}, {"function_name": 1})


def test_all_seven_inputs_go_out_under_their_json_names() -> None:
    inputs = ("model", "voice", "instructions", "language", "voice_accent", "voice_tone", "api_key")
    operation = create_client_secret({name: name for name in inputs}, {"session_key": "k"})
    assert json.loads(operation.content or b"") == {
        "model": "model",
        "voice": "voice",
        "instructions": "instructions",
        "language": "language",
        "voiceAccent": "voice_accent",
        "voiceTone": "voice_tone",
        "apiKey": "api_key",
        "session_key": "k",
    }


def test_the_inputs_of_a_synthesis_go_out_under_their_json_names() -> None:
    settings = VoiceSettings(stability=0.5, similarity_boost=1, style=0, use_speaker_boost=False)
    inputs: dict[str, Any] = {"voice_id": "v", "model_id": "m", "output_format": "o", "optimize_streaming_latency": 2}
    operation = synthesize_speech("Hello", inputs | {"voice_settings": settings}, {"seed": 1})
    assert json.loads(operation.content or b"") == {
        "text": "Hello",
        "voiceId": "v",
        "modelId": "m",
        "outputFormat": "o",
        "optimizeStreamingLatency": 2,
        "voiceSettings": {"stability": 0.5, "similarityBoost": 1, "style": 0, "useSpeakerBoost": False},
        "seed": 1,
    }
    empty = synthesize_speech("Hello", {"voice_settings": VoiceSettings(), "voice_id": None})
    assert empty.content == b'{"text":"Hello","voiceSettings":{}}'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", {}), "text is blank: pass the words to speak."),
        ((" \ufeff\n", {}), "text is blank: pass the words to speak."),
        ((5, {}), "text must be a string, not int."),
        (("Hi", {"voice_id": 5}), "voice_id must be a string, not int."),
        (("Hi", {"model_id": b"m"}), "model_id must be a string, not bytes."),
        (("Hi", {"output_format": []}), "output_format must be a string, not list."),
        (("Hi", {"optimize_streaming_latency": "2"}), "optimize_streaming_latency must be a finite number, not '2'."),
        (("Hi", {"optimize_streaming_latency": True}), "optimize_streaming_latency must be a finite number, not True."),
        (("Hi", {"optimize_streaming_latency": float("nan")}), "optimize_streaming_latency must be a finite number, not nan."),
        (("Hi", {"optimize_streaming_latency": float("-inf")}), "optimize_streaming_latency must be a finite number, not -inf."),
        (
            ("Hi", {"voice_settings": {"style": 1}}),
            "voice_settings must be a VoiceSettings, not {'style': 1}: write VoiceSettings(stability=0.5).",
        ),
        (("Hi", {}, {"voiceSettings": {}}), "extra_body: 'voiceSettings' has an argument of its own; use that."),
        (("Hi", {}, {"text": "x"}), "extra_body: 'text' has an argument of its own; use that."),
    ],
)
def test_a_bad_synthesis_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        synthesize_speech(*arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"stability": "high"}, "stability must be a finite number, not 'high'."),
        ({"similarity_boost": True}, "similarity_boost must be a finite number, not True."),
        ({"style": float("inf")}, "style must be a finite number, not inf."),
        ({"use_speaker_boost": 1}, "use_speaker_boost must be True or False, not 1."),
    ],
)
def test_a_bad_setting_of_a_voice_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        VoiceSettings(**setting)
    assert str(caught.value) == message


def test_an_empty_input_is_given_and_none_is_not() -> None:
    assert create_client_secret({"voice": "", "model": None}, None).content == b'{"voice":""}'


def test_the_names_that_answers_are_read_by_are_those_of_the_spec() -> None:
    def names(model: Any) -> set[str]:
        return {field.name for field in attrs.fields(model)}

    assert {"value", "expires_at"} <= names(models.CreateClientSecretResponse)
    assert {"items", "warnings"} <= names(models.ListFunctionsResponse)
    assert {"name", "description", "source"} <= names(models.FunctionItem)
    assert {"ok", "result"} <= names(models.ExecuteFunctionResponse)
    assert {"ok", "error", "details", "message", "pending_approval"} <= names(models.FunctionFailure)
    assert {"provider", "mime_type", "audio_base_64"} <= names(models.SynthesizeSpeechResponse)
    assert "speech" in names(models.CreateClientSecretResponse)
    assert "provider" in names(models.SpeechSettings)
    assert {"available_functions"} <= names(models.UnknownFunctionResponse)


def test_path_options_replace_the_paths_and_keep_the_base() -> None:
    settings = Settings.from_options(
        {
            "api_base_url": "https://a.example/wp/",
            "client_secret_path": "s",
            "functions_list_path": "/?rest_route=/navai/v1/functions",
            "functions_execute_path": "/run",
            "speech_synthesize_path": "/speak?tone=calm",
        }
    )
    endpoints = [settings.endpoint(each.path_option, each.path, each.headers) for each in all_operations()]
    assert [endpoint.url for endpoint in endpoints] == [
        "https://a.example/wp/s",
        "https://a.example/wp/?rest_route=/navai/v1/functions",
        "https://a.example/wp/run",
        "https://a.example/wp/speak?tone=calm",
    ]


@pytest.mark.parametrize(
    ("extra", "name"),
    [({"function_name": "g"}, "function_name"), ({"payload": None}, "payload")],
)
def test_a_documented_field_of_an_execution_is_refused_as_extra(extra: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' has an argument of its own"):
        execute_function("f", None, extra)


@pytest.mark.parametrize("name", ["model", "voiceAccent", "apiKey"])
def test_a_documented_field_of_a_secret_is_refused_as_extra(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' has an argument of its own"):
        create_client_secret({}, {name: "x"})


def test_extra_fields_go_out_beside_the_others() -> None:
    operation = execute_function("f", {"a": 1}, {"session_key": "k"})
    assert json.loads(operation.content or b"") == {"function_name": "f", "payload": {"a": 1}, "session_key": "k"}


@pytest.mark.parametrize("value", [5, None, b"f", ["f"]])
def test_a_function_name_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="function_name must be a string, not"):
        execute_function(value, None)


def test_a_listed_function_stands_for_its_name() -> None:
    operation = execute_function(BackendFunction("f", "does f"), None)
    assert operation.content == b'{"function_name":"f","payload":null}'
    error = failed(operation.read)
    assert isinstance(error, FunctionExecutionError)
    assert error.function_name == "f"


@pytest.mark.parametrize("value", ["false", 0, 1, None])
def test_idempotent_must_be_a_bool(value: Any) -> None:
    """The string "false" would be true, and a payment sent twice."""
    with pytest.raises(ConfigurationError, match="idempotent must be True or False"):
        execute_function("f", None, None, value)


def test_an_input_that_is_no_string_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"^api_key must be a string, not list\.$"):
        create_client_secret({"api_key": ["planted"]}, None)  # type: ignore[dict-item]


def test_an_operation_shows_neither_its_body_nor_its_secrets() -> None:
    operation = create_client_secret({"api_key": "planted"})
    assert operation.secrets == ("planted",)
    assert "planted" not in repr(operation)


def test_the_default_base_url_is_the_server_of_the_spec() -> None:
    import yaml

    with open("openapi/navai-backend.yaml", encoding="utf-8") as spec:
        assert yaml.safe_load(spec)["servers"][0]["url"] == DEFAULT_API_BASE_URL


def test_after_what_a_call_may_be_sent_again_is_said_by_its_operation() -> None:
    """A listing changes nothing; an execution may send money, unless the caller knows better."""
    assert list_functions().retry_rule is READ_ONLY
    rule = create_client_secret({}).retry_rule
    assert attrs.evolve(rule, is_final=UNLESS_TIMED_OUT.is_final) == UNLESS_TIMED_OUT
    assert synthesize_speech("Hello", {}).retry_rule is UNLESS_TIMED_OUT
    assert execute_function("f", None).retry_rule is NEVER_TWICE
    assert execute_function("f", None, idempotent=True).retry_rule is READ_ONLY


INFO = RequestInfo("POST", "http://backend.example/path", ("planted-header",))


def failed(read: Callable[[Response, RequestInfo], Any]) -> APIError:
    """The error that is read from an answer which repeats secrets."""
    answer = Response(500, Headers([("X-Echo", "planted-header")]), b'{"ok": false, "error": "planted-header"}')
    with pytest.raises(APIError) as caught:
        read(answer, INFO)
    assert (caught.value.method, caught.value.url) == ("POST", "http://backend.example/path")
    assert caught.value.json == {"ok": False, "error": "***"}
    return caught.value


def test_the_answer_of_each_operation_is_read_as_its_own() -> None:
    """With the method and the URL of its request in the errors, and without its secrets."""
    assert type(failed(create_client_secret({}).read)) is type(failed(synthesize_speech("Hello", {}).read)) is APIStatusError
    execution = failed(execute_function("f", None).read)
    assert isinstance(execution, FunctionExecutionError)
    assert execution.function_name == "f"
    listing: Any = list_functions().read(Response(500, Headers(), b"planted-header"), INFO).error
    assert (listing.method, listing.url, listing.body) == ("POST", "http://backend.example/path", "***")


@pytest.mark.parametrize(("deep", "place"), [({"a": {1}}, "['a'] is of type set"), ([1], " must be a dict")])
def test_what_is_no_json_is_refused_by_its_place(deep: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        execute_function("f", deep)
    assert str(caught.value).startswith(f"payload{place}")
    for operation in (lambda: execute_function("f", None, deep, False), lambda: create_client_secret({}, deep)):
        with pytest.raises(ConfigurationError) as caught:
            operation()
        assert str(caught.value).startswith(f"extra_body{place}")
