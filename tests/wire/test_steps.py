"""A step's timeout means one thing with every kind of client: the longest time without progress, however long the whole takes."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from navai import APITimeoutError, Timeout
from tests.faults import tls_faults  # noqa: F401 (adds faults)
from tests.faults.faults import FAULTS, GOOD_BODY, HEAD
from tests.faults.server import FaultyServer
from tests.wire.kinds import CALLERS, OURS, Kind

KINDS = OURS | {name: kind for name, kind in CALLERS.items() if not kind.on_trio}

# Long enough for a machine that has much else to do, where steady progress must not be missed.
TIMEOUT = 3.0

# Much more than the buffers of the two sockets hold.
LARGE = {"text": "x" * 10_000_000}

Backend = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(backend: Backend) -> Iterator[str]:
    """The URL of a server that meets each connection with `backend`."""

    def meet(connection: socket.socket) -> None:
        with connection:
            with contextlib.suppress(OSError):  # The client has gone.
                backend(connection)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # Closed.
            threading.Thread(target=meet, args=(connection,), daemon=True).start()

    with socket.socket() as listener:
        # So that the client can send no more than what the server takes.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def take(connection: socket.socket, most: float = math.inf, slow: float = 0) -> None:
    """Reads a request, or as much of it as `most` bytes; less than half of it, piece by piece, in the first `slow` seconds.

    What the sockets hold of the rest then is not all of it, so that the client is still sending.
    """
    began = time.monotonic()
    received = connection.recv(65536)
    if not received:
        raise ConnectionResetError
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    taken = len(body)
    while taken < min(most, length):
        piece = connection.recv(262144)
        if not piece:
            raise ConnectionResetError
        taken += len(piece)
        time.sleep(max(0.0, began + slow * min(1.0, taken / (0.45 * length)) - time.monotonic()))


ANSWER = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY


def outcome_of(kind: Kind, url: str, payload: dict[str, Any], limit: float) -> tuple[Any, float]:
    """What an execution ends in, and after how many seconds."""
    outcome: Any = None

    async def main() -> None:
        nonlocal outcome
        async with kind.connect(url, timeout=Timeout(connect=10, read=limit, write=limit), max_retries=0) as client:
            try:
                outcome = await client.execute_function("f", payload)
            except APITimeoutError as error:
                outcome = error

    began = time.monotonic()
    kind.run(main)
    return outcome, time.monotonic() - began


def outcomes_of(url: str, payload: dict[str, Any], limit: float = TIMEOUT) -> dict[str, tuple[Any, float]]:
    """Those of all kinds, side by side, since they wait most of the time."""
    with ThreadPoolExecutor(len(KINDS)) as threads:
        return dict(zip(KINDS, threads.map(lambda kind: outcome_of(kind, url, payload, limit), KINDS.values()), strict=True))


@pytest.mark.calm
def test_a_request_that_is_taken_steadily_may_take_longer_than_its_timeout() -> None:
    took: list[float] = []

    def steady(connection: socket.socket) -> None:
        began = time.monotonic()
        take(connection, slow=1.3 * TIMEOUT)
        took.append(time.monotonic() - began)
        connection.sendall(ANSWER)

    with serving(steady) as url:
        outcomes = outcomes_of(url, LARGE)
    assert {kind: outcome for kind, (outcome, _) in outcomes.items()} == dict.fromkeys(KINDS, 1)
    assert len(took) == len(KINDS)
    assert min(took) > 1.3 * TIMEOUT  # Otherwise it was no test.


def test_an_answer_that_comes_steadily_may_take_longer_than_its_timeout() -> None:
    def drip(connection: socket.socket) -> None:
        take(connection)
        size = len(ANSWER) // 11 + 1  # Eleven pieces.
        for start in range(0, len(ANSWER), size):
            connection.sendall(ANSWER[start : start + size])
            time.sleep(0.5)

    with serving(drip) as url:
        outcomes = outcomes_of(url, {})
    assert {kind: outcome for kind, (outcome, _) in outcomes.items()} == dict.fromkeys(KINDS, 1)
    assert min(seconds for _, seconds in outcomes.values()) > 1.5 * TIMEOUT


def not_taking(connection: socket.socket) -> None:
    take(connection, most=1_000_000)


def stopping(connection: socket.socket) -> None:
    take(connection)
    for start in range(0, 50, 10):
        connection.sendall(ANSWER[start : start + 10])
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("backend", "payload", "message"),
    [
        (not_taking, LARGE, "did not accept the request within 1 s."),
        (take, {}, "did not respond within 1 s."),
        (stopping, {}, "did not respond within 1 s."),
    ],
)
def test_a_backend_that_makes_no_progress_is_not_waited_for(backend: Backend, payload: dict[str, Any], message: str) -> None:
    over = threading.Event()

    def stalled(connection: socket.socket) -> None:
        backend(connection)
        over.wait(60)  # Much longer than the limit: it must be the client that ends this.

    with serving(stalled) as url:
        outcomes = outcomes_of(url, payload, limit=1)
        over.set()
    texts = {kind: str(outcome) for kind, (outcome, _) in outcomes.items()}
    assert texts == dict.fromkeys(KINDS, f"{url} {message}")
    assert {type(outcome) for outcome, _ in outcomes.values()} == {APITimeoutError}
    assert all(outcome.request_sent is True for outcome, _ in outcomes.values())
    assert max(seconds for _, seconds in outcomes.values()) < 20


@pytest.mark.parametrize("kind", OURS)
def test_a_handshake_that_comes_late_and_slowly_ends_with_the_limit_to_connect(kind: str) -> None:
    """What comes shortly before the limit does not begin it anew: that would take 20 s."""

    def late(connection: socket.socket) -> None:
        connection.recv(65536)
        for byte in b"\x16\x03\x03\x40\x00" + bytes(20):  # The head of a long record, and some of it.
            time.sleep(0.8)
            connection.sendall(bytes([byte]))

    async def main() -> None:
        async with OURS[kind].connect(url.replace("http:", "https:"), timeout=Timeout(connect=1), max_retries=0) as client:
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match=r"within 1 s\.$"):
                await client.execute_function("f")
            assert time.monotonic() - began < 10

    with serving(late) as url:
        OURS[kind].run(main)


@pytest.mark.parametrize("kind", OURS)
def test_a_handshake_that_drips_ends_with_the_limit_to_connect(kind: str) -> None:
    """To connect is the one step whose limit is for all of it."""

    async def main() -> None:
        async with OURS[kind].connect(f"https://{server.address}", timeout=Timeout(connect=0.4), max_retries=0) as client:
            with pytest.raises(APITimeoutError, match=r"^Could not connect to .* within 0\.4 s\.$") as caught:
                await client.execute_function("f")
            assert caught.value.request_sent is False

    with FaultyServer() as server:
        server.fault = FAULTS["a dripping handshake"]
        OURS[kind].run(main)
