"""Functions of somebody else end in an outcome, whatever they do."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from navai._outcomes import Outcome, describe_error, outcome_here, outcome_of


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


RAISED: dict[str, BaseException] = {
    "an error": ValueError("v"),
    "StopIteration": StopIteration(1),
    "StopAsyncIteration": StopAsyncIteration(),
    "CancelledError": asyncio.CancelledError(),
    "SystemExit": SystemExit(3),
    "GeneratorExit": GeneratorExit(),
    "a group": BaseExceptionGroup("g", [SystemExit()]),
    "an error without words": Wordless(),
}


def sync(error: BaseException) -> Callable[[], Any]:
    def function() -> None:
        raise error

    return function


def sync_then_async(error: BaseException) -> Callable[[], Any]:
    """Python does not tell that it is async before it is called."""
    return functools.partial(lambda function: function(), async_(error))


def async_(error: BaseException) -> Callable[[], Any]:
    async def function() -> None:
        await asyncio.sleep(0)
        raise error

    return function


async def answered(function: Callable[..., Any], *args: Any) -> Outcome:
    """The outcome, if there is one at all."""
    async with asyncio.timeout(10):
        return await outcome_of(function, *args)


@pytest.mark.parametrize("error", RAISED.values(), ids=RAISED)
@pytest.mark.parametrize("kind", [sync, async_, sync_then_async])
def test_whatever_is_raised_is_the_outcome(kind: Callable[[BaseException], Callable[[], Any]], error: BaseException) -> None:
    outcome = asyncio.run(answered(kind(error)))
    assert outcome.error is not None
    # Within a coroutine Python itself makes StopIteration a RuntimeError.
    assert error in (outcome.error, outcome.error.__cause__)


@pytest.mark.parametrize("error", RAISED.values(), ids=RAISED)
def test_the_same_holds_in_the_thread_of_the_event_loop(error: BaseException) -> None:
    assert asyncio.run(outcome_here(sync(error))).error is error


def test_ctrl_c_in_a_thread_is_the_functions_own() -> None:
    """Python tells of the key in the main thread only."""
    assert isinstance(asyncio.run(answered(sync(KeyboardInterrupt()))).error, KeyboardInterrupt)


@pytest.mark.parametrize("call", ["outcome_of(function)", "outcome_here(function)"])
def test_ctrl_c_in_the_main_thread_ends_the_program(call: str) -> None:
    program = f"""
import asyncio
from navai._outcomes import outcome_here, outcome_of

async def function():
    raise KeyboardInterrupt

async def main():
    await {call}

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (told.stdout, told.stderr) == ("interrupted\n", "")


def test_who_cancels_the_caller_cancels_the_function() -> None:
    seen: list[str] = []

    async def function() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # Its own end is waited for.
            seen.append("cancelled")
            raise

    async def main() -> None:
        for pause in (0, 0.01):  # Before it begins, and while it runs.
            calling = asyncio.create_task(outcome_of(function))
            await asyncio.sleep(pause)
            calling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await calling
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await outcome_of(function)

    asyncio.run(main())
    assert seen[-2:] == ["cancelled", "cancelled"]


def test_who_cancels_the_caller_does_not_wait_for_a_thread() -> None:
    gate = threading.Event()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await outcome_of(gate.wait, 60)

    asyncio.run(main())
    assert not gate.is_set()
    gate.set()


def test_a_function_that_cancels_its_task_cancels_itself() -> None:
    async def function() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(60)

    assert isinstance(asyncio.run(answered(function)).error, asyncio.CancelledError)


def test_any_number_of_functions_run_at_once() -> None:
    """One that waits for others, in the threads that asyncio shares, would wait for good once those are taken."""
    together = threading.Barrier(100)

    async def main() -> list[Outcome]:
        return await asyncio.gather(*(answered(together.wait, 10) for _ in range(100)))

    assert sorted(outcome.result for outcome in asyncio.run(main())) == list(range(100))


def test_without_a_thread_to_be_had_that_is_the_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> Outcome:
        monkeypatch.setattr(threading.Thread, "start", refuse)
        return await outcome_of(print)

    assert str(asyncio.run(main()).error) == "can't start new thread"


def test_a_function_in_a_thread_sees_the_context_of_its_caller() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    async def main() -> Outcome:
        variable.set(1)
        return await outcome_of(variable.get)

    assert asyncio.run(main()).result == 1


def test_a_function_that_never_ends_does_not_keep_the_program_from_ending() -> None:
    program = """
import asyncio, contextlib, threading
from navai._outcomes import outcome_of

async def main():
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await outcome_of(threading.Event().wait)

asyncio.run(main())
print("over")
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (told.stdout, told.stderr) == ("over\n", "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("what is wrong"), "what is wrong"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "'k'"),
        (SystemExit(3), "SystemExit: 3"),
        (SystemExit(), "SystemExit"),
        (asyncio.CancelledError(), "CancelledError"),
        (Wordless(), "Wordless"),
    ],
)
def test_an_error_is_described(error: BaseException, words: str) -> None:
    assert describe_error(error) == words
