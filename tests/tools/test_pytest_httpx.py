"""pytest-httpx answers the default clients."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from pytest_httpx import HTTPXMock

from navai import APIConnectionError, APIStatusError, APITimeoutError, NavaiBackendClient
from tests.conftest import Connect, over_httpx

URL = "http://backend.example"

pytestmark = [over_httpx, pytest.mark.usefixtures("no_network")]


def test_it_answers_each_operation(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(method="GET", url=f"{URL}/navai/functions", json={"items": [{"name": "add"}]})
    httpx_mock.add_response(method="POST", url=f"{URL}/navai/functions/execute", json={"ok": True, "result": 3})
    httpx_mock.add_response(method="POST", url=f"{URL}/navai/realtime/client-secret", json={"value": "ek_fake", "expires_at": 5})
    client = connect(URL)
    assert [function.name for function in client.list_functions().functions] == ["add"]
    assert client.execute_function("add", {"a": 1, "b": 2}) == 3
    assert client.create_client_secret(voice="marin").value == "ek_fake"


def test_it_sees_the_url_the_json_and_the_headers(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{URL}/api/execute?tenant=5",
        match_json={"function_name": "add", "payload": {"a": 1}},
        match_headers={"X-Tenant": "acme", "Authorization": "Basic YW5hOng="},
        json={"ok": True, "result": 1},
    )
    client = connect(URL, functions_execute_path="/api/execute?tenant=5", headers={"X-Tenant": "acme"}, auth=("ana", "x"))
    assert client.execute_function("add", {"a": 1}) == 1
    request = httpx_mock.get_request()
    assert request is not None
    assert (request.method, str(request.url)) == ("POST", f"{URL}/api/execute?tenant=5")
    assert json.loads(request.content) == {"function_name": "add", "payload": {"a": 1}}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == "backend.example"


@pytest.mark.parametrize(
    ("error", "ours", "request_sent"),
    [
        (httpx.ConnectError("refused"), APIConnectionError, False),
        (httpx.ConnectTimeout("slow"), APITimeoutError, False),
        (httpx.ReadError("reset"), APIConnectionError, True),
        (httpx.ReadTimeout("slow"), APITimeoutError, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_exception_that_it_raises_is_one_of_ours(
    connect: Connect, httpx_mock: HTTPXMock, error: Exception, ours: type[APIConnectionError], request_sent: bool
) -> None:
    httpx_mock.add_exception(error)
    with pytest.raises(APIConnectionError) as caught:
        connect(URL, max_retries=0).execute_function("add")
    assert type(caught.value) is ours
    assert caught.value.request_sent is request_sent
    assert caught.value.__cause__ is error


def test_it_sees_every_attempt(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=503, headers={"Retry-After": "0"})
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    httpx_mock.add_response(json={"items": []})
    assert connect(URL).list_functions().error is None
    assert len(httpx_mock.get_requests()) == 3


def test_an_execution_that_may_have_run_is_one_request(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("slow"))
    with pytest.raises(APITimeoutError):
        connect(URL).execute_function("add")
    assert len(httpx_mock.get_requests()) == 1


def test_its_error_answers_and_bodies_are_read_like_any(connect: Connect, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=500, json={"error": "Out of paper"})
    with pytest.raises(APIStatusError, match="Out of paper") as caught:
        connect(URL).execute_function("add")
    assert caught.value.status_code == 500


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
def test_the_reason_of_a_request_that_it_does_not_know_is_the_cause(connect: Connect, httpx_mock: HTTPXMock) -> None:
    with pytest.raises(APITimeoutError) as caught:
        connect(URL).execute_function("add")
    assert "No response can be found for POST request on http://backend.example" in str(caught.value.__cause__)
    assert len(httpx_mock.get_requests()) == 1


def test_it_answers_the_generated_client_too(connect: Connect, httpx_mock: HTTPXMock) -> None:
    from navai_sdk.api.functions import list_functions
    from navai_sdk.models import ListFunctionsResponse

    httpx_mock.add_response(url=f"{URL}/navai/functions", json={"items": [], "warnings": []})
    blocking = connect(URL)
    if isinstance(blocking.client, NavaiBackendClient):
        found = list_functions.sync(client=blocking.sdk)
    else:
        found = asyncio.run(list_functions.asyncio(client=blocking.sdk))
    assert isinstance(found, ListFunctionsResponse)
