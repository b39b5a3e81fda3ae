"""The real Express backend behind a network that is slow, or breaks: nothing runs twice, nothing is lost for being idle."""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any, Literal

import httpx
import pytest

from navai import APIConnectionError, AsyncNavaiBackendClient, NavaiBackendClient, NavaiError
from tests.conftest import KINDS
from tests.express.backend import ExpressBackend
from tests.faults.proxies import BreakingProxy, LagProxy

# What is measured for docs/reliability.md, and here.
CALLS, FEWER = 2000, 1200
AT_A_TIME = 32


@pytest.fixture
def backend(express: None) -> Iterator[ExpressBackend]:
    with ExpressBackend() as running:
        yield running


def executed(kind: str, url: str, calls: int, *, idempotent: bool) -> list[object]:
    """Executes `count` for as many ids, some at a time; the result or error of each."""
    options: dict[str, Any] = {"env": {}, "max_retries": 10 if idempotent else 2, **KINDS[kind][1]}

    def call(client: NavaiBackendClient, number: int) -> object:
        try:
            return client.execute_function("count", {"id": number}, idempotent=idempotent)
        except NavaiError as error:
            return error

    async def async_calls() -> list[object]:
        found: list[object] = [None] * calls
        numbers = iter(range(calls))

        async def caller(client: AsyncNavaiBackendClient) -> None:
            for number in numbers:
                try:
                    found[number] = await client.execute_function("count", {"id": number}, idempotent=idempotent)
                except NavaiError as error:
                    found[number] = error

        async with AsyncNavaiBackendClient(url, **options) as client:
            await asyncio.gather(*(caller(client) for _ in range(AT_A_TIME)))
        return found

    if kind.endswith("async"):
        return asyncio.run(async_calls())
    with NavaiBackendClient(url, **options) as client, ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(lambda number: call(client, number), range(calls)))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_runs_twice_whatever_the_network_does(backend: ExpressBackend, kind: str) -> None:
    with BreakingProxy(backend.url, 0.3, seed=4) as network:
        outcomes = executed(kind, network.url, FEWER, idempotent=False)
    assert all(network.broken[point] > 20 for point in network.POINTS)
    with NavaiBackendClient(backend.url) as client:
        runs = client.execute_function("all_counts")
    for number, outcome in enumerate(outcomes):
        times = runs.get(str(number), 0)
        if isinstance(outcome, APIConnectionError):
            assert times <= (1 if outcome.request_sent else 0)
        else:
            assert (outcome, times) == ({"id": number}, 1)
    failures = [outcome for outcome in outcomes if isinstance(outcome, APIConnectionError)]
    assert len(failures) > FEWER * 0.2
    # Some of them ran and some did not: that is why nobody but the caller can decide to send them again.
    assert set(Counter(runs.get(str(number), 0) for number, outcome in enumerate(outcomes) if outcome in failures)) == {0, 1}


@pytest.mark.parametrize("kind", KINDS)
def test_all_idempotent_calls_succeed_in_the_end(backend: ExpressBackend, kind: str) -> None:
    with BreakingProxy(backend.url, 0.2, seed=5) as network:
        outcomes = executed(kind, network.url, FEWER, idempotent=True)
    assert sum(network.broken.values()) > FEWER * 0.15
    assert outcomes == [{"id": number} for number in range(FEWER)]


def idle_race() -> tuple[int, int]:
    """How many of 250 clients, every other one of them fast, lose a call that they make just when the backend closes their
    connections, through 30 ms of lag each way; and how many of 250 plain clients of httpx beside them.
    """

    # Few at a time: the pause begins when a client has read its response, which 500 at once would delay on a slow machine.
    first_calls = asyncio.Semaphore(16)

    async def at_worst(number: int, call: Callable[[], Awaitable[Any]]) -> bool:
        """Whether a call gets through that is made from 100 ms before the closing to when the client must have heard of it."""
        async with first_calls:
            await call()
        await asyncio.sleep(4.9 + 0.15 * number / 250)
        try:
            await call()
        except (NavaiError, httpx.HTTPError):
            return False
        return True

    async def main(url: str) -> tuple[int, int]:
        async with AsyncExitStack() as stack:
            races: list[Awaitable[bool]] = []  # Each of ours beside a plain one.
            for number in range(250):
                transport: Literal["fast"] | None = "fast" if number % 2 else None
                ours = await stack.enter_async_context(AsyncNavaiBackendClient(url, env={}, max_retries=0, transport=transport))
                plain = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
                execute = functools.partial(ours.execute_function, "zero")
                post = functools.partial(plain.post, "/navai/functions/execute", json={"function_name": "zero", "payload": None})
                races += at_worst(number, execute), at_worst(number, post)
            through = await asyncio.gather(*races)
        return through[::2].count(False), through[1::2].count(False)

    with ExpressBackend(exact_idle_seconds=5) as backend, LagProxy(backend.url, 0.03) as network:
        return asyncio.run(main(network.url))


@pytest.mark.calm
@pytest.mark.usefixtures("express")
def test_no_call_is_lost_to_an_idle_connection_that_the_backend_closes() -> None:
    for _ in range(3):
        lost, lost_by_plain_ones = idle_race()
        assert lost == 0
        if lost_by_plain_ones > 0:
            return
    pytest.fail("It was no race: plain clients lost no call either, three times.")
