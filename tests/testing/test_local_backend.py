"""The local backend that users test with, and its fixture."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from navai import APIStatusError, FunctionExecutionError, NavaiBackendClient, NavaiError
from navai.testing import FunctionFailure, LocalBackend, RecordedCall, WordPressStandIn
from tests.failing import raising, raising_async


def test_functions_come_from_callables_mappings_and_the_decorator() -> None:
    class Service:
        def check(self) -> str:
            return "checked"

    functions: dict[str, Any] = {"is_up": Service().check, "upper": str.upper}
    with LocalBackend(functions) as backend, NavaiBackendClient(backend.url) as client:

        @backend.function
        def later(number: int = 1) -> int:
            """Come later."""
            return number

        assert later() == 1
        listed = {function.name: function.description for function in client.list_functions().functions}
        assert client.execute_function("is_up") == "checked"
        assert client.execute_function("later", {"number": 2}) == 2
    assert listed["later"] == "Come later."
    assert backend.calls == [RecordedCall("is_up", None), RecordedCall("later", {"number": 2})]


def test_a_backend_shows_where_it_is_and_what_it_serves() -> None:
    functions: dict[str, Any] = {"add": sum, "Upper": str.upper}
    backend = LocalBackend(functions)
    assert repr(backend) == "<LocalBackend not serving: add, Upper>"
    with backend:
        assert repr(backend) == f"<LocalBackend {backend.url}: add, Upper>"
    assert repr(backend) == "<LocalBackend not serving: add, Upper>"
    assert repr(WordPressStandIn()) == "<WordPressStandIn not serving: no functions>"


def test_payload_keys_may_be_any() -> None:
    def echo(**payload: Any) -> dict[str, Any]:
        return payload

    with LocalBackend([echo]) as backend, NavaiBackendClient(backend.url) as client:
        for payload in ({"self": 1, "func": 2, "a b": 3, "": 4}, {}):
            assert client.execute_function("echo", payload) == payload


@pytest.mark.parametrize("result", [{1, 2}, float("nan"), object(), b"x"])
def test_a_result_that_is_not_json_is_a_500_that_says_so(result: object) -> None:
    with LocalBackend({"f": lambda: result}) as backend, NavaiBackendClient(backend.url) as client:
        with pytest.raises(APIStatusError, match="JSON") as caught:
            client.execute_function("f")
        assert caught.value.status_code == 500


def test_a_failure_may_have_any_status_and_fields() -> None:
    def guarded() -> None:
        raise FunctionFailure("Blocked.", status=403, guardrail={"scope": "input"})

    with LocalBackend([guarded]) as backend, NavaiBackendClient(backend.url) as client:
        with pytest.raises(FunctionExecutionError, match=r"^Blocked\.$") as caught:
            client.execute_function("guarded")
    assert caught.value.status_code == 403
    assert caught.value.json == {"ok": False, "function_name": "guarded", "error": "Blocked.", "guardrail": {"scope": "input"}}


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def holding_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "result",
    [{(1, 2): 3}, holding_itself(), nested(100_000), 10**5000],
    ids=["tuple keys", "holds itself", "deep", "huge integer"],
)
def test_a_result_that_json_cannot_write_is_a_500_that_says_so(result: object) -> None:
    with LocalBackend({"f": lambda: result}) as backend, NavaiBackendClient(backend.url) as client:
        with pytest.raises(APIStatusError, match=r"^HTTP 500: The answer is not JSON: "):
            client.execute_function("f")


def fails_the_test() -> None:
    pytest.fail("this must not be called")


WHATEVER: dict[str, tuple[Callable[[], Any], str]] = {
    "pytest.fail": (fails_the_test, "Failed: this must not be called"),
    "CancelledError": (raising(asyncio.CancelledError()), "CancelledError"),
    "CancelledError, async": (raising_async(asyncio.CancelledError()), "CancelledError"),
    "sys.exit()": (lambda: sys.exit(3), "SystemExit: 3"),
    "sys.exit(), async": (raising_async(SystemExit(3)), "SystemExit: 3"),
    "Ctrl-C": (raising(KeyboardInterrupt()), "KeyboardInterrupt"),
    "Ctrl-C, async": (raising_async(KeyboardInterrupt()), "KeyboardInterrupt"),
    "StopIteration": (raising(StopIteration()), "StopIteration"),
    "StopIteration, async": (raising_async(StopIteration()), "coroutine raised StopIteration"),
    "an error without words": (raising(Wordless()), "Wordless"),
    "fields that are no JSON": (
        raising(FunctionFailure("Blocked.", at={1})), "The answer is not JSON: Object of type set is not JSON serializable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WHATEVER)
def test_whatever_a_function_does_the_answer_says_it_and_the_backend_goes_on(name: str) -> None:
    function, words = WHATEVER[name]
    with LocalBackend({"f": function, "g": lambda: "still here"}) as backend:
        with NavaiBackendClient(backend.url, timeout=10, max_retries=0) as client:
            with pytest.raises(APIStatusError) as caught:
                client.execute_function("f")
            assert (caught.value.status_code, caught.value.message) == (500, words)
            assert client.execute_function("g") == "still here"


def test_a_warning_that_is_no_json_is_a_500_that_says_so() -> None:
    with LocalBackend(warnings=[{1}]) as backend:  # type: ignore[list-item]
        answer = httpx.get(f"{backend.url}/navai/functions")
    assert (answer.status_code, answer.json()["error"][:24]) == (500, "The answer is not JSON: ")


@pytest.mark.parametrize("status", [0, 99, 199, 1000, True, "403", None])
def test_a_failure_without_a_status_is_refused_where_it_is_made(status: Any) -> None:
    with pytest.raises(ValueError, match=r"^status must be an HTTP status, for example 403, not "):
        FunctionFailure("Blocked.", status=status)


DEEP = (200, nested(100_000))


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (("200", b""), TypeError, "status must be an int, for example 403, not '200'."),
        ((True, b""), TypeError, "status must be an int, for example 403, not True."),
        ((200.0, b""), TypeError, "status must be an int, for example 403, not 200.0."),
        ((99, b""), ValueError, "status must be from 200 to 999, not 99."),
        ((199, b""), ValueError, "status must be from 200 to 999, not 199."),
        ((1000, b""), ValueError, "status must be from 200 to 999, not 1000."),
        ((200, object()), TypeError, "Object of type object is not JSON serializable"),
        ((200, {"a": float("nan")}), ValueError, "Out of range float values are not JSON compliant"),
        ((200, holding_itself()), ValueError, "Circular reference detected"),
        (DEEP, ValueError, "body is nested too deeply."),
        ((200, "\ud800"), ValueError, "surrogates not allowed"),
        ((200, b"", "headers"), ValueError, "dictionary update sequence"),
        ((200, b"", {"A": 1}), TypeError, "headers must be a dict of strings; it has 'A': 1."),
        ((200, b"", {1: "a"}), TypeError, "headers must be a dict of strings; it has 1: 'a'."),
        ((200, b"", {"A": None}), TypeError, "headers must be a dict of strings; it has 'A': None."),
        ((200, b"", {"": "a"}), ValueError, "headers: '' is not a header name."),
        ((200, b"", {"A B": "a"}), ValueError, "headers: 'A B' is not a header name."),
        ((200, b"", {"A\n": "a"}), ValueError, "headers: 'A\\n' is not a header name."),
        ((200, b"", {"A": "b\r\nC: d"}), ValueError, "headers: the value of 'A' has a line break or a null character."),
        ((200, b"", {"A": "b\0"}), ValueError, "headers: the value of 'A' has a line break or a null character."),
        ((200, b"", {"A": "\ud800"}), ValueError, "surrogates not allowed"),
    ],
)
def test_a_scripted_answer_that_is_none_is_refused_where_it_is_given(answer: Any, error: type[Exception], words: str) -> None:
    with LocalBackend() as backend:
        with pytest.raises(error, match=re.escape(words)):
            backend.respond_next(*answer)
        assert httpx.get(f"{backend.url}/navai/functions").status_code == 200


@pytest.mark.parametrize("status", [200, 204, 304, HTTPStatus.FORBIDDEN, 599, 999])
def test_a_scripted_answer_may_have_any_status_and_header(status: int) -> None:
    with LocalBackend() as backend:
        backend.respond_next(status, b"", {"X-Tab": "a\tb", "X-Empty": "", "X-Word": "ü"})
        answer = httpx.get(backend.url)
    assert answer.status_code == status
    assert [answer.headers[name] for name in ("x-tab", "x-empty", "x-word")] == ["a\tb", "", "ü"]


def test_it_has_no_url_before_it_starts() -> None:
    """An empty one would send a client to the backend that NAVAI_API_URL names."""
    backend = LocalBackend()
    with pytest.raises(RuntimeError) as caught:
        _ = backend.url
    assert str(caught.value) == "This backend has no URL before it starts: use it in a with block, or call start()."
    with backend:
        url = backend.url
    assert backend.url == url
    with NavaiBackendClient(backend.url, max_retries=0) as client:
        assert client.list_functions().functions == []


@pytest.mark.slow
@pytest.mark.parametrize("function", ["def f(): threading.Event().wait()", "async def f(): time.sleep(600)"])
def test_a_function_that_never_ends_keeps_neither_stop_nor_the_program_waiting(function: str) -> None:
    assert_stops(function)


@pytest.mark.slow
def test_a_function_that_does_not_let_itself_be_cancelled_keeps_nobody_waiting() -> None:
    assert_stops("""
