"""128 answers of the real NAVAI plugin 0.3.45 on WordPress 6.8, replayed over a real socket to both clients.

answers.json holds the answers as they were recorded; outcomes.json what the published TypeScript client 0.1.7 makes of each
(record_outcomes.mjs wrote it). Ours must say the same, and more where docs/parity.md says so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from navai import APIStatusError, FunctionExecutionError, InvalidResponseError, NavaiError
from navai.testing import LocalBackend
from tests.conftest import Connect
from tests.wire.kinds import CALLERS, OURS, Kind

HERE = Path(__file__).parent
ALL_KINDS = OURS | CALLERS
CASES: list[dict[str, Any]] = json.loads((HERE / "answers.json").read_text("utf-8"))
OUTCOMES: dict[str, dict[str, Any]] = json.loads((HERE / "outcomes.json").read_text("utf-8"))
BY_NAME = {case["case"]: case for case in CASES}


@pytest.fixture(scope="module")
def backend() -> Iterator[LocalBackend]:
    with LocalBackend() as running:
        yield running


def replay(name: str, backend: LocalBackend, connect: Connect) -> Any:
    """What a client makes of a recorded answer."""
    request, response = BY_NAME[name]["request"], BY_NAME[name]["response"]
    client = connect(backend.url, max_retries=0)
    # Not where two of them redirect to, which was on the recorded machine; tests/wire/test_redirects.py goes there.
    headers = {name: value for name, value in response["headers"].items() if name != "Location"}
    backend.respond_next(response["status"], response["body"], headers)
    if "client-secret" in request["path"]:
        return client.create_client_secret()
    return client.execute_function("f") if "execute" in request["path"] else client.list_functions()


def test_there_are_128_cases_and_as_many_outcomes() -> None:
    assert len(CASES) == len(OUTCOMES) == len(BY_NAME) == 128
    kinds = Counter(next(iter(outcome)) for outcome in OUTCOMES.values())
    assert kinds == {"error": 46, "result": 38, "value": 22, "functions": 22}


@pytest.mark.parametrize("name", BY_NAME)
def test_the_outcome_is_that_of_the_typescript_client(name: str, backend: LocalBackend, connect: Connect) -> None:
    expected, status = OUTCOMES[name], BY_NAME[name]["response"]["status"]
    if name == "execute_client_js_function":  # The published client returns it: see below.
        return
    if "error" in expected:
        with pytest.raises((APIStatusError, FunctionExecutionError, InvalidResponseError)) as caught:
            replay(name, backend, connect)
        assert caught.value.status_code == status
        said_not_ok = '"ok":false' in BY_NAME[name]["response"]["body"]
        assert isinstance(caught.value, FunctionExecutionError) is said_not_ok
        assert str(caught.value)
        if not 200 <= status <= 299:
            # Its error is the whole body; ours keeps that as `body`, with keys redacted (the recording has "sk-test").
            assert caught.value.body == expected["error"]
        elif isinstance(caught.value, InvalidResponseError):  # Ours says more.
            assert str(caught.value).startswith(expected["error"])
        elif status != 202:  # A pending approval has a `message` only, which ours says.
            assert str(caught.value) == expected["error"]
        return
    found = replay(name, backend, connect)
    if "value" in expected:
        assert {"value": found.value, "expires_at": found.expires_at} == expected
    elif "result" in expected:
        assert as_javascript_numbers(found) == as_javascript_numbers(expected["result"])
    else:
        functions = [
            {key: getattr(function, key) for key in ("name", "description", "source") if getattr(function, key) is not None}
            for function in found.functions
        ]
        assert {"functions": functions, "warnings": found.warnings} == expected
        assert (found.error is None) is (200 <= status <= 299)


def as_javascript_numbers(value: Any) -> Any:
    """Integers beyond 2**53 stay exact in Python; here they are rounded as JavaScript rounds them."""
    return json.loads(json.dumps(value), parse_int=float)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("execute_pending_approval", "Function requires admin approval before execution."),
        ("execute_guardrail_input_block", "Blocked by NAVAI guardrail."),
        ("execute_throws", "kaboom from the lab"),
        ("execute_guardrail_output_block", "Blocked by NAVAI guardrail. The function has run."),
        ("execute_prints", "Invalid backend function response. The function may have run."),
        ("execute_exit", "Invalid backend function response. The function may have run."),
        ("execute_agent_tool_denied", "Function is not allowed for the active agent."),
        ("execute_schema_mismatch_empty", "Payload does not match configured argument schema. $.email is required."),
        ("list_private_anonymous", "HTTP 401: Sorry, you are not allowed to do that."),
        ("execute_missing_function_name", "HTTP 400: function_name is required."),
        ("secret_rate_limited", "HTTP 429: Too many requests. Try again in a moment."),
        ("secret_no_api_key_configured", "HTTP 500: Missing OpenAI API key in NAVAI settings."),
        ("early_auth_private_basic_unknown_user", "HTTP 401: Error: Unknown username. Check again or try your email address."),
        ("execute_fatal", "HTTP 500: There has been a critical error on this website."),
        ("site_db_down_list_accept_any", "HTTP 500: Error establishing a database connection"),
        ("site_maintenance_list_accept_any", "HTTP 503: Briefly unavailable for scheduled maintenance. Check back in a minute."),
        ("plain_permalinks_wp_json_list", "HTTP 301 Moved Permanently"),
    ],
)
def test_what_a_person_reads(name: str, text: str, backend: LocalBackend, connect: Connect) -> None:
    try:
        found = str(replay(name, backend, connect).error)
    except NavaiError as raised:
        found = str(raised)
    assert found == text


def failure(name: str, backend: LocalBackend, connect: Connect) -> Any:
    """The error that a client makes of a recorded answer to an execution."""
    with pytest.raises(FunctionExecutionError) as caught:
        replay(name, backend, connect)
    return caught.value


def test_javascript_for_the_plugins_widget_is_no_result(backend: LocalBackend, connect: Connect) -> None:
    """Fact 1: it answers `ok: true`, and has run nothing. The published client returns the code."""
    error = failure("execute_client_js_function", backend, connect)
    assert str(error).startswith("Nothing has run: this function is JavaScript for the browser widget")
    assert (error.status_code, error.json["result"]) == (200, OUTCOMES["execute_client_js_function"]["result"])


def test_a_payload_that_does_not_fit_comes_back_with_reasons(backend: LocalBackend, connect: Connect) -> None:
    """Fact 2."""
    error = failure("execute_schema_mismatch_type", backend, connect)
    assert error.validation_errors == ["$.email expected type string, got integer.", "$.count expected type integer, got string."]
    assert error.trace_id == "97973174-11e8-4e0c-9ffd-0bb149a2bce2"
    assert (error.approval_id, error.pending_approval) == (None, False)


def test_a_call_that_waits_for_approval_can_be_found_again(backend: LocalBackend, connect: Connect) -> None:
    """Fact 4."""
    error = failure("execute_pending_approval", backend, connect)
    assert (error.pending_approval, error.approval_id) == (True, 1)
    assert error.trace_id == "c077dc80-32a4-47a6-84c7-51100d89fda2"
    assert error.validation_errors is None


def test_what_is_beside_the_words_stays_reachable(backend: LocalBackend, connect: Connect) -> None:
    assert failure("execute_pending_approval", backend, connect).json["approval"] == {"id": 1, "status": "pending"}
    with pytest.raises(APIStatusError) as unknown:
        replay("execute_name_as_registered", backend, connect)
    assert (unknown.value.available_functions or [])[:2] == ["echo", "add"]
    assert replay("secret_ok_empty_object", backend, connect).extra["session"]["id"] == 1
    listed = replay("list_trailing_slash", backend, connect).functions[0]
    assert listed.extra["metadata"]["execution_scope"] == "both"
    assert replay("site_maintenance_list_accept_any", backend, connect).error.retry_after == 600


@pytest.mark.parametrize(("kind", "requests"), [("boom", 1), ("boom-key", 1), ("boom-429", 2)])
def test_a_secret_that_openai_refuses_is_asked_for_once(kind: str, requests: int, connect: Connect) -> None:
    """Fact 11: the refusal comes with status 502, after which a client would ask again."""
    recorded = BY_NAME[f"secret_openai_{kind}"]["response"]
    with LocalBackend() as backend:
        for _ in range(2):
            backend.respond_next(recorded["status"], recorded["body"], recorded["headers"])
        with pytest.raises(APIStatusError, match=r"^HTTP 502: OpenAI client_secrets failed"):
            connect(backend.url, max_retries=1).create_client_secret()
        assert len(backend.requests) == requests


def test_a_secret_asked_for_too_often_is_not_asked_for_again_at_once(connect: Connect) -> None:
    """Fact 11: 30 a minute, then 429 without `Retry-After`, and each attempt counts. To wait for 2 s takes too long here."""
    recorded = BY_NAME["secret_rate_limited"]["response"]
    with LocalBackend() as backend:
        backend.respond_next(recorded["status"], recorded["body"], recorded["headers"])
        with pytest.raises(APIStatusError, match=r"^HTTP 429: Too many requests\. Try again in a moment\.$"):
            connect(backend.url, deadline=1.9).create_client_secret()
        assert len(backend.requests) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("execute_client_js_function", "Nothing has run: "),
        ("execute_schema_mismatch_type", "Payload does not match configured argument schema. $.email expected type string"),
        ("execute_pending_approval", "Function requires admin approval before execution."),
        ("execute_guardrail_output_block", "Blocked by NAVAI guardrail. The function has run."),
        ("execute_agent_tool_denied", "Function is not allowed for the active agent."),
        ("execute_prints", "Invalid backend function response. The function may have run."),
    ],
)
@pytest.mark.parametrize("kind", ALL_KINDS.values(), ids=list(ALL_KINDS))
def test_what_has_not_run_or_was_refused_is_no_result_of_any_kind_of_client(kind: Kind, name: str, words: str) -> None:
    """On trio too, and over HTTP clients of the caller's own."""
    recorded = BY_NAME[name]["response"]

    async def main() -> None:
        async with kind.connect(site.url) as client:
            site.respond_next(recorded["status"], recorded["body"], recorded["headers"])
            with pytest.raises((FunctionExecutionError, InvalidResponseError)) as caught:
                await client.execute_function("f", {})
            assert str(caught.value).startswith(words)

    with LocalBackend() as site:
        kind.run(main)
