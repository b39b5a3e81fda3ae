"""What a backend may do wrong, one fault at a time over a real socket: each is found, told where it is, and nothing else is."""

from __future__ import annotations

import json
import socket
import threading
import time
from typing import Any

import pytest

from navai import NavaiBackendClient
from navai._check.asking import Finding, ask
from navai._check.contract import published_contract
from navai._check.probes import listing
from navai._http.deadline import Deadline
from navai._http.messages import Headers, Response
from navai.testing import LocalBackend
from tests.faults.server import FaultyServer

LIST, UNKNOWN, NAMELESS, BLANK, NO_JSON, SILENT, SECRET, EXECUTED, SPOKEN = range(9)

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
SOON = int(time.time()) + 86_400

# What a right backend answers to the nine questions.
RIGHT: list[tuple[int, Any]] = [
    (200, {"items": [{"name": "f", "description": "d", "source": "s"}], "warnings": []}),
    (404, {"error": "Unknown or disallowed function.", "available_functions": ["f"]}),
    (400, {"error": "function_name is required."}),
    (400, {"code": "invalid_name", "message": "function_name is required.", "data": {"status": 400}}),
    (400, {"error": "Unexpected end of JSON input"}),
    (500, {"error": "text is required."}),
    (200, {"value": "ek_1", "expires_at": SOON}),
    (200, {"ok": True, "result": 1}),
    (200, {"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "SUQz"}),
]


def item(**fields: Any) -> dict[str, Any]:
    return {"items": [{"name": "f"} | fields], "warnings": []}


# By what is wrong: the question, the status, the body, more headers, and where the fault is told to be.
WRONG: dict[str, tuple[int, int, Any, dict[str, str], str]] = {
    "list: not found": (LIST, 404, {"error": "no"}, {}, "status is 404, must be 200"),
    "list: redirected": (LIST, 302, {}, {"Location": "/"}, "status is 302, must be 200"),
    "list: in HTML": (LIST, 200, "<p>", HTML, "Content-Type is text/html, must be application/json"),
    "list: JSON without its type": (LIST, 200, b"{}", {"Content-Type": ""}, "Content-Type is missing, must be application/json"),
    "list: not JSON": (LIST, 200, b"[1,", JSON, "body is not JSON"),
    "list: empty": (LIST, 200, b"", JSON, "body is not JSON"),
    "list: NaN": (LIST, 200, b'{"items":[],"warnings":[],"n":NaN}', JSON, "body is not JSON (NaN and Infinity are not)"),
    "list: byte order mark": (
        LIST, 200, b'\xef\xbb\xbf{"items":[],"warnings":[]}', JSON, "body begins with a byte order mark, which JSON must not",
    ),
    "list: not UTF-8": (LIST, 200, b'{"items":[],"warnings":["\xe9"]}', JSON, "body is not UTF-8"),
    "list: a bare list": (LIST, 200, [], {}, "$ is a list, must be an object"),
    "list: null": (LIST, 200, b"null", JSON, "$ is null, must be an object"),
    "list: no items": (LIST, 200, {"warnings": []}, {}, "$.items is missing (clients take it as empty)"),
    "list: items by name": (LIST, 200, {"items": {}, "warnings": []}, {}, "$.items is an object, must be a list"),
    "list: items null": (LIST, 200, {"items": None, "warnings": []}, {}, "$.items is null, must be a list"),
    "list: no warnings": (LIST, 200, {"items": []}, {}, "$.warnings is missing (clients take it as empty)"),
    "list: a warning as an object": (
        LIST, 200, {"items": [], "warnings": [{}]}, {}, "$.warnings[0] is an object, must be a string",
    ),
    "list: names only": (LIST, 200, {"items": ["f"], "warnings": []}, {}, "$.items[0] is a string, must be an object"),
    "list: an item without a name": (LIST, 200, {"items": [{"id": 1}], "warnings": []}, {}, "$.items[0].name is missing"),
    "list: a number as a name": (LIST, 200, item(name=1), {}, "$.items[0].name is a number, must be a string"),
    "list: a blank name": (LIST, 200, item(name=" "), {}, "$.items[0].name must not be blank"),
    "list: a description of null": (LIST, 200, item(description=None), {}, "$.items[0].description is null, must be a string"),
    "list: a source as a list": (LIST, 200, item(source=[]), {}, "$.items[0].source is a list, must be a string"),
    "list: one name twice": (
        LIST, 200, {"items": [{"name": "f"}, {"name": "F "}], "warnings": []}, {},
        '$.items has the name "f" 2 times: only one of them can be executed',
    ),
    "unknown function: carried out": (UNKNOWN, 200, {"ok": True, "result": None}, {}, "status is 200, must be 404"),
    "unknown function: a server error": (UNKNOWN, 500, {"error": "no"}, {}, "status is 500, must be 404"),
    "unknown function: in HTML": (UNKNOWN, 404, "<p>", HTML, "Content-Type is text/html, must be application/json"),
    "unknown function: no names": (
        UNKNOWN, 404, {"error": "no"}, {}, "$.available_functions is missing: the names that may be executed",
    ),
    "unknown function: names in a text": (
        UNKNOWN, 404, {"error": "no", "available_functions": "f"}, {}, "$.available_functions is a string, must be a list",
    ),
    "unknown function: no words": (
        UNKNOWN, 404, {"available_functions": []}, {}, "$.error is missing: nothing says what went wrong (nor does $.message)",
    ),
    "no name: carried out": (NAMELESS, 200, {"ok": True}, {}, "status is 200, must be 400"),
    "no name: a server error": (NAMELESS, 500, {"error": "KeyError"}, {}, "status is 500, must be 400"),
    "no name: an error as an object": (
        NAMELESS, 400, {"error": {"code": 1}, "message": "m"}, {}, "$.error is an object, must be a string",
    ),
    "blank name: unknown": (BLANK, 404, {"error": "no", "available_functions": []}, {}, "status is 404, must be 400"),
    "no JSON: taken": (NO_JSON, 200, {"ok": True}, {}, "status is 200, must be 400 to 599"),
    "no JSON: in HTML": (NO_JSON, 400, "<p>", HTML, "Content-Type is text/html, must be application/json"),
    "blank text: spoken": (SILENT, 200, {"provider": "elevenlabs"}, {}, "status is 200, must be 400 to 599"),
    "blank text: no words": (SILENT, 400, {}, {}, "$.error is missing: nothing says what went wrong (nor does $.message)"),
    "speech: of another provider": (
        SPOKEN, 200, {"provider": "openai", "mimeType": "a/b", "audioBase64": "SUQz"}, {},
        '$.provider must be exactly "elevenlabs"',
    ),
    "speech: as bytes": (
        SPOKEN, 200, b"ID3", {"Content-Type": "audio/mpeg"}, "Content-Type is audio/mpeg, must be application/json",
    ),
    "speech: no type": (SPOKEN, 200, {"provider": "elevenlabs", "audioBase64": "SUQz"}, {}, "$.mimeType is missing"),
    "speech: no base64": (
        SPOKEN, 200, {"provider": "elevenlabs", "mimeType": "a/b", "audioBase64": "ID3!"}, {},
        "$.audioBase64 is not base64 (RFC 4648, section 4)",
    ),
    "speech: empty": (
        SPOKEN, 200, {"provider": "elevenlabs", "mimeType": "a/b", "audioBase64": ""}, {}, "$.audioBase64 must not be empty",
    ),
    "secret: created": (SECRET, 201, {"value": "ek_1"}, {}, "status is 201, must be 200"),
    "secret: as OpenAI nests it": (SECRET, 200, {"client_secret": {"value": "ek_1"}}, {}, "$.value is missing"),
    "secret: null": (SECRET, 200, {"value": None}, {}, "$.value is null, must be a string"),
    "secret: empty": (SECRET, 200, {"value": ""}, {}, "$.value must not be empty"),
    "secret: a date as its end": (
        SECRET, 200, {"value": "ek_1", "expires_at": "2026-11-23"}, {}, "$.expires_at is a string, must be a number or null",
    ),
    "secret: true as its end": (
        SECRET, 200, {"value": "ek_1", "expires_at": True}, {}, "$.expires_at is a boolean, must be a number or null",
    ),
    "secret: milliseconds": (
        SECRET, 200, {"value": "ek_1", "expires_at": SOON * 1000}, {},
        "$.expires_at is years away (it is in seconds since 1970, not milliseconds)",
    ),
    "secret: expired": (
        SECRET, 200, {"value": "ek_1", "expires_at": 600}, {}, "$.expires_at is in the past (it is in seconds since 1970)",
    ),
    "execution: ok as a text": (EXECUTED, 200, {"ok": "true", "result": 1}, {}, "$.ok must be exactly true"),
    "execution: ok as a number": (EXECUTED, 200, {"ok": 1, "result": 1}, {}, "$.ok must be exactly true"),
    "execution: the bare result": (EXECUTED, 200, {"messageId": "abc"}, {}, "$.ok is missing"),
    "execution: a list": (EXECUTED, 200, [1], {}, "$ is a list, must be an object"),
    "execution: no content": (EXECUTED, 204, b"", {}, "status is 204, must be 200, 202, 400, 403, 404, 429 or 500"),
    "execution: a failure without words": (
        EXECUTED, 200, {"ok": False}, {}, "$.error is missing: nothing says what went wrong (nor does $.message)",
    ),
    "execution: details as a list": (
        EXECUTED, 200, {"ok": False, "error": "no", "details": []}, {}, "$.details is a list, must be a string",
    ),
}  # fmt: skip


def asked(backend: LocalBackend) -> list[Finding]:
    with NavaiBackendClient(backend.url) as client:
        return list(ask(client._seam(), create_secret=True, execute=("f", None), speech="Hello"))


def told(finding: Finding) -> list[str]:
    return [f"{each.where} {each.what}" for each in finding.deviations]


def test_the_right_answers_are_right(navai_backend: LocalBackend) -> None:
    for status, body in RIGHT:
        navai_backend.respond_next(status, body)
    assert [told(finding) for finding in asked(navai_backend)] == [[]] * 9


@pytest.mark.parametrize("fault", WRONG)
def test_the_fault_is_found(fault: str, navai_backend: LocalBackend) -> None:
    number, status, body, headers, expected = WRONG[fault]
    for each, (right_status, right_body) in enumerate(RIGHT):
        navai_backend.respond_next(*((status, body, headers) if each == number else (right_status, right_body)))
    findings = asked(navai_backend)
    assert expected in told(findings[number])
    assert [finding.what for finding in findings if finding.deviations] == [findings[number].what]


def test_a_deviation_never_quotes_the_answer(navai_backend: LocalBackend) -> None:
    """What a backend answers may be secret wherever it stands."""
    planted = {"value": ["sk-planted"], "expires_at": "sk-planted", "ok": "sk-planted", "error": {"e": "sk-planted"}}
    for _ in RIGHT:
        navai_backend.respond_next(200, planted)
    findings = asked(navai_backend)
    assert all(finding.deviations for finding in findings)
    assert "sk-planted" not in json.dumps([finding.as_json() for finding in findings]) + repr(findings)


@pytest.mark.parametrize(
    ("status", "headers", "options", "obstacle"),
    [
        (401, {}, {}, "needs credentials: --auth"),
        (403, {}, {}, "needs credentials: --auth"),
        (401, {}, {"auth": ("ana", "planted-password")}, "needs other credentials: --auth"),
        (429, {}, {}, "asks to wait"),
        (503, {"Retry-After": "600"}, {}, "asks to wait 600 s"),
    ],
)
def test_what_is_in_the_way_is_no_deviation(
    status: int, headers: dict[str, str], options: dict[str, Any], obstacle: str, navai_backend: LocalBackend
) -> None:
    """The answers say nothing about the contract then, whatever was asked; they are quoted without secrets."""
    words = "Sorry: planted-password, sk-0123456789abcdef."
    for _ in RIGHT:
        navai_backend.respond_next(status, {"code": "rest_forbidden", "message": words, "data": {"status": status}}, headers)
    with NavaiBackendClient(navai_backend.url, **options) as client:
        findings = list(ask(client._seam(), create_secret=True, execute=("f", None), speech="Hello"))
    assert [(finding.obstacle, finding.deviations) for finding in findings] == [(obstacle, [])] * len(RIGHT)
    shown = "***" if options else "planted-password"
    assert {finding.says for finding in findings} == {f"HTTP {status}: Sorry: {shown}, ***."}
    assert findings[0].as_json()["obstacle"] == obstacle


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            403,
            {"ok": False, "error": "Function is not allowed for the active agent."},
            "Function is not allowed for the active agent.",
        ),
        (404, {"error": "Unknown function.", "available_functions": []}, "HTTP 404: Unknown function."),
        (500, {"error": "Boom."}, "HTTP 500: Boom."),
        (200, {"ok": False, "error": "No."}, "No."),
    ],
)
def test_a_function_without_a_result_is_neither_wrong_nor_checked(
    status: int, body: dict[str, Any], words: str, navai_backend: LocalBackend
) -> None:
    for number, right in enumerate(RIGHT):
        navai_backend.respond_next(*((status, body) if number == EXECUTED else right))
    findings = asked(navai_backend)
    assert [finding.deviations for finding in findings] == [[]] * len(RIGHT)
    in_the_way = [finding for finding in findings if finding.obstacle is not None]
    assert [(each.status, each.obstacle, each.says) for each in in_the_way] == [
        (status, "gave no result that could be checked", words)
    ]


