"""What tests of both clients share."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai.testing import LocalBackend
from tests.faults.server import FaultyServer
from tests.faults.tls_faults import faulty_servers
from tests.wire.kinds import CALLERS, OURS

pytest_plugins = ["pytester"]

# With this package, jsonschema compiles 38 grammars for formats that no test is about: two seconds for each process.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment] # pyright: ignore[reportArgumentType] (so importing it fails)

Connect = Callable[..., Any]


class Blocking:
    """A client of either kind whose methods are called without await, so that one test states a promise of both."""

    def __init__(self, client: Any, runner: asyncio.Runner) -> None:
        self.client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, "aclose" if name == "close" and hasattr(self.client, "aclose") else name)
        if name == "with_raw_response":
            return Blocking(found, self._runner)
        if not inspect.iscoroutinefunction(found):
            return found
        return lambda *args, **kwargs: self._runner.run(found(*args, **kwargs))

    def tasks(self) -> set[Any]:
        """What still runs in the event loop; none for a sync client."""
        return asyncio.all_tasks(self._runner.get_loop())


# A test's claim holds for each kind of client.
KINDS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "sync": (NavaiBackendClient, {}),
    "async": (AsyncNavaiBackendClient, {}),
    "fast-sync": (NavaiBackendClient, {"transport": "fast"}),
    "fast-async": (AsyncNavaiBackendClient, {"transport": "fast"}),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of other clients than the default sync and async ones, by their parameters."""
    others = {"fast", *KINDS, *OURS, *CALLERS} - {"sync", "async"}
    for item in items:
        parameters = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        if any(isinstance(value, str) and value in others for value in parameters):
            item.add_marker("other_client")


# For claims about how connections are opened.
our_network = pytest.mark.parametrize("connect", list(KINDS), indirect=True)

# For what people use around httpx, which sees the default client only.
over_httpx = pytest.mark.parametrize("connect", ["sync", "async"], indirect=True)


@pytest.fixture(params=KINDS)
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Builds a client of one kind, then of the next. Closes it after the test."""
    clients: list[Blocking] = []
    with asyncio.Runner() as runner:

        def build(*args: Any, **options: Any) -> Blocking:
            # Not the environment of whoever runs the tests.
            kind, special = KINDS[request.param]
            clients.append(Blocking(kind(*args, **{"env": {}} | special | options), runner))
            return clients[-1]

        yield build
        for client in clients:
            client.close()


@pytest.fixture
def quick_collections() -> Iterator[None]:
    """Garbage is looked for in what the test has made only, not in all modules and thousands of tests."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, FaultyServer]]:
    """A server for http and one for https, to which a test gives its fault."""
    with faulty_servers() as running:
        yield running


def require_node(folder: str) -> None:
    """Asks for Node and the npm packages of a folder: without them the test is skipped, but under CI it fails."""
    missing = None if shutil.which("node") else "Node is not installed"
    if missing is None and not (Path(__file__).parents[1] / folder / "node_modules" / "ready").exists():
        missing = "the npm packages are not installed (make test installs them)"
    if missing and os.environ.get("CI"):
        pytest.fail(f"{missing}, and CI must run what needs those of {folder}")
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def express() -> None:
    """Asks for the real Express backend."""
    require_node("tests/express")


@pytest.fixture
def stop() -> Iterator[Callable[[LocalBackend], None]]:
    """Stops a local backend, and keeps its port until the test ends: no other server gets it, and connecting is refused."""
    with contextlib.ExitStack() as ports:

        def stop_and_keep(backend: LocalBackend) -> None:
            backend.stop()
            port = ports.enter_context(socket.socket())
            port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port.bind(("127.0.0.1", int(backend.url.rpartition(":")[2])))

        yield stop_and_keep


@pytest.fixture
def nobody() -> Iterator[tuple[str, int]]:
    """A host where connecting hangs, as with one that is off: a listener that takes nobody, whose queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield listener.getsockname()
        for each in waiting:
            each.close()