async def f():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass
""")


@pytest.mark.slow
def test_a_task_that_a_function_leaves_behind_and_that_exits_does_not_end_the_backend() -> None:
    assert_stops(
        """
async def exits():
    sys.exit(3)

async def g():
    task = asyncio.create_task(exits())
    await asyncio.wait([task])
    task.exception()

def f():
    assert client.execute_function("g") is None
    threading.Event().wait()
"""
    )


def assert_stops(function: str) -> None:
    """The backend stops while `f` runs, the program ends, and nobody says anything."""
    program = f"""
import asyncio, gc, sys, threading, time
from navai import APITimeoutError, NavaiBackendClient
from navai.testing import LocalBackend

{function}

with LocalBackend({{name: globals()[name] for name in ("f", "g") if name in globals()}}) as backend:
    with NavaiBackendClient(backend.url) as client:
        try:
            client.execute_function("f", timeout=0.5)
        except APITimeoutError:
            pass
with LocalBackend([lambda: None]) as another, NavaiBackendClient(another.url) as client:
    assert client.list_functions().error is None
gc.collect()
print("over")
"""
    told = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (told.stdout, told.stderr) == ("over\n", "")


@pytest.mark.slow
def test_a_backend_that_stopped_while_its_event_loop_was_blocked_ends_after_that_and_says_nothing() -> None:
    program = """
