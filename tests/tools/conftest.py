"""What the tests of other people's tools share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from navai.testing import LocalBackend


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test that looks a host up or connects to one."""
    attempts: list[str] = []

    def refuse(*args: Any, **_: Any) -> Any:
        attempts.append(repr(args))
        raise OSError("this test may not use the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    yield
    assert attempts == []


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def add(a: int, b: int) -> int:
        return a + b

    with LocalBackend([add]) as running:
        yield running
