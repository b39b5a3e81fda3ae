"""The stand-in for the NAVAI plugin says what the plugin was recorded to say, where it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from navai import (
    WORDPRESS_PATHS,
    WORDPRESS_PLAIN_PATHS,
    APIStatusError,
    AsyncNavaiBackendClient,
    FunctionExecutionError,
    NavaiBackendClient,
)
from navai.agents import NavaiRoute, open_session
from navai.testing import FunctionFailure, WordPressStandIn
from navai.testing._schemas import validation_errors
from tests.conftest import Connect

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "wordpress" / "answers.json").read_text("utf-8"))
RECORDED = {case["case"]: case for case in CASES}


def response(name: str) -> Any:
    return json.loads(RECORDED[name]["response"]["body"])


SCHEMA: dict[str, Any] = response("execute_schema_mismatch")["metadata"]["argument_schema"]


@pytest.fixture
def site() -> Iterator[WordPressStandIn]:
    with WordPressStandIn() as running:

        @running.function
        def add(a: int, b: int) -> dict[str, int]:
            """Adds a and b."""
            return {"sum": a + b}

        @running.function_with(argument_schema=SCHEMA)
        def with_schema(**payload: Any) -> dict[str, Any]:
            return {"accepted": payload}

        @running.function_with(requires_approval=True)
        def needs_approval(amount: int) -> dict[str, Any]:
            return {"ran": amount}

        yield running


def known(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: answer.get(name) for name in names}


WITH_SCHEMA = [name for name, case in RECORDED.items() if '"function_name": "with_schema"' in str(case["request"]["body"])]


@pytest.mark.parametrize("case", WITH_SCHEMA)
def test_a_payload_is_checked_in_the_words_of_the_plugin(case: str) -> None:
    """Fact 2."""
    payload = json.loads(RECORDED[case]["request"]["body"]).get("payload")
    assert validation_errors(SCHEMA, payload) == response(case).get("validation_errors", [])


@pytest.mark.parametrize(
    ("schema", "value", "errors"),
    [
        ({"type": "number"}, 1, []),
        ({"type": "integer"}, 1.5, ["$.a expected type integer, got number."]),
        ({"type": "boolean"}, None, ["$.a expected type boolean, got null."]),
        ({"type": "array"}, {}, ["$.a expected type array, got object."]),
        ({"type": "integer"}, True, ["$.a expected type integer, got boolean."]),
        ({"maxLength": 1}, "ab", ["$.a must have at most 1 characters."]),
        ({"minimum": 1}, 0, ["$.a must be >= 1."]),
        ({}, "anything", []),
    ],
)
def test_a_value_is_checked(schema: dict[str, Any], value: Any, errors: list[str]) -> None:
    assert validation_errors({"properties": {"a": schema}}, {"a": value, "b": 1}) == errors


def test_an_empty_schema_takes_anything() -> None:
    assert validation_errors({}, [1]) == []


def test_a_refused_payload_is_not_executed(site: WordPressStandIn, connect: Connect) -> None:
    client = connect(site.url, **WORDPRESS_PATHS)
    with pytest.raises(FunctionExecutionError) as caught:
        client.execute_function("with_schema", {"email": 5, "count": "2"})
    recorded = response("execute_schema_mismatch_type")
    names = ("ok", "function_name", "error", "validation_errors")
    assert known(caught.value.json, *names) == known(recorded, *names)
    assert caught.value.trace_id
    assert site.calls == []
    assert client.execute_function("with_schema", {"email": "a@b.c"}) == {"accepted": {"email": "a@b.c"}}


def test_a_call_waits_until_it_is_approved(site: WordPressStandIn, connect: Connect) -> None:
    """Fact 4."""
    client = connect(site.url, **WORDPRESS_PATHS)
    with pytest.raises(FunctionExecutionError) as caught:
        client.execute_function("needs_approval", {"amount": 3})
    names = ("ok", "pending_approval", "function_name", "approval", "message")
    assert known(caught.value.json, *names) == known(response("execute_pending_approval"), *names)
    assert (caught.value.status_code, caught.value.approval_id, site.calls) == (202, 1, [])
    assert site.approve(1) == {"ran": 3}
    assert [call.payload for call in site.calls] == [{"amount": 3}]
    with pytest.raises(LookupError, match="No execution waits for approval 1; waiting: "):
        site.approve(1)


def test_what_is_rejected_never_runs_and_what_fails_says_so(site: WordPressStandIn, connect: Connect) -> None:
    @site.function_with(requires_approval=True)
    def failing() -> None:
        raise FunctionFailure("Refused")

    client = connect(site.url, **WORDPRESS_PATHS)
    for name in ("needs_approval", "failing"):
        with pytest.raises(FunctionExecutionError):
            client.execute_function(name, {})
    site.reject(1)
    assert site.calls == []
    with pytest.raises(AssertionError, match="Refused"):
        site.approve(2)


def test_the_listing_says_what_the_plugin_says(site: WordPressStandIn, connect: Connect) -> None:
    listed = {function.name: function for function in connect(site.url, **WORDPRESS_PATHS).list_functions().functions}
    recorded = {item["name"]: item for item in response("list_with_client_js_function")["items"]}
    for name in ("add", "needs_approval"):
        assert listed[name].extra["metadata"] == recorded[name]["metadata"]
    assert listed["with_schema"].extra["metadata"]["argument_schema"] == SCHEMA


def test_sessions_are_those_of_the_plugin(site: WordPressStandIn, connect: Connect) -> None:
    """Fact 3: without a key, each execution has a session of its own."""
    client = connect(site.url, **WORDPRESS_PATHS)
    secret = client.create_client_secret()
    assert secret.extra.keys() == response("secret_ok_empty_object").keys() - {"value", "expires_at"}
    assert secret.extra["session"].keys() == response("secret_ok_empty_object")["session"].keys()
    key = secret.extra["session"]["key"]
    for _ in range(2):
        client.execute_function("add", {"a": 1, "b": 2}, extra_body={"session_key": key})
    client.execute_function("add", {"a": 1, "b": 2})
    assert [len(names) for names in site.sessions.values()] == [2, 1]
    assert client.create_client_secret(extra_body={"session_key": key}).extra["session"] == secret.extra["session"]


def test_without_session_memory_the_key_is_empty(connect: Connect) -> None:
    with WordPressStandIn({"echo": dict}, session_memory=False, plain_permalinks=True) as site:
        client = connect(site.url, **WORDPRESS_PLAIN_PATHS)
        assert client.create_client_secret().extra["session"] == response("secret_session_memory_off_no_key")["session"]
        given = client.create_client_secret(extra_body={"session_key": "abc"}).extra["session"]
        assert given == response("secret_session_memory_off")["session"]
        assert client.execute_function("echo", {"session_key": "abc"}) == {"session_key": "abc"}
    assert site.sessions == {}


def test_an_agent_keeps_to_one_session_and_corrects_itself(site: WordPressStandIn) -> None:
    """Facts 2, 3 and 4, from the tools of an agent to the backend and back."""

    async def main() -> list[Any]:
        async with AsyncNavaiBackendClient(site.url, **WORDPRESS_PATHS, env={}) as client:
            opened = await open_session(client, navigate=print, routes=[NavaiRoute("Home", "/")], execute_extra={"agent_key": "a"})
            tools: dict[str, Any] = {tool.name: tool for tool in opened.agent.tools}
            asked = [("with_schema", {}), ("with_schema", {"email": "a@b.c"}), ("needs_approval", {"amount": 3})]
            return [
                json.loads(await tools[name].on_invoke_tool(SimpleNamespace(), json.dumps({"payload": payload})))
                for name, payload in asked
            ]

    wrong, right, waiting = asyncio.run(main())
    assert (wrong["ok"], wrong["validation_errors"]) == (False, ["$.email is required."])
    assert right["result"] == {"accepted": {"email": "a@b.c"}}
    assert (waiting["pending_approval"], waiting["approval_id"]) == (True, 1)
    assert list(site.sessions.values()) == [["with_schema", "needs_approval"]]
    assert [request.json.get("agent_key") for request in site.requests if "execute" in request.path] == ["a"] * 3


def test_a_failure_and_an_unknown_function_are_those_of_the_backend(site: WordPressStandIn, connect: Connect) -> None:
    @site.function
    def failing() -> None:
        raise FunctionFailure("Refused", status=500)

    client = connect(site.url, **WORDPRESS_PATHS)
    with pytest.raises(FunctionExecutionError, match="Refused") as caught:
        client.execute_function("failing")
    assert caught.value.trace_id
    with pytest.raises(Exception, match="Unknown or disallowed function"):
        client.execute_function("nothing")


def test_it_does_not_speak() -> None:
    with WordPressStandIn() as site, NavaiBackendClient(site.url, **WORDPRESS_PATHS) as client:
        with pytest.raises(APIStatusError, match=r"^HTTP 404: "):
            client.synthesize_speech("Hello")
        assert site.spoken == []
