"""Errors without the frames they passed through, whose locals may hold secrets."""

from __future__ import annotations

from typing import TypeVar, cast

_E = TypeVar("_E", bound=BaseException)


def without_tracebacks(error: _E, *handled: BaseException | None) -> _E:
    """`error`, and the errors that led to it, without the frames they passed through.

    The locals of those frames hold what was given, sent and received, and programs that report errors show locals.

    Args:
        error: An error that a call ends in.
        handled: What the caller's program was handling when it made the call. It led to nothing here, though Python makes it the
            context of whatever is raised meanwhile; it, and all before it, keep their frames.
    """
    seen = set(map(id, handled))
    chain: list[BaseException | None] = [error]
    while chain:
        each = chain.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            chain += [each.__cause__, each.__context__]
            if isinstance(each, BaseExceptionGroup):
                chain += cast("BaseExceptionGroup[BaseException]", each).exceptions
    return error