import gc, threading, time
from navai import APITimeoutError, NavaiBackendClient
from navai.testing import LocalBackend

ends = threading.Event()

async def f():
    ends.wait(30)

before = set(threading.enumerate())
with LocalBackend([f]) as backend, NavaiBackendClient(backend.url) as client:
    url = backend.url
    try:
        client.execute_function("f", timeout=0.5)
    except APITimeoutError:
        pass
with NavaiBackendClient(url, max_retries=0) as client:
    assert "refused" in str(client.list_functions().error)
ends.set()
for thread in set(threading.enumerate()) - before:
    thread.join(30)
    assert not thread.is_alive()
gc.collect()
print("over")
"""
    told = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (told.stdout, told.stderr) == ("over\n", "")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_function_may_stop_its_own_backend(is_async: bool) -> None:
    stopped = threading.Event()

    def stop() -> None:
        backend.stop()
        stopped.set()

    async def stop_async() -> None:
        stop()

    with LocalBackend({"f": stop_async if is_async else stop}) as backend:
        with NavaiBackendClient(backend.url, max_retries=0, timeout=10) as client:
            with contextlib.suppress(NavaiError):
                client.execute_function("f")
        assert stopped.wait(30)


@pytest.mark.parametrize(
    ("functions", "message"),
    [([len, len], "There is already a function 'len'"), ({"a": len, "A ": len}, "already"), ({" ": len}, "needs a name")],
)
def test_two_functions_of_one_name_are_refused(functions: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LocalBackend(functions)


def test_it_starts_once_stops_twice_and_starts_again() -> None:
    backend = LocalBackend()
    backend.stop()
    with backend:
        with pytest.raises(RuntimeError, match="already serving"):
            backend.start()
    backend.stop()
    with backend, NavaiBackendClient(backend.url) as client:
        assert client.list_functions().error is None


def test_scripted_answers_come_in_order_and_then_the_usual_ones() -> None:
    with LocalBackend() as backend, NavaiBackendClient(backend.url, max_retries=0) as client:
        backend.respond_next(503, {"error": "later"}, {"Retry-After": "7"})
        backend.respond_next(200, "not JSON")
        first, second, third = (client.list_functions() for _ in range(3))
    assert first.error is not None
    assert (first.error.retry_after, str(first.error)) == (7, "HTTP 503: later")  # type: ignore[attr-defined]
    assert second.warnings == ["[navai] Failed to parse backend functions response."]
    assert third.error is None


def test_connections_that_come_as_it_stops_are_closed() -> None:
    program = """
