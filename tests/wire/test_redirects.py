"""Redirects over real sockets, to the same and to another origin."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from navai import APIConnectionError, APIStatusError, NavaiError
from navai.testing import LocalBackend
from tests.conftest import Connect

SECRETS: dict[str, Any] = {"headers": {"X-Api-Key": "planted-key"}, "auth": ("ana", "planted-password")}


def echo(**payload: Any) -> dict[str, Any]:
    return payload


@pytest.fixture
def other() -> Iterator[LocalBackend]:
    with LocalBackend([echo]) as running:
        yield running


@pytest.mark.parametrize("status", [307, 308])
def test_an_execution_goes_on_within_its_backend_with_all_it_had(backend: LocalBackend, connect: Connect, status: int) -> None:
    client = connect(backend.url, functions_execute_path="/old", **SECRETS)
    backend.respond_next(status, b"", {"Location": "/navai/functions/execute"})
    assert client.execute_function("echo", {"a": 1}) == {"a": 1}
    first, second = backend.requests
    assert (first.method, first.json) == (second.method, second.json)
    assert second.headers["x-api-key"] == "planted-key"
    assert second.headers["authorization"] == first.headers["authorization"]
    assert len(backend.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("call", ["create_client_secret", "execute_function"])
def test_a_post_that_fetch_would_turn_into_a_get_is_an_error(
    backend: LocalBackend, connect: Connect, call: str, status: int
) -> None:
    backend.respond_next(status, b"", {"Location": "/elsewhere"})
    with pytest.raises(APIStatusError, match=r"redirect to '/elsewhere', not followed") as caught:
        getattr(connect(backend.url), call)(**({"function_name": "echo"} if call == "execute_function" else {}))
    assert caught.value.status_code == status
    assert len(backend.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_never_goes_to_another_origin(backend: LocalBackend, other: LocalBackend, connect: Connect, status: int) -> None:
    backend.respond_next(
        status, b"", {"Location": f"http://ana:planted@{other.url.removeprefix('http://')}/navai/functions/execute"}
    )
    with pytest.raises(APIStatusError, match="not followed") as caught:
        connect(backend.url, **SECRETS).execute_function("echo")
    assert "planted" not in str(caught.value)
    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_listing_goes_to_another_origin_without_anything_secret(
    backend: LocalBackend, other: LocalBackend, connect: Connect, status: int
) -> None:
    backend.respond_next(status, b"", {"Location": f"{other.url}/once"})
    other.respond_next(status, b"", {"Location": f"{backend.url}/navai/functions"})
    result = connect(backend.url, **SECRETS).list_functions()
    assert [function.name for function in result.functions] == ["echo"]
    assert backend.requests[0].headers["x-api-key"] == "planted-key"
    # Nor back at the first origin: trust that is lost does not come back.
    for request in (other.requests[0], backend.requests[1]):
        assert not request.headers.keys() & {"x-api-key", "authorization", "cookie"}
        assert request.headers["accept"] == "application/json"


def test_what_was_only_redirected_was_not_executed(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(
        307, b"", {"Location": "https" + backend.url.removeprefix("http")}
    )  # The same host, but nobody speaks TLS.
    with pytest.raises(APIConnectionError, match="Could not connect to https://") as caught:
        connect(backend.url, max_retries=0).execute_function("echo")
    assert caught.value.request_sent is False


def test_redirects_without_end_are_an_error(backend: LocalBackend, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(30):
        backend.respond_next(302, b"", {"Location": "/navai/functions"})
    with caplog.at_level(logging.INFO, "navai"):
        result = connect(backend.url).list_functions()
    assert result.warnings == ["[navai] Failed to load backend functions (302)."]
    assert str(result.error) == "HTTP 302 Found (redirect to '/navai/functions', not followed: after 20 others)"
    assert len(backend.requests) == 21
    first = next(record.getMessage() for record in caplog.records if record.name == "navai")
    assert first.endswith(f" ms, attempt 1 of 3, redirected to {backend.url}/navai/functions")


def test_a_new_attempt_begins_where_the_call_began(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(307, b"", {"Location": "/elsewhere"})
    backend.respond_next(503, b"", {"Retry-After": "0"})
    assert connect(backend.url).list_functions().error is None
    assert [request.path for request in backend.requests] == ["/navai/functions", "/elsewhere", "/navai/functions"]


@pytest.mark.parametrize(
    "location", ["http://\u2603.example/".encode().decode("latin-1"), "http://[::g]/", "http://a\x7fb/", "http:///x"]
)
def test_a_target_that_cannot_be_is_an_error_of_ours(backend: LocalBackend, connect: Connect, location: str) -> None:
    backend.respond_next(302, b"", {"Location": location})
    result = connect(backend.url, max_retries=0, timeout=2).list_functions()
    assert result.functions == []
    assert result.error is not None


@pytest.mark.parametrize("location", ["http://a[::1]@[x", "https://a[::1]@[127.0.0.1"])
def test_a_target_that_is_no_url_without_its_credentials_is_not_followed(
    backend: LocalBackend, connect: Connect, location: str
) -> None:
    for status in (302, 307):
        backend.respond_next(status, b"", {"Location": location})
    client = connect(backend.url, max_retries=0, timeout=2)
    assert isinstance(client.list_functions().error, APIStatusError)
    with pytest.raises(APIStatusError, match="not followed"):
        client.execute_function("echo")
    assert len(backend.requests) == 2


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ((500, {"error": "no"}), "APIStatusError"),
        ((200, {"ok": False, "error": "no"}), "FunctionExecutionError"),
        ((200, "no JSON"), "InvalidResponseError"),
        (None, "APIConnectionError"),
    ],
)
def test_an_error_names_the_url_that_answered_or_failed_and_so_does_the_next_call(
    backend: LocalBackend, connect: Connect, answer: tuple[int, Any] | None, name: str
) -> None:
    client = connect(backend.url, max_retries=0, functions_execute_path="/old?key=planted")
    location = f"{backend.url}/new/?key=planted" if answer else "https" + backend.url.removeprefix("http") + "/new/?key=planted"
    backend.respond_next(307, b"", {"Location": location})
    if answer:
        backend.respond_next(*answer)
    with pytest.raises(NavaiError) as caught:
        client.execute_function("echo")
    error: Any = caught.value
    assert (type(error).__name__, error.url) == (name, location.partition("?")[0])
    backend.respond_next(500, {"error": "no"})
    with pytest.raises(APIStatusError) as next_one:
        client.execute_function("echo")
    assert next_one.value.url == f"{backend.url}/old?key=***"


def test_the_error_of_a_redirect_that_is_not_followed_names_what_redirected(backend: LocalBackend, connect: Connect) -> None:
    for location in ("/a", "/b", "ftp://elsewhere.example/"):
        backend.respond_next(302, b"", {"Location": location})
    error = connect(backend.url).list_functions().error
    assert error.url == f"{backend.url}/b"


def test_the_error_of_a_new_attempt_names_where_that_one_ended(backend: LocalBackend, connect: Connect) -> None:
    backend.respond_next(302, b"", {"Location": "/elsewhere"})
    for _ in range(2):
        backend.respond_next(503, b"", {"Retry-After": "0"})
    error = connect(backend.url, max_retries=1).list_functions().error
    assert error.url == f"{backend.url}/navai/functions"


@pytest.mark.parametrize("status", [401, 403])
def test_a_listing_refused_at_another_origin_says_that_no_credentials_went_there(
    backend: LocalBackend, other: LocalBackend, connect: Connect, status: int
) -> None:
    target = f"{other.url}/wp-json/navai/v1/functions"
    backend.respond_next(301, b"", {"Location": f"{target}?key=planted"})
    other.respond_next(status, {"code": "rest_forbidden", "message": "Sorry.", "data": {"status": status}})
    result = connect(backend.url, **SECRETS).list_functions()
    assert result.warnings == [f"[navai] Failed to load backend functions ({status})."]
    where = f"redirected to {target!r}, where no credentials are sent: configure the client with that URL"
    assert str(result.error) == f"HTTP {status}: Sorry. ({where})"
    assert "authorization" not in other.requests[0].headers


def test_only_a_refusal_at_another_origin_says_so(backend: LocalBackend, other: LocalBackend, connect: Connect) -> None:
    """Neither what the backend itself refuses, after another origin failed, nor another failure of that origin."""
    client = connect(backend.url, max_retries=1, **SECRETS)
    backend.respond_next(301, b"", {"Location": other.url})
    other.respond_next(503, {"error": "Closed."}, {"Retry-After": "0"})
    backend.respond_next(401, {"error": "Sorry."})
    assert str(client.list_functions().error) == "HTTP 401: Sorry."
    backend.respond_next(307, b"", {"Location": "/elsewhere"})
    backend.respond_next(401, {"error": "Sorry."})
    assert str(client.list_functions().error) == "HTTP 401: Sorry."
    backend.respond_next(301, b"", {"Location": other.url})
    other.respond_next(404, {"error": "Nothing here."})
    assert str(client.list_functions().error) == f"HTTP 404: Nothing here. (GET {other.url})"
