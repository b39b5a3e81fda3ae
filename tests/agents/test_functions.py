"""What becomes of an execution that a model asks for, without a model: by literals."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from navai import (
    AsyncNavaiBackendClient,
    BackendFunction,
    BackendFunctionsResult,
    ClientSecret,
    ConfigurationError,
    NavaiError,
    SpeechConfig,
)
from navai.agents import NavaiAgentConfig, NavaiRoute, build_navai_agent, open_session
from navai.agents._session import _Secrets
from navai.testing import LocalBackend
from navai.tools._functions import Functions, argument_schema, called, local_functions, may_need_approval
from navai.tools._names import allowed_backend_functions, tool_names, unique_name
from navai.tools._tools import execute_tool


def echo(value: Any) -> Any:
    """Gives back what it was given."""
    return value


def local(function: Callable[..., Any], payload: dict[str, Any]) -> Any:
    """What a local function returns or raises for a payload."""
    (found,) = local_functions({"f": function}, []).values()
    outcome = asyncio.run(found.call(payload))
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


@pytest.mark.parametrize(
    ("payload", "given"),
    [
        ({"args": [1]}, 1),
        ({"args": []}, {"args": []}),
        ({"value": 3}, 3),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "value": 2}, 2),
    ],
)
def test_a_function_of_one_argument_takes_whatever_came(payload: dict[str, Any], given: object) -> None:
    assert local(lambda x: x, payload) == given


def test_nothing_is_no_argument() -> None:
    with pytest.raises(TypeError):
        local(echo, {})


def test_a_function_of_several_arguments_takes_them_by_name_only() -> None:
    assert local(lambda a, b: a - b, {"b": 1, "a": 3}) == 2
    with pytest.raises(TypeError):
        local(lambda a, b: a - b, {"a": 3})


def test_what_a_function_that_is_not_async_promises_is_awaited() -> None:
    async def later() -> int:
        return 1

    def begin() -> Awaitable[int]:
        return later()

    assert asyncio.run(called(begin)) == 1


@pytest.mark.parametrize(("listed", "may_wait"), [(True, True), (False, False), (None, False), ("no", False), (1, False)])
def test_approval_may_be_needed_where_exactly_true_is_listed(listed: object, may_wait: bool) -> None:
    function = BackendFunction("f", extra={"metadata": {"requires_approval": listed}})
    assert may_need_approval(function) is may_wait


@pytest.mark.parametrize(
    ("listed", "is_known"),
    [
        ({"type": "object", "properties": {}}, True),
        ({"properties": {}}, True),
        ({}, False),
        ({"type": "array"}, False),
        (["type"], False),
        (None, False),
    ],
)
def test_only_the_schema_of_an_object_is_that_of_a_payload(listed: object, is_known: bool) -> None:
    found = argument_schema(BackendFunction("f", extra={"metadata": {"argument_schema": listed}}))
    assert found == (listed if is_known else None)


DASHBOARD = "navai-dashboard-custom"


@pytest.mark.parametrize(
    ("source", "metadata", "is_left_out"),
    [
        (DASHBOARD, {"execution_scope": "frontend"}, True),
        (DASHBOARD, {"execution_scope": "both"}, False),  # An old row of the dashboard, which runs on the server.
        ("lab", {"execution_scope": "frontend"}, False),  # A PHP function.
        (DASHBOARD, {}, False),
        (DASHBOARD, None, False),
        (None, {"execution_scope": "frontend"}, False),
    ],
)
def test_a_function_for_the_browser_is_left_out_with_a_warning(source: str | None, metadata: Any, is_left_out: bool) -> None:
    """The NAVAI plugin for WordPress does not run it, so a model would tell of what has not happened."""
    warnings: list[str] = []
    functions = Functions({}, [BackendFunction("Go_Home", None, source, {"metadata": metadata})], None, warnings)
    assert functions.names == ([] if is_left_out else ["go_home"])
    expected = '[navai] Ignored backend function "Go_Home": it is JavaScript for the browser widget, and runs only there.'
    assert warnings == ([expected] if is_left_out else [])


def failing(status: int, body: str) -> Any:
    """What the model is told of the backend's function "f", which the backend answers so."""

    async def main() -> Any:
        async with AsyncNavaiBackendClient(backend.url) as client:
            tool = execute_tool(Functions({}, [BackendFunction("f")], client.execute_function, []))
            return json.loads(await tool.call('{"function_name": "f", "payload": null}'))

    with LocalBackend() as backend:
        backend.respond_next(status, body)
        told = asyncio.run(main())
    assert (told.pop("ok"), told.pop("function_name"), told.pop("error")) == (False, "f", "Function execution failed.")
    return told


