"""What an error says, so that nobody has to guess; the same with every kind of client."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from navai import APIConnectionError
from navai.testing import LocalBackend
from tests.faults.faults import Fault, reset
from tests.faults.server import FaultyServer
from tests.wire.kinds import CALLERS, OURS, Kind

kinds = pytest.mark.parametrize("kind", list((OURS | CALLERS).values()), ids=list(OURS | CALLERS))


def system(number: int) -> str:
    """How the system's error reads."""
    return f"[Errno {number}] {os.strerror(number)}"


def words(kind: Kind, url: str, **options: float) -> str:
    """What the error of a call without a response says."""
    said: list[str] = []

    async def call() -> None:
        async with kind.connect(url, max_retries=0, **options) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.execute_function("f")
            said.append(str(caught.value))

    kind.run(call)
    return said[0]


@kinds
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_refused_connection_has_the_systems_reason(kind: Kind, host: str) -> None:
    """anyio and trio, which the async clients of httpx use, say only that all attempts have failed."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # It does not listen, and nobody else can get its port.
        url = f"http://{host}:{taken.getsockname()[1]}"
        assert words(kind, url) == f"Could not connect to {url}: {system(errno.ECONNREFUSED)}"


@kinds
def test_a_lost_connection_has_a_reason(kind: Kind) -> None:
    with FaultyServer() as server:
        server.fault = Fault(reset, "request")
        said = words(kind, f"http://{server.address}")
    # What comes first depends on the library: the reset, or the end.
    assert said.removeprefix(f"The connection to http://{server.address} failed: ") in (
        system(errno.ECONNRESET),
        f"socket connection broken: {system(errno.ECONNRESET)}",
        "Server disconnected without sending a response.",
    )


@kinds
def test_https_to_a_port_that_speaks_http_names_http(kind: Kind) -> None:
    with LocalBackend() as backend:
        url = backend.url.replace("http:", "https:")
        said = words(kind, url)
        assert said.startswith(f"Could not connect to {url}: [SSL: ")
        assert said.endswith("The other side seems to speak plain http: use an http:// URL.")
        assert backend.requests == []


@pytest.mark.parametrize("kind", list(OURS.values()), ids=list(OURS))
def test_of_a_proxy_for_https_nobody_can_tell_which_side_speaks_http(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """So no advice to send secrets to the backend in plain text."""
    monkeypatch.setenv("no_proxy", "")
    with LocalBackend() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("http:", "https:"))
        said = words(kind, "https://backend.invalid")
    assert said.endswith("The proxy or the backend seems to speak plain http: use an http:// URL for that one.")


@kinds
def test_a_deadline_has_its_number(kind: Kind) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert words(kind, url, deadline=1.5) == f"{url} did not respond before the deadline of 1.5 s."
