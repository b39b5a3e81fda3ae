"""What ended event loops and forgotten clients leave behind: nothing at the backend, and no warning but the one that helps."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trio

from navai import AsyncNavaiBackendClient, NavaiBackendClient
from tests.faults.server import FaultyServer
from tests.wire.kinds import Fast

pytestmark = pytest.mark.usefixtures("quick_collections")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer() as running:
        yield running


def at_most_one_is_open(server: FaultyServer) -> bool:
    """Waits for it, as a server hears of the end of a connection a little later."""
    with server._changed:
        return server._changed.wait_for(lambda: server._open <= 1, 5)


RUNNERS: dict[str, Callable[..., Any]] = {
    "asyncio": lambda main: asyncio.run(main()),
    "trio": trio.run,
}


@pytest.mark.parametrize("loop", RUNNERS)
def test_connections_of_ended_event_loops_are_closed(server: FaultyServer, loop: str, transport: Fast) -> None:
    run, numbers = RUNNERS[loop], iter(range(100))
    client = AsyncNavaiBackendClient(f"http://{server.address}", env={}, transport=transport)

    async def call() -> None:
        payload = {"number": next(numbers)}
        assert await client.execute_function("f", payload) == payload

    for _ in range(12):
        run(call)
        # Not only in the end.
        assert at_most_one_is_open(server)
    assert server.connections == 12

    async def close() -> None:
        await client.aclose()

    run(close)
    assert server.all_gone(5)


@pytest.mark.parametrize("loop", RUNNERS)
def test_connections_of_ended_event_loops_cause_no_warning(server: FaultyServer, loop: str, transport: Fast) -> None:
    """Not even where warnings are errors, and whatever was forgotten is collected at once."""
    program = f"""
import asyncio, gc, logging
from navai import AsyncNavaiBackendClient

# What a busy machine takes is no fault, neither in the loop here nor in the one that is run to load it.
logging.getLogger("asyncio").addFilter(lambda record: not record.getMessage().startswith("Executing"))

client = AsyncNavaiBackendClient("http://{server.address}", env={{}}, transport={transport!r})

async def call():
    assert await client.execute_function("f", {{"a": 1}}) == {{"a": 1}}

async def last():
    async with client:
        await call()

if {loop!r} == "trio":
    import trio
    run = trio.run
else:
    def run(main):
        asyncio.run(main())
for _ in range(12):
    run(call)
    gc.collect()
run(last)
del client
gc.collect()
print("done")
"""
    ended = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


def warned_by(action: Callable[[], object]) -> list[str]:
    """The warnings of resources that an action, and forgetting what it made, cause."""
    gc.collect()  # What others forgot.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
        gc.collect()
    return [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)]


def test_an_unclosed_client_is_warned_of(server: FaultyServer, transport: Fast) -> None:
    url = f"http://{server.address}/base"

    def forget() -> None:
        NavaiBackendClient(f"http://ana:planted@{server.address}/base", env={}, transport=transport).list_functions()

    (warning,) = warned_by(forget)
    assert "NavaiBackendClient" in warning
    assert "Async" not in warning
    assert url in warning
    assert warning.endswith(": close it, or use it in a with block")
    assert "planted" not in warning
    assert server.all_gone(5)


def test_an_unclosed_client_is_warned_of_once_also_where_warnings_are_errors(server: FaultyServer) -> None:
    program = f"""
from navai import NavaiBackendClient

NavaiBackendClient("http://{server.address}", env={{}}).list_functions()
"""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    warnings_of = [line for line in ended.stderr.splitlines() if line.startswith("ResourceWarning")]
    assert len(warnings_of) == 1
    assert "unclosed NavaiBackendClient" in warnings_of[0]


@pytest.mark.parametrize("loop", RUNNERS)
def test_an_unclosed_async_client_is_warned_of(server: FaultyServer, loop: str, transport: Fast) -> None:
    url = f"http://{server.address}"

    def forget() -> None:
        client = AsyncNavaiBackendClient(url, env={}, transport=transport)

        async def call() -> None:
            await client.list_functions()

        RUNNERS[loop](call)

    (warning,) = warned_by(forget)
    assert "AsyncNavaiBackendClient" in warning
    assert url in warning
    assert warning.endswith(": await its aclose(), or use it in an async with block")
    assert server.all_gone(5)


def test_the_clients_of_with_options_are_one_to_be_warned_of(server: FaultyServer) -> None:
    def forget() -> None:
        client = NavaiBackendClient(f"http://{server.address}", env={})
        client.with_options(deadline=5).list_functions()
        client.with_options(deadline=6).list_functions()

    assert len(warned_by(forget)) == 1
    assert server.all_gone(5)


def test_a_client_that_is_closed_or_was_never_used_is_not_warned_of(server: FaultyServer) -> None:
    url = f"http://{server.address}"

    async def use() -> None:
        async with AsyncNavaiBackendClient(url, env={}) as client:
            await client.list_functions()
        AsyncNavaiBackendClient(url, env={})

    def closed() -> None:
        with NavaiBackendClient(url, env={}) as client:
            client.list_functions()
        client = NavaiBackendClient(url, env={})
        client.list_functions()
        client.close()
        NavaiBackendClient(url, env={})
        asyncio.run(use())
        trio.run(use)

    assert warned_by(closed) == []
    assert server.all_gone(5)


def test_a_client_that_is_used_is_not_warned_of(server: FaultyServer) -> None:
    """Losing the client that opened the connections is no loss while one of `with_options` lives."""
    clients: list[NavaiBackendClient] = []

    def forget_one() -> None:
        first = NavaiBackendClient(f"http://{server.address}", env={})
        first.list_functions()
        clients.append(first.with_options(deadline=5))

    assert warned_by(forget_one) == []
    assert clients[0].list_functions().error is None
    assert server.connections == 1
    assert len(warned_by(clients.clear)) == 1
