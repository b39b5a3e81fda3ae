"""A backend's functions as tools of no framework, over a local backend."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import typing
from collections.abc import Callable
from typing import Any

import pytest

import navai.tools
from navai import (
    WORDPRESS_PATHS,
    APIConnectionError,
    AsyncNavaiBackendClient,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    ConfigurationError,
    NavaiBackendClient,
)
from navai.testing import FunctionFailure, LocalBackend, WordPressStandIn
from navai.tools import Tool, Tools, backend_tools
from tests.failing import raising, raising_async
from tests.secrecy import HEADER, assert_nothing_planted, sentry_sends
from tests.unit.test_types import annotated

CLIENTS = [AsyncNavaiBackendClient, NavaiBackendClient]


async def closed(client: Any) -> None:
    if isinstance(client, AsyncNavaiBackendClient):
        await client.aclose()
    else:
        client.close()


def made(url: str, kind: type[Any], **options: Any) -> Tools:
    """The tools of a backend, whose client is closed."""

    async def main() -> Tools:
        client = kind(url, env={}, max_retries=0)
        tools = await backend_tools(client, **options)
        await closed(client)
        return tools

    return asyncio.run(main())


def told(url: str, name: str, arguments: Any = None, *, kind: type[Any] = AsyncNavaiBackendClient, **options: Any) -> Any:
    """What the model is told of a call."""

    async def main() -> Any:
        client = kind(url, env={}, max_retries=0)
        text = await (await backend_tools(client, **options)).call(name, arguments)
        await closed(client)
        return json.loads(text)

    return asyncio.run(main())


class Listing:
    """Stands in for a client: lists these functions, and executes none."""

    def __init__(self, *functions: BackendFunction) -> None:
        self._functions = list(functions)

    async def list_functions(self) -> BackendFunctionsResult:
        return BackendFunctionsResult(self._functions, ["a file was left out"])

    async def execute_function(self, name: str, payload: Any, **more: Any) -> Any:
        return [name, payload, more] if more else [name, payload]


def of(*functions: BackendFunction, **options: Any) -> Tools:
    return asyncio.run(backend_tools(Listing(*functions), **options))  # type: ignore[arg-type]


# --- what the tools are ----------------------------------------------------------------------------------------------------------

ANY_PAYLOAD = {
    "type": "object",
    "properties": {
        "payload": {
            "anyOf": [{"type": "object", "additionalProperties": True}, {"type": "null"}],
            "description": "Payload object. Optional. Use payload.args as array for function args, "
            "payload.constructorArgs for class constructors, payload.methodArgs for class methods.",
        }
    },
    "required": ["payload"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("kind", CLIENTS)
def test_each_function_of_a_backend_is_a_tool(navai_backend: LocalBackend, kind: type[Any]) -> None:
    @navai_backend.function
    def refund(amount: int) -> dict[str, int]:
        """Refund an amount"""
        return {"refunded": amount}

    (tool,) = made(navai_backend.url, kind)
    assert (tool.name, tool.description, tool.parameters) == ("refund", "Refund an amount", ANY_PAYLOAD)
    answer = told(navai_backend.url, "refund", {"payload": {"amount": 5}}, kind=kind)
    assert answer.pop("source").endswith("refund")
    assert answer == {"ok": True, "function_name": "refund", "result": {"refunded": 5}}
    assert [call.payload for call in navai_backend.calls] == [{"amount": 5}]


def test_what_wordpress_lists_of_a_function_is_in_its_tool() -> None:
    schema = {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]}
    metadata = {"argument_schema": schema, "requires_approval": True}
    (tool,) = of(BackendFunction("subscribe", "Subscribe", "wp", {"metadata": metadata}))
    assert tool.description.startswith("Subscribe It ")
    assert "approved it." in tool.description
    assert tool.parameters["properties"]["payload"] == {"anyOf": [schema, {"type": "null"}], "description": "Payload object."}


def test_a_function_without_description_gets_one() -> None:
    (tool,) = of(BackendFunction("f"))
    assert tool.description == "Execute backend function."


def test_a_description_is_one_line_of_limited_length() -> None:
    tools = of(BackendFunction("f", "a\nb" + "x" * 1000), BackendFunction("g", "short"))
    assert tools[0].description == "a b" + "x" * 494 + "..."
    assert tools.warnings == [
        "a file was left out",
        '[navai] The description of "f" was reduced to one line of at most 500 characters.',
    ]


def test_what_cannot_be_a_tool_of_its_own_is_executed_by_name() -> None:
    tools = of(BackendFunction("a.b", "Does it"), BackendFunction("execute_app_function"), BackendFunction("navigate_to"))
    assert [tool.name for tool in tools] == ["navigate_to", "execute_app_function"]
    assert tools[1].parameters["properties"]["function_name"]["enum"] == ["a.b", "execute_app_function"]
    words = "Execute an allowed internal app function by name."
    assert tools[1].description == f"{words} a.b: Does it; execute_app_function: Execute backend function."
    only = '[navai] Function "{}" is available only via execute_app_function because its name '
    assert tools.warnings[1:] == [
        only.format("a.b") + "is not a valid tool id.",
        only.format("execute_app_function") + "conflicts with a built-in tool.",
    ]
    text = asyncio.run(tools.call("execute_app_function", '{"function_name": "a.b", "payload": {"c": 1}}'))
    assert json.loads(text)["result"] == ["a.b", {"c": 1}]


def test_functions_beyond_500_are_executed_by_name() -> None:
    tools = of(*(BackendFunction(f"f{number}") for number in range(502)))
    assert len(tools) == 501
    assert tools[500].parameters["properties"]["function_name"]["enum"] == ["f500", "f501"]
    words = "Only the first 500 of the 502 functions become tools of their own; the others are available via execute_app_function."
    assert tools.warnings[-1] == f"[navai] {words}"
    text = asyncio.run(tools.call("execute_app_function", {"function_name": "f501"}))
    assert json.loads(text)["result"] == ["f501", None]


def test_local_functions_go_before_the_backends() -> None:
    async def same(path: str, *, tab: int = 0) -> str:
        """Opens a page.

        More of it.
        """
        return f"{path}#{tab}"

    tools = of(BackendFunction("same"), BackendFunction("other"), functions=[same])
    assert [tool.name for tool in tools] == ["same", "other"]
    assert tools.warnings[1:] == ['[navai] Ignored backend function "same": name conflicts with a frontend function.']
    assert tools[0].description == "Opens a page."
    assert tools[0].parameters["properties"]["payload"]["anyOf"][0] == {
        "type": "object",
        "properties": {"path": {"type": "string"}, "tab": {"type": "integer"}},
        "required": ["path"],
        "additionalProperties": False,
    }
    text = asyncio.run(tools[0].call('{"payload": {"path": "/a", "tab": 2}}'))
    assert json.loads(text)["result"] == "/a#2"


def test_a_local_function_may_be_called_navigate_to() -> None:
    """It is reserved in an agent only, which has a tool of that name."""

    def navigate_to(path: str) -> str:
        return path

    tools = of(functions=[navigate_to])
    assert [tool.name for tool in tools] == ["navigate_to"]
    assert tools.warnings == ["a file was left out"]


# --- the forms of OpenAI ---------------------------------------------------------------------------------------------------------


def test_the_definitions_are_in_the_form_of_each_api() -> None:
    tools = of(BackendFunction("f", "Does it"))
    function = {"name": "f", "description": "Does it", "parameters": ANY_PAYLOAD}
    assert tools.as_openai() == [{"type": "function", **function}]
    assert tools.as_openai("realtime") == [{"type": "function", **function}]
    assert tools.as_openai("responses") == [{"type": "function", **function, "strict": False}]
    assert tools.as_openai("chat") == [{"type": "function", "function": function}]


def test_whoever_changes_a_definition_does_not_change_the_tool() -> None:
    (tool,) = of(BackendFunction("f"))
    tool.as_openai()["parameters"]["properties"].clear()
    assert tool.parameters == ANY_PAYLOAD


# --- what the model is told ------------------------------------------------------------------------------------------------------

NO_PLACE = 'Nothing was executed: this tool takes no argument "amount". Pass the function\'s arguments inside payload.'
NO_OBJECT = "The arguments are not a JSON object."


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"amount": 5}, NO_PLACE),
        ('{"amount": 5}', NO_PLACE),
        ({"payload": [5]}, "Nothing was executed: payload must be a JSON object of the function's arguments, or null."),
        ("[5]", NO_OBJECT),
        ('{"payload": {"amount": 5}', NO_OBJECT),
        ({5: 5}, NO_OBJECT),
        (5, NO_OBJECT),
    ],
    ids=str,
)
def test_invalid_arguments_are_refused_and_nothing_is_executed(navai_backend: LocalBackend, arguments: Any, error: str) -> None:
    navai_backend.function(named("refund", lambda amount: amount))
    assert told(navai_backend.url, "refund", arguments) == {"ok": False, "error": error}
    assert navai_backend.calls == []


def named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = name
    return function


@pytest.mark.parametrize("arguments", [None, "", "{}", {}, '{"payload": null}', {"payload": {}}], ids=repr)
def test_no_arguments_are_an_empty_payload(navai_backend: LocalBackend, arguments: Any) -> None:
    navai_backend.function(named("now", lambda: "noon"))
    assert told(navai_backend.url, "now", arguments)["result"] == "noon"


def test_a_tool_that_there_is_not_is_told_with_those_there_are(navai_backend: LocalBackend) -> None:
    navai_backend.function(named("now", lambda: "noon"))
    assert told(navai_backend.url, "then") == {
        "ok": False,
        "error": "Unknown or disallowed function.",
        "available_functions": ["now"],
    }


def failed(**details: Any) -> dict[str, Any]:
    return {"ok": False, "function_name": "f", "error": "Function execution failed.", **details}


def test_a_failure_is_told_in_the_backends_words(navai_backend: LocalBackend) -> None:
    def f() -> None:
        raise FunctionFailure("Too much", details="5 is more than 3")

    navai_backend.function(f)
    assert told(navai_backend.url, "f") == failed(details="5 is more than 3")


def test_a_call_that_waits_for_approval_is_told(navai_backend: LocalBackend) -> None:
    navai_backend.function(named("f", lambda: None))

    async def main() -> Any:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            (tool,) = await backend_tools(client)
            navai_backend.respond_next(202, {"ok": False, "pending_approval": True, "message": "Wait."})
            return json.loads(await tool.call())

    assert asyncio.run(main())["pending_approval"] is True


def test_what_is_wrong_with_a_payload_is_told(navai_backend: LocalBackend) -> None:
    navai_backend.function(named("f", lambda: None))

    async def main() -> Any:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            (tool,) = await backend_tools(client)
            navai_backend.respond_next(400, {"ok": False, "error": "No.", "validation_errors": ["$.b is required."]})
            return json.loads(await tool.call())

    assert asyncio.run(main()) == failed(details="No. $.b is required.", validation_errors=["$.b is required."])


def test_a_function_for_the_browser_is_no_tool() -> None:
    tools = of(BackendFunction("go", None, "navai-dashboard-custom", {"metadata": {"execution_scope": "frontend"}}))
    assert list(tools) == []
    assert tools.warnings[1:] == [
        '[navai] Ignored backend function "go": it is JavaScript for the browser widget, and runs only there.'
    ]


WITH_SESSION = ClientSecret("ek_planted", 0.0, {"session": {"key": "planted-key"}})


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, []),
        ({"secret": ClientSecret("ek_planted", 0.0)}, []),
        ({"secret": WITH_SESSION}, [{"extra_body": {"session_key": "planted-key"}}]),
        ({"execute_extra": {"agent_key": "a"}}, [{"extra_body": {"agent_key": "a"}}]),
        (
            {"secret": WITH_SESSION, "execute_extra": {"agent_key": "a"}},
            [{"extra_body": {"session_key": "planted-key", "agent_key": "a"}}],
        ),
    ],
)
def test_the_session_and_more_fields_go_with_each_execution(options: dict[str, Any], sent: list[Any]) -> None:
    tools = of(BackendFunction("f"), **options)
    assert json.loads(asyncio.run(tools.call("f")))["result"] == ["f", None, *sent]
    assert "planted" not in repr(tools) + repr(vars(tools))


def test_the_functions_of_wordpress_are_tools() -> None:
    """Their schemas, validation errors, approvals and sessions, over a stand-in for the plugin."""
    schema = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
    ran: list[int] = []

    async def main(wordpress: WordPressStandIn) -> tuple[Tool, list[Any]]:
        async with AsyncNavaiBackendClient(wordpress.url, env={}, **WORDPRESS_PATHS) as client:
            secret = await client.create_client_secret()
            (tool,) = await backend_tools(client, secret=secret)
            return tool, [json.loads(await tool.call({"payload": payload})) for payload in ({}, {"amount": 5})]

    with WordPressStandIn() as wordpress:

        @wordpress.function_with(requires_approval=True, argument_schema=schema)
        def refund(amount: int) -> int:
            ran.append(amount)
            return amount

        tool, (refused, waits) = asyncio.run(main(wordpress))
        assert tool.parameters["properties"]["payload"]["anyOf"][0] == schema
        assert refused["validation_errors"] == ["$.amount is required."]
        assert (waits["ok"], waits["pending_approval"], ran) == (False, True, [])
        wordpress.approve(waits["approval_id"])
        assert ran == [5]
        executions = [request.json for request in wordpress.requests if request.path.endswith("/execute")]
        assert len({execution["session_key"] for execution in executions}) == 1


def test_a_refusal_shows_no_field() -> None:
    with pytest.raises(ConfigurationError) as caught:
        of(BackendFunction("f"), execute_extra={"key": HEADER, "payload": {}})
    assert_nothing_planted(sentry_sends(caught.value))


def test_a_call_without_a_response_is_told_whether_it_may_have_run(navai_backend: LocalBackend) -> None:
    navai_backend.function(named("f", lambda: None))

    async def main() -> Any:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            (tool,) = await backend_tools(client)
            navai_backend.stop()
            return json.loads(await tool.call())

    answer = asyncio.run(main())
    assert answer.pop("details").startswith("Could not connect to ")
    assert answer == failed(may_have_run=False)


def test_a_call_that_got_no_answer_is_sent_once(navai_backend: LocalBackend) -> None:
    calls: list[str] = []

    async def lost(name: str, payload: Any) -> Any:
        calls.append(name)
        raise APIConnectionError("No response.", method="POST", url="http://a/", request_sent=True)

    client: Any = Listing(BackendFunction("f"))
    client.execute_function = lost
    tools = asyncio.run(backend_tools(client))
    assert json.loads(asyncio.run(tools.call("f"))) == failed(details="No response.", may_have_run=True)
    assert calls == ["f"]


@pytest.mark.parametrize("function", [raising, raising_async])
@pytest.mark.parametrize("error", [SystemExit(3), StopIteration(), asyncio.CancelledError(), GeneratorExit()], ids=repr)
def test_nothing_that_a_local_function_raises_reaches_the_caller(function: Any, error: BaseException) -> None:
    tools = of(functions={"f": function(error)})
    answer = json.loads(asyncio.run(tools.call("f")))
    assert (answer["ok"], answer["error"]) == (False, "Function execution failed.")


@pytest.mark.parametrize(("length", "is_cut"), [(100, True), (101, True), (102, False), (1_000_000, False)])
def test_a_result_is_cut_to_the_length_that_is_asked_for(length: int, is_cut: bool) -> None:
    tools = of(functions={"f": lambda: "x" * 100}, max_result_length=length)
    answer = json.loads(asyncio.run(tools.call("f")))
    if not is_cut:
        assert (answer["result"], "warning" in answer) == ("x" * 100, False)
        return
    assert answer["result"] == ('"' + "x" * 100)[:length]
    assert answer["warning"] == f"The result is cut: as JSON it has 102 characters, of which these are the first {length}."


def test_a_result_is_cut_to_20000_characters_if_nothing_is_asked_for() -> None:
    rows = [{"id": number} for number in range(10_000)]
    answer = json.loads(asyncio.run(of(functions={"f": lambda: rows}).call("f")))
    assert answer["result"] == json.dumps(rows)[:20_000]
    assert answer["ok"] is True


def test_the_words_of_a_failure_are_cut_too() -> None:
    tools = of(functions={"f": raising(ValueError("x" * 1000))}, max_result_length=50)
    assert json.loads(asyncio.run(tools.call("f"))) == failed(details="x" * 50 + "...")


def test_a_result_of_more_than_a_million_characters_is_left_out() -> None:
    answer = json.loads(asyncio.run(of(functions={"f": lambda: "x" * 1_000_001}).call("f")))
    assert answer["result"] is None
    assert answer["warning"] == "The result is left out: as JSON it has more than 1,000,000 characters."


def test_a_secret_that_a_backend_repeats_is_not_told(navai_backend: LocalBackend) -> None:
    navai_backend.function(named("f", lambda: None))

    async def main() -> tuple[str, str]:
        async with AsyncNavaiBackendClient(navai_backend.url, env={}, headers={"X-Key": HEADER}) as client:
            tools = await backend_tools(client)
            navai_backend.respond_next(500, {"error": f"No access with {HEADER}"})
            return await tools.call("f"), repr(tools) + repr(vars(tools))

    text, shown = asyncio.run(main())
    assert "No access with ***" in text
    assert HEADER not in text + shown


def test_a_tool_shows_its_name_and_description_only() -> None:
    (tool,) = of(BackendFunction("f", "Does it"))
    assert repr(tool) == "Tool(name='f', description='Does it')"


# --- what goes wrong before ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_backend_that_is_down_leaves_the_local_functions(kind: type[Any]) -> None:
    tools = made("http://127.0.0.1:9", kind, functions={"now": lambda: "noon"})
    assert [tool.name for tool in tools] == ["now"]
    assert tools.warnings[0].startswith("[navai] Failed to load backend functions: Could not connect to ")
    assert isinstance(tools.error, APIConnectionError)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client": "http://a"}, "client must be an AsyncNavaiBackendClient or a NavaiBackendClient, not str."),
        (
            {"client": AsyncNavaiBackendClient},
            "client must be an AsyncNavaiBackendClient or a NavaiBackendClient, not the class AsyncNavaiBackendClient.",
        ),
        ({"functions": "now"}, "functions must be a list of functions, or a dict of names and functions, not str."),
        ({"secret": "ek_planted"}, "secret must be a ClientSecret, not str."),
        ({"execute_extra": [("a", 1)]}, "execute_extra must be a dict of fields, not list."),
        ({"execute_extra": {"payload": {}}}, "execute_extra: 'payload' is chosen by the model; leave it out."),
        ({"max_result_length": 0}, "max_result_length must be an int from 1 to 1,000,000."),
        ({"max_result_length": 1_000_001}, "max_result_length must be an int from 1 to 1,000,000."),
        ({"max_result_length": True}, "max_result_length must be an int from 1 to 1,000,000."),
        ({"max_result_length": "9"}, "max_result_length must be an int from 1 to 1,000,000."),
    ],
    ids=str,
)
def test_an_invalid_argument_is_refused_before_anything_is_sent(
    navai_backend: LocalBackend, given: dict[str, Any], words: str
) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            with pytest.raises(ConfigurationError) as caught:
                await backend_tools(**{"client": client} | given)
            assert str(caught.value) == words

    asyncio.run(main())
    assert navai_backend.requests == []


def test_a_form_that_there_is_not_is_refused() -> None:
    tool: Any = of(BackendFunction("f"))[0]
    with pytest.raises(ConfigurationError) as caught:
        tool.as_openai("completions")
    assert str(caught.value) == 'form must be "realtime", "chat" or "responses", not \'completions\'.'


# --- the module ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["navai", "navai.tools"])
def test_importing_it_loads_neither_an_http_library_nor_a_framework(module: str) -> None:
    http = {"aiohttp", "anyio", "h11", "httpcore", "httptools", "httpx", "httpx2"}
    frameworks = {"agents", "livekit", "openai", "pipecat", "pydantic"}
    program = f"import sys, {module}; print({http | frameworks!r} & set(sys.modules), '{module}' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output == "set() True\n"


@pytest.mark.parametrize("thing", [pytest.param(thing, id=name) for name, thing in sorted(annotated(navai.tools))])
def test_every_annotation_resolves(thing: Any) -> None:
    typing.get_type_hints(thing)


def test_the_public_names_are_these() -> None:
    assert navai.tools.__all__ == ["Tool", "Tools", "backend_tools"]
    assert {cls.__module__ for cls in (Tool, Tools)} == {"navai.tools"}


def test_a_parameter_called_args_is_passed_by_name() -> None:
    """`args` is also how the published code passes arguments by position."""

    def add_tags(args: list[str]) -> list[str]:
        return args

    def run(command: str, args: list[str]) -> list[Any]:
        return [command, args]

    def add(a: int, b: int) -> int:
        return a + b

    async def main() -> list[Any]:
        with LocalBackend() as backend:
            async with AsyncNavaiBackendClient(backend.url) as client:
                tools = await backend_tools(client, functions=[add_tags, run, add])
                calls: list[tuple[str, dict[str, Any]]] = [
                    ("add_tags", {"args": ["a", "b"]}),
                    ("run", {"command": "ls", "args": ["-l", "x"]}),
                    ("add", {"args": [1, 2]}),
                ]
                return [json.loads(await tools.call(name, {"payload": payload}))["result"] for name, payload in calls]

    assert asyncio.run(main()) == [["a", "b"], ["ls", ["-l", "x"]], 3]


def test_texts_and_lists_keep_to_the_stated_length() -> None:
    async def main() -> list[str]:
        with LocalBackend() as backend:
            async with AsyncNavaiBackendClient(backend.url, max_retries=0) as client:
                backend.respond_next(200, {"items": [{"name": "f", "source": "s" * 100_000}]})
                tools = await backend_tools(client, max_result_length=1000)
                backend.respond_next(200, {"ok": True, "result": 1})
                fits = await tools.call("f", {"payload": None})
                reasons = ["x" * 400] * 50
                backend.respond_next(400, {"ok": False, "error": "no", "validation_errors": reasons})
                return [fits, await tools.call("f", {"payload": None})]

    fits, refused = asyncio.run(main())
    assert len(fits) < 1200
    assert json.loads(fits)["result"] == 1
    assert len(json.loads(refused)["validation_errors"]) == 2


@pytest.mark.parametrize(
    "schema",
    [
        '{"type": "object", "properties": {"a": {"$ref": "#/definitions/A"}}, "definitions": {"A": {"type": "string"}}}',
        '{"type": "object", "properties": {"a": {"type": "number", "maximum": 1e999}}}',
    ],
)
def test_a_schema_that_cannot_be_a_part_of_another_is_left_out(schema: str) -> None:
    """For example because of references, which would lead nowhere, or a number that JSON does not have."""

    async def main() -> Any:
        with LocalBackend() as backend:
            async with AsyncNavaiBackendClient(backend.url) as client:
                body = f'{{"items": [{{"name": "f", "metadata": {{"argument_schema": {schema}}}}}]}}'
                backend.respond_next(200, body, {"Content-Type": "application/json"})
                (tool,) = await backend_tools(client)
                return tool.parameters

    assert "definitions" not in json.dumps(asyncio.run(main()), allow_nan=False)
