"""What a client of the caller's does on its own (hooks, auth, redirects): nothing runs twice, and nothing goes elsewhere."""

from __future__ import annotations

import asyncio
import functools
import gzip
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
import trio
from attrs import frozen

from navai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncNavaiBackendClient,
    InvalidResponseError,
    NavaiBackendClient,
)
from navai.testing import LocalBackend
from tests.faults.faults import Fault
from tests.faults.server import FaultyServer
from tests.wire.kinds import Awaited


@frozen
class Library:
    """A library, and one of its two kinds of clients."""

    module: Any
    is_async: bool

    @asynccontextmanager
    async def connect(self, url: str, **options: Any) -> Any:
        """A client of ours over one of the library's with those options."""
        if self.is_async:
            async with self.module.AsyncClient(**options) as mine:
                yield AsyncNavaiBackendClient(url, env={}, http_client=mine)
        else:
            with self.module.Client(**options) as mine:
                yield Awaited(NavaiBackendClient(url, env={}, http_client=mine))

    def hook(self, function: Callable[[Any], None]) -> Any:
        """`function` as a hook of such a client."""

        async def awaited(subject: Any) -> None:
            function(subject)

        return awaited if self.is_async else function


def library_called(name: str) -> Any:
    return pytest.importorskip(name, reason="the lowest dependencies are too low for it")


@pytest.fixture(params=["httpx", "httpx-async", "httpx2", "httpx2-async"])
def library(request: pytest.FixtureRequest) -> Library:
    name, _, kind = request.param.partition("-")
    return Library(library_called(name), kind == "async")


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    with LocalBackend({"count": lambda: 1}) as running:
        yield running


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and which nobody else can get meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # It does not listen.
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/token"


def run_once(library: Library, backend: LocalBackend, **options: Any) -> APIConnectionError:
    """The error of an execution, which has run once."""

    async def main() -> None:
        async with library.connect(backend.url, **options) as client:
            await client.execute_function("count")

    with pytest.raises(APIConnectionError) as caught:
        asyncio.run(main())
    assert len(backend.calls) == 1
    return caught.value


def test_a_hook_that_fails_after_the_answer_does_not_run_an_execution_again(library: Library, backend: LocalBackend) -> None:
    seen: list[int] = []

    def fail(response: Any) -> None:
        seen.append(response.status_code)
        raise library.module.ConnectError("the service of the hook is down")

    error = run_once(library, backend, event_hooks={"response": [library.hook(fail)]})
    assert error.request_sent is True
    assert "the service of the hook is down" in str(error)
    assert seen == [200]


def test_a_hook_that_fails_with_the_error_of_our_request_does_not_run_an_execution_again(
    library: Library, backend: LocalBackend
) -> None:
    """As a hook that sends the request once more by itself would, where the backend has gone in the meantime."""

    def fail(response: Any) -> None:
        raise library.module.ConnectError("gone", request=response.request)

    assert run_once(library, backend, event_hooks={"response": [library.hook(fail)]}).request_sent is True


def test_a_request_of_auth_that_fails_does_not_run_an_execution_again(library: Library, backend: LocalBackend, nobody: str) -> None:
    class Auth(library.module.Auth):  # type: ignore[name-defined, misc]
        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            yield request
            yield library.module.Request("POST", nobody)

    assert run_once(library, backend, auth=Auth()).request_sent is True


def test_a_request_that_auth_sends_again_does_not_run_an_execution_again(
    library: Library, backend: LocalBackend, nobody: str
) -> None:
    class Auth(library.module.Auth):  # type: ignore[name-defined, misc]
        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            yield request
            request.url = library.module.URL(nobody)
            yield request

    assert run_once(library, backend, auth=Auth()).request_sent is True


