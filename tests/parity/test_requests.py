"""For the same inputs, both clients put the same method, path, content type and JSON on the wire as the published one."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from navai import VoiceSettings
from tests.conftest import KINDS, Blocking
from tests.parity.cases import Case
from tests.parity.clients import Parity, Recorded, normal
from tests.parity.corpus import GOOD


def snake(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).lower()


def comparable(request: Recorded) -> tuple[Any, ...]:
    body = normal(json.loads(request.body)) if request.body else None
    return request.method, request.target, request.headers.get("content-type"), body


def requests(parity: Parity, operation: str, ts_options: dict[str, Any], options: dict[str, Any], arguments: Any) -> list[Any]:
    """The requests of the published client and of each kind of ours, in this order."""
    server = parity.server
    server.requests.clear()
    server.answers["x"] = Case(operation, GOOD[operation].encode()).wire()
    if operation == "execute":
        name, payload = arguments
        ts_input: Any = {"functionName": name, "payload": payload}
    else:
        ts_input = arguments
    parity.typescript.outcomes([{"options": ts_options, "operation": operation, "input": ts_input}])

    def run(client: Any) -> Any:
        if operation == "execute":
            return client.execute_function(*arguments)
        if operation == "list":
            return client.list_functions()
        given = {snake(key): value for key, value in arguments.items()}
        if operation == "speech":
            settings = {snake(key): value for key, value in arguments.get("voiceSettings", {}).items()}
            return client.synthesize_speech(**given | ({"voice_settings": VoiceSettings(**settings)} if settings else {}))
        return client.create_client_secret(**given)

    with asyncio.Runner() as runner:
        for kind, special in KINDS.values():
            client = Blocking(kind(**options, **special), runner)
            run(client)
            client.close()
    return [comparable(request) for request in server.requests["x"]]


SECRETS: list[dict[str, str]] = [
    {},
    *({name: "x"} for name in ("model", "voice", "instructions", "language", "voiceAccent", "voiceTone", "apiKey")),
    {"model": "m", "voice": "v", "instructions": "i", "language": "l", "voiceAccent": "a", "voiceTone": "t", "apiKey": "k"},
    {"instructions": ""},
    {"instructions": 'Sé breve. 漢 🎉 \u2028 \ufeff \x00 \x7f " \\ / \n\t'},
    {"instructions": "half a pair: \ud83c, reversed: \udf89\ud83c"},
    {"instructions": "x" * 100_000},
]
EXECUTIONS: list[tuple[str, Any]] = [
    ("f", None),
    ("f", {}),
    ("", {}),
    (" F ", {"a": None}),
    ("ñ 漢 🎉 \ud83c", {"ñ 漢 🎉": "ñ 漢 🎉", "": "", "\ud83c": "\udf89"}),
    ("f", {"a": [1, 1.5, -0.1, 1e21, 1e-7, 2**53, True, False, None, "x", [], {}, [[{"b": [None]}]]]}),
    ("f", {"__proto__": {"a": 1}, "constructor": 1, "toJSON": "x", "1": 1, "0": 0}),
    ("f", {"function_name": "g", "payload": {"payload": None}}),
    ("f", {str(number): "x" * 10 for number in range(5000)}),
]


SPEECHES: list[dict[str, Any]] = [
    {"text": "Hello"},
    {"text": " ñ 漢 🎉 \ud83c\n"},
    *({"text": "x", name: "y"} for name in ("voiceId", "modelId", "outputFormat")),
    {"text": "x", "voiceId": ""},
    *({"text": "x", "optimizeStreamingLatency": number} for number in (0, 3, 2.5, -1, 1e21)),
    *({"text": "x", "voiceSettings": {name: 0.5}} for name in ("stability", "similarityBoost", "style")),
    *({"text": "x", "voiceSettings": {"useSpeakerBoost": flag}} for flag in (True, False)),
    {"text": "x", "voiceSettings": {"stability": 0, "similarityBoost": 1, "style": 0.25, "useSpeakerBoost": True}, "modelId": "m"},
]


@pytest.mark.parametrize("arguments", SECRETS, ids=lambda arguments: ",".join(arguments) or "none")
def test_the_inputs_of_a_secret(parity: Parity, arguments: dict[str, str]) -> None:
    url = f"{parity.server.url}/c/x"
    published, *ours = requests(parity, "secret", {"apiBaseUrl": url}, {"api_base_url": url}, arguments)
    assert ours == [published] * len(KINDS)
    assert published[0] == "POST"
    assert published[3] == normal(json.loads(json.dumps(arguments)))


@pytest.mark.parametrize("arguments", EXECUTIONS, ids=str)
def test_the_inputs_of_an_execution(parity: Parity, arguments: tuple[str, Any]) -> None:
    url = f"{parity.server.url}/c/x"
    published, *ours = requests(parity, "execute", {"apiBaseUrl": url}, {"api_base_url": url}, arguments)
    assert ours == [published] * len(KINDS)
    assert published[2] == "application/json"


@pytest.mark.parametrize("arguments", SPEECHES, ids=str)
def test_the_inputs_of_a_synthesis(parity: Parity, arguments: dict[str, Any]) -> None:
    url = f"{parity.server.url}/c/x"
    published, *ours = requests(parity, "speech", {"apiBaseUrl": url}, {"api_base_url": url}, arguments)
    assert ours == [published] * len(KINDS)
    assert published[:3] == ("POST", "/c/x/navai/speech/synthesize", "application/json")
    assert published[3] == normal(json.loads(json.dumps(arguments)))


@pytest.mark.parametrize(
    "suffix",
    ["", "/", "///", "/a", "/a/", "/a/b//", "//a", "/a//b", "/ñ/漢", "/%C3%B1/%2F", "/a/./b", "/a/../b", "/~a_-.!$&'()*+,;=:@", '/"<>^`{|}',
     "/[a]", "/%", "/%zz", "/a%20b"],
)  # fmt: skip
@pytest.mark.parametrize(("before", "after"), [("", ""), ("  ", "\t\n"), ("\u00a0\ufeff", "\u2028\u3000")])
def test_the_base_url(parity: Parity, suffix: str, before: str, after: str) -> None:
    url = f"{before}{parity.server.url}/c/x{suffix}{after}"
    published, *ours = requests(parity, "list", {"apiBaseUrl": url}, {"api_base_url": url}, {})
    assert ours == [published] * len(KINDS)
    assert published[0] == "GET"


@pytest.mark.parametrize("argument", [None, "", "  ", "\ufeff"])
def test_the_environment(parity: Parity, argument: str | None) -> None:
    env = {"NAVAI_API_URL": f" {parity.server.url}/c/x/ "}
    ts_options = {"env": env} | ({} if argument is None else {"apiBaseUrl": argument})
    published, *ours = requests(parity, "list", ts_options, {"api_base_url": argument, "env": env}, {})
    assert ours == [published] * len(KINDS)


PATHS = [
    "/functions", "functions", "/", "/a/b/", "?rest_route=/navai/v1/functions", "/?rest_route=/navai/v1/functions", "/?a=b&c=d%26e", "/?a=ñ&b=漢",
    "/ñ", "/a?b=/c?d", "/a?", "/a;b=c", "/a:b", "/%2F", "/a?b=%", '/a?b="<>\'`{|}^[]', "/a?b=c+d%20e", "/a/../b", "/~a_-.!$&'()*+,;=:@",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("operation", "theirs", "mine"),
    [
        ("secret", "clientSecretPath", "client_secret_path"),
        ("list", "functionsListPath", "functions_list_path"),
        ("execute", "functionsExecutePath", "functions_execute_path"),
        ("speech", "speechSynthesizePath", "speech_synthesize_path"),
    ],
)
def test_the_paths(parity: Parity, operation: str, theirs: str, mine: str, path: str) -> None:
    url = f"{parity.server.url}/c/x"
    arguments: Any = {"execute": ("f", None), "speech": {"text": "x"}}.get(operation, {})
    published, *ours = requests(parity, operation, {"apiBaseUrl": url, theirs: path}, {"api_base_url": url, mine: path}, arguments)
    assert ours == [published] * len(KINDS)
