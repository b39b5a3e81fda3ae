"""Clients of every kind, whose methods are awaited whatever the kind, so that one test states a promise of all of them.

Unlike those of `tests.conftest.KINDS`, an async one lives in one run of its event loop, which is what trio needs.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import trio
from attrs import frozen

from navai import AsyncNavaiBackendClient, NavaiBackendClient

# The option `transport`.
Fast = Literal["fast"] | None


class Awaited:
    """A client of either kind whose methods are awaited."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self.client, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            outcome = method(*args, **kwargs)
            return await outcome if inspect.isawaitable(outcome) else outcome

        return call


@frozen
class Kind:
    """One kind of client.

    Attributes:
        is_async: Whether it is the async client.
        on_trio: Whether it runs on trio; else on asyncio.
        library: Of the caller's own HTTP client; None: it has none.
        transport: The option of that name.
    """

    is_async: bool
    on_trio: bool = False
    library: str | None = None
    transport: str | None = None

    def run(self, main: Callable[[], Awaitable[None]]) -> None:
        """Runs `main` in the event loop of this kind; the methods of a sync client block it."""

        async def awaited() -> None:
            await main()

        if self.on_trio:
            trio.run(awaited)
        else:
            asyncio.run(awaited())

    @asynccontextmanager
    async def connect(self, *args: Any, **options: Any) -> AsyncGenerator[Awaited]:
        """A client that is not told of the environment of whoever runs the tests."""
        mine: Any = None
        if self.library is not None:
            library = pytest.importorskip(self.library, reason="the lowest dependencies are too low for it")
            mine = library.AsyncClient() if self.is_async else library.Client()
        options = {"env": {}, "transport": self.transport} | options
        try:
            if self.is_async:
                async with AsyncNavaiBackendClient(*args, http_client=mine, **options) as client:
                    yield Awaited(client)
            else:
                with NavaiBackendClient(*args, http_client=mine, **options) as client:
                    yield Awaited(client)
        finally:
            if mine is not None:
                await (mine.aclose() if self.is_async else Awaited(mine).close())


# Clients with connections of ours.
OURS = {
    "sync": Kind(is_async=False),
    "async": Kind(is_async=True),
    "trio": Kind(is_async=True, on_trio=True),
    "fast": Kind(is_async=False, transport="fast"),
    "fast-async": Kind(is_async=True, transport="fast"),
    "fast-trio": Kind(is_async=True, on_trio=True, transport="fast"),
}

# Clients with the caller's HTTP client.
CALLERS = {
    "httpx": Kind(is_async=False, library="httpx"),
    "httpx-async": Kind(is_async=True, library="httpx"),
    "httpx-trio": Kind(is_async=True, on_trio=True, library="httpx"),
    "httpx2": Kind(is_async=False, library="httpx2"),
    "httpx2-async": Kind(is_async=True, library="httpx2"),
    "httpx2-trio": Kind(is_async=True, on_trio=True, library="httpx2"),
}
