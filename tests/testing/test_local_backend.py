"""The local backend that users test with, and its fixture."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest

from navai import APIStatusError, FunctionExecutionError, NavaiBackendClient
from navai.testing import FunctionFailure, LocalBackend, RecordedCall


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


@pytest.mark.parametrize(
    ("functions", "message"),
    [([len, len], "There is a function 'len' already"), ({"a": len, "A ": len}, "already"), ({" ": len}, "needs a name")],
)
def test_two_functions_of_one_name_are_refused(functions: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LocalBackend(functions)


def test_it_starts_once_stops_twice_and_starts_again() -> None:
    backend = LocalBackend()
    backend.stop()
    with backend:
        with pytest.raises(RuntimeError, match="serves already"):
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


def test_stopping_waits_for_no_function_that_runs_and_says_nothing() -> None:
    program = """
import time
from navai import APITimeoutError, NavaiBackendClient
from navai.testing import LocalBackend

with LocalBackend({"sleep": lambda: time.sleep(2)}) as backend, NavaiBackendClient(backend.url) as client:
    try:
        client.execute_function("sleep", timeout=0.1)
    except APITimeoutError:
        began = time.monotonic()
print(time.monotonic() - began < 1.5)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("True\n", "")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"function_name": 5}', b'"f"'])
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


def test_the_fixture_is_there_in_the_users_own_tests(pytester: pytest.Pytester) -> None:
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
        """
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_the_plugin_does_not_load_the_server_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\n\ndef test_light():\n    assert not {'aiohttp', 'httpx'} & set(sys.modules)\n")
    # Other plugins that are installed here load httpx themselves.
    pytester.runpytest_subprocess("-p", "no:pytest_httpx", "-p", "no:respx").assert_outcomes(passed=1)
