"""What is special about the fast transport. All other promises are tested with it as with the others."""

from __future__ import annotations

import gc
import importlib.util
import inspect
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyreqwest.exceptions
import pytest
import trio

from navai import (
    APIConnectionError,
    APITimeoutError,
    AsyncNavaiBackendClient,
    ConfigurationError,
    NavaiBackendClient,
    Timeout,
)
from navai._http.exceptions import map_exception
from navai._http.pyreqwest_transport import _Common, _configured
from navai._http.scoped import process_scope
from navai._http.timeouts import DEFAULT_TIMEOUTS
from navai._messages import Request
from navai.testing import LocalBackend
from tests.conftest import Connect
from tests.faults.faults import Fault, reset
from tests.faults.server import FaultyServer

fast = pytest.mark.parametrize("connect", ["fast-sync", "fast-async"], indirect=True)


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    with LocalBackend() as running:
        yield running


@pytest.mark.parametrize("kind", [NavaiBackendClient, AsyncNavaiBackendClient])
@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"transport": "quick"}, "transport must be \"fast\", or left out; not 'quick'."),
        ({"transport": True}, 'transport must be "fast", or left out; not True.'),
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


@fast
def test_the_low_level_is_refused(backend: LocalBackend, connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="leave transport out"):
        _ = connect(backend.url).sdk


def test_trio_is_refused(backend: LocalBackend) -> None:
    client = AsyncNavaiBackendClient(backend.url, transport="fast")
    with pytest.raises(ConfigurationError, match='leave transport="fast" out to use trio'):
        trio.run(client.list_functions)


def test_a_forked_process_is_refused_once_its_parent_has_called(backend: LocalBackend) -> None:
    program = f"""
import os
from navai import ConfigurationError, NavaiBackendClient

client = NavaiBackendClient({backend.url!r}, transport="fast")
client.list_functions()
pid = os.fork()
if pid == 0:
    try:
        client.list_functions()
    except ConfigurationError as error:
        print(error, flush=True)
        os._exit(0)
    os._exit(1)
print(os.waitpid(pid, 0)[1], client.list_functions().error)
client.close()
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "cannot be used in a forked process once its parent has used it" in result.stdout
    assert result.stdout.endswith("\n0 None\n")


@pytest.mark.parametrize("ending", ["async with client: await calls()", "await calls()"])
def test_a_process_that_ends_right_after_its_calls_ends_well(backend: LocalBackend, ending: str) -> None:
    program = f"""
import asyncio
from navai import AsyncNavaiBackendClient

client = AsyncNavaiBackendClient({backend.url!r}, transport="fast")

async def calls():
    await asyncio.gather(*(client.list_functions() for _ in range(64)))

async def main():
    {ending}

asyncio.run(main())
"""
    command = [sys.executable, "-c", program]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=False), range(20)))
    assert [(each.returncode, each.stderr) for each in found] == [(0, "")] * 20


# --- the library calls all that happens before an answer an error of connecting -------------------------------------------------


ERRORS = [
    cls
    for _, cls in inspect.getmembers(pyreqwest.exceptions, inspect.isclass)
    if issubclass(cls, pyreqwest.exceptions.DetailedPyreqwestError) and not issubclass(cls, pyreqwest.exceptions.JSONDecodeError)
]
REQUEST = Request("POST", "http://backend.example/", (), b"{}", None, None, 100)


@pytest.mark.parametrize("cause", ["client error (SendRequest)", "client error (Connect)", "", "anything else"])
@pytest.mark.parametrize("cls", ERRORS, ids=lambda cls: str(cls.__name__))
def test_only_what_the_lower_layer_calls_connecting_counts_as_unsent(cls: Any, cause: str) -> None:
    error = map_exception(cls("connection error", {"causes": [{"message": "top"}, {"message": cause}]}), REQUEST, DEFAULT_TIMEOUTS)
    assert type(error) is (APITimeoutError if issubclass(cls, TimeoutError) else APIConnectionError)
    unsent = cause == "client error (Connect)" or cls.__name__ in ("PoolTimeoutError", "BuilderError")
    assert error.request_sent is not unsent


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
@pytest.mark.parametrize("limits", [{"timeout": 0.3}, {"deadline": 0.3}])
def test_a_backend_that_does_not_take_the_request_is_not_waited_for(connect: Connect, limits: dict[str, Any]) -> None:
    with FaultyServer() as server:
        server.fault = Fault(lambda *_: time.sleep(1), "connection")
        with pytest.raises(APITimeoutError, match="did not answer") as caught:
            connect(f"http://{server.address}", max_retries=0).execute_function("f", {"text": "x" * 30_000_000}, **limits)
        assert caught.value.request_sent is True


@fast
def test_what_was_not_sent_is_known_to_be_unsent(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = "{}:{}".format(*closed.getsockname())
    with pytest.raises(APIConnectionError, match=r"^Could not connect to .*: Connection refused") as caught:
        connect(f"http://{address}", max_retries=0).execute_function("f")
    assert caught.value.request_sent is False


@fast
def test_calls_with_many_different_limits_keep_few_clients(backend: LocalBackend, connect: Connect) -> None:
    client = connect(backend.url)
    for number in range(1, 30):
        assert client.list_functions(timeout=Timeout(read=number)).error is None
    assert len(client.client._shared.transport()._common.clients) == 8


@fast
def test_connections_of_limits_that_are_no_longer_kept_end(connect: Connect) -> None:
    with FaultyServer() as server:
        client = connect(f"http://{server.address}")
        for number in range(1, 12):
            client.list_functions(timeout=Timeout(read=number))
        assert server.connections == 11
        client.close()
        gc.collect()
        assert server.all_gone(5)


class Recorder:
    """A builder of pyreqwest's, or a client: tells what it was told."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[Any, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        def tell(*args: Any) -> Recorder:
            self.told[name] = args
            return self

        return tell


