"""A backend that serves few connections at once, as PHP often does: a connection that waits for its next call holds a worker."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from navai import AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient
from navai._http import connections, keepalive
from tests.wire.few_workers import FewWorkers, burst
from tests.wire.kinds import CALLERS, OURS, Kind

EACH = pytest.mark.parametrize("kind", OURS.values(), ids=list(OURS))


@pytest.fixture(autouse=True)
def _forget_headers() -> None:
    keepalive.seconds_to_keep.cache_clear()


@EACH
def test_a_client_has_at_most_so_many_connections(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise the server may hear of the end of one that was closed to make room after the beginning of the next.
    monkeypatch.setattr(connections, "IDLE_PATIENCE", 60.0)
    monkeypatch.setattr(connections, "LAST_IDLE_PATIENCE", 60.0)

    async def main() -> None:
        async with kind.connect(server.url, max_connections=3) as client:
            assert await burst(kind, client, 20) == [1] * 20

    with FewWorkers(workers=20, seconds=0.02) as server:
        kind.run(main)
    assert (server.most_open, server.requests) == (3, 20)


@EACH
def test_the_limit_is_shared_by_with_options(kind: Kind) -> None:
    async def main() -> None:
        async with kind.connect(server.url, max_connections=2) as client:
            other = type(client)(client.client.with_options(deadline=20))
            async with anyio.create_task_group() as group:
                group.start_soon(burst, kind, client, 5)
                group.start_soon(burst, kind, other, 5)

    with FewWorkers(workers=10, seconds=0.02) as server:
        kind.run(main)
    assert (server.most_open, server.requests) == (2, 10)


@EACH
def test_calls_that_wait_for_a_worker_get_those_of_idle_connections(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 calls at once, 8 workers: the default client opened 40 connections, and the first 8 to be served held the workers."""
    monkeypatch.setattr(keepalive, "KEEPALIVE_EXPIRY", 600.0)  # Not what ends the wait.

    async def main() -> None:
        async with kind.connect(server.url, deadline=30, max_retries=0) as client:
            assert await burst(kind, client, 40) == [1] * 40

    with FewWorkers(seconds=0.05, keep_alive=900) as server:
        kind.run(main)
    assert server.requests == 40


@EACH
def test_a_connection_that_is_taken_at_once_is_kept(kind: Kind) -> None:
    """What makes room must not cost those who call one after another a connection for each call."""

    async def main() -> None:
        async with kind.connect(server.url) as client:
            for _ in range(30):
                await client.execute_function("f", {})

    with FewWorkers(workers=1, keep_alive=900) as server:
        kind.run(main)
    assert (server.most_open, server.requests) == (1, 30)


@pytest.mark.parametrize("kind", [kind for kind in OURS.values() if kind.is_async], ids=[n for n in OURS if OURS[n].is_async])
def test_an_idle_connection_is_closed_when_it_expires(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only at the next call. A sync client, which has no event loop, does it then: see `navai._http.timers`."""
    monkeypatch.setattr(keepalive, "KEEPALIVE_EXPIRY", 0.2)

    async def main() -> None:
        async with kind.connect(server.url) as client:
            for _ in range(2):  # Again after the first one: the timer had ended.
                server.closed.clear()
                await client.execute_function("f", {})
                assert await anyio.to_thread.run_sync(server.closed.wait, 20)

    with FewWorkers(keep_alive=900) as server:
        kind.run(main)
    assert server.requests == 2


@pytest.mark.parametrize("kind", [kind for kind in OURS.values() if not kind.is_async], ids=["sync", "fast"])
def test_the_next_call_of_a_sync_client_closes_what_has_expired(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepalive, "KEEPALIVE_EXPIRY", 0.1)

    async def main() -> None:
        async with kind.connect(server.url) as client:
            await client.execute_function("f", {})
            await anyio.sleep(0.15)
            await client.execute_function("f", {})
            assert await anyio.to_thread.run_sync(server.closed.wait, 20)

    with FewWorkers(keep_alive=900) as server:
        kind.run(main)


@pytest.mark.parametrize("kind", CALLERS.values(), ids=list(CALLERS))
def test_the_connections_of_an_http_client_have_its_own_limit(kind: Kind) -> None:
    async def main() -> None:
        with pytest.raises(ConfigurationError, match=r"limit those of your http_client, for example with httpx\.\w+\(limits="):
            async with kind.connect(max_connections=8):
                pass

    kind.run(main)


@pytest.mark.parametrize("client", [NavaiBackendClient, AsyncNavaiBackendClient])
@pytest.mark.parametrize("limit", [0, -1, 1.5, "8", True])
def test_a_limit_that_is_none_is_refused(client: Any, limit: object) -> None:
    with pytest.raises(ConfigurationError, match="max_connections must be a whole number, 1 or more"):
        client(max_connections=limit)
