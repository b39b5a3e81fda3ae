"""Looking up names that the resolver is slow to answer. What the resolver says is a mock: no test may depend on the machine's."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import anyio
import pytest
import trio

from navai import APIConnectionError, APITimeoutError, AsyncNavaiBackendClient, BackendFunctionsResult, NavaiBackendClient
from navai._http import lookup
from navai.testing import LocalBackend
from tests.threads import Threads
from tests.wire.kinds import Fast

_REAL = socket.getaddrinfo


class Resolver:
    """A mock of the resolver: names that begin with "slow" are answered after a while, and those with "quick" at once.

    Attributes:
        asked: How often for each slow name.
        threads: Those that wait here, or run something else of the client's.
    """

    def __init__(self, port: int) -> None:
        self.asked: Counter[str] = Counter()
        self._addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        self._answers = threading.Event()
        self.threads = Threads(Resolver.__call__)

    def __call__(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name.startswith("slow"):
            self.asked[name] += 1
            self._answers.wait(20)
        elif not name.startswith("quick"):
            return _REAL(host, *args, **kwargs)
        return self._addresses

    def answer(self) -> None:
        """Answers all that wait, from now on at once."""
        self._answers.set()


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def one() -> int:
        return 1

    with LocalBackend([one]) as running:
        yield running


@pytest.fixture
def port(backend: LocalBackend) -> int:
    return int(backend.url.rpartition(":")[2])


@pytest.fixture
def resolver(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    until = time.monotonic() + 20
    while lookup._lookups and time.monotonic() < until:  # Of earlier tests, which gave them up.
        time.sleep(0.01)
    mock = Resolver(port)
    monkeypatch.setattr(socket, "getaddrinfo", mock)
    yield mock
    mock.answer()
    assert mock.threads.count(at_most=0) == 0


def given_up(result: BackendFunctionsResult) -> bool:
    error = result.error
    return isinstance(error, APITimeoutError) and error.request_sent is False and "Could not connect to http://slow" in str(error)


def test_listings_that_gave_up_on_a_slow_resolver_leave_one_thread(resolver: Resolver, transport: Fast) -> None:
    with NavaiBackendClient("http://slow.example", env={}, transport=transport) as client:
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(lambda _: client.list_functions(deadline=0.5), range(24)))
    assert all(given_up(result) for result in results)
    assert resolver.threads.count(at_most=1) == 1
    assert resolver.asked == {"slow.example": 1}


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_async_listings_that_gave_up_on_a_slow_resolver_leave_one_thread(resolver: Resolver, loop: str, transport: Fast) -> None:
    results: list[BackendFunctionsResult] = []

    async def main() -> None:
        async def call() -> None:
            results.append(await client.list_functions(deadline=0.5))

        async with AsyncNavaiBackendClient("http://slow.example", env={}, transport=transport) as client:
            for _ in range(3):
                async with anyio.create_task_group() as group:
                    for _ in range(8):
                        group.start_soon(call)
        assert resolver.threads.count(at_most=1) == 1

    if loop == "trio":
        trio.run(main)
    else:
        asyncio.run(main())
    assert len(results) == 24
    assert all(given_up(result) for result in results)
    assert resolver.asked == {"slow.example": 1}


def test_threads_that_look_up_a_host_at_once_share_one_lookup(resolver: Resolver) -> None:
    threads, rounds = 8, 50
    together = threading.Barrier(threads)
    found: list[set[Any]] = [set() for _ in range(rounds)]

    def look_up(_: int) -> None:
        for number in range(rounds):
            together.wait(20)
            found[number].add(lookup.look_up(f"slow{number}.example", 80))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # They interrupt each other often.
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(look_up, range(threads)))
    finally:
        sys.setswitchinterval(interval)
    assert [len(each) for each in found] == [1] * rounds
    until = time.monotonic() + 20
    while len(resolver.asked) < rounds and time.monotonic() < until:
        time.sleep(0.01)
    assert resolver.threads.count(at_most=rounds) == rounds
    assert list(resolver.asked.values()) == [1] * rounds


def test_calls_of_all_clients_share_the_look_up_of_a_host(resolver: Resolver, port: int, transport: Fast) -> None:
    def call(client: NavaiBackendClient) -> Any:
        return client.execute_function("one", deadline=10)

    clients = [NavaiBackendClient(f"http://slow.example:{port}", env={}, transport=transport) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(call, client) for client in clients]
        assert all(given_up(client.list_functions(deadline=0.5)) for client in clients)
        shared = lookup._lookups["slow.example", port]
        until = time.monotonic() + 5
        while len(shared._wakers) < 16 and time.monotonic() < until:  # Of the calls that have given up, and of those that wait.
            time.sleep(0.01)
        resolver.answer()
        assert [each.result() for each in calls] == [1] * 8
    for client in clients:
        client.close()
    assert resolver.asked == {"slow.example": 1}


class Refusing(ThreadPoolExecutor):
    """An executor of the caller's, which has other things to do."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise AssertionError("This executor is the caller's.")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_hanging_look_ups_do_not_hold_up_calls_to_other_hosts(resolver: Resolver, port: int, loop: str, transport: Fast) -> None:
    """Neither are they made in the event loop's own threads, of which there are few, and which others need."""

    async def main() -> None:
        if loop == "asyncio":
            asyncio.get_running_loop().set_default_executor(Refusing())
        else:
            trio.to_thread.current_default_thread_limiter().total_tokens = 1
        slow = [AsyncNavaiBackendClient(f"http://slow{number}.example", env={}, transport=transport) for number in range(12)]

        async with anyio.create_task_group() as group:
            for client in slow:
                group.start_soon(client.list_functions)
            with anyio.fail_after(10):
                while len(resolver.asked) < 12:  # noqa: ASYNC110 (threads ask)
                    await anyio.sleep(0.01)
            async with AsyncNavaiBackendClient(f"http://quick.example:{port}", env={}, transport=transport) as client:
                assert await client.execute_function("one", deadline=10) == 1  # The others hang for 20 s.
            group.cancel_scope.cancel()
        for client in slow:
            await client.aclose()

    if loop == "trio":
        trio.run(main)
    else:
        asyncio.run(main())


