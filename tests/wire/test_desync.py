"""Nobody gets the answer of somebody else: a connection is kept only if nothing is left of what came behind an answer.

What tests/faults shows of each fault and operation is shown here of each kind of client.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
import pytest

from navai import APIError, NavaiBackendClient
from navai.testing import LocalBackend
from tests.faults.faults import FAULTS, SURPLUS
from tests.faults.server import FaultyServer
from tests.wire.kinds import CALLERS, OURS, Kind

PLAIN = [*SURPLUS, "a forged answer later"]
OVER_TLS = [name for name in FAULTS if name.startswith(tuple(PLAIN)) and name not in PLAIN]

# Makes a call, and gives what its answer tells: the number that it was asked for, or the next one.
Ask = Callable[[str], Awaitable[Any]]


@asynccontextmanager
async def executions(kind: Kind, url: str) -> AsyncGenerator[Ask]:
    async with kind.connect(url, max_retries=0, timeout=5) as client:

        async def ask(number: str) -> Any:
            try:
                return await client.execute_function("f", {"number": number})
            except APIError as error:
                return error.status_code

        async def number_of(number: str) -> Any:
            result = await ask(number)
            return result["number"] if isinstance(result, dict) else result

        yield number_of


@asynccontextmanager
async def low_level_listings(kind: Kind, url: str) -> AsyncGenerator[Ask]:
    from navai_sdk.api.functions import list_functions
    from navai_sdk.models import ListFunctionsResponse

    async with kind.connect(url, max_retries=0, timeout=5) as client:
        sdk = client.client.sdk

        async def number_of(_: str) -> Any:
            try:
                found = await list_functions.asyncio(client=sdk) if kind.is_async else list_functions.sync(client=sdk)
            except ValueError:
                return None  # Of 204 and 304, whose bodies are no JSON.
            assert isinstance(found, ListFunctionsResponse)
            return "".join(item.name for item in found.items or ())

        yield number_of


async def own_answers(asking: AbstractAsyncContextManager[Ask], server: FaultyServer, name: str) -> None:
    """A call that meets a fault, and calls after it, each of which gets its own answer."""
    async with asking as ask:
        server.fault = FAULTS[name]
        server.over.clear()
        # What the surplus came behind: GOOD_BODY, executed or listed, or a status that has no body.
        assert await ask("") in (1, "", 204, 304, None)
        # The event loop goes on meanwhile, and may read.
        assert await anyio.to_thread.run_sync(server.over.wait, 5)
        for _ in range(2):
            number = str(server.answers + 1)
            assert await ask(number) == number
    assert server.all_gone(5)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("kind", [*OURS, *CALLERS])
def test_what_comes_behind_an_answer_is_nobodys(servers: dict[str, FaultyServer], kind: str, name: str) -> None:
    server, tested = servers["http"], (OURS | CALLERS)[kind]
    tested.run(lambda: own_answers(executions(tested, f"http://{server.address}"), server, name))


@pytest.mark.parametrize("name", OVER_TLS)
@pytest.mark.parametrize("kind", [*OURS, *CALLERS])
def test_what_comes_behind_an_answer_over_tls_is_nobodys(servers: dict[str, FaultyServer], kind: str, name: str) -> None:
    server, tested = servers["https"], (OURS | CALLERS)[kind]
    tested.run(lambda: own_answers(executions(tested, f"https://{server.address}"), server, name))


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("kind", [*OURS, "httpx", "httpx-async", "httpx-trio"])
def test_what_comes_behind_an_answer_is_nobodys_at_the_low_level_too(
    servers: dict[str, FaultyServer], kind: str, name: str
) -> None:
    server, tested = servers["http"], (OURS | CALLERS)[kind]
    tested.run(lambda: own_answers(low_level_listings(tested, f"http://{server.address}"), server, name))


@pytest.mark.parametrize("name", OVER_TLS)
@pytest.mark.parametrize("kind", OURS)
def test_what_comes_behind_an_answer_over_tls_is_nobodys_at_the_low_level_too(
    servers: dict[str, FaultyServer], kind: str, name: str
) -> None:
    server, tested = servers["https"], OURS[kind]
    tested.run(lambda: own_answers(low_level_listings(tested, f"https://{server.address}"), server, name))


@pytest.mark.parametrize("asking", [executions, low_level_listings])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", [*OURS, "httpx", "httpx-async", "httpx-trio"])
def test_a_connection_with_nothing_left_is_kept(
    servers: dict[str, FaultyServer], kind: str, scheme: str, asking: Callable[[Kind, str], AbstractAsyncContextManager[Ask]]
) -> None:
    server, tested = servers[scheme], (OURS | CALLERS)[kind]
    before = server.connections

    async def main() -> None:
        async with asking(tested, f"{scheme}://{server.address}") as ask:
            for _ in range(5):
                number = str(server.answers + 1)
                assert await ask(number) == number

    tested.run(main)
    assert server.connections == before + 1


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_what_comes_behind_an_answer_of_another_origin_is_nobodys(
    servers: dict[str, FaultyServer], backend: LocalBackend, name: str
) -> None:
    """A redirect leads there around the caller's client, over its connections."""
    url = f"http://{servers['http'].address}"
    with importlib.import_module(name).Client() as mine:
        servers["http"].fault = FAULTS["a forged answer behind the answer"]
        backend.respond_next(307, b"", {"Location": f"{url}/navai/functions"})
        redirected = NavaiBackendClient(backend.url, http_client=mine, max_retries=0, timeout=5)
        assert redirected.list_functions().error is None
        direct = NavaiBackendClient(url, http_client=mine, max_retries=0, timeout=5)
        assert direct.execute_function("f", {"number": 2}) == {"number": 2}


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_a_connection_of_the_callers_is_watched_once(servers: dict[str, FaultyServer], name: str) -> None:
    """Watching it once more for each call would end in a RecursionError."""
    server = servers["http"]
    with importlib.import_module(name).Client() as mine:
        client = NavaiBackendClient(f"http://{server.address}", http_client=mine, max_retries=0, timeout=5)
        client.list_functions()
        (connection,) = mine._transport._pool.connections
        watched = vars(connection._connection)["_response_closed"]
        client.list_functions()
        assert vars(connection._connection)["_response_closed"] is watched


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_what_comes_behind_an_answer_is_nobodys_though_a_handler_interrupts_its_end_twice(
    servers: dict[str, FaultyServer], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once when the library has read the answer, and once before we close it."""
    server, library = servers["http"], importlib.import_module(name)

    class Interrupted(BaseException):
        pass

    def interrupt(*_: Any) -> None:
        raise Interrupted

    def at_the_end(event: str, _: Any) -> None:
        if event == "http11.receive_response_body.complete":
            monkeypatch.setattr(library.Response, "close", interrupt)
            raise Interrupted

    with library.Client(event_hooks={"request": [lambda request: request.extensions.update(trace=at_the_end)]}) as mine:
        client = NavaiBackendClient(f"http://{server.address}", http_client=mine, max_retries=0, timeout=5)
        server.fault = FAULTS["a forged answer behind the answer"]
        with pytest.raises(Interrupted):
            client.execute_function("f", {"number": 1})
        monkeypatch.undo()
        mine.event_hooks = {}
        assert client.execute_function("f", {"number": 2}) == {"number": 2}
