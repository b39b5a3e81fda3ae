"""Calls over the proxies of the environment: limits, secrets, connections and errors are as without one."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import httpx2
import pytest
from attrs import frozen

from navai import (
    APIConnectionError,
    APIError,
    APIStatusError,
    APITimeoutError,
    AsyncNavaiBackendClient,
    ConfigurationError,
    NavaiBackendClient,
    NavaiError,
    Timeout,
)
from navai._http.tls import verifying_context
from navai._http.transport import module_of
from navai._loading import load
from tests.faults.faults import FAULTS, FORGED, GOOD_BODY, HEAD, SURPLUS, Fault
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import AUTHORITY, context
from tests.proxies.http_proxy import HTTP_FAULTS, OPENED, HTTPProxy
from tests.proxies.proxy import Credentials, Proxy, hang
from tests.proxies.socks_proxy import SOCKS_FAULTS, SOCKSProxy
from tests.secrecy import API_KEY, HEADER, MINTED, PASSWORD, PLANTED, assert_nothing_planted, logged, shown_by
from tests.wire.kinds import OURS

ANA = ("ana", PASSWORD)

# Seconds within which a call ends that may take two, on a busy machine. No server would end it so soon: what drips goes on for 6.
IN_TIME = 4

# When the connection to a proxy is lost in a handshake, Python's own `SSLContext.wrap_socket` forgets to close its socket.
pytestmark = pytest.mark.filterwarnings("ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")


@frozen
class Way:
    """How to get to a backend.

    Attributes:
        proxy: The kind of proxy.
        backend: What the backend speaks.
    """

    proxy: Literal["http", "https", "socks5"]
    backend: Literal["http", "https"]

    @property
    def is_forwarded(self) -> bool:
        """Whether the proxy reads the requests."""
        return self.backend == "http" and self.proxy != "socks5"


WAYS = {
    "forwarded": Way("http", "http"),
    "forwarded over TLS": Way("https", "http"),
    "tunnel": Way("http", "https"),
    "tunnel over TLS": Way("https", "https"),
    "SOCKS": Way("socks5", "http"),
    "SOCKS to TLS": Way("socks5", "https"),
}
TUNNELS = [name for name, way in WAYS.items() if not way.is_forwarded]
of_each_kind = pytest.mark.parametrize("kind", OURS)
on_each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)

GOOD = HEAD + b"Content-Length: %d\r\n\r\n" % len(GOOD_BODY) + GOOD_BODY


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def no_faults(servers: dict[str, FaultyServer]) -> None:
    """Not one that an earlier test has set and did not get to, so that one failure stays one."""
    for server in servers.values():
        server.fault = None


@functools.cache
def certified(name: str) -> ssl.SSLContext:
    return context(AUTHORITY, name)


@contextmanager
def proxied(way: Way, credentials: Credentials | None = ANA, hosts: dict[str, str] | None = None) -> Iterator[Proxy]:
    """A proxy that calls to the backend go over."""
    if way.proxy == "socks5":
        proxy: Proxy = SOCKSProxy(credentials, hosts)
    else:
        proxy = HTTPProxy(credentials, certified("127.0.0.1") if way.proxy == "https" else None, hosts)
    with pytest.MonkeyPatch.context() as environment, proxy:
        environment.setenv(f"{way.backend.upper()}_PROXY", proxy.url)
        yield proxy
        assert proxy.all_gone(5)


def connected(kind: str, way: Way, backend: FaultyServer, **options: Any) -> Any:
    """A client whose requests have secrets of their own."""
    options = {"headers": {"X-Key": HEADER}, "auth": ANA, "max_retries": 0, "timeout": 5} | options
    return OURS[kind].connect(f"{way.backend}://{backend.address}", **options)


_find = socket.getaddrinfo


def of_this_machine(host: Any, *args: Any, **kwargs: Any) -> Any:
    """In place of `socket.getaddrinfo`: no test asks for anything else."""
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, f"{host} was looked up")
    return _find(host, *args, **kwargs)


def run(kind: str, main: Callable[[], Awaitable[None]]) -> None:
    OURS[kind].run(main)


# --- connections -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credentials", [None, ANA, ("anä", "a b@c/d:e?f%25#")], ids=["for all", "by password", "special"])
@on_each_way
@of_each_kind
def test_calls_over_a_proxy_share_a_connection(
    servers: dict[str, FaultyServer], kind: str, way: Way, credentials: Credentials | None
) -> None:
    backend = servers[way.backend]

    async def calls() -> None:
        async with connected(kind, way, backend) as client:
            for number in range(3):
                assert await client.execute_function("f", {"number": number}) == {"number": number}

    with proxied(way, credentials) as proxy:
        run(kind, calls)
    asked = [("CONNECT", backend.address)]
    if way.is_forwarded:
        asked = [("POST", f"http://{backend.address}/navai/functions/execute")] * 3
    assert proxy.connections == 1
    assert [(seen.method, seen.target) for seen in proxy.seen] == asked
    assert {seen.credentials for seen in proxy.seen} == {credentials}
    assert backend.all_gone(5)


@on_each_way
@of_each_kind
def test_a_connection_over_a_proxy_is_kept_as_long_as_the_backend_keeps_it(kind: str, way: Way) -> None:
    async def calls() -> None:
        async with connected(kind, way, backend) as client:
            for number in range(3):
                assert await client.execute_function("f", {"number": number}) == {"number": number}

    tls = certified("127.0.0.1") if way.backend == "https" else None
    with FaultyServer(tls, b"Keep-Alive: timeout=1\r\n") as backend, proxied(way) as proxy:
        run(kind, calls)
        assert proxy.connections == 3
        assert backend.all_gone(5)


@on_each_way
@of_each_kind
def test_a_connection_that_was_closed_behind_the_proxy_is_not_used_again(
    servers: dict[str, FaultyServer], kind: str, way: Way
) -> None:
    backend = servers[way.backend]

    async def calls() -> None:
        async with connected(kind, way, backend) as client:
            backend.fault = Fault(lambda connection, _: connection.sendall(GOOD))
            await client.execute_function("f")
            assert proxy.all_gone(5)
            assert await client.execute_function("f", {"number": 2}) == {"number": 2}

    with proxied(way) as proxy:
        run(kind, calls)
        assert proxy.connections == 2


@on_each_way
def test_the_proxy_looks_up_names(monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    async def call() -> None:
        async with OURS["sync"].connect(f"{way.backend}://{name}", max_retries=0) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    monkeypatch.setattr(socket, "getaddrinfo", of_this_machine)
    tls = certified("backend.example") if way.backend == "https" else None
    with FaultyServer(tls) as backend, proxied(way, hosts={"backend.example": "127.0.0.1"}) as proxy:
        name = f"backend.example:{backend.address.rpartition(':')[2]}"
        run("sync", call)
    assert name in proxy.seen[0].target


def test_forked_children_have_connections_of_their_own_to_a_proxy(servers: dict[str, FaultyServer]) -> None:
    """Four children and the parent call over clients that were used before the fork, and each gets its own answers."""
    program = """
