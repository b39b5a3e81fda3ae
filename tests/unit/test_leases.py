"""What one request has of a pool, and what becomes of it: nothing that is not as good as new is kept, and nothing is lost."""

from __future__ import annotations

import asyncio
import gc
import math
import os
import socket
import time
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NoReturn

import h11
import httpcore
import pytest

from navai import NavaiBackendClient, _base_client
from navai._base_client import Connections
from navai._http.connections import Connection, close_after_surplus
from navai._http.lease import HttpcoreLease
from navai._http.pool import AsyncConnectionPool, ConnectionPool
from navai._http.scoped import loop_scope, process_scope
from navai._http.tls import verifying_context


@pytest.fixture
def pool() -> Iterator[ConnectionPool]:
    pool = ConnectionPool()
    yield pool
    pool.shut()


def leased(pool: ConnectionPool, deadline: float | None = None) -> HttpcoreLease:
    """A lease with its turn, as `handle_request` takes it."""
    extensions = {"timeout": {"pool": 1.0, "connect": 1.0}, "deadline": deadline}
    lease = HttpcoreLease(pool, httpcore.Request("GET", "http://backend.example/", extensions=extensions))
    lease.take_turn()
    return lease


def opened(connection: Connection, *, is_idle: bool = True, has_expired: bool = False) -> socket.socket:
    """The connection as it is once it is open: its socket. What httpcore knows of it is a stand-in."""
    ours, theirs = socket.socketpair()
    theirs.close()
    connection.network._socket = ours
    connection.http = SimpleNamespace(is_idle=lambda: is_idle, has_expired=lambda: has_expired)
    return ours


class Answer:
    """The body of an answer, as httpcore reads it."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"answer"

    def close(self) -> None:
        pass


def answered(lease: HttpcoreLease, keep_alive: bytes = b"timeout=5") -> httpcore.Response:
    return lease.read(httpcore.Response(200, headers=[(b"Keep-Alive", keep_alive)], content=Answer()))


def read_whole(lease: HttpcoreLease) -> None:
    response = answered(lease)
    assert response.read() == b"answer"
    response.close()


def idle(lease: HttpcoreLease) -> int:
    return len(lease.scope.idle)


def test_a_connection_whose_answer_was_read_is_kept_and_used_again(pool: ConnectionPool) -> None:
    first = leased(pool)
    connection = first.connect()
    connected = opened(connection)
    read_whole(first)
    assert (idle(first), connected.fileno() < 0) == (1, False)
    again = leased(pool)
    assert again.connect() is connection
    assert idle(again) == 0
    again.release()
    assert connected.fileno() < 0


@pytest.mark.parametrize("how", ["unread", "not idle", "failed"])
def test_one_that_is_not_as_good_as_new_is_closed(pool: ConnectionPool, how: str) -> None:
    lease = leased(pool)
    connected = opened(lease.connect(), is_idle=how != "not idle")
    if how == "not idle":
        read_whole(lease)
    elif how == "unread":
        answered(lease).close()
    else:
        lease.fail(httpcore.ReadError())
    assert (idle(lease), connected.fileno() < 0) == (0, True)


def test_one_that_ends_after_the_pool_is_closed_is_closed_too(pool: ConnectionPool) -> None:
    lease = leased(pool)
    connected = opened(lease.connect())
    pool.shut()
    assert connected.fileno() >= 0  # It is in use.
    read_whole(lease)
    assert (idle(lease), connected.fileno() < 0) == (0, True)


@pytest.mark.parametrize("how", ["read", "failed", "never connected"])
def test_the_turn_ends_with_the_lease_however_it_ends(pool: ConnectionPool, how: str) -> None:
    lease = leased(pool)
    if how != "never connected":
        opened(lease.connect())
    if how == "read":
        read_whole(lease)
    elif how == "failed":
        lease.fail(httpcore.ReadError())
    else:
        lease.release()
    assert lease.scope.turns._all() == []


class Interrupted:
    """A connection of httpcore over which every request is interrupted, as by Ctrl-C or cancellation."""

    def is_idle(self) -> bool:
        return True

    def handle_request(self, _: httpcore.Request) -> None:
        raise KeyboardInterrupt

    async def handle_async_request(self, _: httpcore.Request) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("kind", [ConnectionPool, AsyncConnectionPool])
def test_an_interrupted_request_gives_back_its_turn_and_closes_its_connection(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for who uses the pool as httpx does, and knows of no lease."""
    pool = kind()
    connection = pool.new_connection(httpcore.URL("http://backend.example/").origin)
    connected = opened(connection)
    connection.http = Interrupted()
    monkeypatch.setattr(pool, "new_connection", lambda _: connection)
    extensions = {"timeout": {"pool": 1.0, "connect": 1.0}}
    request = httpcore.Request("GET", "http://backend.example/", extensions=extensions)

    async def send() -> Any:
        """What is left of the turns once the request is over."""
        turns = pool.scopes.get().turns
        with pytest.raises(KeyboardInterrupt) as caught:  # Kept, with the frames that hold the turn.
            await pool.handle_async_request(request) if pool.is_async else pool.handle_request(request)
        assert caught.traceback
        return turns._all()

    assert asyncio.run(send()) == []
    assert connected.fileno() < 0


