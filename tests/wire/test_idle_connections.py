"""What a connection that waits for its next call costs, and what happens to it meanwhile."""

from __future__ import annotations

import gc
import json
import socket
import threading
import tracemalloc

import anyio
import pytest

from tests.faults.faults import GOOD_BODY, HEAD, Fault
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import AUTHORITY, context
from tests.wire.kinds import OURS

MIB = 1024**2


@pytest.mark.parametrize(
    "record",
    [b"\x17\x03\x03\x00\x20" + b"x" * 32, b"\x15\x03\x03\x00\x02\x02\x28"],
    ids=["a record that cannot be decrypted", "a fatal alert"],
)
@pytest.mark.parametrize("kind", OURS)
def test_tls_that_breaks_meanwhile_costs_no_call(servers: dict[str, FaultyServer], kind: str, record: bytes) -> None:
    """The event loop may read it before the next call does: what was read must not be forgotten."""
    server = servers["https"]

    def act(connection: socket.socket, _: bytes) -> None:
        with context(AUTHORITY).wrap_socket(connection, server_side=True) as stream:
            stream.recv(65536)
            stream.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY)
            with socket.socket(fileno=stream.fileno()) as below:
                below.sendall(record)
                server.over.set()
                below.recv(65536)
                below.detach()

    async def main() -> None:
        async with OURS[kind].connect(f"https://{server.address}", timeout=5, max_retries=0) as client:
            server.over.clear()
            server.fault = Fault(act, "connection", "https")
            await client.execute_function("f", {})
            assert await anyio.to_thread.run_sync(server.over.wait, 5)
            await anyio.sleep(0.05)
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    OURS[kind].run(main)


@pytest.mark.parametrize("kind", OURS)
def test_it_keeps_nothing_of_the_last_request_and_its_answer(kind: str) -> None:
    payload = {"text": "x" * (8 * MIB)}
    answer = HEAD + b"\r\n%b" % json.dumps({"ok": True, "result": payload}).encode()
    answer = answer.replace(b"\r\n\r\n", b"\r\nContent-Length: %d\r\n\r\n" % (len(answer) - len(HEAD) - 2))
    over = threading.Event()

    def act(connection: socket.socket, _: bytes) -> None:
        received = 0
        while received < 8 * MIB:
            received += len(connection.recv(65536))
        connection.sendall(answer)
        over.wait(10)

    async def main() -> None:
        async with OURS[kind].connect(f"http://{server.address}", timeout=10) as client:
            tracemalloc.start()
            try:
                assert len((await client.execute_function("f", payload))["text"]) == 8 * MIB
                gc.collect()
                assert tracemalloc.get_traced_memory()[0] < 4 * MIB
            finally:
                tracemalloc.stop()
                over.set()

    with FaultyServer() as server:
        server.fault = Fault(act, "connection")
        OURS[kind].run(main)