def test_a_redirect_is_quoted_with_its_target(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(301, "", {"Location": "https://www.shop.example/navai/functions?key=planted"})
    first, second, *_ = asked(navai_backend)
    assert "status is 301, must be 200" in told(first)
    target = "redirect to 'https://www.shop.example/navai/functions?key=***'"
    assert first.says == f"HTTP 301 Moved Permanently ({target}, not followed: configure the client with that URL)"
    assert second.says is None


def test_a_page_where_json_should_be_is_called_one(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(200, "<!DOCTYPE html><p>Home", HTML)
    first, *_ = asked(navai_backend)
    assert told(first)[0] == "Content-Type is text/html, must be application/json"
    assert str(first.says).endswith("An HTML page came instead of JSON.")


class HangsUp(FaultyServer):
    """Reads each request, and closes the connection."""

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, request: bytes) -> bytes:
        return b""


def test_no_answer_to_a_request_that_was_sent_is_a_deviation_of_its_own() -> None:
    with HangsUp() as server, NavaiBackendClient(f"http://{server.address}") as client:
        findings = list(ask(client._seam(), create_secret=True, execute=("f", None), speech="Hello"))
    assert [(each.status, each.obstacle, len(each.deviations)) for each in findings] == [(None, None, 1)] * 9
    assert told(findings[0])[0].startswith("answer did not come: ")


@pytest.mark.slow
def test_an_answer_that_is_late_is_no_deviation(navai_backend: LocalBackend) -> None:
    may_end = threading.Event()

    @navai_backend.function
    def f() -> None:
        may_end.wait(60)

    with NavaiBackendClient(navai_backend.url, timeout=1) as client:
        *_, last = ask(client._seam(), create_secret=False, execute=("f", None))
    may_end.set()
    assert (last.status, last.deviations) == (None, [])
    assert str(last.obstacle).startswith(f"{navai_backend.url} did not respond within 1")


def test_the_check_ends_where_nothing_can_be_sent(navai_backend: LocalBackend) -> None:
    navai_backend.stop()
    (finding,) = asked(navai_backend)
    assert (finding.status, finding.deviations) == (None, [])
    assert str(finding.obstacle).startswith(f"the check ends here: Could not connect to {navai_backend.url}")


# --- what would take too long ----------------------------------------------------------------------------------------------------


def test_an_enormous_answer_is_checked_until_the_deadline_only() -> None:
    """Each of 300,000 right items takes the validator a while, and nothing is wrong that could stop it earlier."""
    body = json.dumps({"items": [{"name": "f", "description": "d"}] * 300_000, "warnings": []}).encode()
    response = Response(200, Headers(JSON.items()), body)
    (probe,) = listing()
    began = time.process_time()
    found = probe.deviations(published_contract(), response, time.monotonic() + 0.1)
    assert [f"{each.where} {each.what}" for each in found] == ["body is too large to be checked completely before the deadline"]
    assert time.process_time() - began < 5  # It took 15 s.


def test_the_deadline_holds_for_all_questions_together(navai_backend: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float | None] = []

    def passed(seconds: float | None) -> Deadline:
        begun.append(seconds)
        deadline = Deadline(seconds)
        deadline.at = time.monotonic() + (60 if len(begun) == 1 else -1)
        return deadline

    with NavaiBackendClient(navai_backend.url, deadline=9) as client:
        monkeypatch.setattr("navai._base_client.Deadline", passed)
        assert [each.status for each in ask(client._seam(), create_secret=True, execute=None)] == [
            200,
            404,
            400,
            400,
            400,
            500,
            200,
        ]
        assert begun == [9]
        late = list(ask(client._seam(), create_secret=False, execute=None))
    ended = "the check ends here: The deadline of 9 s has passed."
    assert [(each.status, each.deviations, each.obstacle) for each in late] == [(None, [], ended)]
    assert len(navai_backend.requests) == 7


def test_at_most_20_deviations_of_an_answer_are_told(navai_backend: LocalBackend) -> None:
    for number, (count, most) in enumerate([(20, 20), (21, 21), (1000, 21)]):
        navai_backend.respond_next(200, {"items": [1] * count, "warnings": []})
        with NavaiBackendClient(navai_backend.url) as client:
            first, *_ = ask(client._seam(), create_secret=False, execute=None)
        assert len(first.deviations) == most, number
    assert told(first)[20] == "answer deviates in more places; these are the first 20"


def test_of_a_long_name_its_beginning_is_told(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(200, {"items": [{"name": "n" * 100_000}] * 2, "warnings": []})
    with NavaiBackendClient(navai_backend.url) as client:
        first, *_ = ask(client._seam(), create_secret=False, execute=None)
    assert told(first) == [f'$.items has the name "{"n" * 60}" 2 times: only one of them can be executed']


def test_the_error_of_a_backend_that_is_down_shows_no_secret() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with NavaiBackendClient(url, env={}, functions_list_path="/list?key=sk-planted") as client:
        (finding,) = ask(client._seam(), create_secret=False, execute=None)
    assert finding.error is not None
    assert finding.error.url == f"{url}/list?key=***"
