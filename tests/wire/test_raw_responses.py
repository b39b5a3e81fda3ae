"""What came with a result: `with_raw_response`, on every kind of client."""

from __future__ import annotations

import subprocess
import sys

import pytest

from navai import APIResponse, BackendFunctionsResult, ClientSecret, ConfigurationError, FunctionExecutionError, SynthesizedSpeech
from navai.testing import LocalBackend
from tests.conftest import Connect

SECRET, COOKIE = "planted-secret", "planted-cookie"


def test_a_result_comes_with_status_headers_and_request_id(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    backend.respond_next(201, {"ok": True, "result": 5}, {"X-Request-ID": "r-1", "Set-Cookie": COOKIE})
    response = client.with_raw_response.execute_function("echo", result_type=int)
    assert isinstance(response, APIResponse)
    assert (response.result, response.status_code, response.request_id) == (5, 201, "r-1")
    assert response.headers["x-request-id"] == response.headers["X-Request-Id"] == "r-1"
    assert response.headers["set-cookie"] == COOKIE
    assert COOKIE not in repr(response)
    assert client.execute_function("echo") == {}, "the client itself returns results"


def test_each_operation_has_it(backend: LocalBackend, connect: Connect) -> None:
    raw = connect(backend.url).with_raw_response
    responses = raw.create_client_secret(model="m"), raw.list_functions(), raw.execute_function("echo"), raw.synthesize_speech("Hi")
    kinds = [type(response.result) for response in responses]
    assert kinds == [ClientSecret, BackendFunctionsResult, dict, SynthesizedSpeech]
    assert [response.status_code for response in responses] == [200] * 4
    assert [response.request_id for response in responses] == [None] * 4


def test_errors_are_those_of_the_plain_call(backend: LocalBackend, connect: Connect) -> None:
    raw = connect(backend.url).with_raw_response
    backend.respond_next(200, {"ok": False}, {"Request-ID": "r-2"})
    with pytest.raises(FunctionExecutionError) as caught:
        raw.execute_function("echo")
    assert caught.value.request_id == "r-2"
    with pytest.raises(ConfigurationError):
        raw.execute_function("echo", [1])


def test_a_listing_that_failed_has_the_status_if_there_was_one(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, max_retries=0)
    backend.respond_next(503, {"error": "closed"}, {"X-Request-ID": "r-3"})
    response = client.with_raw_response.list_functions()
    assert (response.status_code, response.request_id, response.result.error.status_code) == (503, "r-3", 503)
    backend.stop()
    response = client.with_raw_response.list_functions()
    assert (response.status_code, response.request_id, dict(response.headers)) == (None, None, {})
    assert response.result.error is not None


CALLS = {
    "sync": "NavaiBackendClient(deadline=1e-6).with_raw_response.list_functions()",
    "async": "asyncio.run(AsyncNavaiBackendClient(deadline=1e-6).with_raw_response.list_functions())",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_listing_whose_deadline_passes_while_the_http_library_is_loaded_is_a_response_too(call: str) -> None:
    program = f"import asyncio\nfrom navai import *\nprint({call})"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("APIResponse(result=BackendFunctionsResult(functions=[], warnings=['")
    assert "deadline" in shown


def test_secrets_that_a_backend_repeats_in_headers_are_redacted(backend: LocalBackend, connect: Connect) -> None:
    raw = connect(backend.url, headers={"X-Key": SECRET}).with_raw_response
    backend.respond_next(200, {"value": "ek_planted-value"}, {"X-Echo": f"{SECRET} ek_planted-value", "X-Request-ID": SECRET})
    response = raw.create_client_secret()
    assert response.result.value == "ek_planted-value"
    assert response.headers["x-echo"] == "*** ***"
    assert response.request_id == "***"
    backend.respond_next(200, {"value": "new-value-of-a-secret"}, {"X-Echo": "new-value-of-a-secret"})
    assert raw.create_client_secret().headers["x-echo"] == "***"


def test_it_is_of_the_same_options_and_connections_and_closes_nothing(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, headers={"X-Tenant": "blue"})
    raw = client.with_raw_response
    raw.list_functions()
    del raw
    client.list_functions()
    assert [request.headers["x-tenant"] for request in backend.requests] == ["blue", "blue"]
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.with_raw_response.list_functions()
