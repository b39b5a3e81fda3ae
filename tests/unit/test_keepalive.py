"""Which connections are kept, and for how long."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from attrs import define

from navai._http.keepalive import MAX_KEEPALIVE_CONNECTIONS, IdleConnections, seconds_to_keep


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 4),
        ("timeout=5", 4),  # Node's own.
        ("timeout=5, max=100", 4),
        ("max=100, Timeout = 3", 2),
        ('timeout="3"', 2),
        ("timeout=2", 1),
        ("timeout=1", 0),
        ("timeout=0", 0),
        ("timeout=600", 4),
        ("timeout=-1", 4),
        ("timeout=soon", 4),
        ("xtimeout=1", 4),
        ("timeout=" + "9" * 400, 4),
    ],
)
def test_an_idle_connection_ends_a_second_before_the_backend_ends_it(header: str, seconds: float) -> None:
    assert seconds_to_keep(header) == seconds


@define(eq=False)
class Connection:
    origin: str
    expires: float


def kept(origin: str, seconds: float = 60) -> Connection:
    return Connection(origin, time.monotonic() + seconds)


def test_the_connection_that_was_used_last_is_taken_first() -> None:
    idle: IdleConnections[Connection] = IdleConnections()
    first, second, other = kept("a"), kept("a"), kept("b")
    for connection in (first, second, other):
        assert idle.put(connection) == []
    assert [idle.take("a"), idle.take("a"), idle.take("a")] == [second, first, None]
    assert idle.take_all() == [other]
    assert idle.take("b") is None


def test_what_expired_and_what_is_too_much_is_dropped() -> None:
    idle: IdleConnections[Connection] = IdleConnections()
    old = kept("a", 0)
    assert idle.put(old) == [old]  # It expires at once.
    first = kept("a")
    idle.put(first)
    for _ in range(MAX_KEEPALIVE_CONNECTIONS - 1):
        assert idle.put(kept("b")) == []
    assert idle.put(kept("b")) == [first]
    assert len(idle.take_all()) == MAX_KEEPALIVE_CONNECTIONS


def test_a_connection_that_ends_just_now_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("navai._http.keepalive.time", SimpleNamespace(monotonic=lambda: 100.0))
    ending, lasting = Connection("a", 100.0), Connection("a", 100.5)
    idle = IdleConnections[Connection]()
    assert idle.put(lasting) == []
    assert idle.put(ending) == [ending]


def test_of_two_threads_one_has_the_connection() -> None:
    connection = Connection("a", time.monotonic() + 60)
    idle = IdleConnections[Connection]()
    idle.put(connection)
    assert [idle._remove(connection), idle._remove(connection)] == [True, False]