@pytest.mark.parametrize(
    ("expires_in", "has_expired", "is_alive"), [(60, False, True), (60, True, False), (-1, False, False), (-1, True, False)]
)
def test_a_connection_that_has_expired_is_not_used_again(
    pool: ConnectionPool, expires_in: float, has_expired: bool, is_alive: bool
) -> None:
    first = leased(pool)
    connection = first.connect()
    connected = opened(connection, has_expired=has_expired)
    read_whole(first)
    connection.expires = time.monotonic() + expires_in
    again = leased(pool)
    assert (again.connect() is connection) is is_alive
    assert (connected.fileno() >= 0) is is_alive
    again.release()


@pytest.mark.parametrize("deadline", [None, math.inf])
def test_a_connection_has_the_deadline_of_the_call_that_uses_it(pool: ConnectionPool, deadline: float | None) -> None:
    """Not that of the call before."""
    soon = time.monotonic() + 60
    first = leased(pool, soon)
    connection = first.connect()
    opened(connection)
    assert connection.network.deadline == soon
    read_whole(first)
    again = leased(pool, deadline)
    assert again.connect().network.deadline == deadline
    again.release()


def test_a_connection_of_https_trusts_what_all_clients_trust(pool: ConnectionPool) -> None:
    """Loaded once; the variables SSL_CERT_FILE and SSL_CERT_DIR count for it."""
    secure = pool.new_connection(httpcore.URL("https://backend.example/").origin)
    assert secure.http._ssl_context is verifying_context()
    assert pool.new_connection(httpcore.URL("http://backend.example/").origin).http._ssl_context is None


def test_connections_are_used_in_the_process_that_opened_them_only() -> None:
    async def scope() -> tuple[int, Any]:
        return loop_scope()

    assert process_scope() == (os.getpid(), None)
    assert asyncio.run(scope())[0] == os.getpid()


def test_of_two_threads_that_make_the_first_call_both_use_the_transport_that_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one would never be closed."""
    transports: list[object] = []
    others: list[object] = []

    def create(*_: Any, **__: Any) -> object:
        transports.append(object())
        if len(transports) == 1:  # Here, the other thread is faster.
            others.append(connections.transport())
        return transports[0] if others else object()

    monkeypatch.setattr(_base_client, "create_transport", create)
    connections: Connections[object] = Connections("a client", None, None, is_async=False)
    used = connections.transport()
    assert others == [used]
    assert connections.close() is used


def test_the_low_level_of_with_options_is_one_of_its_own() -> None:
    with NavaiBackendClient("http://a.example", env={}) as client:
        assert client.sdk.get_httpx_client() is not client.sdk.get_httpx_client()
        other = client.with_options(api_base_url="http://b.example")
        assert other.sdk is not client.sdk
        assert str(other.sdk.get_httpx_client().base_url) == "http://b.example"


# --- the connections of a caller's client ---------------------------------------------------------------------------------------


class CallersConnection:
    """As httpcore has them, after a response that was read to its end."""

    def __init__(self) -> None:
        self._h11_state = h11.Connection(h11.CLIENT)
        self._h11_state.send(h11.Request(method="GET", target="/", headers=[("Host", "backend.example")]))
        self._h11_state.send(h11.EndOfMessage())
        self._h11_state.receive_data(b"HTTP/1.1 204 No Content\r\n\r\n")
        while self._h11_state.their_state is not h11.DONE:
            self._h11_state.next_event()


class ClosableConnection(CallersConnection):
    def _response_closed(self) -> str:
        return "closed" if self._h11_state.our_state is h11.ERROR else "kept"


class SilentStream:
    def get_extra_info(self, info: str) -> NoReturn:
        raise RuntimeError(info)


@pytest.mark.parametrize(("stream", "outcome"), [(None, "kept"), (SilentStream(), "closed")])
def test_a_connection_whose_stream_does_not_tell_what_follows_is_closed(stream: Any, outcome: str) -> None:
    connection: Any = ClosableConnection()
    close_after_surplus(SimpleNamespace(stream=connection, extensions={"network_stream": stream}))
    assert connection._response_closed() == outcome


def test_a_connection_that_we_do_not_know_is_not_used_again() -> None:
    connection = CallersConnection()
    close_after_surplus(SimpleNamespace(stream=connection, extensions={}))
    assert connection._h11_state.our_state is h11.ERROR


def test_watching_a_connection_does_not_keep_it() -> None:
    connection: Any = ClosableConnection()
    close_after_surplus(SimpleNamespace(stream=connection, extensions={}))
    alive = weakref.ref(connection)
    gc.disable()
    try:
        del connection
        assert alive() is None
    finally:
        gc.enable()
