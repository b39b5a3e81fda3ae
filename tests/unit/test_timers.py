"""Timers of event loops."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import weakref

import pytest

from navai._http.timers import watch_in_loop


class Request:
    """What a program keeps in a context variable."""


CURRENT: contextvars.ContextVar[Request] = contextvars.ContextVar("current")


def test_a_timer_does_not_keep_the_context_of_the_call_that_began_it() -> None:
    steps = 0

    def step() -> float:
        nonlocal steps
        steps += 1
        return 0.001

    async def call() -> weakref.ref[Request]:
        CURRENT.set(request := Request())
        assert watch_in_loop(0.001, step)
        return weakref.ref(request)

    async def main() -> None:
        request = await asyncio.create_task(call())
        while steps < 3:  # noqa: ASYNC110 (it is called by the loop)
            await asyncio.sleep(0.001)
        gc.collect()
        assert request() is None

    asyncio.run(main())


def test_a_run_of_trio_that_is_ending_gets_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    trio = pytest.importorskip("trio")

    def closed(*_: object, **__: object) -> None:
        raise RuntimeError("Nursery is closed to new arrivals")

    monkeypatch.setattr(trio.lowlevel, "spawn_system_task", closed)

    async def main() -> bool:
        return watch_in_loop(0.001, lambda: None)

    assert trio.run(main) is False
