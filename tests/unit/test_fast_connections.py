"""Connections of the fast transport, without a network: how long they wait, and which of them may be used again."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

httpcore = pytest.importorskip("httpcore")
pytest.importorskip("httptools", reason="needs the extra navai-sdk[fast]")

from navai._http.async_fast_connections import AsyncFastConnection  # noqa: E402
from navai._http.fast_connections import FastConnection, Origin  # noqa: E402
from navai._http.messages import Request  # noqa: E402
from navai._http.timeouts import Timeout  # noqa: E402

ORIGIN = Origin("http", "backend.example", 80)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

# More than a socket takes if nobody reads.
MUCH = b"x" * 16 * 1024 * 1024


def asked(timeout: Timeout | None = None, deadline: float | None = None) -> Request:
    return Request("GET", "http://backend.example/", (), None, timeout, deadline, 1000)


class Stream:
    """Stands in for a connected socket of a sync client, over which these pieces come."""

    def __init__(self, *pieces: bytes, error: Exception | None = None, is_readable: bool = False) -> None:
        self.limits: list[tuple[str, float]] = []
        self._pieces = list(pieces)
        self._error = error
        self._is_readable = is_readable

    def write(self, _: bytes, timeout: float) -> None:
        self.limits.append(("write", timeout))
        if self._error is not None:
            raise self._error

    def read(self, _: int, timeout: float) -> bytes:
        self.limits.append(("read", timeout))
        return self._pieces.pop(0)

    def get_extra_info(self, _: str) -> bool:
        return self._is_readable


def connection_over(stream: Stream) -> FastConnection:
    connection = FastConnection(ORIGIN)
    connection._stream = stream
    return connection


@pytest.mark.parametrize(
    ("answer", "error", "is_clean"),
    [
        (OK, None, True),
        (CLOSING, None, False),
        (OK + OK, None, False),
        (OK, httpcore.WriteError(), False),  # It came before the whole request was taken.
    ],
)
def test_a_connection_is_kept_if_nothing_is_left_of_the_call(answer: bytes, error: Exception | None, is_clean: bool) -> None:
    connection = connection_over(Stream(answer, error=error))
    assert connection.exchange(asked(), b"request").body == b"{}"
    assert connection.is_clean() is is_clean


@pytest.mark.parametrize(("timeout", "write", "read"), [(Timeout(read=7, write=8), 8, 7), (None, 60, 60)])
def test_each_step_has_its_limit(timeout: Timeout | None, write: float, read: float) -> None:
    stream = Stream(OK[:9], OK[9:])
    connection_over(stream).exchange(asked(timeout), b"request")
    assert stream.limits == [("write", write), ("read", read), ("read", read)]


@pytest.mark.parametrize(("expires_in", "is_readable", "is_alive"), [(60, False, True), (60, True, False), (-1, False, False)])
def test_a_connection_that_has_expired_or_with_something_to_read_is_not_used_again(
    expires_in: float, is_readable: bool, is_alive: bool
) -> None:
    connection = connection_over(Stream(is_readable=is_readable))
    connection.expires = time.monotonic() + expires_in
    assert connection.is_alive() is is_alive


# --- async -----------------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def connected() -> AsyncGenerator[tuple[AsyncFastConnection, socket.socket]]:
    """A connection of an async client, and the other end of its socket, where nobody reads."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def connect(*_: object) -> Any:
        return SimpleNamespace(get_extra_info=lambda _: ours)

    with theirs:
        connection = AsyncFastConnection(ORIGIN)
        connection.network.connect_tcp = connect
        yield connection, theirs
        connection.close()


@pytest.mark.parametrize(
    ("answer", "content", "is_clean"),
    [(OK, b"request", True), (CLOSING, b"request", False), (OK + OK, b"request", False), (OK, MUCH, False)],
)
def test_a_connection_of_an_async_client_is_kept_if_nothing_is_left_of_the_call(
    answer: bytes, content: bytes, is_clean: bool
) -> None:
    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(answer)
            assert (await connection.exchange(asked(), content)).body == b"{}"
            assert connection.is_clean() is is_clean

    asyncio.run(main())


