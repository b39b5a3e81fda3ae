"""The real runner of openai-agents, over real sockets: a stand-in for the realtime server, and the functions of real backends."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from agents.realtime import RealtimeAgent, RealtimeSession
from websockets.exceptions import InvalidStatus

from examples.realtime_stand_in import Conversation, Model, RealtimeStandIn, Turn
from navai import APIStatusError, AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient
from navai.agents import NavaiAgentConfig, NavaiRoute, NavaiSession, open_session
from navai.testing import FunctionFailure, LocalBackend
from tests.express.backend import ExpressBackend
from tests.failing import raising, raising_async
from tests.secrecy import API_KEY, HEADER, assert_nothing_planted, sentry_sends

ROUTES = [NavaiRoute("Profile", "/profile", synonyms=["my account"])]


def scripted(*turns: Turn) -> Model:
    """A model that takes these turns, one after the other, in each conversation."""
    taken: dict[int, int] = {}

    def model(conversation: Conversation) -> Turn:
        number = taken[id(conversation)] = taken.get(id(conversation), -1) + 1
        return turns[number]

    return model


def outputs(conversation: Conversation) -> list[Any]:
    """What the tools gave back to the model."""
    return [json.loads(item["output"]) for item in conversation.items if item["type"] == "function_call_output"]


async def until_it_speaks(session: RealtimeSession, words: str) -> None:
    """Reads events until the agent has said this."""
    async with asyncio.timeout(20):
        async for event in session:
            if event.type == "error":
                raise AssertionError(event.error)
            if event.type in ("history_updated", "history_added") and words in repr(event):
                return


@contextlib.asynccontextmanager
async def opened(url: str, model: Model, **options: Any) -> AsyncIterator[tuple[NavaiSession, RealtimeStandIn]]:
    stand_in = RealtimeStandIn(model)
    async with stand_in.running() as realtime, AsyncNavaiBackendClient(url, max_retries=0) as client:
        given: dict[str, Any] = {"navigate": print, "routes": ROUTES, "model_config": {"url": realtime}} | options
        yield await open_session(client, **given), stand_in


async def conversed(url: str, *turns: Turn, **options: Any) -> list[Any]:
    """What the tools gave back, in a conversation of these turns; the last is words."""
    async with opened(url, scripted(*turns), **options) as (ready, stand_in), await ready.run() as session:
        await session.send_message("Begin")
        await until_it_speaks(session, str(turns[-1]))
        return outputs(stand_in.conversations[0])


def executing(name: str, payload: dict[str, Any] | None = None) -> Turn:
    return [("execute_app_function", {"function_name": name, "payload": payload})]


# --- calls reach the backend, and their results the model ------------------------------------------------------------------------


@pytest.mark.usefixtures("express")
def test_a_call_reaches_the_express_backend_and_its_result_the_model() -> None:
    with ExpressBackend() as backend:
        told = asyncio.run(
            conversed(
                backend.url,
                [("create_order", {"payload": {"items": [{"id": 1, "quantity": 2}], "userId": "7"}})],
                executing("Echo", {"args": ["ü"]}),
                executing("fails"),
                executing("missing"),
                "All done.",
            )
        )
    order, echo, failed, unknown = told
    assert order["ok"] is True
    assert order["source"] == "src/ai/functions-modules/orders.js#createOrder"
    assert (echo["ok"], echo["function_name"], "ü" in json.dumps(echo["result"], ensure_ascii=False)) == (True, "echo", True)
    assert failed == {"ok": False, "function_name": "fails", "error": "Function execution failed.", "details": "HTTP 500: kaboom"}
    assert (unknown["ok"], unknown["error"]) == (False, "Unknown or disallowed function.")
    assert "create_order" in unknown["available_functions"]


def test_local_functions_go_before_the_backends(navai_backend: LocalBackend) -> None:
    async def same(a: int) -> str:
        return f"local {a}"

    def blocking() -> str:
        time.sleep(0.01)
        return "from a thread"

    def broken() -> None:
        raise ValueError("my own fault")

    def add(a: int, b: int) -> int:
        return a + b

    navai_backend.function(lambda_named("same", lambda: "backend"))
    told = asyncio.run(
        conversed(
            navai_backend.url,
            [("same", {"payload": {"a": 1}})],
            [("blocking", {"payload": None})],
            executing("same", {"args": [2]}),
            executing("broken"),
            executing("same", {"b": 1}),
            executing("add", {"a": 1}),
            "All done.",
            functions=[same, blocking, broken, add],
        )
    )
    assert [each["result"] for each in told[:3]] == ["local 1", "from a thread", "local 2"]
    assert told[3]["details"] == "my own fault"
    # As published: a payload that fits no parameter goes whole to a function that takes one.
    assert told[4]["result"] == "local {'b': 1}"
    assert (told[5]["ok"], told[5]["error"]) == (False, "Function execution failed.")
    assert "missing a required argument: 'b'" in told[5]["details"]
    assert navai_backend.calls == []


def lambda_named(name: str, function: Callable[[], Any]) -> Callable[[], Any]:
    function.__name__ = name
    return function


def test_the_agent_is_heard(navai_backend: LocalBackend) -> None:
    async def main() -> tuple[int, str]:
        heard, words = 0, ""
        async with opened(navai_backend.url, scripted("Good morning to you.")) as (ready, _), await ready.run() as session:
            await session.send_message("Begin")
            async with asyncio.timeout(20):
                async for event in session:
                    if event.type == "audio":
                        heard += len(event.audio.data)
                    elif event.type == "raw_model_event" and event.data.type == "transcript_delta":
                        words += event.data.delta
                    elif event.type == "agent_end":
                        return heard, words
        raise AssertionError

    # A tenth of a second for each word, in PCM16 at 24 kHz.
    assert asyncio.run(main()) == (4 * 4800, "Good morning to you.")


def test_the_app_is_navigated(navai_backend: LocalBackend) -> None:
    seen: list[str] = []

    async def navigate(path: str) -> None:
        await asyncio.sleep(0)
        seen.append(path)

    turns: list[Turn] = [[("navigate_to", {"target": "open MY ACCOUNT"})], [("navigate_to", {"target": "the moon"})], "There."]
    told = asyncio.run(conversed(navai_backend.url, *turns, navigate=navigate))
    assert told == [{"ok": True, "path": "/profile"}, {"ok": False, "error": "Unknown or disallowed route."}]
    assert seen == ["/profile"]


def test_an_app_that_fails_to_navigate_does_not_end_the_conversation(navai_backend: LocalBackend) -> None:
    def navigate(path: str) -> None:
        raise RuntimeError(f"no screen for {path}")

    told = asyncio.run(conversed(navai_backend.url, [("navigate_to", {"target": "/profile"})], "Sorry.", navigate=navigate))
    assert told == [{"ok": False, "error": "Navigation failed.", "details": "no screen for /profile"}]


# --- what goes wrong -------------------------------------------------------------------------------------------------------------


def test_an_approval_that_is_pending_is_told(navai_backend: LocalBackend) -> None:
    def pay() -> None:
        raise FunctionFailure("Waiting", status=202, pending_approval=True)

    navai_backend.function(pay)
    assert asyncio.run(conversed(navai_backend.url, executing("pay"), "It waits.")) == [
        {"ok": False, "function_name": "pay", "error": "Function execution failed.", "details": "Waiting", "pending_approval": True}
    ]


def test_a_backend_that_is_gone_is_told_with_whether_it_may_have_run(navai_backend: LocalBackend) -> None:
    navai_backend.function(lambda_named("f", lambda: 1))

    async def main() -> Any:
        async with opened(navai_backend.url, scripted(executing("f"), "Sorry.")) as (ready, stand_in):
            await asyncio.to_thread(navai_backend.stop)
            async with await ready.run() as session:
                await session.send_message("Begin")
                await until_it_speaks(session, "Sorry.")
                return outputs(stand_in.conversations[0])

    (told,) = asyncio.run(main())
    assert (told["ok"], told["may_have_run"]) == (False, False)
    assert told["details"].startswith(f"Could not connect to {navai_backend.url}: ")


# A model can be talked into anything; Python's decoder follows brackets until the stack overflows.
DEEP = '{"payload": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize("arguments", ['{"payload": ', "[]", '"text"', DEEP, "[" * 100_000], ids=lambda text: text[:12])
def test_arguments_that_are_no_object_are_told(navai_backend: LocalBackend, arguments: str) -> None:
    async def main() -> Any:
        async with opened(navai_backend.url, scripted("Hello.")) as (ready, _):
            tool: Any = ready.agent.tools[1]
            return json.loads(await tool.on_invoke_tool(None, arguments))

    assert asyncio.run(main()) == {"ok": False, "error": "The arguments are not a JSON object."}


def test_a_user_who_interrupts_a_slow_function_is_answered_and_its_result_is_not_lost(navai_backend: LocalBackend) -> None:
    running, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        running.set()
        go_on.wait(20)
        return "at last"

    navai_backend.function(slow)

    def model(conversation: Conversation) -> Turn:
        last = conversation.items[-1]
        if last["type"] == "function_call_output":
            return f"It says {json.loads(last['output'])['result']}."
        return "I am still at it." if "hurry" in json.dumps(last) else executing("slow")

    async def main() -> list[Any]:
        async with opened(navai_backend.url, model) as (ready, stand_in), await ready.run() as session:
            await session.send_message("Begin")
            await asyncio.to_thread(running.wait, 10)
            await stand_in.send(stand_in.conversations[0], type="input_audio_buffer.speech_started", audio_start_ms=0, item_id="i")
            await session.interrupt()
            await session.send_message("hurry")
            await until_it_speaks(session, "I am still at it.")
            go_on.set()
            await until_it_speaks(session, "It says at last.")
            return outputs(stand_in.conversations[0])

    assert [each["result"] for each in asyncio.run(main())] == ["at last"]
    assert len(navai_backend.calls) == 1


def test_a_failed_listing_gives_an_agent_all_the_same(navai_backend: LocalBackend) -> None:
    async def main() -> None:
        stand_in = RealtimeStandIn(scripted([("navigate_to", {"target": "/profile"})], "There."))
        async with stand_in.running() as url, AsyncNavaiBackendClient(navai_backend.url, functions_list_path="/nowhere") as client:
            ready = await open_session(client, navigate=print, routes=ROUTES, model_config={"url": url})
            assert ready.warnings == ["[navai] Failed to load backend functions (404)."]
            assert isinstance(ready.error, APIStatusError)
            async with await ready.run() as session:
                await session.send_message("Begin")
                await until_it_speaks(session, "There.")

    asyncio.run(main())


def test_without_a_secret_there_is_no_session(navai_backend: LocalBackend) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url, client_secret_path="/nowhere") as client:
            with pytest.raises(APIStatusError):
                await open_session(client, navigate=print, routes=ROUTES)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"functions": {"f": "text"}}, "functions must be functions or bound methods, not 'text'."),
        ({"functions": [dict]}, "functions must be functions or bound methods, not <class 'dict'>."),
        ({"agents": [NavaiAgentConfig("A", ["f"])]}, "functions must be functions or bound methods, not 'f'."),  # type: ignore[list-item]
        ({"agents": NavaiAgentConfig("A", [])}, "agents must be a list of NavaiAgentConfig, not NavaiAgentConfig."),
        ({"routes": [{"name": "Profile", "path": "/profile"}]}, "routes must be a list of NavaiRoute; it has dict."),
        ({"routes": {"Profile": "/profile"}}, "routes must be a list of NavaiRoute, not dict."),
        ({"agents": [NavaiRoute("A", "/")]}, "agents must be a list of NavaiAgentConfig; it has NavaiRoute."),
        ({"navigate": "/profile"}, "navigate must be a function that takes a path, not str."),
        ({"functions": 5}, "functions must be a list of functions, or a dict of names and functions, not int."),
        ({"functions": "f"}, "functions must be a list of functions, or a dict of names and functions, not str."),
        (
            {"functions": iter([print])},
            "functions must be a list of functions, or a dict of names and functions, not list_iterator.",
        ),
        ({"functions": {5: print}}, "The names of functions must be a list of strings; it has int."),
        (
            {"agents": [NavaiAgentConfig("A", 5)]},  # type: ignore[arg-type]
            "functions must be a list of functions, or a dict of names and functions, not int.",
        ),
        ({"agent_name": 5}, "agent_name must be a string, not int."),
        ({"base_instructions": ["a"]}, "base_instructions must be a string, not list."),
        ({"secret": ["model"]}, "secret must be a dict of arguments, not list."),
        ({"model_config": 5}, "model_config must be a dict of settings, not int."),
        (
            {"model_config": {"initial_model_settings": 5}},
            "initial_model_settings of model_config must be a dict of settings, not int.",
        ),
        ({"runner_options": [1]}, "runner_options must be a dict of arguments, not list."),
        (
            {"runner_options": {"x": 1}},
            "runner_options must be a dict of arguments; RealtimeRunner() takes model, config, but not 'x'.",
        ),
        (
            {"runner_options": {"starting_agent": 1}},
            "runner_options must be a dict of arguments; RealtimeRunner() takes model, config, but not 'starting_agent'.",
        ),
        ({"client": 5}, "client must be an AsyncNavaiBackendClient or a NavaiBackendClient, not int."),
        (
            {"client": NavaiBackendClient},
            "client must be an AsyncNavaiBackendClient or a NavaiBackendClient, not the class NavaiBackendClient.",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    navai_backend: LocalBackend, given: dict[str, Any], words: str
) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            options: dict[str, Any] = {"client": client, "navigate": print, "routes": ROUTES} | given
            with pytest.raises(ConfigurationError) as caught:
                await open_session(**options)
            assert str(caught.value) == words

    asyncio.run(main())
    assert navai_backend.requests == []


@pytest.mark.parametrize("kind", [AsyncNavaiBackendClient, NavaiBackendClient])
def test_a_secret_of_unknown_arguments_is_refused_before_anything_is_sent(navai_backend: LocalBackend, kind: type[Any]) -> None:
    client = kind(navai_backend.url)
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(open_session(client, navigate=print, routes=ROUTES, secret={"modell": "m"}))
    assert str(caught.value).startswith("secret must be a dict of arguments; create_client_secret() takes model, voice, ")
    assert str(caught.value).endswith(", but not 'modell'.")
    assert navai_backend.requests == []


# --- whatever a function does ----------------------------------------------------------------------------------------------------


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def returning(value: Any) -> Callable[[], Any]:
    return lambda: value


def holding_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


# By what it does: the function, and what of the answer tells of it.
WHATEVER: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "tuple_keys": (returning({(1, 2): 3}), {"ok": True, "result": {"(1, 2)": 3}}),
    "holds_itself": (holding_itself, {"ok": True, "result": ["..."]}),
    "huge_integer": (returning(10**5000), {"ok": True, "result": hex(10**5000)}),
    "half_a_letter": (returning("\ud800"), {"ok": True, "result": "\ud800"}),
    "wordless": (raising(Wordless()), {"ok": False, "details": "Wordless"}),
    "stop_iteration": (raising(StopIteration()), {"ok": False, "details": "StopIteration"}),
    "cancelled": (raising(asyncio.CancelledError()), {"ok": False, "details": "CancelledError"}),
    "cancelled_async": (raising_async(asyncio.CancelledError()), {"ok": False, "details": "CancelledError"}),
    "exits": (lambda: sys.exit(3), {"ok": False, "details": "SystemExit: 3"}),
    "exits_async": (raising_async(SystemExit(3)), {"ok": False, "details": "SystemExit: 3"}),
    "too_long": (returning("x" * 2_000_000), {"ok": True, "result": None}),
}


def test_whatever_a_function_does_the_model_gets_an_answer_and_the_conversation_goes_on(navai_backend: LocalBackend) -> None:
    turns = [*(executing(name) for name in WHATEVER), "Still here."]
    functions = {name: function for name, (function, _) in WHATEVER.items()}
    told = asyncio.run(conversed(navai_backend.url, *turns, functions=functions))
    assert [each["function_name"] for each in told] == list(WHATEVER)
    for answer, (name, (_, expected)) in zip(told, WHATEVER.items(), strict=True):
        assert answer | expected == answer, name


@pytest.mark.parametrize("error", [SystemExit(3), asyncio.CancelledError(), StopIteration(), Wordless()], ids=repr)
def test_whatever_navigate_does_the_conversation_goes_on(navai_backend: LocalBackend, error: BaseException) -> None:
    def navigate(_: str) -> None:
        raise error

    (told,) = asyncio.run(conversed(navai_backend.url, [("navigate_to", {"target": "/profile"})], "Sorry.", navigate=navigate))
    assert (told["ok"], told["error"]) == (False, "Navigation failed.")


def test_a_sync_client_does_not_wait_behind_slow_functions() -> None:
    """The threads that all of asyncio shares are taken, and the session is opened within its deadline all the same."""
    done = threading.Event()

    async def main(url: str) -> NavaiSession:
        # More than the executor has threads, on any machine.
        slow = [asyncio.ensure_future(asyncio.to_thread(done.wait, 60)) for _ in range(64)]
        try:
            with NavaiBackendClient(url, deadline=5) as client:
                async with asyncio.timeout(10):
                    return await open_session(client, navigate=print, routes=ROUTES)
        finally:
            done.set()
            await asyncio.gather(*slow)

    with LocalBackend() as backend:
        assert asyncio.run(main(backend.url)).error is None


# --- specialists -----------------------------------------------------------------------------------------------------------------


def test_two_handoffs(navai_backend: LocalBackend) -> None:
    def eat() -> str:
        return "soup"

    def fly() -> str:
        return "Lisbon"

    agents = [
        NavaiAgentConfig("Main", [lambda_named("nothing", lambda: None)], is_primary=True),
        NavaiAgentConfig("Food", [eat], description="Knows food."),
        NavaiAgentConfig("Travel", [fly], description="Knows flights."),
    ]
    turns: list[Turn] = [
        [("transfer_to_food", {})],
        executing("eat"),
        [("transfer_to_travel", {})],
        executing("fly"),
        executing("eat"),
        "Bon voyage.",
    ]

    async def main() -> list[Any]:
        async with opened(navai_backend.url, scripted(*turns), agents=agents) as (ready, stand_in):
            food, travel = (each for each in ready.agent.handoffs if isinstance(each, RealtimeAgent))
            food.handoffs.append(travel)
            async with await ready.run() as session:
                await session.send_message("Begin")
                await until_it_speaks(session, "Bon voyage.")
            items = stand_in.conversations[0].items
            return [item["output"] for item in items if item["type"] == "function_call_output"]

    to_food, soup, to_travel, lisbon, refused = asyncio.run(main())
    assert "Food" in to_food
    assert json.loads(soup)["result"] == "soup"
    assert "Travel" in to_travel
    assert json.loads(lisbon)["result"] == "Lisbon"
    assert json.loads(refused)["available_functions"] == ["fly"]


# --- many, secrets, time ---------------------------------------------------------------------------------------------------------


def test_50_sessions_at_once_get_their_own_answers_and_leave_nothing_behind(navai_backend: LocalBackend) -> None:
    @navai_backend.function
    def echo(value: str) -> str:
        return value

    def model(conversation: Conversation) -> Turn:
        done = len(outputs(conversation))
        said = conversation.last("message")["content"][0].get("text")
        return executing("echo", {"value": f"{said}-{done}"}) if done < 5 else "All done."

    async def main() -> None:
        stand_in = RealtimeStandIn(model)
        async with stand_in.running() as url, AsyncNavaiBackendClient(navai_backend.url) as client:

            async def one(number: int) -> list[Any]:
                ready = await open_session(client, navigate=print, routes=ROUTES, model_config={"url": url})
                async with await ready.run() as session:
                    await session.send_message(f"session-{number}")
                    await until_it_speaks(session, "All done.")
                mine = next(each for each in stand_in.conversations if f'"session-{number}"' in json.dumps(each.items))
                return [each["result"] for each in outputs(mine)]

            await one(1000)
            tasks, files = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
            told = await asyncio.gather(*(one(number) for number in range(50)))
            assert told == [[f"session-{number}-{call}" for call in range(5)] for number in range(50)]
            # What stays open are the client's own idle connections, at most 20, at both ends (the backend is in this process).
            for _ in range(500):
                if len(asyncio.all_tasks()) <= tasks and len(os.listdir("/proc/self/fd")) <= files + 2 * 20:
                    break
                await asyncio.sleep(0.02)
            assert len(asyncio.all_tasks()) <= tasks
            assert len(os.listdir("/proc/self/fd")) <= files + 2 * 20

    asyncio.run(main())


@pytest.mark.parametrize("kind", [AsyncNavaiBackendClient, NavaiBackendClient])
@pytest.mark.parametrize(
    ("wrong", "kinds"),
    [
        ({}, APIStatusError),
        ({"secret": {"api_key": API_KEY, "modle": "m"}}, ConfigurationError),
        ({"secret": {"api_key": API_KEY, "timeout": -1}}, ConfigurationError),
        ({"secret": API_KEY}, ConfigurationError),
        ({"secret": {}, "runner_options": {"key": API_KEY}}, ConfigurationError),
        ({"secret": {}, "model_config": API_KEY}, ConfigurationError),
        ({"secret": {}, "agent_name": 5}, ConfigurationError),
    ],
)
def test_a_session_that_fails_to_open_shows_no_secret(
    navai_backend: LocalBackend, kind: type[Any], wrong: dict[str, Any], kinds: Any
) -> None:
    """In no frame of what it raises, of which reports of errors show the locals."""
    given: dict[str, Any] = {"secret": {"api_key": API_KEY}, "model_config": {"headers": {"X-Key": HEADER}}} | wrong
    path = None if "runner_options" in wrong else "/nowhere"

    async def main() -> None:
        client: Any = kind(navai_backend.url, env={}, headers={"X-Key": HEADER}, client_secret_path=path)
        with pytest.raises(kinds) as caught:
            await open_session(client, navigate=print, routes=ROUTES, **given)
        assert_nothing_planted(sentry_sends(caught.value))
        if isinstance(client, NavaiBackendClient):
            client.close()
        else:
            await client.aclose()

    asyncio.run(main())


def test_a_session_that_is_not_open_in_time_shows_no_secret(navai_backend: LocalBackend) -> None:
    """A timeout of the caller's comes of a cancellation, which brings frames along."""

    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url, env={}, headers={"X-Key": HEADER}) as client:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.2):
                    await open_session(client, navigate=print, routes=ROUTES, secret={"api_key": API_KEY})
            assert_nothing_planted(sentry_sends(caught.value))

    navai_backend.respond_next(503, {}, {"Retry-After": "5"})
    navai_backend.respond_next(503, {}, {"Retry-After": "5"})
    asyncio.run(main())


