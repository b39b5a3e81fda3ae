"""Removes from errors the locals of the frames that they passed, which may hold secrets."""

from __future__ import annotations

import contextlib
from typing import TypeVar, cast

_E = TypeVar("_E", bound=BaseException)

# The note on what interrupted a call before anything was sent.
NOTHING_SENT = "Nothing was sent."


def without_tracebacks(error: _E, *handled: BaseException | None) -> _E:
    """Removes the tracebacks of `error` and of the errors that led to it, and returns it.

    The locals of those frames hold arguments, requests and responses, and error reporters show locals. A context suppressed by
    `raise ... from` is removed too: it may quote the input, as a `JSONDecodeError` holds the whole text.

    Args:
        error: The error that a call ends in.
        handled: The exceptions that the caller was handling when it made the call. Python makes them the context of any error
            raised meanwhile, though they did not lead to it; they and their own causes keep their tracebacks.
    """
    kept = set(map(id, handled))
    seen = kept.copy()
    chain: list[BaseException | None] = [error]
    while chain:
        link = chain.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = None
            chain += [link.__cause__, link.__context__]
            if link.__suppress_context__ and id(link.__context__) not in kept:
                link.__context__ = None
            if isinstance(link, BaseExceptionGroup):
                chain += cast("BaseExceptionGroup[BaseException]", link).exceptions
    return error


# The flags of code whose frames may be suspended: generators, coroutines and async generators (`inspect.CO_GENERATOR` and so on).
_SUSPENDABLE = 0x20 | 0x80 | 0x200


def without_locals(error: _E, *handled: BaseException | None) -> _E:
    """Clears the locals of the frames that `error` has passed, and returns it.

    For what is not an error of ours and says nothing about a call: cancellation, or an exception from a signal handler or a hook.
    Where it was raised remains visible, as far as functions called each other; the traceback is cut at the first generator or
    coroutine. To clear the frame of one that is suspended, because the same exception was raised there before, would end it. The
    errors that led to it lose their tracebacks: see `without_tracebacks`.

    Args:
        error: What interrupted a call.
        handled: The exceptions that the caller was handling when it made the call.
    """
    link = passed = error.__traceback__
    without_tracebacks(error, *handled)
    while link is not None:
        if link.tb_next is not None and link.tb_next.tb_frame.f_code.co_flags & _SUSPENDABLE:
            link.tb_next = None
        with contextlib.suppress(RuntimeError):  # It is still running.
            link.tb_frame.clear()
        link = link.tb_next
    return error.with_traceback(passed)