def test_the_number_of_look_ups_is_bounded(resolver: Resolver, transport: Fast) -> None:
    """What is beyond it fails at once, and says why."""

    async def main() -> None:
        options: dict[str, Any] = {"env": {}, "max_retries": 0, "transport": transport}
        clients = [AsyncNavaiBackendClient(f"http://slow{number}.example", **options) for number in range(100)]
        errors: list[APIConnectionError | None] = []

        async def call(client: AsyncNavaiBackendClient) -> None:
            errors.append((await client.list_functions(deadline=20)).error)  # type: ignore[arg-type]
            await client.aclose()

        async with anyio.create_task_group() as group:
            for client in clients:
                group.start_soon(call, client)
            with anyio.fail_after(10):
                while len(errors) < 36:  # noqa: ASYNC110 (threads ask)
                    await anyio.sleep(0.01)
            assert resolver.threads.count(at_most=64) <= 64
            resolver.answer()
        refused = [error for error in errors if error is not None]
        assert (len(refused), len(resolver.asked)) == (36, 64)
        assert all("being looked up" in str(error) and error.request_sent is False for error in refused)

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
def test_the_interpreter_exits_while_a_look_up_hangs(kind: str) -> None:
    program = f"""
import asyncio, socket, time
from navai import AsyncNavaiBackendClient, NavaiBackendClient

socket.getaddrinfo = lambda *_, **__: time.sleep(30)  # A mock.

async def main():
    async with AsyncNavaiBackendClient("http://slow.example", env={{}}) as client:
        print(type((await client.list_functions(deadline=0.1)).error).__name__)

if {kind!r} == "sync":
    with NavaiBackendClient("http://slow.example", env={{}}) as client:
        print(type(client.list_functions(deadline=0.1).error).__name__)
elif {kind!r} == "trio":
    import trio
    trio.run(main)
else:
    asyncio.run(main())
"""
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert time.monotonic() - began < 25
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "APITimeoutError\n", "")
