"""Which connections a client opens, keeps and drops, and how long it waits for one."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import anyio
import pytest
import trustme

from navai import APIConnectionError, APITimeoutError, AsyncNavaiBackendClient, NavaiBackendClient, Timeout
from navai._http import turns
from navai._loading import load
from navai.testing import LocalBackend
from tests.conftest import Connect, our_network
from tests.faults.faults import GOOD_BODY, Fault
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import context
from tests.wire.kinds import OURS


@pytest.mark.parametrize(("keep_alive", "connections"), [("", 1), ("timeout=5", 1), ("timeout=1", 3)])
def test_a_connection_is_kept_as_long_as_the_backend_keeps_it(connect: Connect, keep_alive: str, connections: int) -> None:
    with FaultyServer(headers=f"Keep-Alive: {keep_alive}\r\n".encode()) as server:
        client = connect(f"http://{server.address}")
        for _ in range(3):
            client.execute_function("f")
        client.close()
        assert server.connections == connections
        assert server.all_gone(5)


def answer_and_close(connection: socket.socket, _: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY)


def test_a_connection_that_the_backend_has_closed_is_not_used_again(connect: Connect) -> None:
    with FaultyServer() as server:
        server.fault = Fault(answer_and_close)
        client = connect(f"http://{server.address}", max_retries=0)
        client.execute_function("f")
        assert server.over.wait(5)
        time.sleep(0.05)
        client.execute_function("f")
        assert server.connections == 2


@pytest.fixture
def slow() -> Iterator[LocalBackend]:
    async def sleep(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    with LocalBackend([sleep]) as running:
        yield running


@pytest.mark.parametrize("transport", [None, "fast"])
def test_calls_beyond_the_limit_wait_for_a_connection(
    transport: Literal["fast"] | None, slow: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MAX_CONNECTIONS", 2)
    impatient = Timeout(pool=0.1)

    def outcomes(client: NavaiBackendClient) -> list[Any]:
        def call(timeout: Timeout | None) -> Any:
            try:
                return client.execute_function("sleep", {"seconds": 1}, timeout=timeout)
            except APITimeoutError as error:
                return error

        with ThreadPoolExecutor(4) as threads:
            calls = [threads.submit(call, None) for _ in range(3)]
            until = time.monotonic() + 10
            while len(slow.calls) < 2 and time.monotonic() < until:  # So that the last one asks when all connections are taken.
                time.sleep(0.01)
            calls.append(threads.submit(call, impatient))
            return [each.result() for each in calls]

    async def async_outcomes() -> list[Any]:
        async with AsyncNavaiBackendClient(slow.url, max_retries=0, transport=transport) as client:
            calls = (client.execute_function("sleep", {"seconds": 1}, timeout=limit) for limit in (None, None, None, impatient))
            found = await asyncio.gather(*calls, return_exceptions=True)
            assert await client.execute_function("sleep", {"seconds": 0}) == 0
            return found

    with NavaiBackendClient(slow.url, max_retries=0, transport=transport) as client:
        found = outcomes(client)
        assert client.execute_function("sleep", {"seconds": 0}) == 0
    for *good, late in (found, asyncio.run(async_outcomes())):
        assert good == [1, 1, 1]
        assert isinstance(late, APITimeoutError)
        assert str(late) == f"No connection to {slow.url} became free within 0.1 s."
        assert late.request_sent is False
    assert len(slow.calls) == 2 * 4


@pytest.mark.parametrize("kind", OURS)
def test_a_wait_for_a_connection_ends_at_the_deadline(kind: str, slow: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be sent by then is never sent."""
    monkeypatch.setattr(turns, "MAX_CONNECTIONS", 1)
    over = threading.Event()

    @slow.function
    def occupy() -> None:
        over.wait(30)

    async def main() -> None:
        async with OURS[kind].connect(slow.url) as client:
            await client.execute_function("sleep", {"seconds": 0})

            async def occupied() -> None:
                if OURS[kind].is_async:
                    await client.execute_function("occupy")
                else:
                    await anyio.to_thread.run_sync(client.client.execute_function, "occupy")

            async with anyio.create_task_group() as group:
                group.start_soon(occupied)
                with anyio.fail_after(5):
                    while len(slow.calls) < 2:  # noqa: ASYNC110 (it is in another thread)
                        await anyio.sleep(0.01)
                try:
                    with pytest.raises(APITimeoutError, match=r"became free before the deadline of 0\.2 s\.$") as caught:
                        await client.execute_function("sleep", {"seconds": 0}, deadline=0.2)
                finally:
                    over.set()
                assert caught.value.request_sent is False
            await client.execute_function("sleep", {"seconds": 0})
            assert len(slow.calls) == 3

    OURS[kind].run(main)


