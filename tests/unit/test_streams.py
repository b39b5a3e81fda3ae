"""How long the waits in one connection may take: its step's time, and never beyond the deadline of the call."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpcore
import pytest

from navai._http import streams
from navai._http.streams import AsyncStream, ConnectionTimeouts, Stream

# Far longer than any test waits.
AGES = 60.0


class Clock:
    """The module's `time`."""

    @staticmethod
    def monotonic() -> float:
        return 100.0


@pytest.mark.parametrize(
    ("deadline", "setup", "timeout", "left"),
    [
        (None, None, None, None),
        (None, None, 5.0, 5.0),
        (None, None, 3e9, 2_000_000.0),
        (102.0, None, None, 2.0),
        (102.0, None, 5.0, 2.0),
        (102.0, None, 1.0, 1.0),
        (3e9, None, None, 2_000_000.0),
        (None, 3.0, None, 3.0),
        (None, 3.0, 5.0, 3.0),
        (102.0, 3.0, 1.0, 2.0),
    ],
)
def test_a_wait_takes_as_long_as_the_nearest_limit(
    deadline: float | None, setup: float | None, timeout: float | None, left: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "time", Clock)
    timeouts = ConnectionTimeouts()
    timeouts.deadline, timeouts.setup = deadline, setup
    assert timeouts.left(timeout) == left


@pytest.mark.parametrize("deadline", [99.0, 100.0])
def test_at_the_deadline_there_is_no_wait_any_more(deadline: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "time", Clock)
    timeouts = ConnectionTimeouts()
    timeouts.deadline = deadline
    with pytest.raises(TimeoutError):
        timeouts.left(5.0)


@pytest.fixture
def connected() -> Iterator[socket.socket]:
    """One end of a connection; the other says nothing and takes nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours


def soon() -> ConnectionTimeouts:
    """The timeouts of a call that ends in a moment."""
    timeouts = ConnectionTimeouts()
    timeouts.deadline = time.monotonic() + 0.05
    return timeouts


MUCH = b"x" * 4_000_000

# By what is waited for: the wait itself, of a stream of either kind, and the error that ends it.
WAITS: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "read": (lambda stream: stream.read(1, AGES), httpcore.ReadTimeout),
    "write": (lambda stream: stream.write(MUCH, AGES), httpcore.WriteTimeout),
    "tls": (lambda stream: stream.start_tls(ssl.create_default_context(), "backend.example", AGES), httpcore.ConnectTimeout),
}


@pytest.mark.parametrize("what", WAITS)
def test_a_wait_ends_at_the_deadline_however_long_its_step_may_take(connected: socket.socket, what: str) -> None:
    wait, error = WAITS[what]
    began = time.monotonic()
    with pytest.raises(error):
        wait(Stream(connected, soon()))
    assert time.monotonic() - began < AGES / 4
    assert (connected.fileno() < 0) is (what == "tls")  # A connection that is not made leaves nothing open.


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("what", WAITS)
def test_an_awaited_one_too(connected: socket.socket, what: str, loop: str) -> None:
    wait, error = WAITS[what]

    async def main() -> None:
        awaited: Awaitable[Any] = wait(AsyncStream(connected, soon()))
        await awaited

    began = time.monotonic()
    with pytest.raises(error):
        anyio.run(main, backend=loop)
    assert time.monotonic() - began < AGES / 4
    assert (connected.fileno() < 0) is (what == "tls")