import contextlib, gc, socket
from navai.testing import LocalBackend

for _ in range(30):
    with contextlib.ExitStack() as connections:
        with LocalBackend() as backend:
            address = "127.0.0.1", int(backend.url.rpartition(":")[2])
            for _ in range(5):
                connections.enter_context(socket.create_connection(address))
        del backend
        gc.collect()
print("done")
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


def test_stopping_waits_for_no_function_that_runs_and_says_nothing() -> None:
    program = """
import time
from navai import APITimeoutError, NavaiBackendClient
from navai.testing import LocalBackend, _local_backend

_local_backend._PATIENCE = 20
with LocalBackend({"sleep": lambda: time.sleep(30)}) as backend, NavaiBackendClient(backend.url) as client:
    try:
        client.execute_function("sleep", timeout=0.1)
    except APITimeoutError:
        began = time.monotonic()
print(time.monotonic() - began < 15)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("True\n", "")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"function_name": 5}', b'"f"', b"[" * 100_000], ids=lambda body: body[:20])
def test_a_request_that_is_not_understood_is_a_400(body: bytes) -> None:
    with LocalBackend() as backend:
        answer = httpx.post(f"{backend.url}/navai/functions/execute", content=body)
    assert (answer.status_code, answer.json()) == (400, {"error": "function_name is required."})


def test_a_large_payload_is_taken() -> None:
    with LocalBackend({"size": lambda text: text.count("x")}) as backend, NavaiBackendClient(backend.url) as client:
        assert client.execute_function("size", {"text": "x" * 3_000_000}) == 3_000_000


def test_without_the_extra_the_import_says_what_to_install() -> None:
    program = "import sys; sys.modules['aiohttp'] = None; import navai.testing"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'navai-sdk[testing]'" in result.stderr


def test_an_extra_that_is_there_and_does_not_load_says_why(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("import a_module_that_it_needs\n", "utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    result = subprocess.run(
        [sys.executable, "-c", "import navai.testing"], env=environment, capture_output=True, text=True, check=False
    )
    assert result.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'a_module_that_it_needs'"


@pytest.mark.slow
def test_the_fixtures_are_there_in_the_users_own_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NAVAI_API_URL", raising=False)
    pytester.makepyfile(
        """
        from navai import NavaiBackendClient

        def test_one(navai_backend):
            @navai_backend.function
            def add(a, b):
                return a + b

            with NavaiBackendClient(navai_backend.url) as client:
                assert client.execute_function("add", {"a": 1, "b": 2}) == 3
            assert navai_backend.calls[0].payload == {"a": 1, "b": 2}

        def test_another(navai_backend):
            assert navai_backend.calls == []

        def test_code_that_reads_the_environment(navai_api_url, navai_backend):
            assert navai_api_url == navai_backend.url
            with NavaiBackendClient() as client:
                assert client.list_functions().error is None
            assert len(navai_backend.requests) == 1

        def test_the_environment_is_as_before():
            assert NavaiBackendClient().api_base_url == "http://localhost:3000"
        """
    )
    pytester.runpytest_subprocess("-W", "error", "-p", "no:schemathesis").assert_outcomes(passed=4)


@pytest.mark.slow
def test_the_plugin_does_not_load_the_server_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\n\ndef test_light():\n    assert not {'aiohttp', 'httpx'} & set(sys.modules)\n")
    # Other plugins that are installed here load httpx themselves, or take a second.
    pytester.runpytest_subprocess("-p", "no:pytest_httpx", "-p", "no:respx", "-p", "no:schemathesis").assert_outcomes(passed=1)


@pytest.mark.parametrize("provider", ["ElevenLabs", "", None, 3])
def test_who_speaks_is_one_of_two(provider: Any) -> None:
    with pytest.raises(ValueError, match=r'^speech_provider must be "openai" or "elevenlabs", not '):
        LocalBackend(speech_provider=provider)
