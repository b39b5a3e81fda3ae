"""The caller's own HTTP client, and every error of the HTTP library as one of ours."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from types import ModuleType
from typing import Any

import httpcore
import httpx
import httpx2
import pytest

from navai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncNavaiBackendClient,
    ConfigurationError,
    NavaiBackendClient,
    NavaiError,
)
from navai._http.exceptions import map_exception
from navai._http.messages import Request
from navai.testing import LocalBackend


@pytest.fixture(params=[httpx, httpx2], ids=lambda library: library.__name__)
def library(request: pytest.FixtureRequest) -> Any:
    """Each library whose clients a caller may bring."""
    return request.param


def test_the_callers_client_is_used_and_never_closed(library: Any, backend: LocalBackend) -> None:
    with library.Client(headers={"X-Mine": "1", "Accept": "text/html"}, auth=("mine", "x")) as mine:
        with NavaiBackendClient(backend.url, http_client=mine) as client:
            assert client.list_functions().error is None
        assert not mine.is_closed
        with NavaiBackendClient(backend.url, http_client=mine, auth=("ana", "y")) as client:
            assert client.list_functions().error is None
    first, second = (request.headers for request in backend.requests)
    assert (first["x-mine"], first["accept"]) == ("1", "application/json")
    assert first["authorization"] == "Basic bWluZTp4"
    assert second["authorization"] == "Basic YW5hOnk="


async def _async_with_own_client(library: Any, url: str) -> None:
    async with library.AsyncClient(headers={"X-Mine": "1"}) as mine:
        async with AsyncNavaiBackendClient(url, http_client=mine) as client:
            assert (await client.list_functions()).error is None
        assert not mine.is_closed


def test_the_callers_async_client_is_used_and_never_closed(library: Any, backend: LocalBackend) -> None:
    asyncio.run(_async_with_own_client(library, backend.url))
    assert backend.requests[0].headers["x-mine"] == "1"


def test_the_timeout_of_the_callers_client_holds_unless_one_is_given(library: Any) -> None:
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        seen.append(request.extensions["timeout"])
        return library.Response(200, json={})

    with library.Client(timeout=7, transport=library.MockTransport(answer)) as mine:  # A mock, to see the timeout.
        client = NavaiBackendClient("http://backend.example", http_client=mine)
        client.list_functions()
        client.list_functions(timeout=3)
        client.list_functions(deadline=2)
    assert seen[0] == {"connect": 7, "read": 7, "write": 7, "pool": 7}
    assert seen[1] == {"connect": 3, "read": 3, "write": 3, "pool": 3}
    assert 0 < seen[2]["read"] <= 2


def test_without_one_the_timeouts_are_those_of_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    send = httpcore.HTTPConnection.handle_request

    def spy(self: httpcore.HTTPConnection, request: httpcore.Request) -> httpcore.Response:
        seen.append(request.extensions["timeout"])
        return send(self, request)

    monkeypatch.setattr(httpcore.HTTPConnection, "handle_request", spy)
    with NavaiBackendClient("http://127.0.0.1:9", env={}, max_retries=0) as client:
        client.list_functions()
    assert seen == [{"connect": 5, "read": 60, "write": 60, "pool": 60}]


@pytest.mark.parametrize(
    ("build", "advice"),
    [
        (lambda: NavaiBackendClient(http_client=httpx.AsyncClient()), "AsyncNavaiBackendClient"),  # type: ignore[arg-type]
        (lambda: AsyncNavaiBackendClient(http_client=httpx.Client()), "NavaiBackendClient"),  # type: ignore[arg-type]
        (lambda: NavaiBackendClient(http_client="http://proxy"), "must be an httpx.Client"),  # type: ignore[arg-type]
        (lambda: AsyncNavaiBackendClient(http_client=5), "must be an httpx.AsyncClient"),  # type: ignore[arg-type]
    ],
)
def test_another_kind_of_http_client_is_refused_when_the_client_is_built(build: Any, advice: str) -> None:
    with pytest.raises(ConfigurationError, match="http_client") as caught:
        build()
    assert advice in str(caught.value)


def test_a_client_of_httpx2_is_taken_while_httpx_is_being_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread: then there is a module without clients, as here."""
    monkeypatch.setitem(sys.modules, "httpx", ModuleType("httpx"))
    with httpx2.Client() as mine:
        NavaiBackendClient("http://backend.example", http_client=mine)


