"""`client.sdk`, the generated low level over the connections of the client, on every kind of client that has one."""

from __future__ import annotations

import gzip
import signal
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

import navai
from navai import NavaiBackendClient, NavaiError
from navai.testing import LocalBackend
from tests.secrecy import HEADER, PLANTED, assert_nothing_planted, sentry_sends
from tests.wire.kinds import CALLERS, OURS, Awaited, Kind

KINDS = OURS | {name: kind for name, kind in CALLERS.items() if kind.library == "httpx"}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


async def list_by(kind: Kind, sdk: Any) -> Any:
    """A listing by the generated function."""
    from navai_sdk.api.functions import list_functions

    return await list_functions.asyncio_detailed(client=sdk) if kind.is_async else list_functions.sync_detailed(client=sdk)


def sdk_of(client: Awaited) -> Any:
    return client.client.sdk


WRITTEN = [
    "http://LOCALHOST:{port}",
    "HTTP://localhost:{port}/",
    "http://localhost:{port}/a/../b",
    "http://localhost:{port}/a/..",
    "http://localhost:{port}/b/.",
    "http://localhost:{port}/\u00e4/%e4",
    "http://localhost:{port}/b%2fc//d",
    "http://localhost:{port}/{{b}}^|`",
]


@pytest.mark.parametrize("written", WRITTEN)
@each_kind
def test_path_options_are_used_however_the_base_url_is_written(kind: Kind, written: str, backend: LocalBackend) -> None:
    url = written.format(port=backend.url.rpartition(":")[2])

    async def main() -> None:
        async with kind.connect(url, functions_list_path="/custom?key=1", max_retries=0) as client:
            await client.list_functions()
            await list_by(kind, sdk_of(client))

    kind.run(main)
    first, second = backend.requests
    assert first.path.endswith("/custom?key=1")
    assert second.path == first.path


def test_path_options_are_used_if_the_base_url_has_the_default_port() -> None:
    """Where nobody listens in tests."""
    inner = NavaiBackendClient("https://backend.example:443", env={}, functions_list_path="/custom").sdk.get_httpx_client()
    completed = inner._transport._complete(inner.build_request("GET", "/navai/functions"))  # type: ignore[attr-defined]
    assert str(completed.url) == "https://backend.example/custom"


def bomb(letters: int) -> bytes:
    """That many letters, compressed to a thousandth."""
    return gzip.compress(b" " * letters)


@pytest.mark.parametrize("encoded", [True, False], ids=["gzip", "identity"])
@each_kind
def test_a_response_beyond_the_limit_is_an_error_of_httpx_that_fills_no_memory(
    kind: Kind, encoded: bool, backend: LocalBackend
) -> None:
    body = bomb(50_000_000) if encoded else b" " * 2_000_000
    headers = {"Content-Encoding": "gzip"} if encoded else {}

    async def main() -> None:
        async with kind.connect(backend.url, max_response_bytes=100_000) as client:
            backend.respond_next(200, body, headers)
            tracemalloc.start()
            try:
                with pytest.raises(httpx.DecodingError, match=r"^The response is larger than max_response_bytes\.$") as caught:
                    await list_by(kind, sdk_of(client))
                assert tracemalloc.get_traced_memory()[1] < 20_000_000
            finally:
                tracemalloc.stop()
            assert_nothing_planted(sentry_sends(caught.value))
            assert (await list_by(kind, sdk_of(client))).status_code == 200

    kind.run(main)


@each_kind
def test_a_response_is_decoded_once(kind: Kind, backend: LocalBackend) -> None:
    body = b'{"items":[],"warnings":["a warning"]}'

    async def main() -> None:
        async with kind.connect(backend.url) as client:
            for sent, headers in ((body, {}), (gzip.compress(body), {"Content-Encoding": "gzip"})):
                backend.respond_next(200, sent, headers | {"X-Own": "1"})
                response = await list_by(kind, sdk_of(client))
                assert response.parsed.warnings == ["a warning"]
                assert response.content == body
                assert response.headers["x-own"] == "1"
                assert response.headers["content-length"] == str(len(body))
                assert "content-encoding" not in response.headers
            backend.respond_next(200, gzip.compress(body)[:-5], {"Content-Encoding": "gzip"})
            with pytest.raises(httpx.DecodingError) as caught:
                await list_by(kind, sdk_of(client))
            assert caught.value.__cause__ is not None
            assert caught.value.__cause__.__traceback__ is None

    kind.run(main)


class InterruptionError(Exception):
    """What the handler of a signal raises."""


def interrupt(*_: object) -> None:
    raise InterruptionError


@pytest.fixture
def alarm() -> Iterator[None]:
    """Lets SIGALRM raise, and gives it back afterwards."""
    before = signal.signal(signal.SIGALRM, interrupt)
    yield
    signal.signal(signal.SIGALRM, before)


