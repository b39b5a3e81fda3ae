"""A client survives what processes do to it: threads, forks, event loops that come and go, cancelled calls."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trio

from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient
from navai._http.scoped import Scoped, process_scope
from navai.testing import LocalBackend


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    async def echo(value: Any, seconds: float = 0) -> Any:
        await asyncio.sleep(seconds)
        return value

    with LocalBackend([echo]) as running:
        yield running


def test_threads_share_a_client_and_get_their_own_answers(backend: LocalBackend) -> None:
    def call(number: int) -> bool:
        return all(client.execute_function("echo", {"value": [number, turn]}) == [number, turn] for turn in range(200))

    with NavaiBackendClient(backend.url) as client, ThreadPoolExecutor(32) as threads:
        assert all(threads.map(call, range(32)))


def test_the_first_calls_of_many_threads_share_their_connections(backend: LocalBackend) -> None:
    with NavaiBackendClient(backend.url) as client:
        together = threading.Barrier(16)

        def call(number: int) -> int:
            together.wait()
            return int(client.execute_function("echo", {"value": number}))

        with ThreadPoolExecutor(16) as threads:
            assert list(threads.map(call, range(16))) == list(range(16))
        assert len({id(client._connections.transport()) for _ in range(3)}) == 1


def test_a_forked_child_shares_no_connection(backend: LocalBackend) -> None:
    """Each of 8 children and the parent call over a client that was used before the fork, and each gets its own answers."""
    program = f"""
import os, sys
from navai import NavaiBackendClient

client = NavaiBackendClient({backend.url!r})
assert client.execute_function("echo", {{"value": "before"}}) == "before"
children = []
for child in range(8):
    pid = os.fork()
    if pid == 0:
        good = all(client.execute_function("echo", {{"value": [child, n]}}) == [child, n] for n in range(50))
        client.close()
        os._exit(0 if good else 1)
    children.append(pid)
good = all(client.execute_function("echo", {{"value": ["parent", n]}}) == ["parent", n] for n in range(50))
print(good, [os.waitpid(pid, 0)[1] for pid in children])
client.close()
"""
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == (f"True {[0] * 8}\n", "")
    assert len(backend.calls) == 1 + 8 * 50 + 50


def test_a_client_outlives_its_event_loop(backend: LocalBackend) -> None:
    client = AsyncNavaiBackendClient(backend.url)

    async def calls(first: int) -> list[Any]:
        return await asyncio.gather(*(client.execute_function("echo", {"value": first + n}) for n in range(5)))

    async def last() -> Any:
        async with client:
            return await calls(20)

    assert asyncio.run(calls(0)) == [0, 1, 2, 3, 4]
    assert asyncio.run(calls(10)) == [10, 11, 12, 13, 14]
    assert asyncio.run(last()) == [20, 21, 22, 23, 24]
    with pytest.raises(ConfigurationError, match="This client is closed"):
        asyncio.run(calls(0))
    gc.collect()


def test_a_client_serves_several_loops_at_once(backend: LocalBackend) -> None:
    def loops_in_four_threads() -> bool:
        client = AsyncNavaiBackendClient(backend.url)

        async def calls(number: int) -> bool:
            return all([await client.execute_function("echo", {"value": [number, n]}) == [number, n] for n in range(20)])

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda number: asyncio.run(calls(number)), range(8)))
        asyncio.run(client.aclose())
        return all(found)

    assert loops_in_four_threads()
    gc.collect()


def test_a_client_runs_on_trio(backend: LocalBackend) -> None:
    results: dict[int, Any] = {}

    async def call(client: AsyncNavaiBackendClient, number: int) -> None:
        results[number] = await client.execute_function("echo", {"value": number}, deadline=10)

    async def main() -> None:
        async with AsyncNavaiBackendClient(backend.url) as client:
            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(call, client, number)
            assert (await client.list_functions()).error is None

    trio.run(main)
    assert results == {number: number for number in range(10)}


def test_cancelled_calls_leave_the_connections_whole(backend: LocalBackend) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(backend.url) as client:
            for turn in range(20):
                tasks = [
                    asyncio.create_task(client.execute_function("echo", {"value": "lost", "seconds": 0.02})) for _ in range(50)
                ]
                await asyncio.sleep(0.001 * turn)
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
                assert all(isinstance(outcome, asyncio.CancelledError) or outcome == "lost" for outcome in outcomes)
            good = await asyncio.gather(*(client.execute_function("echo", {"value": n}) for n in range(100)))
            assert good == list(range(100))

    asyncio.run(main())


def test_a_client_runs_on_trio_as_a_guest_of_asyncio(backend: LocalBackend) -> None:
    async def guest() -> Any:
        async with AsyncNavaiBackendClient(backend.url) as client:
            return await client.execute_function("echo", {"value": "guest"}, deadline=10)

    async def host() -> Any:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=lambda outcome: done.set_result(outcome.unwrap()),
        )
        async with AsyncNavaiBackendClient(backend.url) as client:
            own = await client.execute_function("echo", {"value": "host"}, deadline=10)
        return own, await done

    assert asyncio.run(asyncio.wait_for(host(), 20)) == ("host", "guest")


def test_two_threads_may_close_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another thread has closed meanwhile, here by a mock, is closed once and is no error."""
    scoped = Scoped[None, object](lambda _: object(), process_scope, lambda _: None)
    scoped.get(None)
    here = scoped._keys_here()
    monkeypatch.setattr(scoped, "_keys_here", lambda: here + here)
    assert len(scoped.close()) == 1
    assert list(scoped) == []