def test_a_closed_client_of_the_caller_is_a_clear_error(library: Any, backend: LocalBackend) -> None:
    mine = library.Client()
    mine.close()
    with pytest.raises(ConfigurationError, match=r"^The http_client that was passed in is closed: close it after the last call"):
        NavaiBackendClient(backend.url, http_client=mine).list_functions()


def test_redirects_follow_our_rules_with_the_callers_client_too(library: Any, backend: LocalBackend) -> None:
    backend.respond_next(302, b"", {"Location": "/elsewhere"})
    with library.Client(follow_redirects=True) as mine:
        client = NavaiBackendClient(backend.url, http_client=mine)
        with pytest.raises(APIStatusError, match="redirect to '/elsewhere', not followed"):
            client.execute_function("f")
    assert len(backend.requests) == 1


def test_nothing_of_the_callers_client_goes_to_another_origin(library: Any, backend: LocalBackend) -> None:
    with LocalBackend() as other:
        backend.respond_next(307, b"", {"Location": f"{other.url}/once"})
        other.respond_next(307, b"", {"Location": "/navai/functions"})  # Within the other origin: trust does not come back.
        with library.Client(headers={"X-Mine": "1"}, auth=("mine", "x"), cookies={"c": "1"}, params={"p": "1"}) as mine:
            assert NavaiBackendClient(backend.url, http_client=mine).list_functions().error is None
    assert backend.requests[0].headers.keys() >= {"x-mine", "authorization", "cookie"}
    assert [request.path for request in other.requests] == ["/once", "/navai/functions"]
    for request in other.requests:
        assert not request.headers.keys() & {"x-mine", "authorization", "cookie"}


# --- errors ---------------------------------------------------------------------------------------------------------------------

REQUEST = Request("POST", "http://localhost:3000/navai/functions/execute", (), b"{}", None, None, 100)
LIBRARY_ERRORS = [
    (library, cls)
    for library in (httpx, httpx2)
    for _, cls in inspect.getmembers(library, inspect.isclass)
    if issubclass(cls, library.HTTPError | library.StreamError | library.InvalidURL)
]
CORE_ERRORS = [
    (httpcore, cls)
    for _, cls in inspect.getmembers(httpcore, inspect.isclass)
    if issubclass(cls, httpcore.TimeoutException | httpcore.NetworkError | httpcore.ProtocolError | httpcore.UnsupportedProtocol)
]


def name_of(each: Any) -> str:
    return str(each.__name__)


NEVER_SENT = {"ConnectError", "ConnectTimeout", "InvalidURL", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}


def raised(cls: type[Exception]) -> Exception:
    error = cls.__new__(cls)
    Exception.__init__(error, "reason")
    return error


@pytest.mark.parametrize(
    ("library", "cls"), [*LIBRARY_ERRORS, *CORE_ERRORS, (os, OSError), (os, ConnectionResetError)], ids=name_of
)
def test_every_error_of_the_libraries_is_mapped(library: Any, cls: type[Exception]) -> None:
    error = map_exception(raised(cls), REQUEST, dict.fromkeys(("connect", "read", "write", "pool"), 7.0))
    is_timeout = library is not os and issubclass(cls, library.TimeoutException)
    assert type(error) is (APITimeoutError if is_timeout else APIConnectionError)
    assert error.request_sent is (cls.__name__ not in NEVER_SENT)
    assert ("within 7 s" in str(error)) is is_timeout


