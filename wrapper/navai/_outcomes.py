"""Functions that somebody else wrote, called so that there is an outcome whatever they do.

A function may raise what ends a thread, an event loop or the program (``sys.exit()``, ``StopIteration``, ``CancelledError``,
``pytest.fail``), may block for good, and its error may have no words. None of that reaches whoever called it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What came of a call: what it returned, or the error that it raised."""

    result: Any
    error: BaseException | None = None


async def outcome_of(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Outcome:
    """Calls a function: one that is async here, any other in a thread of its own.

    Not in the threads that all of asyncio shares: functions that take long would hold up everybody else's there, and the end of
    the program. A caller that is cancelled leaves the thread behind.

    Raises:
        asyncio.CancelledError: The caller was cancelled. If the function raises one by itself, that is its outcome.
        KeyboardInterrupt: Somebody pressed Ctrl-C while an async function ran in the main thread.
    """
    call = functools.partial(function, *args, **kwargs)
    outcome = _called(call) if inspect.iscoroutinefunction(function) else await _called_in_a_thread(call)
    return await _awaited(outcome.result) if inspect.isawaitable(outcome.result) else outcome


async def outcome_here(function: Callable[..., Any], /, *args: Any) -> Outcome:
    """As `outcome_of`, but in this thread, for functions that must be in that of the event loop."""
    outcome = _called(functools.partial(function, *args))
    return await _awaited(outcome.result) if inspect.isawaitable(outcome.result) else outcome


def describe_error(error: BaseException) -> str:
    """What an error says; with its type before that, or alone, where the words would not be understood without it."""
    words, kind = text_of(error, ""), type(error).__name__
    if isinstance(error, Exception) and words:
        return words
    return f"{kind}: {words}" if words else kind


def text_of(value: object, otherwise: str) -> str:
    """`value` as text, `otherwise` if its ``__str__`` fails."""
    outcome = _called(functools.partial(str, value))
    return otherwise if outcome.error is not None else str(outcome.result)


def _called(function: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(function())
    except BaseException as error:  # noqa: BLE001 (this is what the module is for)
        return _failed(error)


def _failed(error: BaseException) -> Outcome:
    if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        raise error
    return Outcome(None, error)


async def _called_in_a_thread(function: Callable[[], Any]) -> Outcome:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def end(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def run() -> None:
        outcome = _called(functools.partial(context.run, function))
        with contextlib.suppress(RuntimeError):  # The event loop has ended before the function.
            loop.call_soon_threadsafe(end, outcome)

    # A daemon, so that a function that blocks for good does not keep the program from ending.
    thread = threading.Thread(target=run, name="navai-function", daemon=True)
    started = _called(thread.start)
    return await ended if started.error is None else started


async def _awaited(awaitable: Awaitable[Any]) -> Outcome:
    async def run() -> Outcome:
        try:
            return Outcome(await awaitable)
        except BaseException as error:  # noqa: BLE001 (SystemExit in a task would end the event loop)
            return _failed(error)

    this = asyncio.current_task()
    assert this is not None  # noqa: S101 (there is one where something is awaited)
    cancellations = this.cancelling()
    try:
        # A task of its own: a function that cancels "the current task" means itself. Our own cancellation reaches it all the same.
        outcome = await asyncio.create_task(run())
    except asyncio.CancelledError:
        if inspect.iscoroutine(awaitable):
            awaitable.close()  # It may not have begun, which Python would warn of.
        raise
    if isinstance(outcome.error, asyncio.CancelledError) and this.cancelling() > cancellations:
        raise outcome.error
    return outcome
