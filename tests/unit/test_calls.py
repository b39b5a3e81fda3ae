"""What goes out; and that the wrapper and the generated package speak of the same contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from navai import APIError, ConfigurationError, FunctionExecutionError
from navai._calls import Call, Calls
from navai._messages import Headers, Reply
from navai._retries import MINTS, NEVER_TWICE, READ_ONLY
from navai._settings import Settings
from navai._urls import DEFAULT_API_BASE_URL
from navai_sdk import models


def calls(**options: Any) -> Calls:
    return Calls(Settings.of(options))


def test_the_requests_are_those_of_the_contract() -> None:
    """Pins what the generated `_get_kwargs` give."""
    made: list[Call[Any]] = [calls().client_secret({}, None), calls().functions(), calls().execution("f", None, None, False)]
    assert [(call.operation.method, call.operation.url, call.content) for call in made] == [
        ("POST", "http://localhost:3000/navai/realtime/client-secret", b"{}"),
        ("GET", "http://localhost:3000/navai/functions", None),
        ("POST", "http://localhost:3000/navai/functions/execute", b'{"function_name":"f","payload":null}'),
    ]
    assert [dict(call.operation.headers).get("Content-Type") for call in made] == ["application/json", None, "application/json"]


def test_all_seven_inputs_go_out_under_their_json_names() -> None:
    inputs = ("model", "voice", "instructions", "language", "voice_accent", "voice_tone", "api_key")
    call = calls().client_secret({name: name for name in inputs}, {"session_key": "k"})
    assert json.loads(call.content or b"") == {
        "model": "model",
        "voice": "voice",
        "instructions": "instructions",
        "language": "language",
        "voiceAccent": "voice_accent",
        "voiceTone": "voice_tone",
        "apiKey": "api_key",
        "session_key": "k",
    }


def test_an_empty_input_is_given_and_none_is_not() -> None:
    assert calls().client_secret({"voice": "", "model": None}, None).content == b'{"voice":""}'


def test_the_names_that_answers_are_read_by_are_those_of_the_spec() -> None:
    def names(model: Any) -> set[str]:
        return {field.name for field in attrs.fields(model)}

    assert {"value", "expires_at"} <= names(models.CreateClientSecretResponse)
    assert {"items", "warnings"} <= names(models.ListFunctionsResponse)
    assert {"name", "description", "source"} <= names(models.FunctionItem)
    assert {"ok", "result"} <= names(models.ExecuteFunctionResponse)
    assert {"ok", "error", "details", "message", "pending_approval"} <= names(models.FunctionFailure)
    assert {"available_functions"} <= names(models.UnknownFunctionResponse)


def test_path_options_replace_the_paths_and_keep_the_base() -> None:
    made = calls(
        api_base_url="https://a.example/wp/",
        client_secret_path="s",
        functions_list_path="/?rest_route=/navai/v1/functions",
        functions_execute_path="/run",
    )
    assert made.client_secret({}, None).operation.url == "https://a.example/wp/s"
    assert made.functions().operation.url == "https://a.example/wp/?rest_route=/navai/v1/functions"
    assert made.execution("f", {}, None, False).operation.url == "https://a.example/wp/run"
    assert made.url_of("https://a.example/wp/navai/functions") == "https://a.example/wp/?rest_route=/navai/v1/functions"
    assert made.url_of("https://a.example/other") == "https://a.example/other"


@pytest.mark.parametrize(
    ("extra", "name"),
    [({"function_name": "g"}, "function_name"), ({"payload": None}, "payload")],
)
def test_a_documented_field_of_an_execution_is_refused_as_extra(extra: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' has an argument of its own"):
        calls().execution("f", None, extra, False)


@pytest.mark.parametrize("name", ["model", "voiceAccent", "apiKey"])
def test_a_documented_field_of_a_secret_is_refused_as_extra(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"'{name}' has an argument of its own"):
        calls().client_secret({}, {name: "x"})


def test_extra_fields_go_out_beside_the_others() -> None:
    call = calls().execution("f", {"a": 1}, {"session_key": "k"}, False)
    assert json.loads(call.content or b"") == {"function_name": "f", "payload": {"a": 1}, "session_key": "k"}


@pytest.mark.parametrize("value", [5, None, b"f", ["f"]])
def test_a_function_name_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="function_name must be a string; not"):
        calls().execution(value, None, None, False)


@pytest.mark.parametrize("value", ["false", 0, 1, None])
def test_idempotent_must_be_a_bool(value: Any) -> None:
    """The string "false" would be true, and a payment sent twice."""
    with pytest.raises(ConfigurationError, match="idempotent must be True or False"):
        calls().execution("f", None, None, value)


def test_an_input_that_is_no_string_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"^api_key must be a string; not list\.$"):
        calls().client_secret({"api_key": ["planted"]}, None)  # type: ignore[dict-item]


def test_a_call_shows_neither_body_nor_headers() -> None:
    call = calls(headers={"X-Key": "planted-a"}).client_secret({"api_key": "planted-b"}, None)
    assert "planted" not in repr(call)


def test_the_default_base_url_is_the_server_of_the_spec() -> None:
    import yaml

    with open("openapi/navai-backend.yaml", encoding="utf-8") as spec:
        assert yaml.safe_load(spec)["servers"][0]["url"] == DEFAULT_API_BASE_URL


def test_after_what_a_call_may_be_sent_again_is_said_by_its_operation() -> None:
    """A listing changes nothing; an execution may send money, unless the caller knows better."""
    made = calls()
    assert made.functions().rule is READ_ONLY
    assert made.client_secret({}, None).rule is MINTS
    assert made.execution("f", None, None, False).rule is NEVER_TWICE
    assert made.execution("f", None, None, True).rule is READ_ONLY


def failed(read: Callable[[Reply], Any]) -> APIError:
    """The error that is read from an answer which repeats secrets."""
    answer = Reply(500, Headers([("X-Echo", "planted-header")]), b'{"ok": false, "error": "planted-header, planted-key"}')
    with pytest.raises(APIError) as caught:
        read(answer)
    return caught.value


def test_the_answer_of_each_operation_is_read_as_its_own() -> None:
    """With its method and URL in the errors, and without the secrets of its request."""
    made = calls(headers={"X-Key": "planted-header"})
    minting = failed(made.client_secret({"api_key": "planted-key"}, None).read)
    assert (minting.method, minting.url) == ("POST", "http://localhost:3000/navai/realtime/client-secret")
    assert minting.json == {"ok": False, "error": "***, ***"}
    running = failed(made.execution("f", None, None, False).read)
    assert isinstance(running, FunctionExecutionError)
    assert (running.method, running.url, running.function_name) == ("POST", "http://localhost:3000/navai/functions/execute", "f")
    assert running.json == {"ok": False, "error": "***, planted-key"}
    listing: Any = made.functions().read(Reply(500, Headers(), b"planted-header")).error
    assert (listing.method, listing.url, listing.body) == ("GET", "http://localhost:3000/navai/functions", "***")


@pytest.mark.parametrize(("deep", "place"), [({"a": {1}}, "['a'] is of type set"), ([1], " must be a dict")])
def test_what_is_no_json_is_refused_by_its_place(deep: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        calls().execution("f", deep, None, False)
    assert str(caught.value).startswith(f"payload{place}")
    for operation in (lambda: calls().execution("f", None, deep, False), lambda: calls().client_secret({}, deep)):
        with pytest.raises(ConfigurationError) as caught:
            operation()
        assert str(caught.value).startswith(f"extra_body{place}")
