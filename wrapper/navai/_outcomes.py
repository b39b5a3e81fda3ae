"""Calls the user's functions so that there is always an outcome, whatever they do.

A function may raise an exception that ends a thread, an event loop or the program (``sys.exit()``, ``StopIteration``,
``CancelledError``, ``pytest.fail``), may block forever, and its error may have no message. None of that reaches the caller.
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
    """The outcome of a call: the result that it returned, or the error that it raised."""

    result: Any
    error: BaseException | None = None


async def outcome_of(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Outcome:
    """Calls a function: an async function in this thread, any other in a new thread.

    It does not use asyncio's thread pool, where slow functions would hold up all others, and the exit of the program. If the caller
    is cancelled, the thread is left running.

    Raises:
        asyncio.CancelledError: If the caller is cancelled. If the function raises one by itself, that is its outcome.
        KeyboardInterrupt: If Ctrl-C is pressed while an async function runs in the main thread.
    """
    call = functools.partial(function, *args, **kwargs)
    outcome = _call(call) if inspect.iscoroutinefunction(function) else await _call_in_thread(call)
    return await _await(outcome.result) if inspect.isawaitable(outcome.result) else outcome


async def outcome_here(function: Callable[..., Any], /, *args: Any) -> Outcome:
    """Like `outcome_of`, but always in this thread, for functions that must run in the thread of the event loop."""
    outcome = _call(functools.partial(function, *args))
    return await _await(outcome.result) if inspect.isawaitable(outcome.result) else outcome


def describe_error(error: BaseException) -> str:
    """The message of an error; preceded by its type if it is not an `Exception`, or only its type if it has no message."""
    message, kind = text_of(error, ""), type(error).__name__
    if isinstance(error, Exception) and message:
        return message
    return f"{kind}: {message}" if message else kind


def text_of(value: object, default: str) -> str:
    """`value` as text; `default` if its ``__str__`` fails."""
    outcome = _call(functools.partial(str, value))
    return default if outcome.error is not None else str(outcome.result)


def _call(function: Callable[[], Any]) -> Outcome:
    try:
        return Outcome(function())
    except BaseException as error:  # noqa: BLE001 (this is what the module is for)
        return _failed(error)


def _failed(error: BaseException) -> Outcome:
    if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        raise error
    return Outcome(None, error)


async def _call_in_thread(function: Callable[[], Any]) -> Outcome:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Outcome] = loop.create_future()
    context = contextvars.copy_context()

    def end(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)
        else:
            _drop(outcome)

    def run() -> None:
        outcome = _call(functools.partial(context.run, function))
        with contextlib.suppress(RuntimeError):  # The event loop ended before the function.
            loop.call_soon_threadsafe(end, outcome)

    # A daemon, so that a function that blocks forever does not keep the program from exiting.
    thread = threading.Thread(target=run, name="navai-function", daemon=True)
    started = _call(thread.start)
    if started.error is not None:
        return started
    try:
        return await ended
    except asyncio.CancelledError:
        if ended.done() and not ended.cancelled():
            _drop(ended.result())
        raise


def _drop(outcome: Outcome) -> None:
    """Forgets an outcome that nobody waits for. Python would warn of a coroutine that never started."""
    if inspect.iscoroutine(outcome.result):
        outcome.result.close()


async def _await(awaitable: Awaitable[Any]) -> Outcome:
    async def run() -> Outcome:
        try:
            return Outcome(await awaitable)
        except BaseException as error:  # noqa: BLE001 (SystemExit in a task would end the event loop)
            return _failed(error)

    caller = asyncio.current_task()
    assert caller is not None  # noqa: S101 (awaiting implies a task)
    cancellations = caller.cancelling()
    try:
        # A separate task, so that a function that cancels "the current task" cancels itself. Our own cancellation still reaches it.
        outcome = await asyncio.create_task(run())
    except asyncio.CancelledError:
        if inspect.iscoroutine(awaitable):
            awaitable.close()  # Python would warn if it has not started.
        raise
    if isinstance(outcome.error, asyncio.CancelledError) and caller.cancelling() > cancellations:
        raise outcome.error
    return outcome