def test_the_model_hears_what_is_wrong_with_a_payload() -> None:
    body = '{"ok": false, "error": "No.", "validation_errors": ["$.b is required.", 5], "trace_id": "t"}'
    assert failing(400, body) == {"details": "No. $.b is required.", "validation_errors": ["$.b is required."], "trace_id": "t"}


def test_of_many_long_validation_errors_the_model_hears_the_beginning() -> None:
    told = failing(400, json.dumps({"ok": False, "error": "No.", "validation_errors": ["x" * 100_000] * 100}))
    assert told["validation_errors"] == ["x" * 500] * 50


def test_the_model_hears_which_approval_a_call_waits_for() -> None:
    body = '{"ok": false, "pending_approval": true, "approval": {"id": 7}, "trace_id": "t", "message": "Wait."}'
    assert failing(202, body) == {"details": "Wait.", "pending_approval": True, "approval_id": 7, "trace_id": "t"}


@pytest.mark.parametrize(
    ("status", "body", "may_have_run"),
    [
        (403, '{"ok": false, "error": "Blocked.", "guardrail": {"scope": "output"}}', True),
        (403, '{"ok": false, "error": "Blocked.", "guardrail": {"scope": "input"}}', None),
        (200, 'Warning: x {"ok": true}', True),
        (200, "", True),
        (200, '{"ok": true, "result": {"execution_mode": "client_js", "code": "a()"}}', False),
        (200, '{"ok": false, "error": "No."}', None),
    ],
)
def test_the_model_hears_whether_a_function_has_run(status: int, body: str, may_have_run: bool | None) -> None:
    assert failing(status, body).get("may_have_run") is may_have_run


def invoked(arguments: str, result: object = None) -> Any:
    """What the tool tells the model, which has asked for the backend's function "f" with these arguments."""
    tool = execute_tool(Functions({}, [BackendFunction("f")], lambda *_: result, []))
    return json.loads(asyncio.run(tool.call(arguments)))


def test_no_arguments_are_an_empty_object() -> None:
    assert invoked("") == invoked("{}")
    assert invoked("{}")["error"] == "Unknown or disallowed function."


def test_what_json_does_not_have_is_told_as_text() -> None:
    when = datetime(2026, 11, 24, tzinfo=UTC)
    assert invoked('{"function_name": "f"}', when)["result"] == str(when)


NO_PLACE = "Nothing was executed: this tool takes no argument {}. Pass the function's arguments inside payload."
NO_OBJECT = "Nothing was executed: payload must be a JSON object of the function's arguments, or null."


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"amount": 5}, NO_PLACE.format('"amount"')),
        ({"payload": {"amount": 5}, "amount": 5}, NO_PLACE.format('"amount"')),
        ({"payload": None, "ü\n": 1}, NO_PLACE.format('"ü "')),
        ({"payload": "5"}, NO_OBJECT),
        ({"payload": [5]}, NO_OBJECT),
        ({"payload": '{"amount": 5}'}, NO_OBJECT),
        ({"payload": False}, NO_OBJECT),
        ({"payload": 0}, NO_OBJECT),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["refund", "cleanup"])
def test_a_call_whose_arguments_have_no_place_is_refused_instead_of_made_without_them(
    name: str, arguments: dict[str, Any], error: str
) -> None:
    executed: list[Any] = []

    def cleanup(scope: str = "everything") -> None:
        executed.append(scope)

    def execute(*call: Any) -> None:
        executed.append(call)

    agent, _ = build_navai_agent(
        navigate=print,
        routes=[],
        functions=[cleanup],
        backend_functions=[BackendFunction("refund")],
        execute_backend_function=execute,
    )
    tools: dict[str, Any] = {tool.name: tool for tool in agent.tools}

    def answer(tool: str, given: dict[str, Any]) -> Any:
        return json.loads(asyncio.run(tools[tool].on_invoke_tool(SimpleNamespace(), json.dumps(given))))

    assert answer(name, arguments) == {"ok": False, "error": error}
    assert answer("execute_app_function", {"function_name": name, **arguments}) == {"ok": False, "error": error}
    assert executed == []
    harmless: list[dict[str, Any]] = [{"payload": None}, {}, {"payload": {}}]
    for given in harmless:
        assert answer(name, given)["ok"] is True
    assert len(executed) == 3