async def interrupted(kind: Kind, sdk: Any, server: socket.socket) -> BaseException:
    """What a call by the generated function ends in that is cancelled, or interrupted by a signal, once its request has come."""
    connections: list[socket.socket] = []
    errors: list[BaseException] = []

    def receive() -> None:
        connections.append(server.accept()[0])
        connections[0].recv(1000)
        if not kind.is_async:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    async def cancel() -> None:
        await anyio.to_thread.run_sync(receive)
        group.cancel_scope.cancel()

    if not kind.is_async:
        threading.Thread(target=receive).start()
        with pytest.raises(InterruptionError) as caught:
            await list_by(kind, sdk)
        errors.append(caught.value)
    else:
        async with anyio.create_task_group() as group:
            group.start_soon(cancel)
            try:
                await list_by(kind, sdk)
            except BaseException as error:
                errors.append(error)
                raise
    connections[0].close()
    return errors[0]


@pytest.mark.usefixtures("alarm")
@each_kind
def test_an_interruption_shows_no_secret(kind: Kind) -> None:
    async def main() -> None:
        options: dict[str, Any] = {"headers": {"X-Key": HEADER}, "functions_list_path": f"/x?token={PLANTED}"}
        async with kind.connect(f"http://127.0.0.1:{server.getsockname()[1]}", **options) as client:
            error = await interrupted(kind, sdk_of(client), server)
        assert not isinstance(error, NavaiError | httpx.HTTPError)
        assert_nothing_planted(sentry_sends(error))

    with socket.create_server(("127.0.0.1", 0)) as server:
        kind.run(main)


@each_kind
def test_it_is_entered_as_often_as_one_likes(kind: Kind, backend: LocalBackend) -> None:
    async def enter_and_list(sdk: Any) -> int:
        if kind.is_async:
            async with sdk as entered:
                return int((await list_by(kind, entered)).status_code)
        with sdk as entered:
            return int((await list_by(kind, entered)).status_code)

    async def main() -> None:
        async with kind.connect(backend.url) as client:
            kept = sdk_of(client)
            for sdk in (sdk_of(client), sdk_of(client), kept, kept):
                assert await enter_and_list(sdk) == 200
            assert (await list_by(kind, kept)).status_code == 200
            assert (await client.list_functions()).error is None

    kind.run(main)


@pytest.mark.parametrize("kind", OURS.values(), ids=list(OURS))
def test_cookies_of_the_backend_are_not_kept_and_those_of_the_caller_are_sent(kind: Kind, backend: LocalBackend) -> None:
    """Over the caller's own client, its cookies are sent."""

    async def main() -> None:
        async with kind.connect(backend.url) as client:
            sdk = sdk_of(client)
            own = sdk.with_cookies({"mine": "1"})
            for each in (sdk, sdk, own, own):
                backend.respond_next(200, {"items": []}, {"Set-Cookie": "tenant=other; Path=/"})
                await list_by(kind, each)

    kind.run(main)
    assert [request.headers.get("cookie") for request in backend.requests] == [None, None, "mine=1", "mine=1"]


@each_kind
def test_what_one_user_adds_is_not_sent_for_another(kind: Kind, backend: LocalBackend) -> None:
    async def main() -> None:
        async with kind.connect(backend.url, headers={"X-Key": "planted"}) as client:
            await list_by(kind, sdk_of(client))
            await list_by(kind, sdk_of(client).with_headers({"X-Own": "1"}))
            await list_by(kind, sdk_of(client))

    kind.run(main)
    assert [request.headers.get("x-own") for request in backend.requests] == [None, "1", None]
    assert [request.headers.get("x-key") for request in backend.requests] == ["planted"] * 3


@each_kind
def test_headers_that_are_removed_or_replaced_are_so(kind: Kind, backend: LocalBackend) -> None:
    async def main() -> None:
        async with kind.connect(backend.url) as client:
            for headers in ({"User-Agent": None, "Accept": None}, {"User-Agent": "mine"}, {}):
                await list_by(kind, client.client.with_options(headers=headers).sdk)

    kind.run(main)
    own = f"navai-sdk-python/{navai.__version__}"
    assert [request.headers.get("user-agent") for request in backend.requests] == [None, "mine", own]
    assert [request.headers.get("accept") for request in backend.requests] == [None, "application/json", "application/json"]


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        ({}, [5.0, 60.0, 60.0, 60.0]),
        ({"transport": "fast"}, [5.0, 60.0, 60.0, 60.0]),
        ({"http_client": httpx.Client(timeout=3)}, [3.0] * 4),
        ({"timeout": 7}, [7.0] * 4),
        ({"timeout": 7, "http_client": httpx.Client(timeout=3)}, [7.0] * 4),
    ],
)
def test_a_step_may_take_as_long_as_one_of_the_client(options: dict[str, Any], limits: list[float]) -> None:
    inner = NavaiBackendClient("http://backend.example", env={}, **options).sdk.get_httpx_client()
    assert [inner.timeout.as_dict()[step] for step in ("connect", "read", "write", "pool")] == limits
