"""How a connection is opened: one address after the other, all of it before the deadline."""

from __future__ import annotations

import functools
import socket
import threading
import time
from typing import Any

import anyio
import httpcore
import pytest
import trio
import trio.testing

from navai._background import Background
from navai._http import network
from navai._http.lookup import AddressInfo, connecting
from navai._http.network import AsyncBackend, Backend

# Far longer than any test waits.
AGES = 60.0


def address_of(listener: socket.socket) -> AddressInfo:
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", listener.getsockname()


def test_the_next_address_is_tried_beside_those_that_have_not_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        attempt = connecting([address_of(listener)] * 2)
        first, pause = next(attempt)
        assert (len(first), pause) == (1, 0.25)
        both, pause = attempt.send([])
        assert (len(both), pause) == (2, None)
        one, other = both
        with pytest.raises(StopIteration) as connected:
            attempt.send([one])
        assert connected.value.value is one
        assert (one.fileno() >= 0, other.fileno() >= 0) == (True, False)
        one.close()


def connect(host: str, port: int, loop: str | None) -> None:
    """Connects within ages, for a call that ends in a moment; blocking, or in an event loop."""
    backend: Any = AsyncBackend() if loop else Backend()
    backend.deadline = time.monotonic() + 0.1
    begin = functools.partial(backend.connect_tcp, host, port, AGES)
    began = time.monotonic()
    with pytest.raises(httpcore.ConnectTimeout):
        anyio.run(begin, backend=loop) if loop else begin()
    assert time.monotonic() - began < AGES / 4


@pytest.mark.parametrize("loop", [None, "asyncio", "trio"])
def test_connecting_ends_at_the_deadline_however_long_it_may_take(nobody: tuple[str, int], loop: str | None) -> None:
    connect(*nobody, loop)


@pytest.mark.parametrize("loop", [None, "asyncio", "trio"])
def test_so_does_looking_up_a_name(loop: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def look_up(*_: object) -> Background[list[AddressInfo]]:
        def find() -> list[AddressInfo]:
            over.wait(AGES)
            return []

        return Background(find).start()

    monkeypatch.setattr(network, "look_up", look_up)
    try:
        connect("backend.example", 80, loop)
    finally:
        over.set()


def test_work_without_a_limit_may_take_years_on_the_clock_of_trio() -> None:
    """A mock clock that jumps while nothing else happens does not know of threads."""
    clock, over = trio.testing.MockClock(), threading.Event()

    async def years() -> None:
        await trio.testing.wait_all_tasks_blocked()
        clock.jump(1e9)
        await trio.testing.wait_all_tasks_blocked()
        over.set()

    async def main() -> bool:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(years)
            return await Background(functools.partial(over.wait, AGES)).start().wait_async(None)

    try:
        assert trio.run(main, clock=clock)
    finally:
        over.set()