import asyncio, os, sys
from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai._http import keepalive

keepalive.KEEPALIVE_EXPIRY = 600.0  # However long the children take, the parent finds its connections again.
urls = sys.argv[1:]
clients = [NavaiBackendClient(url) for url in urls]
async_clients = [AsyncNavaiBackendClient(url) for url in urls]

async def own_async_answers(who):
    return all([await each.execute_function("f", {"n": [who, n]}) == {"n": [who, n]} for n in range(9) for each in async_clients])

def own_answers(who):
    good = all(each.execute_function("f", {"n": [who, n]}) == {"n": [who, n]} for n in range(9) for each in clients)
    return good and asyncio.run(own_async_answers(who))

good = own_answers("before")
children = []
for child in range(4):
    pid = os.fork()
    if pid == 0:
        good = own_answers(child)
        os._exit(0 if good else 1)
    children.append(pid)
good = good and own_answers("parent")
print(good, [os.waitpid(pid, 0)[1] for pid in children])
for each in clients:
    each.close()
for each in async_clients:
    asyncio.run(each.aclose())
"""
    with HTTPProxy(ANA) as plain, HTTPProxy(ANA, certified("127.0.0.1")) as secure:
        urls = [f"{scheme}://{backend.address}" for scheme, backend in servers.items()]
        result = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, *urls],
            env=os.environ | {"HTTP_PROXY": plain.url, "HTTPS_PROXY": secure.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.stdout, result.stderr) == (f"True {[0] * 4}\n", "")
        # Each process has one for all calls of a sync client, and those of an async client have one for each event loop.
        assert plain.connections == secure.connections == 1 + 1 + 4 * 2 + 1


# --- whose answer it is ----------------------------------------------------------------------------------------------------------


async def own_answers(kind: str, way: Way, backend: FaultyServer, faulty: FaultyServer, fault: Fault) -> None:
    """A call that meets a fault of `faulty`, and calls after it, on the same connection if that is kept."""
    faulty.over.clear()
    faulty.fault = fault
    async with connected(kind, way, backend) as client:
        try:
            outcome = await client.execute_function("f")
        except APIError as error:
            outcome = error.status_code
        # What the surplus came behind: GOOD_BODY, or a status that has no body.
        assert outcome in (1, 204, 304)
        # The event loop goes on meanwhile, and may read.
        assert await anyio.to_thread.run_sync(faulty.over.wait, 5)
        for number in (1, 2):
            assert await client.execute_function("f", {"number": number}) == {"number": number}
            assert [each.name for each in (await client.list_functions()).functions] == [str(backend.answers)]


def sends(*pieces: bytes) -> Fault:
    """Bytes, on a connection that is kept."""

    def act(connection: socket.socket, _: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return Fault(act, keeps=True)


ADDED = {name: sends(*pieces) for name, pieces in SURPLUS.items()} | {"a forged answer later": FAULTS["a forged answer later"]}


@pytest.mark.parametrize("name", ADDED)
@pytest.mark.parametrize("way", [WAYS["forwarded"], WAYS["forwarded over TLS"]], ids=["plain", "over TLS"])
@of_each_kind
def test_what_a_forwarding_proxy_adds_to_an_answer_is_nobodys(
    servers: dict[str, FaultyServer], kind: str, way: Way, name: str
) -> None:
    with proxied(way) as proxy:
        run(kind, lambda: own_answers(kind, way, servers["http"], proxy, ADDED[name]))


@pytest.mark.parametrize("name", ["a forged answer behind the answer", "a line break behind the answer"])
@on_each_way
@of_each_kind
def test_what_comes_behind_an_answer_through_a_proxy_is_nobodys(
    servers: dict[str, FaultyServer], kind: str, way: Way, name: str
) -> None:
    backend = servers[way.backend]
    fault = FAULTS[name if way.backend == "http" else f"{name}, in the next TLS record"]
    with proxied(way):
        run(kind, lambda: own_answers(kind, way, backend, backend, fault))


@of_each_kind
def test_what_comes_with_the_opening_of_a_tunnel_is_nobodys_answer(servers: dict[str, FaultyServer], kind: str) -> None:
    way, backend = WAYS["tunnel"], servers["https"]

    async def call() -> None:
        async with connected(kind, way, backend) as client:
            proxy.fault = Fault(lambda connection, _: connection.sendall(OPENED + FORGED))
            with pytest.raises(APIConnectionError) as caught:
                await client.execute_function("f")
            assert caught.value.request_sent is False
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(way) as proxy:
        run(kind, call)


# --- limits ----------------------------------------------------------------------------------------------------------------------


@frozen
class Slow:
    """Something that takes for ever on the way to a backend.

    Attributes:
        way: The way.
        proxy: What the proxy does.
        backend: What the backend does.
    """

    way: Way
    proxy: Fault | None = None
    backend: Fault | None = None


def drip_when_greeted(connection: socket.socket, _: bytes) -> None:
    """As servers of TLS do, which never speak first."""
    connection.recv(65536)
    FAULTS["a dripping handshake"].act(connection, b"")


DRIPPING = {
    "a forwarding proxy": Slow(WAYS["forwarded"], HTTP_FAULTS["drips"]),
    "CONNECT": Slow(WAYS["tunnel"], HTTP_FAULTS["drips"]),
    "the handshake of a proxy": Slow(WAYS["tunnel over TLS"], FAULTS["a dripping handshake"]),
    "the handshake of a backend": Slow(WAYS["tunnel"], backend=Fault(drip_when_greeted, "connection")),
}


# Handshakes await the same streams on trio as on asyncio.
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in OURS for name in DRIPPING if (kind, name[:3]) != ("trio", "the")]
)
def test_a_deadline_holds_where_the_way_drips(servers: dict[str, FaultyServer], kind: str, name: str) -> None:
    slow = DRIPPING[name]
    backend = servers[slow.way.backend]

    async def call() -> None:
        async with connected(kind, slow.way, backend) as client:
            proxy.fault, backend.fault = slow.proxy, slow.backend
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match=r" before the deadline of [\d.]+ s\.$") as caught:
                # Long enough for a slow machine to send the request, where it is forwarded.
                await client.execute_function("f", deadline=2)
            assert time.monotonic() - began < IN_TIME
            assert caught.value.request_sent is slow.way.is_forwarded
            assert proxy.name in str(caught.value)
            # On a slow machine nobody may have come to them yet, and they are not for the next call.
            proxy.fault = backend.fault = None
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(slow.way) as proxy:
        run(kind, call)


@of_each_kind
def test_a_deadline_holds_where_socks_drips(servers: dict[str, FaultyServer], kind: str) -> None:
    async def call() -> None:
        async with connected(kind, WAYS["SOCKS to TLS"], servers["https"]) as client:
            proxy.fault = SOCKS_FAULTS["drips"]
            began = time.monotonic()
            # Not the deadline, as long as the first piece of a reply is an error by itself.
            with pytest.raises(APIConnectionError) as caught:
                await client.execute_function("f", deadline=2)
            assert time.monotonic() - began < IN_TIME
            assert caught.value.request_sent is False
            assert proxy.name in str(caught.value)
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(WAYS["SOCKS to TLS"]) as proxy:
        run(kind, call)


@pytest.mark.xfail(strict=True, raises=APIConnectionError, reason="httpcore takes what it reads at once for the whole reply")
@of_each_kind
def test_a_reply_of_socks_in_two_pieces_is_understood(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async def call() -> None:
        async with connected(kind, WAYS["SOCKS"], servers["http"]) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with SOCKSProxy() as proxy:
        proxy.in_pieces = True
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        run(kind, call)


HANGING = {
    "CONNECT": Slow(WAYS["tunnel"], HTTP_FAULTS["hangs"]),
    "CONNECT over TLS": Slow(WAYS["tunnel over TLS"], HTTP_FAULTS["hangs"]),
    "a tunnel": Slow(WAYS["tunnel"], HTTP_FAULTS["hangs in the tunnel"]),
    "SOCKS": Slow(WAYS["SOCKS"], SOCKS_FAULTS["hangs at once"]),
    "SOCKS, when asked": Slow(WAYS["SOCKS to TLS"], SOCKS_FAULTS["hangs"]),
    "the handshake of a proxy": Slow(WAYS["tunnel over TLS"], HTTP_FAULTS["hangs at once"]),
    "the handshake of a forwarding proxy": Slow(WAYS["forwarded over TLS"], HTTP_FAULTS["hangs at once"]),
    "the handshake of a backend": Slow(WAYS["SOCKS to TLS"], backend=Fault(hang, "connection")),
}


@pytest.mark.parametrize("slow", HANGING.values(), ids=HANGING)
@of_each_kind
def test_a_way_that_does_not_open_is_waited_for_as_long_as_connecting_may_take(
    servers: dict[str, FaultyServer], kind: str, slow: Slow
) -> None:
    backend = servers[slow.way.backend]

    async def call() -> None:
        async with connected(kind, slow.way, backend) as client:
            proxy.fault, backend.fault = slow.proxy, slow.backend
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match=r"^Could not connect to .* within 0\.1 s\.$") as caught:
                await client.execute_function("f", timeout=Timeout(connect=0.1), deadline=2 * IN_TIME)
            assert time.monotonic() - began < IN_TIME
            assert caught.value.request_sent is False
            assert proxy.name in str(caught.value)
            # An earlier step may have taken the 0.1 s: then nobody has come to them, and they are not for the next call.
            proxy.fault = backend.fault = None
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(slow.way) as proxy:
        run(kind, call)


@of_each_kind
def test_a_forwarding_proxy_that_does_not_answer_is_waited_for_like_a_backend(servers: dict[str, FaultyServer], kind: str) -> None:
    async def call() -> None:
        async with connected(kind, WAYS["forwarded"], servers["http"]) as client:
            proxy.fault = HTTP_FAULTS["hangs"]
            began = time.monotonic()
            with pytest.raises(APITimeoutError, match=r" within 0\.2 s\.$") as caught:
                await client.execute_function("f", timeout=Timeout(read=0.2))
            assert time.monotonic() - began < IN_TIME
            assert caught.value.request_sent is True
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(WAYS["forwarded"]) as proxy:
        run(kind, call)


# --- failures --------------------------------------------------------------------------------------------------------------------


def assert_unsent(error: NavaiError | None, name: str) -> None:
    """What is promised of each failure before the way stands."""
    assert isinstance(error, APIConnectionError)
    assert not isinstance(error, APITimeoutError)
    assert error.request_sent is False
    assert f"the proxy {name}:" in str(error)
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 500
    assert_nothing_planted(shown_by(error))


async def assert_fails_unsent(client: Any, before: Callable[[], object], name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A call and a listing that fail, each after `before`."""
    with caplog.at_level(logging.DEBUG, "navai"):
        before()
        with pytest.raises(NavaiError) as caught:
            await client.execute_function("f")
        assert_unsent(caught.value, name)
        before()
        listing = await client.list_functions()
        assert_unsent(listing.error, name)
        assert_nothing_planted([repr(listing), *listing.warnings, *logged(caplog)])


