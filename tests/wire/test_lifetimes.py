"""A client survives what processes do to it: threads, forks, event loops that come and go, cancelled calls.

The server counts its connections: as many as are needed, and none is open when the client is closed.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trio

from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient
from navai._http import connections
from navai._http.scoped import Scoped, process_scope
from tests.faults.server import FaultyServer
from tests.wire.kinds import Fast


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    """Executions return their payload."""
    with FaultyServer() as running:
        yield running
        assert running.all_gone(5)


def test_threads_share_a_client_and_get_their_own_answers(
    server: FaultyServer, transport: Fast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise one that no thread takes in time is closed to make room for a first call, and another is opened later.
    monkeypatch.setattr(connections, "IDLE_PATIENCE", 60.0)
    monkeypatch.setattr(connections, "LAST_IDLE_PATIENCE", 60.0)

    def call(number: int) -> bool:
        payloads = [{"thread": number, "turn": turn} for turn in range(50)]
        return all(client.execute_function("echo", payload) == payload for payload in payloads)

    with NavaiBackendClient(f"http://{server.address}", transport=transport) as client, ThreadPoolExecutor(32) as threads:
        assert all(threads.map(call, range(32)))
    assert server.connections <= 32


def test_the_first_calls_of_many_threads_share_their_connections(server: FaultyServer, transport: Fast) -> None:
    with NavaiBackendClient(f"http://{server.address}", transport=transport) as client:
        together = threading.Barrier(16)

        def call(number: int) -> Any:
            together.wait()
            return client.execute_function("echo", {"number": number})

        with ThreadPoolExecutor(16) as threads:
            assert list(threads.map(call, range(16))) == [{"number": number} for number in range(16)]
        opened = server.connections
        assert opened <= 16
        for number in range(16):
            client.execute_function("echo", {"number": number})
        assert server.connections == opened


def test_a_forked_child_shares_no_connection(server: FaultyServer, transport: Fast) -> None:
    """Each of 8 children and the parent call over a client that was used before the fork, and each gets its own answers."""
    program = f"""
import os, sys
from navai import NavaiBackendClient
from navai._http import keepalive

keepalive.KEEPALIVE_EXPIRY = 600.0  # So that no connection expires, however slow the machine is.
client = NavaiBackendClient("http://{server.address}", transport={transport!r})

def call(name, number):
    payload = {{"name": name, "number": number}}
    return client.execute_function("echo", payload) == payload

assert call("before", 0)
children = []
for child in range(8):
    pid = os.fork()
    if pid == 0:
        good = all(call(child, number) for number in range(50))
        client.close()
        os._exit(0 if good else 1)
    children.append(pid)
good = all(call("parent", number) for number in range(50))
print(good, [os.waitpid(pid, 0)[1] for pid in children])
client.close()
"""
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == (f"True {[0] * 8}\n", "")
    assert server.answers == 1 + 8 * 50 + 50
    assert server.connections == 1 + 8


def test_a_client_outlives_its_event_loop(server: FaultyServer, transport: Fast) -> None:
    client = AsyncNavaiBackendClient(f"http://{server.address}", transport=transport)

    async def call(number: int) -> Any:
        return (await client.execute_function("echo", {"number": number}))["number"]

    async def calls(first: int) -> list[Any]:
        return await asyncio.gather(*(call(first + number) for number in range(5)))

    async def last() -> Any:
        async with client:
            return await calls(20)

    assert asyncio.run(calls(0)) == [0, 1, 2, 3, 4]
    assert asyncio.run(calls(10)) == [10, 11, 12, 13, 14]
    assert asyncio.run(last()) == [20, 21, 22, 23, 24]
    assert 3 <= server.connections <= 15
    with pytest.raises(ConfigurationError, match="This client is closed"):
        asyncio.run(calls(0))
    gc.collect()


def test_a_client_serves_several_loops_at_once(server: FaultyServer, transport: Fast) -> None:
    def loops_in_four_threads() -> bool:
        client = AsyncNavaiBackendClient(f"http://{server.address}", transport=transport)

        async def calls(number: int) -> bool:
            payloads = [{"loop": number, "turn": turn} for turn in range(20)]
            return all([await client.execute_function("echo", payload) == payload for payload in payloads])

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda number: asyncio.run(calls(number)), range(8)))
        asyncio.run(client.aclose())
        return all(found)

    assert loops_in_four_threads()
    assert server.connections == 8
    gc.collect()


def test_a_client_runs_on_trio(server: FaultyServer, transport: Fast) -> None:
    results: dict[int, Any] = {}

    async def call(client: AsyncNavaiBackendClient, number: int) -> None:
        results[number] = await client.execute_function("echo", {"number": number}, deadline=10)

    async def main() -> None:
        async with AsyncNavaiBackendClient(f"http://{server.address}", transport=transport) as client:
            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(call, client, number)
            assert (await client.list_functions()).error is None

    trio.run(main)
    assert results == {number: {"number": number} for number in range(10)}
    assert server.connections <= 10


class SlowServer(FaultyServer):
    """Answers after 20 ms."""

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        time.sleep(0.02)
        super()._send(connection, answer)


def test_cancelled_calls_leave_the_connections_whole(transport: Fast) -> None:
    async def main(url: str) -> None:
        async with AsyncNavaiBackendClient(url, transport=transport) as client:
            for turn in range(20):
                tasks = [asyncio.create_task(client.execute_function("echo", {"number": "lost"})) for _ in range(50)]
                await asyncio.sleep(0.001 * turn)
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                assert all(isinstance(outcome, asyncio.CancelledError) or outcome == {"number": "lost"} for outcome in outcomes)
            payloads = [{"number": number} for number in range(100)]
            assert await asyncio.gather(*(client.execute_function("echo", payload) for payload in payloads)) == payloads

    with SlowServer() as server:
        asyncio.run(main(f"http://{server.address}"))
        assert server.all_gone(5)


def test_a_call_that_is_left_over_from_an_event_loop_can_be_closed() -> None:
    """As happens to it with its task, in an interactive session: there is no loop then that could say how it cancels.

    Over the default transport it ends in an error of httpcore, which looks for the loop as well.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = AsyncNavaiBackendClient(f"http://127.0.0.1:{server.getsockname()[1]}", env={}, transport="fast")
        server.setblocking(False)
        loop = asyncio.new_event_loop()
        call = client.list_functions()
        task = loop.create_task(call)
        connection, _ = loop.run_until_complete(loop.sock_accept(server))
        with connection:
            loop.run_until_complete(loop.sock_recv(connection, 1))
            loop.close()
            call.close()
    task._log_destroy_pending = False  # type: ignore[attr-defined] # It never ends, as this test wants it.


def test_a_client_runs_on_trio_as_a_guest_of_asyncio(server: FaultyServer) -> None:
    async def call(who: str) -> Any:
        async with AsyncNavaiBackendClient(f"http://{server.address}") as client:
            return (await client.execute_function("echo", {"who": who}, deadline=10))["who"]

    async def guest() -> Any:
        return await call("guest")

    async def host() -> Any:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=lambda outcome: done.set_result(outcome.unwrap()),
        )
        return await call("host"), await done

    assert asyncio.run(asyncio.wait_for(host(), 20)) == ("host", "guest")
    assert server.connections == 2


def test_two_threads_may_close_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another thread has closed meanwhile, here by a mock, is closed once and is no error."""
    scoped = Scoped[object](object, process_scope, lambda _: None)
    scoped.get()
    here = scoped._scopes_here()
    monkeypatch.setattr(scoped, "_scopes_here", lambda: here + here)
    assert len(scoped.close()) == 1
    assert list(scoped) == []
