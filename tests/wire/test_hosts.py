"""A host of digits that is no address is looked up as a name is, and no longer than the call may take."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from navai import APIConnectionError, APITimeoutError
from tests.faults.server import FaultyServer
from tests.wire.kinds import OURS

# A port for each test, as callers that look for the same may share one look-up.
PORTS = itertools.count(40_001)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A mock that answers after 20 s, or when the test is over: no test may depend on the machine's. The hosts it is asked for."""
    asked: list[str] = []
    over = threading.Event()

    def resolve(host: Any, *_: Any, **__: Any) -> list[Any]:
        asked.append(host if isinstance(host, str) else host.decode())
        over.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield asked
    over.set()


@pytest.mark.parametrize("host", ["1.2.3.4.5", "12345", "999.1.1.1"])
@pytest.mark.parametrize("kind", OURS)
def test_a_host_of_digits_ends_at_the_deadline(resolver: list[str], kind: str, host: str) -> None:
    async def main() -> None:
        url = f"http://{host}:{next(PORTS)}"
        async with OURS[kind].connect(url, max_retries=0) as client:
            began = time.monotonic()
            with pytest.raises(APIConnectionError) as caught:
                await client.execute_function("f", deadline=0.3)
            assert time.monotonic() - began < 10
            assert caught.value.request_sent is False
            if resolver:  # httpx knows of some hosts without asking that there is no such address.
                assert resolver == [host]
                assert isinstance(caught.value, APITimeoutError)
            else:
                assert host in str(caught.value)

    OURS[kind].run(main)


@pytest.mark.parametrize("kind", OURS)
def test_a_host_of_digits_is_looked_up(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return real("127.0.0.1" if host in ("1.2.3.4.5", b"1.2.3.4.5") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async def main() -> None:
        async with OURS[kind].connect(f"http://1.2.3.4.5:{server.address.rpartition(':')[2]}", max_retries=0) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with FaultyServer() as server:
        OURS[kind].run(main)
