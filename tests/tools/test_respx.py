"""respx answers the default clients."""

from __future__ import annotations

import json

import httpx
import pytest
import respx

from navai import APITimeoutError
from tests.conftest import Connect, over_httpx

URL = "http://backend.example"

pytestmark = [over_httpx, pytest.mark.usefixtures("no_network")]


def test_a_route_answers_and_counts_its_calls(connect: Connect) -> None:
    with respx.mock(base_url=URL) as router:
        execute = router.post("/navai/functions/execute").respond(json={"ok": True, "result": 3})
        listing = router.get("/navai/functions").respond(json={"items": [{"name": "add"}]})
        client = connect(URL, headers={"X-Tenant": "acme"})
        assert client.execute_function("add", {"a": 1, "b": 2}) == 3
        assert client.execute_function("add", {"a": 2, "b": 1}) == 3
        assert [function.name for function in client.list_functions().functions] == ["add"]
    assert (execute.call_count, listing.call_count) == (2, 1)
    request = execute.calls[0].request
    assert json.loads(request.content) == {"function_name": "add", "payload": {"a": 1, "b": 2}}
    assert request.headers["x-tenant"] == "acme"


def test_side_effects_come_one_for_each_attempt(connect: Connect) -> None:
    with respx.mock(base_url=URL) as router:
        listing = router.get("/navai/functions")
        listing.side_effect = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(200, json={"items": []})]
        assert connect(URL).list_functions().error is None
        execute = router.post("/navai/functions/execute").mock(side_effect=httpx.ReadTimeout("slow"))
        with pytest.raises(APITimeoutError) as caught:
            connect(URL).execute_function("add")
    assert caught.value.request_sent is True
    assert (listing.call_count, execute.call_count) == (3, 1)


def test_a_request_without_a_route_fails_the_test(connect: Connect) -> None:
    """Even of a listing, which otherwise never raises."""
    with respx.mock(assert_all_called=False) as router:
        router.get("http://elsewhere.example")
        with pytest.raises(AssertionError, match="not mocked"):
            connect(URL).list_functions()