def test_navigating_takes_a_target_only() -> None:
    seen: list[str] = []
    agent, _ = build_navai_agent(navigate=seen.append, routes=[NavaiRoute("Profile", "/profile")])
    tool: Any = agent.tools[0]
    answer = json.loads(asyncio.run(tool.on_invoke_tool(SimpleNamespace(), '{"target": "/profile", "tab": 2}')))
    assert answer == {"ok": False, "error": 'Nothing was executed: this tool takes no argument "tab".'}
    assert seen == []


# --- what functions and agents are called ---------------------------------------------------------------------------------------


def test_a_name_that_is_no_tool_id_is_available_through_the_general_tool_only() -> None:
    warnings: list[str] = []
    assert tool_names(["f", "f.g", "a" * 64, "a" * 65, "navigate_to", "f"], warnings) == ["f", "a" * 64]
    only = '[navai] Function "{}" is available only via execute_app_function because its name '
    assert warnings == [
        only.format("f.g") + "is not a valid tool id.",
        only.format("a" * 65) + "is not a valid tool id.",
        only.format("navigate_to") + "conflicts with a built-in tool.",
    ]


def test_the_backends_functions_are_known_by_the_names_that_backends_compare() -> None:
    warnings: list[str] = []
    listed = [BackendFunction(" Send_Mail "), BackendFunction("send_mail"), BackendFunction("F"), BackendFunction("\u2028")]
    found = allowed_backend_functions(listed, {"f": None}, warnings)
    assert {name: each.name for name, each in found.items()} == {"send_mail": "send_mail"}
    assert warnings[-2:] == [
        '[navai] Ignored duplicated backend function "send_mail".',
        '[navai] Ignored backend function "F": name conflicts with a frontend function.',
    ]


def test_a_local_function_that_has_no_name_or_one_that_is_taken_gets_one_with_a_warning() -> None:
    taken: set[str] = set()
    warnings: list[str] = []
    assert [unique_name(name, taken, warnings) for name in ("sendMail", "send_mail", "_")] == ["send_mail", "send_mail_2", "fn"]
    assert warnings == [
        '[navai] Renamed duplicated function "send_mail" to "send_mail_2".',
        '[navai] Renamed duplicated function "_" to "fn".',
    ]


def test_a_specialist_without_functions_is_left_out_and_the_main_one_keeps_the_general_instructions() -> None:
    agents = [NavaiAgentConfig("Idle", []), NavaiAgentConfig("Main", [echo]), NavaiAgentConfig("Other", [echo])]
    agent, _ = build_navai_agent(navigate=print, routes=[], agents=agents, base_instructions="Begin like this.")
    assert agent.name == "Main"
    assert [each.name for each in agent.handoffs] == ["Other"]  # type: ignore[union-attr]
    assert str(agent.instructions).startswith("Begin like this.")
    own = [NavaiAgentConfig("Main", [echo], instructions="Or like that.")]
    agent, _ = build_navai_agent(navigate=print, routes=[], agents=own, base_instructions="Begin like this.")
    assert str(agent.instructions).startswith("Or like that.")


def test_a_result_is_told_with_where_it_comes_from() -> None:
    async def execute(name: str, payload: dict[str, Any] | None) -> Any:
        return [name, payload]

    functions = Functions({}, [BackendFunction("f", source="mail.py"), BackendFunction("g")], execute, [])
    assert asyncio.run(functions.execute("f", None))["source"] == "mail.py"
    assert asyncio.run(functions.execute(" G ", {"a": 1})) == {
        "ok": True,
        "function_name": "g",
        "source": "backend",
        "result": ["g", {"a": 1}],
    }


def test_no_payload_is_no_argument_for_a_local_function() -> None:
    functions = Functions(local_functions({"f": lambda: 1}, []), [], None, [])
    assert asyncio.run(functions.execute("f", None))["result"] == 1


# --- what cannot be right --------------------------------------------------------------------------------------------------------