def test_a_connection_that_gets_no_secret_shows_none(navai_backend: LocalBackend) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url, env={}, max_retries=0) as client:
            ready = await open_session(client, navigate=print, routes=ROUTES, secret={"api_key": API_KEY})
            give: Any = ready.model_config["api_key"]
            await give()
            navai_backend.respond_next(401, {"error": f"Wrong key {API_KEY}"})
            with pytest.raises(APIStatusError) as caught:
                await give()
            assert_nothing_planted(sentry_sends(caught.value))

    asyncio.run(main())


def test_each_connection_has_a_secret_of_its_own_which_nothing_shows(
    navai_backend: LocalBackend, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[str]:
        async with opened(navai_backend.url, scripted("Hello."), secret={"api_key": "sk-planted"}) as (ready, stand_in):
            for _ in range(3):
                async with await ready.run() as session:
                    await session.send_message("Begin")
                    await until_it_speaks(session, "Hello.")
            shown.append(repr(ready) + repr(ready.model_config) + repr(vars(ready.runner)))
            return [each.secret for each in stand_in.conversations]

    shown: list[str] = []
    for name in ("navai", "navai.agents", "navai.tools", "openai.agents"):
        caplog.set_level(logging.DEBUG, name)
    secrets = asyncio.run(main())
    assert len(set(secrets)) == 3
    assert all(secret.startswith("ek_") for secret in secrets)
    shown.append(caplog.text)
    for secret in (*secrets, "sk-planted"):
        assert secret not in "".join(shown)
    minted = [request for request in navai_backend.requests if "client-secret" in request.path]
    assert [request.json for request in minted] == [{"apiKey": "sk-planted"}] * 3


def test_a_secret_that_ends_before_it_is_used_is_minted_again(navai_backend: LocalBackend) -> None:
    async def main() -> str:
        stand_in = RealtimeStandIn(scripted("Hello."))
        async with stand_in.running() as url, AsyncNavaiBackendClient(navai_backend.url) as client:
            # One answer serves the minting and the listing, whichever comes first.
            both = {"value": "ek_old", "expires_at": time.time() + 1, "items": []}
            navai_backend.respond_next(200, both)
            navai_backend.respond_next(200, both)
            ready = await open_session(client, navigate=print, routes=ROUTES, model_config={"url": url})
            async with await ready.run():
                pass
            return stand_in.conversations[0].secret

    assert asyncio.run(main()).startswith("ek_fake")


def test_a_session_starts_in_one_round_trip(navai_backend: LocalBackend) -> None:
    """The secret and the functions are asked for at once: this server answers nobody before both have asked."""
    asked = asyncio.Event()
    waiting = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        await reader.readuntil(b"\r\n\r\n")
        waiting += 1
        if waiting == 2:
            asked.set()
        await asked.wait()
        body = b'{"value": "ek_1", "items": [{"name": "f"}]}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    async def main(build: Callable[[str], Any]) -> NavaiSession:
        nonlocal waiting
        waiting = 0
        asked.clear()
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            client = build(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            ready = await open_session(client, navigate=print, routes=ROUTES)
            closed: Awaitable[None] | None = client.aclose() if isinstance(client, AsyncNavaiBackendClient) else client.close()
            if closed is not None:
                await closed
            return ready

    for kind in (AsyncNavaiBackendClient, NavaiBackendClient):
        ready = asyncio.run(main(functools.partial(kind, deadline=5)))
        assert [tool.name for tool in ready.agent.tools] == ["navigate_to", "execute_app_function", "f"]


def test_a_sync_client_fits(navai_backend: LocalBackend) -> None:
    navai_backend.function(lambda_named("f", lambda: "through a thread"))

    async def main() -> list[Any]:
        stand_in = RealtimeStandIn(scripted(executing("f"), "Done."))
        with NavaiBackendClient(navai_backend.url) as client:
            async with stand_in.running() as url:
                ready = await open_session(client, navigate=print, routes=ROUTES, model_config={"url": url})
                async with await ready.run() as session:
                    await session.send_message("Begin")
                    await until_it_speaks(session, "Done.")
                return outputs(stand_in.conversations[0])

    assert [each["result"] for each in asyncio.run(main())] == ["through a thread"]


def test_a_backend_that_speaks_itself_gets_words_only(navai_backend: LocalBackend) -> None:
    async def main() -> Any:
        both = {"value": "ek_1", "speech": {"provider": "elevenlabs"}, "items": []}
        navai_backend.respond_next(200, both)
        navai_backend.respond_next(200, both)
        async with opened(navai_backend.url, scripted("Hello.")) as (ready, stand_in), await ready.run() as session:
            await session.send_message("Begin")
            await until_it_speaks(session, "Hello.")
            return stand_in.conversations[0].session["output_modalities"]

    assert asyncio.run(main()) == ["text"]


def test_model_and_voice_are_those_that_are_named_for_the_secret_and_for_the_connection(navai_backend: LocalBackend) -> None:
    """As the guide says: without the settings of the connection, openai-agents would set its own defaults."""

    async def main() -> dict[str, Any]:
        stand_in = RealtimeStandIn(scripted("Hello."))
        async with stand_in.running() as url, AsyncNavaiBackendClient(navai_backend.url) as client:
            inputs = {"model": "gpt-realtime", "voice": "marin"}
            settings: Any = {"url": url}
            ready = await open_session(client, navigate=print, routes=ROUTES, secret=inputs, model_config=settings)
            async with await ready.run() as session:
                await session.send_message("Hi")
                await until_it_speaks(session, "Hello.")
        return stand_in.conversations[0].session

    session = asyncio.run(main())
    assert (session["model"], session["audio"]["output"]["voice"]) == ("gpt-realtime", "marin")
    (created,) = [request.json for request in navai_backend.requests if "client-secret" in request.path]
    assert created == {"model": "gpt-realtime", "voice": "marin"}


@pytest.mark.parametrize(("url", "expected"), [("ws://127.0.0.1:1/", ConnectionRefusedError), (None, InvalidStatus)])
def test_a_realtime_server_that_cannot_be_reached_or_refuses_is_no_error_of_ours(
    navai_backend: LocalBackend, url: str | None, expected: type[Exception]
) -> None:
    """The second is a backend, which speaks no WebSocket."""

    async def main() -> None:
        async with AsyncNavaiBackendClient(navai_backend.url) as client:
            settings: Any = {"url": url or navai_backend.url.replace("http", "ws")}
            ready = await open_session(client, navigate=print, routes=ROUTES, model_config=settings)
            async with await ready.run():
                pass

    with pytest.raises(expected) as caught:
        asyncio.run(main())
    assert type(caught.value) is expected


# --- what WordPress lists --------------------------------------------------------------------------------------------------------


def test_what_wordpress_lists_of_a_function_is_in_its_tool(navai_backend: LocalBackend) -> None:
    schema = {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]}
    items = [
        {"name": "with_schema", "metadata": {"argument_schema": schema, "requires_approval": True}},
        {"name": "without", "metadata": {"argument_schema": None, "requires_approval": False}},
    ]

    async def main() -> list[Any]:
        both = {"value": "ek_1", "items": items}
        navai_backend.respond_next(200, both)
        navai_backend.respond_next(200, both)
        async with opened(navai_backend.url, scripted("Hello.")) as (ready, stand_in), await ready.run() as session:
            await session.send_message("Begin")
            await until_it_speaks(session, "Hello.")
            return [tool for tool in stand_in.conversations[0].session["tools"] if tool["name"].startswith("with")]

    with_schema, without = asyncio.run(main())
    assert with_schema["parameters"]["properties"]["payload"]["anyOf"] == [schema, {"type": "null"}]
    assert with_schema["description"].endswith(" It may wait until someone has approved it.")
    assert without["parameters"]["properties"]["payload"]["anyOf"][0] == {"type": "object", "additionalProperties": True}
    assert without["description"] == 'Direct alias for execute_app_function("without").'


@pytest.mark.parametrize(
    "argument",
    [
        {"description": "\ud800"},
        {"description": "x" * 20_000},
        json.loads('{"items":' * 300 + "{}" + "}" * 300),
    ],
    ids=["half a letter", "too long", "too deep"],
)
def test_a_schema_that_cannot_be_sent_does_not_keep_a_session_from_opening(
    navai_backend: LocalBackend, argument: dict[str, Any]
) -> None:
    metadata = {"argument_schema": {"type": "object", "properties": {"a": argument}}}
    both = {"value": "ek_1", "items": [{"name": "f", "metadata": metadata}]}
    navai_backend.respond_next(200, both)
    navai_backend.respond_next(200, both)

    async def main() -> Any:
        async with opened(navai_backend.url, scripted("Hello.")) as (ready, stand_in), await ready.run() as session:
            await session.send_message("Begin")
            await until_it_speaks(session, "Hello.")
            return stand_in.conversations[0].session["tools"][-1]

    tool = asyncio.run(main())
    assert (tool["name"], tool["parameters"]["properties"]["payload"]["anyOf"][0]["additionalProperties"]) == ("f", True)


# --- the extra -------------------------------------------------------------------------------------------------------------------


def test_importing_navai_loads_no_agents() -> None:
    program = "import sys, navai; print({'agents', 'openai', 'pydantic', 'websockets'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_without_the_extra_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['agents'] = None; import navai.agents"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.stderr.splitlines()[-1] == "ImportError: navai.agents needs an extra: pip install 'navai-sdk[agents]'"


@pytest.mark.parametrize("fault", ["ImportError: no", "ModuleNotFoundError: No module named 'pydantic'"])
def test_an_extra_that_is_there_and_does_not_load_says_why(tmp_path: Path, fault: str) -> None:
    kind, _, words = fault.partition(": ")
    (tmp_path / "agents.py").write_text(f"raise {kind}({words!r}, name='pydantic')\n", "utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    told = subprocess.run(
        [sys.executable, "-c", "import navai.agents"], env=environment, capture_output=True, text=True, check=False
    )
    assert told.stderr.splitlines()[-1] == fault


@pytest.fixture(autouse=True)
def _no_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """openai-agents would send traces of each session to OpenAI."""
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