@pytest.mark.parametrize(("pieces", "is_clean"), [([OK], True), ([OK[:20], OK[20:]], True), ([OK, OK], False)])
def test_what_tls_unpacks_behind_an_answer_is_surplus(pieces: list[bytes], is_clean: bool) -> None:
    """In a record of its own, which came with the first."""

    async def main() -> None:
        async with connected() as (connection, theirs):
            tls: Any = SimpleNamespace(encrypt=bytes, decrypt=lambda data: iter(pieces if data else []), to_send=bytes)
            connection._tls = tls
            theirs.sendall(b"records")
            assert (await connection.exchange(asked(), b"request")).body == b"{}"
            assert connection.is_clean() is is_clean

    asyncio.run(main())


@pytest.mark.parametrize("before", [Timeout(), Timeout(read=0.01)])
@pytest.mark.parametrize(
    ("timeout", "content", "error"),
    [
        (Timeout(read=0.05), b"request", httpcore.ReadTimeout),
        (Timeout(write=0.05), MUCH, httpcore.WriteTimeout),
    ],
)
def test_a_call_waits_no_longer_than_a_step_may_take(
    before: Timeout, timeout: Timeout, content: bytes, error: type[Exception]
) -> None:
    """The timer of the call before, which may wait longer or not as long, does not count."""

    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(OK)
            await connection.exchange(asked(before), b"request")
            with pytest.raises(error):
                await asyncio.wait_for(connection.exchange(asked(timeout), content), 10)

    asyncio.run(main())


@pytest.mark.parametrize("calls_before", [0, 1])
def test_a_call_waits_no_longer_than_its_deadline(calls_before: int) -> None:
    """Which may be earlier than the timer of the call before."""

    async def main() -> None:
        async with connected() as (connection, theirs):
            for _ in range(calls_before):
                theirs.sendall(OK)
                await connection.exchange(asked(), b"request")
            connection.network.deadline = time.monotonic() + 0.05
            with pytest.raises(httpcore.ReadTimeout):
                await asyncio.wait_for(connection.exchange(asked(), b"request"), 10)

    asyncio.run(main())


def test_the_timer_of_a_call_that_is_over_ends_no_other() -> None:
    """It is left to the next call, which may wait longer."""

    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(OK)
            await connection.exchange(asked(Timeout(read=0.05)), b"request")
            asyncio.get_running_loop().call_later(0.2, theirs.sendall, OK)
            assert (await connection.exchange(asked(), b"request")).body == b"{}"

    asyncio.run(main())


def test_once_all_is_written_the_limit_to_read_counts() -> None:
    async def main() -> None:
        async with connected() as (connection, theirs):

            async def take_all() -> None:
                taken = 0
                while taken < len(MUCH):
                    taken += len(await asyncio.get_running_loop().sock_recv(theirs, 1 << 20))

            theirs.setblocking(False)
            taking = asyncio.create_task(take_all())
            with pytest.raises(httpcore.ReadTimeout):
                await asyncio.wait_for(connection.exchange(asked(Timeout(read=0.1, write=60)), MUCH), 10)
            await taking

    asyncio.run(main())


def test_a_connection_that_is_closed_leaves_no_timer() -> None:
    """Else it would be kept for as long as a call may take."""

    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(OK)
            await connection.exchange(asked(), b"request")
            timer = connection._timer
            assert timer is not None
            connection.close()
            assert (timer.cancelled(), connection._socket.fileno()) == (True, -1)

    asyncio.run(main())


@pytest.mark.parametrize("unasked", [OK, b""])
def test_what_comes_unasked_closes_the_connection_at_once(unasked: bytes) -> None:
    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(OK)
            await connection.exchange(asked(), b"request")
            connection.expires = time.monotonic() + 60
            assert connection.is_alive()
            theirs.sendall(unasked) if unasked else theirs.shutdown(socket.SHUT_WR)
            assert not connection.is_alive()  # Though the event loop has not looked yet.
            for _ in range(3):
                await asyncio.sleep(0)
            assert connection._socket.fileno() < 0
            assert not connection.is_alive()

    asyncio.run(main())


def test_a_connection_of_an_async_client_that_has_expired_is_not_used_again() -> None:
    async def main() -> None:
        async with connected() as (connection, theirs):
            theirs.sendall(OK)
            await connection.exchange(asked(), b"request")
            connection.expires = time.monotonic() - 1
            assert not connection.is_alive()

    asyncio.run(main())