def test_an_execution_that_was_not_sent_is_sent_again(library: Library, backend: LocalBackend) -> None:
    """What is known to be unsent still is: the care taken above costs no attempt."""
    attempts: list[Any] = []
    module = library.module

    class Flaky(module.AsyncHTTPTransport if library.is_async else module.HTTPTransport):  # type: ignore[misc]
        def fail_once(self, request: Any) -> None:  # A mock of a network that comes back.
            attempts.append(request)
            if len(attempts) == 1:
                raise module.ConnectError("no route", request=request)

        def handle_request(self, request: Any) -> Any:
            self.fail_once(request)
            return super().handle_request(request)

        async def handle_async_request(self, request: Any) -> Any:
            self.fail_once(request)
            return await super().handle_async_request(request)

    async def main() -> None:
        async with library.connect(backend.url, transport=Flaky()) as client:
            assert await client.execute_function("count") == 1

    asyncio.run(main())
    assert len(attempts) == 2
    assert len(backend.calls) == 1


def test_nothing_of_the_callers_client_runs_for_another_origin(library: Library, backend: LocalBackend) -> None:
    """Its hooks and its auth run for the backend, where they may add credentials, and for nobody else."""
    hooked: list[str] = []
    answered: list[str] = []
    authorized: list[str] = []

    def before(request: Any) -> None:
        hooked.append(str(request.url))
        request.headers["Authorization"] = "Bearer planted"
        request.headers["X-Hook"] = "planted"

    def after(response: Any) -> None:
        answered.append(str(response.url))

    class Auth(library.module.Auth):  # type: ignore[name-defined, misc]
        def auth_flow(self, request: Any) -> Generator[Any, Any, None]:
            authorized.append(str(request.url))
            request.headers["X-Auth"] = "planted"
            yield request

    options = {
        "event_hooks": {"request": [library.hook(before)], "response": [library.hook(after)]},
        "auth": Auth(),
        "cookies": {"session": "planted"},
        "headers": {"X-Mine": "planted"},
    }

    async def main(other: LocalBackend) -> None:
        backend.respond_next(307, b"", {"Location": f"{other.url}/once", "Set-Cookie": "more=planted"})
        other.respond_next(307, b"", {"Location": "/navai/functions"})  # Trust does not come back.
        async with library.connect(backend.url, **options) as client:
            assert (await client.list_functions()).error is None
            assert (await client.list_functions()).error is None

    with LocalBackend() as other:
        asyncio.run(main(other))
    # Two listings of the backend's, of which the first went on elsewhere.
    assert len(hooked) == len(answered) == len(authorized) == 2
    assert all(url.startswith(f"{backend.url}/navai/functions") for url in hooked + answered + authorized)
    for request in backend.requests:
        assert request.headers["authorization"] == "Bearer planted"
        assert request.headers.keys() >= {"x-hook", "x-auth", "x-mine", "cookie"}
    assert [request.path for request in other.requests] == ["/once", "/navai/functions"]
    for request in other.requests:
        assert "planted" not in str(request.headers)
        assert not request.headers.keys() & {"authorization", "x-hook", "x-auth", "x-mine", "cookie"}


# --- cancellation ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("client_of", ["navai", "fast", "httpx", "httpx2"])
def test_a_scope_of_anyio_cancels_a_call_as_any_other(loop: str, client_of: str) -> None:
    """No error of ours, nothing sent again; and the client goes on."""
    has_come = threading.Event()

    def hang(connection: socket.socket, _: bytes) -> None:
        """Until the client has gone."""
        has_come.set()
        while connection.recv(65536):
            pass

    async def main() -> None:
        http_client = library_called(client_of).AsyncClient() if client_of.startswith("httpx") else None
        options: dict[str, Any] = {"transport": "fast"} if client_of == "fast" else {"http_client": http_client}
        with FaultyServer() as server:
            client = AsyncNavaiBackendClient(f"http://{server.address}", env={}, **options)
            for call in (functools.partial(client.execute_function, "f", idempotent=True, deadline=40), client.list_functions):
                server.fault = Fault(hang)
                has_come.clear()
                cancelled = [0.0]

                async def cancel(scope: anyio.CancelScope, at: list[float]) -> None:
                    assert await anyio.to_thread.run_sync(has_come.wait, 20)
                    at[0] = anyio.current_time()
                    scope.cancel()

                async with anyio.create_task_group() as group:
                    with anyio.CancelScope() as scope:
                        group.start_soon(cancel, scope, cancelled)
                        await call()
                assert scope.cancelled_caught
                assert anyio.current_time() - cancelled[0] < 10
                # The connection went with the call, and nothing was sent again.
                assert server.all_gone(5)
                assert server.answers == 0
            assert await client.execute_function("f", {"a": 1}, deadline=20) == {"a": 1}
            await client.aclose()
            if http_client is not None:
                await http_client.aclose()
            assert server.all_gone(5)

    if loop == "trio":
        trio.run(main)
    else:
        asyncio.run(main())


