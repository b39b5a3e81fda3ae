"""An answer that comes while the request is still being sent has one outcome, whatever becomes of the rest of the request."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import time
from collections.abc import Callable

import anyio
import pytest

from navai import APIConnectionError, APIStatusError, APITimeoutError
from navai._http.streams import Stream
from tests.faults.faults import Fault, reset
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import AUTHORITY, context
from tests.wire.kinds import OURS

TOO_LARGE = b'{"error":"That is too much."}'
ANSWER = (
    b"HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(TOO_LARGE) + TOO_LARGE
)
LETTERS = 10_000_000


def early(tls: ssl.SSLContext | None, go_on: Callable[[socket.socket, int], object]) -> Fault:
    """Answers as soon as the headers are there, and goes on with the connection and the length of the body that has not come."""

    def act(connection: socket.socket, _: bytes) -> None:
        with connection if tls is None else tls.wrap_socket(connection, server_side=True) as stream:
            received = b""
            while b"\r\n\r\n" not in received:
                received += stream.recv(65536)
            stream.sendall(ANSWER)
            go_on(stream, LETTERS - len(received))

    return Fault(act, "connection", "http" if tls is None else "https")


def close(_: socket.socket, __: int) -> None:
    """With what has come and was not read, which resets the connection."""


def read_to_the_end(stream: socket.socket, length: int) -> None:
    while length > 0 and (data := stream.recv(1 << 20)):
        length -= len(data)


async def outcome(server: FaultyServer, kind: str, fault: Fault, ended: threading.Event) -> None:
    """A large request that meets the fault, and a call after it, when the server has ended the connection or will not."""
    async with OURS[kind].connect(f"{fault.scheme}://{server.address}", timeout=10) as client:
        before = server.connections
        server.fault = fault
        server.over.clear()
        began = time.monotonic()
        with pytest.raises(APIStatusError, match=r"^HTTP 413: That is too much\.$") as caught:
            await client.execute_function("f", {"text": "x" * LETTERS})
        assert time.monotonic() - began < 8
        assert caught.value.status_code == 413
        assert server.connections == before + 1
        assert await anyio.to_thread.run_sync(ended.wait, 5)
        assert await client.execute_function("f", {"number": 1}) == {"number": 1}


@pytest.mark.parametrize("kind", OURS)
def test_a_server_that_answers_and_takes_no_more_is_heard(servers: dict[str, FaultyServer], kind: str) -> None:
    heard = threading.Event()
    fault = early(None, lambda *_: heard.wait(20))
    still_open = threading.Event()
    still_open.set()
    try:
        OURS[kind].run(lambda: outcome(servers["http"], kind, fault, still_open))
    finally:
        heard.set()
    assert servers["http"].all_gone(5)


@pytest.mark.parametrize("go_on", [close, read_to_the_end])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", OURS)
def test_a_server_that_answers_and_closes_is_heard(
    servers: dict[str, FaultyServer], kind: str, scheme: str, go_on: Callable[[socket.socket, int], None]
) -> None:
    fault = early(context(AUTHORITY) if scheme == "https" else None, go_on)
    OURS[kind].run(lambda: outcome(servers[scheme], kind, fault, servers[scheme].over))
    assert servers[scheme].all_gone(5)


def informs(connection: socket.socket, request: bytes, pieces: tuple[bytes, ...] = (b"HTTP/1.1 102 Processing\r\n\r\n",)) -> None:
    """Says that it is at work while the body is still being sent, takes its time, and then takes the rest."""
    received = request
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(0.2)  # So that the client finds its socket full, and this answer there.
    read_to_the_end(connection, length - len(body))
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"ok":true,"result":1}')


@pytest.mark.parametrize("pieces", [(b"HTTP/1.1 102 Processing\r\n\r\n",), (b"HTTP/1.1", b" 102 Processing\r\n\r\n")])
@pytest.mark.parametrize("kind", OURS)
def test_an_informational_answer_does_not_end_a_request(kind: str, pieces: tuple[bytes, ...]) -> None:
    async def call() -> None:
        async with OURS[kind].connect(f"http://{server.address}", timeout=5, max_retries=0) as client:
            assert await client.execute_function("f", {"text": "x" * LETTERS}) == 1

    with FaultyServer() as server:
        server.fault = Fault(functools.partial(informs, pieces=pieces), "connection")
        OURS[kind].run(call)


@pytest.mark.parametrize("said", [b"H", b"HTTP/1.1 1", b"HTTP/1.1 102 Processing\r\n"])
@pytest.mark.parametrize("kind", OURS)
def test_a_server_that_begins_an_answer_and_takes_no_more_does_not_prolong_the_writing(kind: str, said: bytes) -> None:
    def begin(connection: socket.socket, _: bytes) -> None:
        connection.sendall(said)
        heard.wait(20)

    async def call() -> None:
        async with OURS[kind].connect(f"http://{server.address}", timeout=0.5, deadline=5, max_retries=0) as client:
            with pytest.raises(APITimeoutError, match=r"did not accept the request within 0\.5 s\.$"):
                await client.execute_function("f", {"text": "x" * LETTERS})

    heard = threading.Event()
    with FaultyServer() as server:
        server.fault = Fault(begin, "connection")
        try:
            OURS[kind].run(call)
        finally:
            heard.set()


@pytest.mark.parametrize("kind", OURS)
def test_a_connection_that_is_reset_while_a_request_is_sent_is_an_error_of_ours(kind: str) -> None:
    def reset_meanwhile(connection: socket.socket, _: bytes) -> None:
        connection.recv(1000)
        time.sleep(0.2)  # So that the client waits with a full socket.
        reset(connection, b"")

    async def call() -> None:
        async with OURS[kind].connect(f"http://{server.address}", timeout=30) as client:
            with pytest.raises(APIConnectionError, match=r"^The connection to http://\S+ failed: ") as caught:
                await client.execute_function("f", large)
            assert caught.value.request_sent is True
            assert server.connections == 1
            server.fault = fault
            assert await client.execute_function("f", large, idempotent=True) == large
            assert server.connections == 1 + 2

    large = {"text": "x" * 10_000_000}
    with FaultyServer() as server:
        server.fault = fault = Fault(reset_meanwhile, "connection")
        OURS[kind].run(call)


@pytest.mark.parametrize("kind", ["sync", "fast"])
def test_a_small_request_that_comes_too_late_for_its_answer_ends_in_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write, connected = Stream.write, threading.Event()

    def late(stream: Stream, buffer: bytes, timeout: float | None = None) -> None:
        connected.set()
        assert server.over.wait(5)
        write(stream, buffer, timeout)

    def refuse(connection: socket.socket, _: bytes) -> None:
        assert connected.wait(5)
        connection.sendall(ANSWER)
        reset(connection, b"")

    async def call() -> None:
        async with OURS[kind].connect(f"http://{server.address}", max_retries=0) as client:
            with pytest.raises(APIStatusError, match=r"^HTTP 413: That is too much\.$"):
                await client.execute_function("f")

    monkeypatch.setattr(Stream, "write", late)
    with FaultyServer() as server:
        server.fault = Fault(refuse, "connection")
        OURS[kind].run(call)
