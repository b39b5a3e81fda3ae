"""Removes tracebacks from errors, since the locals of their frames may hold secrets."""

from __future__ import annotations

from typing import TypeVar, cast

_E = TypeVar("_E", bound=BaseException)


def without_tracebacks(error: _E, *handled: BaseException | None) -> _E:
    """Removes the tracebacks of `error` and of the errors that led to it, and returns it.

    The locals of those frames hold arguments, requests and responses, and error reporters show locals.

    Args:
        error: The error that a call ends in.
        handled: The exceptions that the caller was handling when it made the call. Python makes them the context of any error
            raised meanwhile, though they did not lead to it; they and their own causes keep their tracebacks.
    """
    seen = set(map(id, handled))
    chain: list[BaseException | None] = [error]
    while chain:
        link = chain.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            link.__traceback__ = None
            chain += [link.__cause__, link.__context__]
            if isinstance(link, BaseExceptionGroup):
                chain += cast("BaseExceptionGroup[BaseException]", link).exceptions
    return error