FAILURES = [
    pytest.param(WAYS[way], fault, id=f"{way}-{name}")
    for way, faults in (("tunnel", HTTP_FAULTS), ("tunnel over TLS", HTTP_FAULTS), ("SOCKS", SOCKS_FAULTS))
    for name, fault in faults.items()
    if not name.startswith(("drips", "hangs"))
]


# On trio, httpcore's own generator of the CONNECT request's empty body is left over if the reset comes while that is being written.
@pytest.mark.filterwarnings("ignore:.*async_generator object ByteStream.__aiter__:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("way", "fault"), FAILURES)
@of_each_kind
def test_what_fails_before_the_way_stands_was_not_sent(
    servers: dict[str, FaultyServer], kind: str, way: Way, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls() -> None:
        async with connected(kind, way, backend) as client:
            await assert_fails_unsent(client, lambda: setattr(proxy, "fault", fault), proxy.name, caplog)
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    backend = servers[way.backend]
    before = backend.answers
    with proxied(way) as proxy:
        run(kind, calls)
    assert backend.answers == before + 1


@on_each_way
@of_each_kind
def test_a_proxy_that_nobody_runs_is_named(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls() -> None:
        async with connected(kind, way, servers[way.backend]) as client:
            await assert_fails_unsent(client, bool, f"{way.proxy}://{address}", caplog)

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv(f"{way.backend.upper()}_PROXY", f"{way.proxy}://ana:{PASSWORD}@{address}")
        run(kind, calls)


@on_each_way
@of_each_kind
def test_a_proxy_refuses_wrong_credentials(
    servers: dict[str, FaultyServer], kind: str, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls() -> None:
        async with connected(kind, way, servers[way.backend]) as client:
            await assert_fails_unsent(client, bool, proxy.name, caplog)

    with proxied(way, ANA) as proxy:
        # Only the proxy knows that it has changed.
        proxy.credentials = ("ana", "changed")
        run(kind, calls)
    assert {seen.credentials for seen in proxy.seen} <= {ANA}


@pytest.mark.parametrize("name", ["answers 407", "answers 407 with the credentials"])
@of_each_kind
def test_407_of_a_forwarding_proxy_is_not_the_backends(
    servers: dict[str, FaultyServer], kind: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def calls() -> None:
        async with connected(kind, way, servers["http"]) as client:
            await assert_fails_unsent(client, lambda: setattr(proxy, "fault", HTTP_FAULTS[name]), proxy.name, caplog)
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    way = WAYS["forwarded"]
    with proxied(way) as proxy:
        run(kind, calls)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("library", [httpx, httpx2, None], ids=["httpx", "httpx2", "fast"])
def test_407_is_not_the_backends_over_a_callers_client_and_the_fast_transport_either(
    monkeypatch: pytest.MonkeyPatch, library: Any, is_async: bool, scheme: str
) -> None:
    """It repeats wrong credentials, of which the client knows nothing where they are those of the caller's own client."""

    async def call(**options: Any) -> Any:
        client: Any = (AsyncNavaiBackendClient if is_async else NavaiBackendClient)(
            f"{scheme}://backend.example", env={}, max_retries=0, timeout=5, **options
        )
        outcome = client.list_functions()
        listing = await outcome if is_async else outcome
        await client.aclose() if is_async else client.close()
        return listing.error

    async def main() -> Any:
        if library is None:
            monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://ana:{PASSWORD}@{proxy.url.rpartition('@')[2]}")
            return await call(transport="fast")
        url = f"http://ana:{PASSWORD}@{proxy.url.rpartition('@')[2]}"
        if is_async:
            async with library.AsyncClient(proxy=url, trust_env=False) as mine:
                return await call(http_client=mine)
        with library.Client(proxy=url, trust_env=False) as mine:
            return await call(http_client=mine)

    with HTTPProxy(("ana", "changed")) as proxy:
        proxy.fault = HTTP_FAULTS["answers 407 with the credentials"]
        error = asyncio.run(main())
    assert isinstance(error, APIConnectionError)
    assert error.request_sent is False
    assert "407 Proxy Authentication Required" in str(error)
    assert_nothing_planted(shown_by(error))


@of_each_kind
def test_502_of_a_forwarding_proxy_is_an_answer(servers: dict[str, FaultyServer], kind: str) -> None:
    async def calls() -> None:
        async with connected(kind, WAYS["forwarded"], servers["http"]) as client:
            proxy.fault = HTTP_FAULTS["answers 502"]
            with pytest.raises(APIStatusError) as caught:
                await client.execute_function("f")
            assert caught.value.status_code == 502
            assert_nothing_planted(shown_by(caught.value))
            assert proxy.all_gone(5)
            proxy.fault = HTTP_FAULTS["answers 502"]
            listing = await client.list_functions()
            assert isinstance(listing.error, APIStatusError)

    with proxied(WAYS["forwarded"]) as proxy:
        run(kind, calls)


@of_each_kind
def test_an_execution_that_the_proxy_refused_is_sent_again(servers: dict[str, FaultyServer], kind: str) -> None:
    async def calls() -> None:
        async with connected(kind, WAYS["tunnel"], servers["https"], max_retries=1) as client:
            proxy.fault = HTTP_FAULTS["answers 502"]
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with proxied(WAYS["tunnel"]) as proxy:
        run(kind, calls)
    assert proxy.connections == 2


# --- secrets ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way", [way for way in WAYS.values() if not way.is_forwarded], ids=lambda way: f"{way.proxy} {way.backend}"
)
@of_each_kind
def test_a_tunnel_hides_the_request_from_the_proxy_and_the_proxys_credentials_from_the_backend(
    servers: dict[str, FaultyServer], kind: str, way: Way
) -> None:
    requests: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        connection.sendall(GOOD)

    async def call() -> None:
        async with connected(kind, way, servers[way.backend], auth=("bob", API_KEY)) as client:
            servers[way.backend].fault = Fault(answer)
            assert (await client.create_client_secret(api_key=API_KEY)).value == MINTED

    with proxied(way) as proxy:
        run(kind, call)
    (asked,) = proxy.seen
    assert set(asked.headers) <= {"host", "accept", "user-agent", "proxy-authorization"}
    (request,) = requests
    assert HEADER.encode() in request
    assert API_KEY.encode() in request
    assert b"authorization: basic" in request.lower()
    assert b"proxy-authorization" not in request.lower()


# --- settings --------------------------------------------------------------------------------------------------------------------

BAD_PROXIES = [
    "htp://proxy:3128",
    "://proxy:3128",
    "http://proxy:99999",
    "http://proxy:0",
    "http://proxy:-1",
    "http://proxy:port",
    f"http://ana:{PASSWORD}@proxy:port",
    f"http://ana:{PLANTED}/{PASSWORD}@proxy:3128",
    f"http://ana:{PLANTED}?{PASSWORD}@proxy:3128",
    f"http://ana:{PLANTED}#{PASSWORD}@proxy:3128",
    f"http://ana:{PLANTED}@{PASSWORD}@proxy:3128",
    f"htp://ana:{PLANTED}/{PASSWORD}@proxy:3128",
    f"ana:{PLANTED}/{PASSWORD}@proxy:3128",
    "http://",
    "http://:3128",
    f"ana:{PASSWORD}://proxy",
    f"http://ana:{PASSWORD}",
    f"http://ana:{PASSWORD}@",
    f"http://ana:{PASSWORD}@:3128",
    "http://[::1",
    "http://pro xy:3128",
    "http://proxy:3128\n",
    "http://" + "x" * 70_000,
    "socks4://proxy:1080",
]


async def assert_refused(client: Any, words: str) -> None:
    """Each operation is refused, in one line without secrets."""
    for call in (lambda: client.execute_function("f"), client.create_client_secret, client.list_functions):
        with pytest.raises(ConfigurationError, match=words) as caught:
            await call()
        assert len(str(caught.value).splitlines()) == 1
        assert len(str(caught.value)) < 500
        assert_nothing_planted(shown_by(caught.value))


@pytest.mark.parametrize("value", BAD_PROXIES, ids=range(len(BAD_PROXIES)))
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_variable_that_names_no_proxy_is_refused(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str, value: str
) -> None:
    async def calls() -> None:
        for variable in ("HTTP_PROXY", "ALL_PROXY"):
            with monkeypatch.context() as environment:
                environment.setenv(variable, value)
                async with connected(kind, WAYS["forwarded"], servers["http"]) as client:
                    await assert_refused(client, variable)

    monkeypatch.setattr(socket, "getaddrinfo", of_this_machine)
    before = servers["http"].connections
    run(kind, calls)
    assert servers["http"].connections == before


@of_each_kind
def test_a_variable_for_other_urls_is_not_looked_at(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async def calls() -> None:
        async with connected(kind, WAYS["forwarded"], servers["http"]) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}
        async with connected(kind, WAYS["tunnel"], servers["https"]) as client:
            await assert_refused(client, "HTTPS_PROXY")

    monkeypatch.setenv("HTTPS_PROXY", "htp://proxy")
    run(kind, calls)


@pytest.mark.parametrize(
    ("variable", "backend"), [("HTTP_PROXY", "http"), ("http_proxy", "http"), ("https_proxy", "https"), ("ALL_PROXY", "https")]
)
def test_each_variable_counts_for_its_urls(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, variable: str, backend: Literal["http", "https"]
) -> None:
    async def call() -> None:
        async with connected("sync", Way("http", backend), servers[backend]) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    with HTTPProxy() as proxy:
        # A proxy without a scheme is an HTTP proxy, as everywhere.
        monkeypatch.setenv(variable, proxy.address)
        run("sync", call)
        assert proxy.connections == 1


@of_each_kind
def test_socks_without_socksio_is_refused(servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    async def calls() -> None:
        async with connected(kind, WAYS["SOCKS"], servers["http"]) as client:
            await assert_refused(client, r"ALL_PROXY .*navai-sdk\[socks\]")

    for name in [name for name in sys.modules if name.partition(".")[0] == "socksio"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", f"socks5://ana:{PASSWORD}@127.0.0.1:1080")
    run(kind, calls)


@pytest.mark.parametrize(
    ("host", "no_proxy", "is_proxied"),
    [
        ("127.0.0.1", "127.0.0.0/8", False),
        ("127.0.0.1", "fd00::/8, 127.0.0.0/8", False),
        ("127.0.0.1", "127.0.0.1/8", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1:{port}", False),
        ("127.0.0.1", "127.0.0.1:1", True),
        ("127.0.0.1", "*", False),
        ("127.0.0.1", "10.0.0.0/8,fd00::/8", True),
        ("127.0.0.1", "example,127.0.0.0/99,::/200,/8,[::1],,", True),
        ("[fd00::1]", "fd00::/8", False),
        ("[fd00::1]", "fd00::1", False),
        ("[fd00::1]", "[fd00::1]", False),
        ("[fd00::1]", "[fd00::1]:{port}", False),
        ("[fd00::1]", "fe80::/10", True),
        ("backend.example", "fd00::/8", True),
        ("backend.example", "fd00::/8,.example", False),
        ("backend.example", "example", False),
        ("backend.example", "BACKEND.example", False),
        ("backend.example", "backend.example:{port}", False),
        ("backend.example", "backend.example:1", True),
        ("backend.example", "end.example", True),
        ("backend.example", "other, *", False),
    ],
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_proxy_excludes_names_and_networks(
    servers: dict[str, FaultyServer], monkeypatch: pytest.MonkeyPatch, kind: str, host: str, no_proxy: str, *, is_proxied: bool
) -> None:
    backend = servers["http"]
    port = int(backend.address.rpartition(":")[2])

    def look_up(_: Any, *args: Any, **kwargs: Any) -> Any:
        # Wherever a test leads, it leads to this machine.
        return _find("127.0.0.1", *args, **kwargs)

    async def call() -> None:
        async with OURS[kind].connect(f"http://{host}:{port}", max_retries=0) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with HTTPProxy(hosts={"backend.example": "127.0.0.1", "[fd00::1]": "127.0.0.1"}) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", no_proxy.format(port=port))
        run(kind, call)
        assert proxy.connections == is_proxied


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Sets SSL_CERT_FILE for a process that has loaded all but certificates."""
    for transport in (None, "fast"):
        for is_async in (False, True):
            load(module_of(transport), is_async=is_async, with_tls=True).wait(None)

    def set_to(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        verifying_context.cache_clear()

    yield set_to
    monkeypatch.undo()
    verifying_context.cache_clear()


@pytest.mark.parametrize("content", [None, "", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"])
@of_each_kind
def test_certificates_that_cannot_be_loaded_are_refused_at_the_first_call_that_needs_them(
    servers: dict[str, FaultyServer], certificates: Callable[[Path], None], tmp_path: Path, kind: str, content: str | None
) -> None:
    async def calls() -> None:
        async with connected(kind, WAYS["forwarded"], servers["http"]) as client:
            assert await client.execute_function("f", {"number": 1}) == {"number": 1}
        async with connected(kind, WAYS["tunnel"], servers["https"]) as client:
            await assert_refused(client, "SSL_CERT_FILE")

    if content is not None:
        (tmp_path / "certificates.pem").write_text(content)
    certificates(tmp_path / "certificates.pem")
    before = servers["https"].connections
    run(kind, calls)
    assert servers["https"].connections == before


@of_each_kind
def test_a_tls_proxy_needs_certificates_too(
    servers: dict[str, FaultyServer], certificates: Callable[[Path], None], tmp_path: Path, kind: str
) -> None:
    async def call() -> None:
        async with connected(kind, WAYS["forwarded over TLS"], servers["http"]) as client:
            await assert_refused(client, "SSL_CERT_FILE")

    with proxied(WAYS["forwarded over TLS"]) as proxy:
        certificates(tmp_path / "certificates.pem")
        run(kind, call)
    assert proxy.connections == 0


# --- the fault table -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["silence", "dripping headers", "garbage", "a body that breaks off", "100 without end", "more than the length", "reset"],
)
@pytest.mark.parametrize("way", [WAYS["forwarded"], WAYS["tunnel"]], ids=["forwarded", "tunnel"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_fault_behind_a_proxy_ends_in_an_outcome_of_ours_in_time_and_the_next_calls_get_their_own_answers(
    servers: dict[str, FaultyServer], kind: str, way: Way, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    backend, fault = servers[way.backend], FAULTS[name]
    shown: list[Any] = []

    async def calls() -> None:
        async with connected(kind, way, backend, timeout=Timeout(read=1), deadline=2, max_response_bytes=1_000_000) as client:
            backend.fault = fault
            began = time.monotonic()
            try:
                outcome = await client.execute_function("f")
            except APIConnectionError as error:
                outcome = "lost" if error.request_sent else "not sent"
                shown.extend(shown_by(error))
            assert outcome == (1 if name == "more than the length" else "lost")
            assert time.monotonic() - began < IN_TIME
            assert backend.over.wait(7)
            for number in (1, 2):
                assert await client.execute_function("f", {"number": number}, timeout=5, deadline=5) == {"number": number}
            listing = await client.list_functions(timeout=5, deadline=5)
            assert [each.name for each in listing.functions] == [str(backend.answers)]

    backend.over.clear()
    with caplog.at_level(logging.DEBUG, "navai"), proxied(way):
        run(kind, calls)
    assert_nothing_planted(shown + logged(caplog))
    assert backend.all_gone(5)


def test_an_exception_of_a_signal_handler_is_not_taken_for_the_proxys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Soft time limits of task queues are errors too, and end a call at once."""

    class SoftTimeLimit(Exception):
        pass

    def raise_it(*_: object) -> None:
        raise SoftTimeLimit

    def interrupt(connection: socket.socket, _: bytes) -> None:
        # Only now is the call sure to wait for the proxy, and only the thread that waits is to be woken.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
        hang(connection)

    before = signal.signal(signal.SIGALRM, raise_it)
    try:
        with HTTPProxy() as proxy, NavaiBackendClient("https://backend.example", deadline=4) as client:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            proxy.fault = Fault(interrupt)
            with pytest.raises(SoftTimeLimit):
                client.execute_function("f")
            assert proxy.connections == 1
    finally:
        signal.signal(signal.SIGALRM, before)


@of_each_kind
@pytest.mark.parametrize(
    ("url", "head"),
    [
        ("http://[::1]:8080", b"GET http://[::1]:8080/navai/functions HTTP/1.1\r\nHost: [::1]:8080\r\n"),
        ("http://[::1]", b"GET http://[::1]/navai/functions HTTP/1.1\r\nHost: [::1]\r\n"),
        ("https://[::1]:8443", b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n"),
    ],
)
def test_a_proxy_is_told_an_address_of_ipv6_in_brackets(monkeypatch: pytest.MonkeyPatch, kind: str, url: str, head: bytes) -> None:
    """RFC 3986 section 3.2.2."""
    heads: list[bytes] = []

    def refuse(connection: socket.socket, request: bytes) -> None:
        heads.append(request)
        connection.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n")

    async def call() -> None:
        async with OURS[kind].connect(url, max_retries=0) as client:
            assert (await client.list_functions()).error is not None

    with FaultyServer() as proxy:
        proxy.fault = Fault(refuse)
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        run(kind, call)
    assert heads[0].startswith(head)