def test_a_client_has_the_limits_of_its_kind() -> None:
    recorder = Recorder()
    assert _configured(recorder, (1.0, 2.0, 3.0, 4.0)) is recorder
    assert recorder.told == {
        "gzip": (False,),
        "brotli": (False,),
        "zstd": (False,),
        "deflate": (False,),
        "follow_redirects": (False,),
        "max_connections": (100,),
        "pool_max_idle_per_host": (20,),
        "pool_idle_timeout": (timedelta(seconds=4),),
        "connect_timeout": (timedelta(seconds=1),),
        "read_timeout": (timedelta(seconds=2),),
        "pool_timeout": (timedelta(seconds=3),),
    }
    assert _configured(Recorder(), (None, None, None, 4.0)).told["pool_timeout"] == (None,)


def test_a_request_goes_out_with_its_own_url_and_headers() -> None:
    """What pyreqwest made of those of the last request is used again for the same ones only."""
    recorder = Recorder()
    common = _Common(lambda _: recorder, process_scope)
    url, other_url = "http://backend.example/a", "http://backend.example/b"
    headers, others = (("X-Key", "1"),), (("X-Key", "2"),)
    sent: list[tuple[str, dict[str, str]]] = []
    for to, having in ((url, headers), (url, headers), (url, others), (other_url, others), (other_url, headers)):
        common.opened(Request("GET", to, having, None, None, None, 100))
        sent.append((str(recorder.told["request"][1]), dict(recorder.told["headers"][0].items())))
    assert sent == [
        (url, {"x-key": "1"}),
        (url, {"x-key": "1"}),
        (url, {"x-key": "2"}),
        (other_url, {"x-key": "2"}),
        (other_url, {"x-key": "1"}),
    ]


def test_a_request_has_the_time_that_is_left_to_its_call() -> None:
    recorder = Recorder()
    common = _Common(lambda _: recorder, process_scope)
    common.opened(Request("GET", "http://backend.example/", (), None, None, None, 100))
    assert "timeout" not in recorder.told
    for left, least in ((60, 50), (-1, 0)):
        common.opened(Request("GET", "http://backend.example/", (), None, None, time.monotonic() + left, 100))
        assert timedelta(seconds=least) < recorder.told["timeout"][0] <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("headers", "at_once"),
    [
        ({"content-length": "100"}, True),
        ({"content-length": "101"}, False),
        ({"content-length": "1e2"}, False),
        ({"content-length": "100", "content-encoding": "gzip"}, False),
        ({}, False),
    ],
)
def test_only_an_answer_that_says_it_is_small_enough_is_read_at_once(headers: dict[str, str], at_once: bool) -> None:
    class Response:
        get_header = staticmethod(headers.get)

        @staticmethod
        def get_header_all(name: str) -> list[str]:
            return [headers[name]]

    request = Request("GET", "http://backend.example/", (), None, None, None, 100)
    found = _Common(lambda _: Recorder(), process_scope).body(request, Response())
    assert (found is None) is at_once