# --- names and addresses ------------------------------------------------------------------------------------------------------
# What the resolver says is a mock: no test may depend on the machine's.


@our_network
def test_each_address_of_a_name_is_tried(connect: Connect, slow: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(slow.url.rpartition(":")[2])

    def resolve(*_: Any, **__: Any) -> list[Any]:
        kind = socket.SOCK_STREAM
        return [(socket.AF_INET, kind, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.3", "127.0.0.1")]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **kwargs: (resolve if "example" in str(host) else real)(host, *args, **kwargs)
    )
    assert connect(f"http://backend.example:{port}", max_retries=0).execute_function("sleep", {"seconds": 0}) == 0


def unknown(*_: Any, **__: Any) -> list[Any]:
    raise socket.gaierror(-2, "Name or service not known")


@our_network
def test_a_name_that_is_not_found_is_not_waited_for(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def late(*_: Any, **__: Any) -> list[Any]:
        over.wait(20)
        return unknown()

    connect("http://127.0.0.1:1", max_retries=0).list_functions()  # Loads what a call needs.
    monkeypatch.setattr(socket, "getaddrinfo", late)
    step, call = {"timeout": Timeout(connect=0.2)}, {"deadline": 0.2}
    try:
        for limits, within in ((step, r"within 0\.2 s"), (call, r"before the deadline of 0\.2 s")):
            name = f"name-{uuid.uuid4().hex}"  # A new one: a look-up of the same name, under way for another test, would be shared.
            client = connect(f"http://{name}.example", max_retries=0)
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match=rf"^Could not connect to http://{name}\.example {within}\.$") as caught:
                client.execute_function("f", **limits)
            assert time.monotonic() - began < 10
            assert caught.value.request_sent is False
    finally:
        over.set()


@our_network
def test_an_unknown_name_is_a_clear_error(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(APIConnectionError, match=r"^Could not connect to http://backend\.example: .*Name or service") as caught:
        connect("http://backend.example", max_retries=0).execute_function("f")
    assert caught.value.request_sent is False


def test_a_host_where_nobody_answers_is_not_waited_for(connect: Connect) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        try:
            # The queue of a listener that takes nobody fills up, and then connecting hangs as with a host that is off.
            for _ in range(4):
                waiting.append(socket.socket())
                waiting[-1].setblocking(False)
                waiting[-1].connect_ex(("127.0.0.1", port))
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match="Could not connect") as caught:
                connect(f"http://127.0.0.1:{port}", max_retries=0, timeout=Timeout(connect=0.3)).execute_function("f")
            assert time.monotonic() - began < 3
            assert caught.value.request_sent is False
        finally:
            for each in waiting:
                each.close()


@our_network
@pytest.mark.parametrize("limits", [{"timeout": Timeout(write=0.3)}, {"deadline": 3}])
def test_a_backend_that_does_not_take_the_request_is_not_waited_for(connect: Connect, limits: dict[str, Any]) -> None:
    over = threading.Event()

    def take_nothing(*_: Any) -> None:
        over.wait(30)

    with FaultyServer() as server:
        server.fault = Fault(take_nothing, "connection")
        client = connect(f"http://{server.address}", max_retries=0)
        began = time.monotonic()
        with pytest.raises(APITimeoutError, match="did not accept the request") as caught:
            client.execute_function("f", {"text": "x" * 10_000_000}, **limits)
        assert time.monotonic() - began < 15
        assert caught.value.request_sent is True
        over.set()


# --- proxies ---------------------------------------------------------------------------------------------------------------------


def test_proxies_of_the_environment_are_used(connect: Connect, slow: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", slow.url)
    monkeypatch.setenv("NO_PROXY", "direct.example")
    assert connect("http://backend.example/shop").list_functions().warnings == ["[navai] Failed to load backend functions (404)."]
    assert slow.requests[0].path == "/shop/navai/functions"
    assert slow.requests[0].headers["host"] == "backend.example"
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "Could not connect to" in str(connect("http://direct.example", max_retries=0).list_functions().error)


# --- limits of the system ---------------------------------------------------------------------------------------------------------


@our_network
def test_a_server_is_told_why_its_certificate_is_refused(connect: Connect) -> None:
    """By an alert of TLS, which its operator reads in the log."""
    told: list[str] = []

    def meet(connection: socket.socket, _: bytes) -> None:
        try:
            context(trustme.CA()).wrap_socket(connection, server_side=True).recv(1)
        except ssl.SSLError as error:
            told.append(str(error.reason))

    with FaultyServer() as server:
        server.fault = Fault(meet, "connection")
        assert "CERTIFICATE_VERIFY_FAILED" in str(connect(f"https://{server.address}", max_retries=0).list_functions().error)
        assert server.over.wait(5)
    assert told == ["TLSV1_ALERT_UNKNOWN_CA"]


@our_network
@pytest.mark.parametrize("limits", [{"timeout": 3e6}, {"timeout": 1e10}, {"deadline": 1e10}])
def test_a_limit_may_be_longer_than_the_system_can_wait(connect: Connect, slow: LocalBackend, limits: dict[str, Any]) -> None:
    assert connect(slow.url, **limits).execute_function("sleep", {"seconds": 0.01}) == 0.01


@our_network
def test_where_there_can_be_no_thread_a_name_is_not_looked_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of threads is a mock; it is the same error."""

    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    asked: list[Any] = []

    def resolve(*arguments: Any, **_: Any) -> list[Any]:
        asked.append(arguments)
        return unknown()

    load("navai._http.httpx_transport", is_async=False, with_tls=False).wait(None)
    client = connect("http://backend.example", max_retries=0)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("navai._background._start", refuse)
    with pytest.raises(APIConnectionError, match="cannot start a thread to look up the name: can't start new thread") as caught:
        client.execute_function("f")
    assert asked == []
    assert caught.value.request_sent is False


def test_more_calls_than_connections_cost_no_more_than_their_turn(slow: LocalBackend) -> None:
    """500 at once, 100 connections: each that waits looks for its turn at first, and when the one before it wakes it."""
    has_come, looks = turns.Turns.has_come, list[turns.Turn]()

    def counted(self: turns.Turns, turn: turns.Turn) -> bool:
        looks.append(turn)
        return has_come(self, turn)

    async def main() -> int:
        async with AsyncNavaiBackendClient(slow.url) as client:
            with pytest.MonkeyPatch.context() as patches:
                patches.setattr(turns.Turns, "has_come", counted)
                # Otherwise they also look by themselves, in case nobody wakes them.
                patches.setattr(turns.Turns, "look_again", lambda _: 3600.0)
                async with asyncio.timeout(60):
                    await asyncio.gather(*(client.execute_function("sleep", {"seconds": 0.1}) for _ in range(500)))
                return len(looks)

    assert 400 <= asyncio.run(main()) <= 2 * 400