# --- answers that a transport of the caller's makes in memory -------------------------------------------------------------------


def mocked(library: Library, answer: Callable[[], Any], seconds: float = 0.0) -> dict[str, Any]:
    """The options of a client over a transport of the library's that answers by itself, after some seconds."""

    def handle(_: Any) -> Any:
        return answer()

    async def handle_async(_: Any) -> Any:
        await asyncio.sleep(seconds)
        return answer()

    return {"transport": library.module.MockTransport(handle_async if library.is_async else handle)}


def test_what_the_library_has_unpacked_is_not_unpacked_again(library: Library) -> None:
    def answer() -> Any:
        return library.module.Response(
            200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b'{"ok": true, "result": 1}')
        )

    async def main() -> Any:
        async with library.connect("http://backend.example", **mocked(library, answer)) as client:
            return await client.execute_function("f")

    assert asyncio.run(main()) == 1


def test_a_response_is_closed_whether_it_was_read_or_not(library: Library) -> None:
    """Else its connection would never be free again."""
    closed: list[int] = []

    class Body(library.module.SyncByteStream, library.module.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield from [b'{"ok": true, ', b'"result": 1}']

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self:
                yield chunk

        def close(self) -> None:
            closed.append(1)

        async def aclose(self) -> None:
            closed.append(1)

    async def main() -> None:
        options = mocked(library, lambda: library.module.Response(200, stream=Body()))
        async with library.connect("http://backend.example", **options) as client:
            assert await client.execute_function("f") == 1
            assert closed
            closed.clear()
            ours = client.client if isinstance(client, Awaited) else client
            short = Awaited(ours.with_options(max_response_bytes=5))
            with pytest.raises(InvalidResponseError, match="larger than max_response_bytes"):
                await short.execute_function("f")
            assert closed

    asyncio.run(main())


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_an_async_call_over_a_transport_that_knows_no_limits_ends_at_its_deadline(name: str) -> None:
    library = Library(library_called(name), is_async=True)
    answer = functools.partial(library.module.Response, 200, content=b'{"ok": true, "result": 1}')

    async def main() -> None:
        # Entered, so that nothing is left to be loaded within the deadline.
        async with library.connect("http://backend.example", **mocked(library, answer, 60)) as client, client:
            with pytest.raises(APITimeoutError, match="before the deadline"):
                await client.execute_function("f", deadline=0.5)

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 15


def test_what_the_callers_client_adds_is_secret_too(library: Library, backend: LocalBackend) -> None:
    """Its headers, cookies, auth and query stood in errors where a backend repeated them."""

    def sign(request: Any) -> None:
        request.headers["X-Signature"] = "planted-signature"

    options: dict[str, Any] = {
        "headers": {"X-Token": "Token planted-token"},
        "cookies": {"session": "planted-cookie"},
        "auth": ("ana", "planted-password"),
        "params": {"key": "planted-query"},
        "event_hooks": {"request": [library.hook(sign)]},
    }
    names = ("signature", "token", "cookie", "password", "query")
    repeated = ", ".join(f"planted-{name}" for name in names)

    async def main() -> None:
        async with library.connect(backend.url, **options) as client:
            backend.respond_next(500, {"error": f"No: {repeated} for application/json"}, {"X-Echo": repeated})
            with pytest.raises(APIStatusError) as caught:
                await client.execute_function("count")
            error = caught.value
            assert str(error) == "HTTP 500: No: ***, ***, ***, ***, *** for application/json"
            assert "planted" not in f"{error.body} {error.json} {dict(error.headers)}"

    asyncio.run(main())
    assert "planted-signature" in str(backend.requests[0].headers)
    assert "key=planted-query" in backend.requests[0].path
