"""The real @navai/voice-backend 0.1.3 on express 5, through both clients. Only its calls to OpenAI and ElevenLabs
are answered locally.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from navai import APIStatusError, BackendFunction, NavaiError, SpeechConfig, SynthesizedSpeech, VoiceSettings
from tests.conftest import Connect
from tests.express.backend import ELEVENLABS, ExpressBackend

pytestmark = pytest.mark.usefixtures("express")

FUNCTIONS = "src/ai/functions-modules"


@pytest.fixture(scope="module")
def backend(express: None) -> Iterator[ExpressBackend]:
    with ExpressBackend() as running:
        yield running


@pytest.fixture(scope="module")
def without_handler(express: None) -> Iterator[ExpressBackend]:
    with ExpressBackend(error_handler=False) as running:
        yield running


# --- client secret --------------------------------------------------------------------------------------------------------------


def test_a_secret_is_minted_with_the_backends_defaults(backend: ExpressBackend, connect: Connect) -> None:
    secret = connect(backend.url).create_client_secret()
    seen = backend.upstream()
    assert secret.value == f"ek_fake_express_{len(seen)}"
    assert secret.expires_at == 2000000000
    assert (secret.speech, secret.extra) == (SpeechConfig("openai"), {})
    assert seen[-1] == {
        "authorization": "Bearer sk-fake-of-the-backend",
        "body": {
            "expires_after": {"anchor": "created_at", "seconds": 600},
            "session": {
                "type": "realtime",
                "model": "gpt-realtime",
                "instructions": "You are a helpful assistant.",
                "audio": {"output": {"voice": "marin"}},
            },
        },
    }


def test_all_inputs_are_seen_upstream(express: None, connect: Connect) -> None:
    options = {"openaiApiKey": "", "allowApiKeyFromRequest": True}
    with ExpressBackend(backend_options=options) as backend:
        connect(backend.url).create_client_secret(
            model="gpt-realtime-mini",
            voice="cedar",
            instructions="Sé breve. 漢 🎉",
            language="Spanish",
            voice_accent="Colombian",
            voice_tone="calm",
            api_key="sk-fake-of-the-caller",
        )
        seen = backend.upstream()[-1]
    assert seen["authorization"] == "Bearer sk-fake-of-the-caller"
    assert seen["body"]["session"] == {
        "type": "realtime",
        "model": "gpt-realtime-mini",
        "instructions": "\n".join(
            [
                "Sé breve. 漢 🎉",
                "Always reply in Spanish.",
                "Use a Colombian accent while speaking.",
                "Use a calm tone while speaking.",
            ]
        ),
        "audio": {"output": {"voice": "cedar"}},
    }


def test_without_any_api_key_the_backend_says_so(express: None, connect: Connect) -> None:
    with ExpressBackend(backend_options={"openaiApiKey": "", "allowApiKeyFromRequest": True}) as backend:
        with pytest.raises(
            APIStatusError, match=r"^HTTP 500: Missing API key\. Configure openaiApiKey or send apiKey in request\.$"
        ):
            connect(backend.url).create_client_secret()
        assert backend.upstream() == []


def test_an_error_of_openai_is_told(backend: ExpressBackend, connect: Connect) -> None:
    with pytest.raises(APIStatusError, match=r"OpenAI client_secrets failed \(404\): .*The model does not exist") as caught:
        connect(backend.url).create_client_secret(model="unknown-model")
    assert caught.value.status_code == 500


def test_a_secret_without_expiry_has_none(backend: ExpressBackend, connect: Connect) -> None:
    secret = connect(backend.url).create_client_secret(model="no-expiry")
    assert (secret.value, secret.expires_at, secret.expires_at_datetime) == ("ek_fake_express_0000", None, None)


# --- functions ------------------------------------------------------------------------------------------------------------------


def test_exported_functions_classes_and_objects_are_listed(backend: ExpressBackend, connect: Connect) -> None:
    result = connect(backend.url).list_functions()
    assert result.error is None
    assert result.warnings == [f"[navai] Ignored {FUNCTIONS}/empty.js: module has no exports."]
    assert {function.name for function in result.functions} >= {"send_email", "create_order", "cart_total", "catalog_find", "fails"}
    by_name = {function.name: function for function in result.functions}
    assert by_name["send_email"] == BackendFunction(
        "send_email", "Call exported function send_email.", f"{FUNCTIONS}/email.js#send_email"
    )
    assert by_name["cart_total"] == BackendFunction(
        "cart_total", "Call class method Cart.total().", f"{FUNCTIONS}/orders.js#Cart.total"
    )
    assert by_name["catalog_find"] == BackendFunction(
        "catalog_find", "Call exported object member catalog.find().", f"{FUNCTIONS}/catalog.js#catalog.find"
    )


@pytest.mark.parametrize(
    ("name", "payload", "result"),
    [
        (
            "send_email",
            {"to": "user@example.com", "subject": "Hi"},
            {"messageId": "abc123", "to": "user@example.com", "subject": "Hi"},
        ),
        ("  SEND_email ", {"to": "a@b", "subject": ""}, {"messageId": "abc123", "to": "a@b", "subject": ""}),
        ("create_order", {"items": [{"id": 1, "quantity": 2}], "userId": "123"}, {"orderId": 17, "userId": "123", "quantity": 2}),
        ("cart_total", {"constructorArgs": ["USD"], "methodArgs": [1.5, 2]}, "3.5 USD"),
        ("cart_total", {"args": [1, 2]}, "3 EUR"),
        ("catalog_find", {"name": "café"}, {"name": "café", "price": 9.5}),
        ("catalog_count", None, 3),
        ("echo", {"value": "the value itself"}, "the value itself"),
        ("echo", {"a": None, "b": [True, -0.5, "漢 🎉 \ud800"], "c": {}}, {"a": None, "b": [True, -0.5, "漢 🎉 \ud800"], "c": {}}),
        ("nothing", None, None),
        ("nothing", {}, None),
        ("nil", None, None),
        ("zero", None, 0),
        ("no", None, False),
        ("integers", None, [1, 9007199254740991, 0]),
        ("text", None, "añ 漢 🎉 \ud800"),
    ],
)
def test_a_function_is_executed(backend: ExpressBackend, connect: Connect, name: str, payload: Any, result: Any) -> None:
    assert connect(backend.url).execute_function(name, payload) == result


@pytest.mark.parametrize(("name", "text"), [("fails", "HTTP 500: kaboom"), ("rejects", "HTTP 500: not even an Error")])
def test_a_throwing_function_with_the_documented_error_handler(
    backend: ExpressBackend, connect: Connect, name: str, text: str
) -> None:
    with pytest.raises(APIStatusError) as caught:
        connect(backend.url).execute_function(name)
    assert str(caught.value) == text
    assert (caught.value.function_name, caught.value.message) == (name, text.removeprefix("HTTP 500: "))
    assert caught.value.json == {"error": caught.value.message}


@pytest.mark.parametrize(("name", "text"), [("fails", "HTTP 500: Error: kaboom"), ("rejects", "HTTP 500: not even an Error")])
def test_a_throwing_function_without_an_error_handler_is_a_page(
    without_handler: ExpressBackend, connect: Connect, name: str, text: str
) -> None:
    with pytest.raises(APIStatusError) as caught:
        connect(without_handler.url).execute_function(name)
    assert str(caught.value) == text
    assert caught.value.json is None
    assert "<!DOCTYPE html>" in caught.value.body


def test_an_unknown_function_names_those_there_are(backend: ExpressBackend, connect: Connect) -> None:
    client = connect(backend.url)
    with pytest.raises(APIStatusError, match=r"^HTTP 404: Unknown or disallowed function\. Available: ") as caught:
        client.execute_function("no_such_function")
    assert caught.value.available_functions == [function.name for function in client.list_functions().functions]


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
def test_a_blank_name_is_the_backends_400(backend: ExpressBackend, connect: Connect, name: str) -> None:
    with pytest.raises(APIStatusError, match=r"^HTTP 400: function_name is required\.$") as caught:
        connect(backend.url).execute_function(name)
    assert caught.value.message == "function_name is required."


def test_a_request_beyond_what_express_reads_is_told(backend: ExpressBackend, connect: Connect) -> None:
    with pytest.raises(APIStatusError, match="request entity too large"):
        connect(backend.url).execute_function("echo", {"a": "x" * 200_000})


# --- paths ----------------------------------------------------------------------------------------------------------------------


# --- speech ----------------------------------------------------------------------------------------------------------------------


def test_speech_comes_from_elevenlabs_with_the_backends_defaults(express: None, connect: Connect) -> None:
    with ExpressBackend(backend_options=ELEVENLABS) as backend:
        client = connect(backend.url)
        assert client.create_client_secret().speech == SpeechConfig("elevenlabs")
        speech = client.synthesize_speech(" Hola ñ 🎉 ")
        assert speech == SynthesizedSpeech("elevenlabs", "audio/mpeg", "audio of Hola ñ 🎉".encode())
        assert repr(speech) == "SynthesizedSpeech(provider='elevenlabs', mime_type='audio/mpeg', audio=<21 bytes>, extra={})"
        assert backend.speech() == [
            {
                "voice": "the-backends-voice",
                "query": {"output_format": "mp3_44100_128"},
                "key": "xi-fake",
                "body": {"text": "Hola ñ 🎉"},
            }
        ]


def test_all_inputs_are_seen_by_elevenlabs(express: None, connect: Connect) -> None:
    with ExpressBackend(backend_options=ELEVENLABS) as backend:
        connect(backend.url).synthesize_speech(
            "Hi",
            voice_id="v/1",
            model_id="m",
            output_format="pcm_16000",
            optimize_streaming_latency=3,
            voice_settings=VoiceSettings(stability=0.5, similarity_boost=0, style=1, use_speaker_boost=False),
        )
        assert backend.speech() == [
            {
                "voice": "v/1",
                "query": {"output_format": "pcm_16000", "optimize_streaming_latency": "3"},
                "key": "xi-fake",
                "body": {
                    "text": "Hi",
                    "model_id": "m",
                    "voice_settings": {"stability": 0.5, "similarity_boost": 0, "style": 1, "use_speaker_boost": False},
                },
            }
        ]


def test_an_error_of_elevenlabs_is_told(express: None, connect: Connect) -> None:
    with ExpressBackend(backend_options=ELEVENLABS) as backend:
        with pytest.raises(APIStatusError) as caught:
            connect(backend.url).synthesize_speech("Hi", voice_id="unknown-voice")
        assert str(caught.value).startswith("HTTP 500: ElevenLabs synthesize failed (404): ")
        assert len(backend.speech()) == 1  # A 500 is not sent again.


def test_a_backend_that_does_not_speak_says_so(backend: ExpressBackend, connect: Connect) -> None:
    client = connect(backend.url)
    assert client.create_client_secret().speech == SpeechConfig("openai")
    with pytest.raises(APIStatusError) as caught:
        client.synthesize_speech("Hi")
    assert str(caught.value) == 'HTTP 500: Speech synthesis is only available when NAVAI_TTS_PROVIDER is set to "elevenlabs".'


def test_custom_paths(express: None, connect: Connect) -> None:
    routes = {
        "clientSecretPath": "/api/v1/realtime/secret",
        "functionsListPath": "/api/v1/functions",
        "functionsExecutePath": "/api/v1/functions/run",
        "speechSynthesizePath": "/api/v1/say",
    }
    with ExpressBackend(routes=routes, backend_options=ELEVENLABS) as backend:
        client = connect(
            f"{backend.url}/api/",
            client_secret_path="v1/realtime/secret",
            functions_list_path="/v1/functions",
            functions_execute_path="/v1/functions/run",
            speech_synthesize_path="/v1/say",
        )
        assert client.create_client_secret().value == "ek_fake_express_1"
        assert len(client.list_functions().functions) > 5
        assert client.execute_function("zero") == 0
        assert client.synthesize_speech("Hi").audio == b"audio of Hi"
        result = connect(backend.url).list_functions()
        assert result.warnings == ["[navai] Failed to load backend functions (404)."]
        assert str(result.error) == f"HTTP 404: Cannot GET /navai/functions (GET {backend.url}/navai/functions)"


def test_many_calls_go_over_one_connection(backend: ExpressBackend, connect: Connect) -> None:
    client = connect(backend.url)
    before = backend.connections()
    for number in range(50):
        assert client.execute_function("echo", {"value": number}) == number
    assert backend.connections() == before + 1


def test_a_backend_that_has_gone_is_an_error_of_ours(express: None, connect: Connect) -> None:
    with ExpressBackend() as backend:
        client = connect(backend.url, max_retries=0)
        assert client.list_functions().error is None
    with pytest.raises(NavaiError):
        client.execute_function("zero")
    assert client.list_functions().warnings[0].startswith("[navai] Failed to load backend functions: ")
