"""What both clients put on the wire."""

from __future__ import annotations

import math
from typing import Any

import pytest

from navai import ConfigurationError
from navai._version import __version__
from navai.testing import LocalBackend
from tests.conftest import Connect


def test_method_path_and_json_are_those_of_the_contract(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    client.create_client_secret()
    client.create_client_secret(
        model="m", voice_accent="Colombian", api_key="sk-planted-0123456789", extra_body={"session_key": "k"}
    )
    client.list_functions()
    client.execute_function("echo")
    client.execute_function("echo", {})
    client.execute_function("echo", {"a": [1, None, "é"]}, extra_body={"session_key": "k"})
    assert [(request.method, request.path, request.json) for request in backend.requests] == [
        ("POST", "/navai/realtime/client-secret", {}),
        (
            "POST",
            "/navai/realtime/client-secret",
            {"model": "m", "voiceAccent": "Colombian", "apiKey": "sk-planted-0123456789", "session_key": "k"},
        ),
        ("GET", "/navai/functions", None),
        ("POST", "/navai/functions/execute", {"function_name": "echo", "payload": None}),
        ("POST", "/navai/functions/execute", {"function_name": "echo", "payload": {}}),
        ("POST", "/navai/functions/execute", {"function_name": "echo", "payload": {"a": [1, None, "é"]}, "session_key": "k"}),
    ]


def test_headers_say_json_and_who_asks(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, headers={"X-Tenant": "blue"}, auth=("ana", "app password"))
    client.list_functions()
    client.execute_function("echo")
    listing, execution = (request.headers for request in backend.requests)
    for headers in (listing, execution):
        assert headers["accept"] == "application/json"
        assert headers["user-agent"] == f"navai-sdk-python/{__version__}"
        assert headers["x-tenant"] == "blue"
        assert headers["authorization"] == "Basic YW5hOmFwcCBwYXNzd29yZA=="
    assert execution["content-type"] == "application/json"
    assert "content-type" not in listing
    assert "cookie" not in listing


def test_cookies_are_not_kept(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(200, {"items": []}, {"Set-Cookie": "session=1; Path=/"})
    client = connect(backend.url)
    client.list_functions()
    client.list_functions()
    assert ["cookie" in request.headers for request in backend.requests] == [False, False]


def test_credentials_in_the_base_url_become_basic_authentication(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url.replace("://", "://ana:p%40ss@"))
    assert client.list_functions().error is None
    assert backend.requests[0].headers["authorization"] == "Basic YW5hOnBAc3M="
    assert "ana" not in repr(client.client)


@pytest.mark.parametrize(
    "paths",
    [
        {
            "client_secret_path": "/api/v1/realtime/secret",
            "functions_list_path": "api/v1/functions",
            "functions_execute_path": "/api/v1/functions/run",
        },
        {
            "client_secret_path": "/?rest_route=/navai/v1/realtime/client-secret",
            "functions_list_path": "/?rest_route=/navai/v1/functions",
            "functions_execute_path": "?rest_route=/navai/v1/functions/execute",
        },
        {"client_secret_path": "/a%20b/ñ", "functions_list_path": "/a?b=c%26d&e=ñ", "functions_execute_path": "/x/"},
    ],
)
def test_path_options_are_followed(connect: Connect, paths: dict[str, str]) -> None:
    def ping() -> str:
        return "pong"

    with LocalBackend([ping], **paths) as backend:
        client = connect(backend.url, **paths)
        assert client.create_client_secret().value
        assert [function.name for function in client.list_functions().functions] == ["ping"]
        assert client.execute_function("ping") == "pong"
        # And the default paths are not served.
        assert connect(backend.url).list_functions().error is not None


def test_a_base_url_may_have_a_path_and_slashes_and_blanks_around(connect: Connect) -> None:
    with LocalBackend(functions_list_path="/wp-json/navai/functions") as backend:
        assert connect(f"  {backend.url}/wp-json//  ").list_functions().error is None


def test_the_environment_gives_the_base_url(backend: LocalBackend, connect: Connect) -> None:
    assert connect(env={"NAVAI_API_URL": f" {backend.url}/ "}).list_functions().error is None
    assert connect("  ", env={"NAVAI_API_URL": backend.url}).list_functions().error is None


@pytest.mark.parametrize("payload", [{"a": math.nan}, {"a": {1}}, {"a": object()}, [1], "text"])
def test_a_payload_that_is_not_json_is_refused_before_anything_is_sent(
    backend: LocalBackend, connect: Connect, payload: Any
) -> None:
    with pytest.raises(ConfigurationError, match="payload"):
        connect(backend.url).execute_function("echo", payload)
    assert backend.requests == []


@pytest.mark.parametrize("option", [{"timeout": 0}, {"deadline": -1}])
def test_a_bad_limit_of_a_call_is_refused_before_anything_is_sent(
    backend: LocalBackend, connect: Connect, option: dict[str, float]
) -> None:
    client = connect(backend.url)
    for call in (
        client.list_functions,
        client.create_client_secret,
        lambda **limits: client.execute_function("echo", **limits),
        lambda **limits: client.synthesize_speech("Hello", **limits),
    ):
        with pytest.raises(ConfigurationError, match="positive number of seconds"):
            call(**option)
    assert backend.requests == []


def test_with_options_changes_options_over_the_same_connections(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url, headers={"X-Tenant": "blue"}, auth=("ana", "x"))
    other = client.with_options(headers={"X-Tenant": "red"}, functions_list_path="/elsewhere")
    assert client.list_functions().error is None
    assert client._runner.run(_list(other)).error is not None
    blue, red = backend.requests
    assert (blue.headers["x-tenant"], red.headers["x-tenant"]) == ("blue", "red")
    assert blue.headers["authorization"] == red.headers["authorization"]
    assert (blue.path, red.path) == ("/navai/functions", "/elsewhere")
    assert other._connections is client._connections
    client._runner.run(_close(other))
    assert client.list_functions().error is None  # The connections are the first one's.
    client.close()
    with pytest.raises(ConfigurationError, match="This client is closed"):
        client._runner.run(_list(other))


async def _list(client: Any) -> Any:
    found = client.list_functions()
    return await found if hasattr(found, "__await__") else found


async def _close(client: Any) -> None:
    if hasattr(client, "aclose"):
        await client.aclose()
    else:
        client.close()


def test_with_options_refuses_what_it_does_not_know(connect: Connect) -> None:
    client = connect()
    with pytest.raises(TypeError, match="unexpected keyword argument 'env'"):
        client.with_options(env={})
    with pytest.raises(ConfigurationError, match="no scheme"):
        client.with_options(api_base_url="localhost:3000")