# Without their types, so that wrong values can be given.
route: Any = NavaiRoute
config: Any = NavaiAgentConfig
agent: Any = functools.partial(build_navai_agent, navigate=print, routes=[])


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: route(5, "/"), "name of NavaiRoute must be a string, not int."),
        (lambda: route("A", None), "path of NavaiRoute must be a string, not NoneType."),
        (lambda: route("A", "/", ["d"]), "description of NavaiRoute must be a string, not list."),
        (lambda: route("A", "/", synonyms="my account"), "synonyms of NavaiRoute must be a list of strings, not str."),
        (lambda: route("A", "/", synonyms=None), "synonyms of NavaiRoute must be a list of strings, not NoneType."),
        (lambda: route("A", "/", synonyms=[5]), "synonyms of NavaiRoute must be a list of strings; it has int."),
        (lambda: route("A", "/", synonyms={"a": 1}), "synonyms of NavaiRoute must be a list of strings, not dict."),
        (lambda: config(5, []), "name of NavaiAgentConfig must be a string, not int."),
        (lambda: config("A", [], description=5), "description of NavaiAgentConfig must be a string, not int."),
        (
            lambda: config("A", [], handoff_description=5),
            "handoff_description of NavaiAgentConfig must be a string, not int.",
        ),
        (lambda: config("A", [], instructions=5), "instructions of NavaiAgentConfig must be a string, not int."),
        (lambda: config("A", [], is_primary="no"), "is_primary of NavaiAgentConfig must be True or False, not str."),
        (
            lambda: agent(backend_functions=5),
            "backend_functions must be a list of BackendFunction, not int.",
        ),
        (
            lambda: agent(backend_functions=["f"]),
            "backend_functions must be a list of BackendFunction; it has str.",
        ),
        (
            lambda: agent(execute_backend_function="f"),
            "execute_backend_function must be a function that takes a name and a payload, not str.",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_it_must_be(build: Callable[[], Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build()
    assert str(caught.value) == words


# --- opening a session -----------------------------------------------------------------------------------------------------------


class Client:
    """Stands in for an async client: each of the two questions fails, is answered, or waits until it is cancelled."""

    def __init__(self, minted: Any, listed: Any) -> None:
        self._minted = minted
        self._listed = listed
        self.cancelled: list[str] = []
        self.asked_with: dict[str, Any] = {}

    async def create_client_secret(self, **inputs: Any) -> Any:
        self.asked_with = inputs
        return await self._answer("mint", self._minted)

    async def list_functions(self) -> Any:
        return await self._answer("list", self._listed)

    async def execute_function(self, name: str, payload: Any, **more: Any) -> Any:
        return more

    async def _answer(self, what: str, answer: Any) -> Any:
        await asyncio.sleep(0)  # Both are asked before one is answered.
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.cancelled.append(what)
            raise


SECRET = ClientSecret("ek_planted", time.time() + 600)
LISTED = BackendFunctionsResult()


async def opened(client: Client, **options: Any) -> Any:
    return await open_session(client, navigate=print, routes=[NavaiRoute("Profile", "/profile")], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minted", "listed", "other"),
    [(NavaiError("no secret"), None, "list"), (None, ConfigurationError("closed"), "mint")],
    ids=["no secret", "no list"],
)
def test_where_one_question_fails_nobody_waits_for_the_other(minted: Any, listed: Any, other: str) -> None:
    client = Client(minted, listed)

    async def main() -> None:
        with pytest.raises(NavaiError):
            await opened(client)
        for _ in range(3):
            await asyncio.sleep(0)
        assert client.cancelled == [other]

    asyncio.run(main())


def test_the_settings_given_are_kept_except_the_key() -> None:
    speaks = ClientSecret("ek_planted", speech=SpeechConfig("elevenlabs"))
    settings = {"url": "ws://a.example", "api_key": "sk-planted", "initial_model_settings": {"voice": "v"}}
    config = asyncio.run(opened(Client(SECRET, LISTED), model_config=settings)).model_config
    assert config == {"url": "ws://a.example", "api_key": config["api_key"], "initial_model_settings": {"voice": "v"}}
    assert asyncio.run(config["api_key"]()) == "ek_planted"
    config = asyncio.run(opened(Client(speaks, LISTED), model_config=settings)).model_config
    assert config["initial_model_settings"] == {"output_modalities": ["text"], "voice": "v"}
    chosen = {"model": "gpt-realtime", "voice": "marin", "language": "Spanish"}
    config = asyncio.run(opened(Client(SECRET, LISTED), secret=chosen)).model_config
    assert config["initial_model_settings"] == {"model_name": "gpt-realtime", "voice": "marin"}
    config = asyncio.run(opened(Client(SECRET, LISTED), secret=chosen, model_config=settings)).model_config
    assert config["initial_model_settings"] == {"model_name": "gpt-realtime", "voice": "v"}
    settings["initial_model_settings"] = {"output_modalities": ["audio"]}
    config = asyncio.run(opened(Client(speaks, LISTED), model_config=settings)).model_config
    assert config["initial_model_settings"] == {"output_modalities": ["audio"]}


def test_the_warnings_of_the_listing_and_of_the_agent_are_told() -> None:
    listed = BackendFunctionsResult([BackendFunction("f.g")], ["a file was left out"])
    ready = asyncio.run(opened(Client(SECRET, listed)))
    assert [ready.warnings[0], len(ready.warnings)] == ["a file was left out", 2]


WITH_SESSION = ClientSecret("ek_planted", 0.0, {"session": {"enabled": True, "key": "planted-key"}})


def executed(minted: ClientSecret, **options: Any) -> Any:
    """What an execution of the backend's function "f" gets beside the name and the payload."""

    async def main() -> Any:
        ready = await opened(Client(minted, BackendFunctionsResult([BackendFunction("f")])), **options)
        assert "planted" not in repr(ready)
        told = await ready.agent.tools[-1].on_invoke_tool(SimpleNamespace(), "{}")
        return json.loads(told)["result"]

    return asyncio.run(main())


def test_the_session_of_the_secret_goes_with_each_execution() -> None:
    assert executed(WITH_SESSION) == {"extra_body": {"session_key": "planted-key"}}
    assert executed(WITH_SESSION, execute_extra={"agent_key": "support"}) == {
        "extra_body": {"session_key": "planted-key", "agent_key": "support"}
    }
    assert executed(WITH_SESSION, execute_extra={"session_key": "mine"}) == {"extra_body": {"session_key": "mine"}}


@pytest.mark.parametrize("session", [{"key": ""}, {"key": None}, {"key": 5}, {}, None, "key"])
def test_without_a_key_nothing_is_added(session: Any) -> None:
    """The plugin sends an empty one while its memory is off."""
    assert executed(ClientSecret("ek_planted", None, {"session": session})) == {}
    assert executed(SECRET, execute_extra={"a": [1]}) == {"extra_body": {"a": [1]}}


def test_a_secret_that_is_minted_later_belongs_to_the_same_session() -> None:
    client = Client(WITH_SESSION, LISTED)
    ready = asyncio.run(opened(client, secret={"extra_body": {"agent_key": "support"}}))
    assert client.asked_with == {"extra_body": {"agent_key": "support"}}
    asyncio.run(ready.model_config["api_key"]())
    assert client.asked_with == {"extra_body": {"session_key": "planted-key", "agent_key": "support"}}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ([("a", 1)], "execute_extra must be a dict of fields, not list."),
        ({"payload": {}}, "execute_extra: 'payload' is chosen by the model; leave it out."),
        ({"function_name": "f"}, "execute_extra: 'function_name' is chosen by the model; leave it out."),
        ({1: 2}, "execute_extra has the key 1: the keys of a JSON object are strings."),
        ({"a": {1, 2}}, "execute_extra['a'] is of type set, which JSON does not have: write list(a)."),
        ({"a": float("nan")}, "execute_extra['a'] is nan, which JSON does not have: use None or a string."),
    ],
)
def test_fields_that_cannot_be_added_are_refused_before_anything_is_sent(extra: Any, words: str) -> None:
    client = Client(ConfigurationError("sent"), LISTED)
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(opened(client, execute_extra=extra))
    assert str(caught.value).startswith(words)


def test_a_session_shows_no_secret() -> None:
    client = Client(SECRET, LISTED)
    settings = {"headers": {"Authorization": "planted"}}
    ready = asyncio.run(opened(client, secret={"api_key": "sk-planted"}, model_config=settings))
    assert client.asked_with == {"api_key": "sk-planted"}
    assert "planted" not in repr(ready)
    secrets = ready.model_config["api_key"]
    assert isinstance(secrets, _Secrets)
    assert repr(secrets) == "<a client secret for each connection>"
    # Programs that report errors show what frames and objects hold.
    assert "planted" not in repr(vars(secrets))
