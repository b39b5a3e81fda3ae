"""Which connections are kept, and for how long."""

from __future__ import annotations

import math
import time
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import define

from navai._http import keepalive
from navai._http.connections import Scope
from navai._http.keepalive import MAX_KEEPALIVE_CONNECTIONS, IdleConnections, seconds_to_keep
from navai._http.timers import watch_in_loop


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
    assert seconds_to_keep(header.encode()) == seconds


@define(eq=False)
class Connection:
    origin: str
    expires: float
    idle_since: float = 0.0


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


def test_one_that_expired_earlier_is_dropped_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("navai._http.keepalive.time", SimpleNamespace(monotonic=lambda: now))
    idle = IdleConnections[Connection]()
    first, second, third = Connection("a", 101.0), Connection("b", 102.0), Connection("c", 109.0)
    assert [idle.put(first), idle.put(second)] == [[], []]
    now = 101.0
    assert idle.put(third) == [first]
    now = 102.0
    assert idle.put(Connection("d", 109.0)) == [second]
    assert len(idle) == 2


def test_of_two_threads_one_has_the_connection() -> None:
    connection = Connection("a", time.monotonic() + 60)
    idle = IdleConnections[Connection]()
    idle.put(connection)
    assert [idle._remove(connection), idle._remove(connection)] == [True, False]


def test_what_has_expired_or_was_idle_for_long_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("navai._http.keepalive.time", SimpleNamespace(monotonic=lambda: 100.0))
    expired, long_idle, lasting = Connection("a", 100.0, 99.9), Connection("a", 104.0, 99.0), Connection("b", 103.0, 99.0)
    idle = IdleConnections[Connection]()
    idle._idle = [expired, long_idle, lasting]
    assert idle.next_expiry() == 100.0
    assert idle.take_stale(-math.inf) == [expired]
    assert idle.take_stale(98.9) == []
    assert idle.take_stale(99.0, 98.9) == [long_idle]  # Not the one that was used last.
    assert idle.next_expiry() == 103.0
    idle._idle = [long_idle, lasting]
    assert idle.take_stale(98.9, 99.0) == [lasting]
    idle._idle = [expired]
    assert idle.take_stale(-math.inf) == [expired]
    assert idle.next_expiry() is None


class Call:
    """What waits for a first response."""


def test_room_is_made_as_long_as_a_call_waits_for_its_first_response(monkeypatch: pytest.MonkeyPatch) -> None:
    """And only of what nobody has taken for a while: those who call one after another keep their connection."""
    now = 100.0
    for module in ("connections", "keepalive"):
        monkeypatch.setattr(f"navai._http.{module}.time", SimpleNamespace(monotonic=lambda: now))
    watched: list[tuple[float, Any]] = []
    closed: list[str] = []

    def watch(seconds: float, step: Any) -> bool:
        watched.append((seconds, step))
        return True

    scope = Scope(None, watch)
    first, second = (SimpleNamespace(origin=name, expires=104.0, close=lambda name=name: closed.append(name)) for name in "ab")
    assert scope.keep(first) == []
    calls = [Call(), Call()]
    for call in calls:
        scope.begin_first(call)
    del call
    (expiring, _), (patience, make_room) = watched
    assert (expiring, patience) == (4.0, keepalive.IDLE_PATIENCE)  # One of each kind.
    now += 0.01
    scope.keep(second)
    assert make_room() == keepalive.IDLE_PATIENCE
    assert closed == []
    now += 0.01
    assert make_room() == keepalive.IDLE_PATIENCE
    assert closed == ["a"]
    scope.end_first(calls[0])
    now += 0.4
    assert make_room() == keepalive.IDLE_PATIENCE
    assert closed == ["a"]  # The one that was used last stays a while longer.
    now += 0.1
    assert make_room() == keepalive.IDLE_PATIENCE
    assert closed == ["a", "b"]
    calls.clear()  # It was interrupted, and has not ended in order.
    assert make_room() is None
    scope.begin_first(call := Call())
    assert len(watched) == 3
    scope.end_first(call)
    assert make_room() is None


def test_without_an_event_loop_nothing_is_watched() -> None:
    """The garbage collector ends a call after its loop."""
    assert watch_in_loop(0.0, lambda: None) is False
