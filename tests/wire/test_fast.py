"""What is special about the fast transport. All other promises are tested with it as with the others."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trio

import navai_sdk
from navai import APIConnectionError, AsyncNavaiBackendClient, ConfigurationError, NavaiBackendClient
from navai.testing import LocalBackend
from navai_sdk.api.functions import list_functions
from tests.conftest import Connect
from tests.faults.faults import Fault, reset
from tests.faults.server import FaultyServer

pytestmark = pytest.mark.other_client

fast = pytest.mark.parametrize("connect", ["fast-sync", "fast-async"], indirect=True)


@pytest.mark.parametrize("kind", [NavaiBackendClient, AsyncNavaiBackendClient])
@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"transport": "quick"}, "transport must be \"fast\", or left out, not 'quick'."),
        ({"transport": True}, 'transport must be "fast", or left out, not True.'),
        ({"transport": "fast", "http_client": object()}, "Pass either transport or http_client, not both."),
    ],
)
def test_a_transport_that_cannot_be_is_refused(kind: Any, options: dict[str, Any], advice: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind("http://backend.example", **options)
    assert str(caught.value) == advice


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)  # A mock: here it is installed.
    with pytest.raises(ConfigurationError, match=r'pip install "navai-sdk\[fast\]"'):
        NavaiBackendClient("http://backend.example", transport="fast")


def test_trio_is_served_by_the_default_transport(backend: LocalBackend) -> None:
    async def main() -> None:
        async with AsyncNavaiBackendClient(backend.url, transport="fast") as client:
            assert (await client.list_functions()).error is None

    trio.run(main)


def test_the_low_level_has_connections_of_its_own_that_end_with_the_client() -> None:
    with FaultyServer() as server, NavaiBackendClient(f"http://{server.address}", transport="fast") as client:
        for _ in range(2):
            assert client.list_functions().error is None
            assert isinstance(client.sdk, navai_sdk.Client)
            assert list_functions.sync_detailed(client=client.sdk).status_code == 200
        assert server.connections == 2
        client.close()
        assert server.all_gone(5)


def test_a_forked_process_calls_after_its_parent_has(backend: LocalBackend) -> None:
    """100 children of a process that has called, some with its client, call, and so does the parent after each."""
    program = f"""
import os
from navai import NavaiBackendClient

client = NavaiBackendClient({backend.url!r}, transport="fast")
client.list_functions()
for number in range(100):
    pid = os.fork()
    if pid == 0:
        mine = client if number % 2 else NavaiBackendClient({backend.url!r}, transport="fast")
        os._exit(0 if mine.list_functions().error is None else 1)
    assert os.waitpid(pid, 0)[1] == 0, number
    assert client.list_functions().error is None, number
client.close()
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_a_forked_process_leaves_the_event_loop_of_its_parent_alone(backend: LocalBackend) -> None:
    """Both share what watches the sockets: what the child takes out of it, the parent would wait for in vain."""
    program = f"""
import asyncio, os
from navai import AsyncNavaiBackendClient

client = AsyncNavaiBackendClient({backend.url!r}, transport="fast", timeout=3, max_retries=0)

async def call():
    return (await client.list_functions()).error

with asyncio.Runner() as runner:
    assert runner.run(call()) is None
    pid = os.fork()
    if pid == 0:
        os._exit(0 if asyncio.run(call()) is None else 1)
    assert os.waitpid(pid, 0)[1] == 0
    error = runner.run(call())
    assert error is None, error
    runner.run(client.aclose())
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("ending", ["async with client: await calls()", "await calls()"])
def test_a_process_that_ends_right_after_its_calls_ends_well(backend: LocalBackend, ending: str) -> None:
    program = f"""
import asyncio, warnings
from navai import APIConnectionError, AsyncNavaiBackendClient

warnings.simplefilter("ignore", ResourceWarning)
client = AsyncNavaiBackendClient({backend.url!r}, transport="fast")

async def calls():
    await asyncio.gather(*(client.list_functions() for _ in range(64)))

async def main():
    {ending}

asyncio.run(main())
"""
    command = [sys.executable, "-c", program]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=False), range(8)))
    assert [(each.returncode, each.stderr) for each in found] == [(0, "")] * 8


def test_what_comes_unasked_closes_an_idle_connection_at_once(backend: LocalBackend) -> None:
    """The event loop watches it all the time: no call has to come to find out."""
    late = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    async def main() -> None:
        ended = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(late)
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.write(late)
            await reader.read()
            ended.set()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            async with AsyncNavaiBackendClient(f"http://{host}:{port}", transport="fast") as client:
                await client.list_functions()
                await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(main())


@fast
@pytest.mark.parametrize("act", [reset, lambda *_: None])
def test_a_request_that_was_sent_is_not_taken_for_unsent(connect: Connect, act: Any) -> None:
    with FaultyServer() as server:
        server.fault = Fault(act)
        with pytest.raises(APIConnectionError) as caught:
            connect(f"http://{server.address}").execute_function("f")
        assert caught.value.request_sent is True
        assert server.connections == 1


@fast
def test_what_was_not_sent_is_known_to_be_unsent(connect: Connect) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # It does not listen, and nobody else can get its port.
        address = "{}:{}".format(*taken.getsockname())
        with pytest.raises(APIConnectionError, match=r"^Could not connect to .*: .*Connection refused") as caught:
            connect(f"http://{address}", max_retries=0).execute_function("f")
    assert caught.value.request_sent is False