def raising(library: Any, error: BaseException) -> Any:
    """A transport of the library that raises what a real one raises only in rare cases: a mock."""

    class Raising(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            raise error

        async def handle_async_request(self, request: Any) -> Any:
            raise error

    return Raising()


@pytest.mark.parametrize(("library", "cls"), LIBRARY_ERRORS, ids=name_of)
def test_no_error_of_the_libraries_escapes_a_client(library: Any, cls: type[Exception]) -> None:
    async def from_async() -> None:
        async with library.AsyncClient(transport=raising(library, raised(cls))) as mine:
            await AsyncNavaiBackendClient("http://backend.example", http_client=mine, max_retries=0).execute_function("f")

    with library.Client(transport=raising(library, raised(cls))) as mine, pytest.raises(NavaiError) as caught:
        NavaiBackendClient("http://backend.example", http_client=mine, max_retries=0).execute_function("f")
    assert isinstance(caught.value.__cause__, cls)
    with pytest.raises(NavaiError) as caught:
        asyncio.run(from_async())
    assert isinstance(caught.value.__cause__, cls)


def test_bugs_and_cancellation_pass_through_a_listing() -> None:
    for error in (ZeroDivisionError("a bug"), KeyboardInterrupt(), asyncio.CancelledError()):
        with httpx.Client(transport=raising(httpx, error)) as mine, pytest.raises(type(error)):
            NavaiBackendClient("http://backend.example", http_client=mine).list_functions()


def test_a_url_that_only_the_library_refuses_is_an_error_of_ours_too() -> None:
    client = NavaiBackendClient("http://\u2603.example", env={}, max_retries=0)
    assert (
        client.list_functions()
        .warnings[0]
        .startswith("[navai] Failed to load backend functions: http://\u2603.example is not a valid URL: Invalid IDNA hostname")
    )
    with pytest.raises(APIConnectionError) as caught:
        client.execute_function("f")
    assert caught.value.request_sent is False


# --- sdk ------------------------------------------------------------------------------------------------------------------------


def test_the_generated_low_level_goes_over_the_same_connections_paths_and_headers() -> None:
    from navai_sdk.api.functions import execute_function, list_functions
    from navai_sdk.models import ExecuteFunctionPayload, ExecuteFunctionRequest, ExecuteFunctionResponse, ListFunctionsResponse

    def echo(**payload: Any) -> dict[str, Any]:
        return payload

    async def from_async(url: str) -> Any:
        async with AsyncNavaiBackendClient(url, functions_list_path="/?q=list", headers={"X-Key": "planted"}) as client:
            assert "planted" not in repr(client.sdk)
            return await list_functions.asyncio(client=client.sdk)

    with LocalBackend([echo], functions_list_path="/?q=list") as backend, httpx.Client() as mine:
        client = NavaiBackendClient(
            backend.url, http_client=mine, functions_list_path="/?q=list", headers={"X-Key": "planted"}, auth=("ana", "planted")
        )
        assert "planted" not in repr(client.sdk)
        found = list_functions.sync(client=client.sdk)
        body = ExecuteFunctionRequest("echo", ExecuteFunctionPayload.from_dict({"a": 1}))
        ran = execute_function.sync(client=client.sdk, body=body)
        also = asyncio.run(from_async(backend.url))
    assert isinstance(found, ListFunctionsResponse)
    assert isinstance(also, ListFunctionsResponse)
    assert isinstance(ran, ExecuteFunctionResponse)
    assert ran.result == {"a": 1}
    assert [request.headers["x-key"] for request in backend.requests] == ["planted"] * 3
    assert backend.requests[0].headers["authorization"].startswith("Basic ")


def test_the_low_level_is_refused_over_a_client_of_httpx2(backend: LocalBackend) -> None:
    with httpx2.Client() as mine, pytest.raises(ConfigurationError, match="works with httpx only"):
        _ = NavaiBackendClient(backend.url, http_client=mine).sdk
