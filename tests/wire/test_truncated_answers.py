"""An answer that breaks off, or is not read to its end, is an error of ours, and leaves nothing that Python would warn of."""

from __future__ import annotations

import gc
import socket

import pytest

from navai import APIConnectionError, InvalidResponseError, NavaiError
from navai.testing import LocalBackend
from tests.faults.faults import FAULTS, Fault, read_request
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import faulty_servers
from tests.wire.kinds import CALLERS, OURS, Kind

pytestmark = pytest.mark.usefixtures("quick_collections")


def assert_error_without_warnings(kind: Kind, name: str, error: type[NavaiError]) -> None:
    async def main() -> None:
        async with kind.connect(f"http://{server.address}", max_retries=0, max_response_bytes=100_000) as client:
            server.fault = FAULTS[name]
            with pytest.raises(error):
                await client.execute_function("f")
            gc.collect()
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with FaultyServer() as server:
        kind.run(main)
        gc.collect()
        assert server.all_gone(5)


@pytest.mark.parametrize("name", ["a body that breaks off", "chunks that break off"])
@pytest.mark.parametrize("kind", [*OURS, *CALLERS])
def test_a_truncated_answer_is_an_error_and_warns_of_nothing(kind: str, name: str) -> None:
    assert_error_without_warnings((OURS | CALLERS)[kind], name, APIConnectionError)


@pytest.mark.parametrize("name", ["a body beyond the limit", "chunks without end"])
@pytest.mark.parametrize("kind", [*OURS, *CALLERS])
def test_an_answer_that_is_too_large_is_an_error_and_warns_of_nothing(kind: str, name: str) -> None:
    assert_error_without_warnings((OURS | CALLERS)[kind], name, InvalidResponseError)


@pytest.mark.parametrize("kind", [*OURS, *CALLERS])
def test_an_answer_that_is_too_large_though_all_of_it_has_come_does_no_harm_to_the_next_call(kind: str) -> None:
    async def main() -> None:
        async with (OURS | CALLERS)[kind].connect(backend.url, max_retries=0, max_response_bytes=10) as client:
            for _ in range(3):
                assert isinstance((await client.list_functions()).error, InvalidResponseError)

    with LocalBackend([len]) as backend:
        (OURS | CALLERS)[kind].run(main)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", OURS)
def test_informational_answers_without_end_are_an_error(kind: str, scheme: str) -> None:
    """Each is progress, so that no step ever takes too long."""

    async def main() -> None:
        async with OURS[kind].connect(f"{scheme}://{server.address}", max_retries=0, deadline=20) as client:
            server.fault = FAULTS["100 without end"]
            with pytest.raises(APIConnectionError, match=r"[Tt]he head of the response has no end") as caught:
                await client.execute_function("f")
            assert caught.value.request_sent is True
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with faulty_servers() as servers:
        server = servers[scheme]
        OURS[kind].run(main)
        assert server.all_gone(5)


@pytest.mark.parametrize("kind", OURS)
def test_a_long_head_after_informational_answers_is_read(kind: str) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: %b\r\n\r\n" % (b"a" * 1000)
    body = b'{"ok":true,"result":"%b"}' % (b"b" * 2_000_000)
    head = b"HTTP/1.1 200 OK\r\nX-Long: %b\r\nContent-Length: %d\r\n\r\n" % (b"c" * 90_000, len(body))

    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(hint * 5 + head + body)
        while read_request(connection):
            connection.sendall(hint * 5 + head + body)

    async def main() -> None:
        async with OURS[kind].connect(f"http://{server.address}", max_retries=0) as client:
            server.fault = Fault(answer, keeps=True)
            for _ in range(3):
                assert len(await client.execute_function("f")) == 2_000_000
            assert server.connections == 1

    with FaultyServer() as server:
        OURS[kind].run(main)
