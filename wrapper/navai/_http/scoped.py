"""Where connections may be used. No I/O.

A connection belongs to the process that opened it, since a child after `fork` must not share a socket with its parent; for an async
client, also to the event loop that opened it, asyncio's or trio's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from navai._background import current_loop
from navai._errors import ConfigurationError

_T = TypeVar("_T")

# The process, and for an async client the event loop: asyncio's, or trio's token.
Scope = tuple[int, Any]


def process_scope() -> Scope:
    """The scope of a sync client."""
    return os.getpid(), None


def loop_scope() -> Scope:
    """The scope of an async client."""
    return os.getpid(), current_loop()


def client_closed_error() -> ConfigurationError:
    """The error of a call on a closed client."""
    return ConfigurationError("This client is closed: make calls before closing it, or build another one.")


class Scoped(Generic[_T]):
    """Holders of connections: one per scope, built when first needed.

    Uses no locks, since a `fork` could copy a lock while it is held. If two threads build the same at once, one of the two is kept;
    the other has not opened a connection.

    Args:
        build: Builds one.
        scope: Returns the scope of connections that are opened now.
        drop: Closes one whose scope has ended, from within another scope.
    """

    def __init__(self, build: Callable[[], _T], scope: Callable[[], Scope], drop: Callable[[_T], object]) -> None:
        self._build = build
        self._scope = scope
        self._drop = drop
        self._built: dict[Scope, _T] = {}
        self.is_closed = False

    def get(self) -> _T:
        """The one of the current scope.

        Raises:
            ConfigurationError: If the client is closed.
        """
        if self.is_closed:
            raise client_closed_error()
        scope = self._scope()
        return self._built.get(scope) or self._add(scope)

    def _add(self, scope: Scope) -> _T:
        for other in list(self._built):
            if _has_ended(other):
                self._drop_one(other)
        return self._built.setdefault(scope, self._build())

    def _drop_one(self, scope: Scope) -> None:
        dropped = self._built.pop(scope, None)
        if dropped is not None:  # Otherwise, another thread was faster.
            self._drop(dropped)

    def close(self) -> list[_T]:
        """Refuses further calls. Returns everything that was built in this process, for the caller to close."""
        self.is_closed = True
        closing = [self._built.pop(scope, None) for scope in self._scopes_here()]
        return [built for built in closing if built is not None]  # Another thread may be closing too.

    def __iter__(self) -> Iterator[_T]:
        present = [self._built.get(scope) for scope in self._scopes_here()]
        return iter([built for built in present if built is not None])

    def _scopes_here(self) -> list[Scope]:
        return [scope for scope in list(self._built) if scope[0] == os.getpid()]


def _has_ended(scope: Scope) -> bool:
    process, loop = scope
    if process != os.getpid():
        return True
    if hasattr(loop, "is_closed"):
        return bool(loop.is_closed())
    if hasattr(loop, "run_sync_soon"):
        try:
            loop.run_sync_soon(_do_nothing, idempotent=True)
        except RuntimeError:  # trio.RunFinishedError
            return True
    return False


def _do_nothing() -> None:
    """Scheduled on a trio run to see whether it is still running."""
