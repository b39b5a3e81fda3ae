"""What TLS says beside the data: none of it is lost, whatever the kind of client."""

from __future__ import annotations

import contextlib
import socket
import ssl

import anyio
import pytest

from navai import APIConnectionError, APIStatusError
from tests.faults.faults import HEAD, Fault
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import AUTHORITY, context
from tests.wire.kinds import OURS

BUSY = b'{"error":"Too many connections."}'
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: %d\r\n\r\n%b" % (len(BUSY), BUSY)
# Of the type of application data, as TLS 1.3 has all records, with nothing in it that could be decrypted.
GARBAGE = b"\x17\x03\x03\x00\x20" + b"x" * 32


@pytest.fixture
def server(servers: dict[str, FaultyServer]) -> FaultyServer:
    return servers["https"]


def answers_with_the_handshake(connection: socket.socket, _: bytes) -> None:
    """Its last flight and the answer are one packet. By TLS 1.2, whose server has the last word."""
    tls_context = context(AUTHORITY)
    tls_context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65536))
    tls.write(REFUSAL)
    connection.sendall(outgoing.read())
    connection.settimeout(5)
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("kind", OURS)
def test_an_answer_that_comes_with_the_end_of_the_handshake_is_heard(server: FaultyServer, kind: str) -> None:
    async def main() -> None:
        async with OURS[kind].connect(f"https://{server.address}", timeout=3, max_retries=0) as client:
            server.fault = Fault(answers_with_the_handshake, "connection", "https")
            with pytest.raises(APIStatusError, match=r"^HTTP 503: Too many connections\.$"):
                await client.execute_function("f")

    OURS[kind].run(main)


@pytest.mark.parametrize("kind", OURS)
def test_an_alert_of_ours_reaches_the_server(server: FaultyServer, kind: str) -> None:
    heard: list[bytes] = []

    def break_off(connection: socket.socket, _: bytes) -> None:
        with context(AUTHORITY).wrap_socket(connection, server_side=True) as stream:
            stream.recv(65536)
            stream.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
            with socket.socket(fileno=stream.fileno()) as below:
                below.sendall(GARBAGE)
                below.settimeout(5)
                with contextlib.suppress(OSError):
                    heard.append(below.recv(65536))
                below.detach()

    async def main() -> None:
        async with OURS[kind].connect(f"https://{server.address}", timeout=3, max_retries=0) as client:
            server.over.clear()
            server.fault = Fault(break_off, "connection", "https")
            with pytest.raises(APIConnectionError, match=r"bad record mac|BAD_RECORD_MAC|decryption failed|RECORD_LAYER_FAILURE"):
                await client.execute_function("f")
            assert await anyio.to_thread.run_sync(server.over.wait, 6)
        assert heard != [b""]

    OURS[kind].run(main)
