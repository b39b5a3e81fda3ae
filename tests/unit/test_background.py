"""Functions in their own threads: who starts one, and what becomes of it if that fails or is interrupted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from navai import _background
from navai._background import Background
from navai._http import lookup
from navai._http.lookup import MAX_LOOKUPS, look_up

HOST = ("name.invalid", 80)
ADDRESS = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
NO_THREAD = RuntimeError("can't start new thread")


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [ADDRESS])


@pytest.fixture
def fails_to_start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the next start of a thread end in this error, after something else has happened."""
    start = _background._start

    def patch(error: BaseException, meanwhile: Callable[[], object] = lambda: None) -> None:
        def fail(_: Callable[[], None]) -> Callable[[], object]:
            monkeypatch.setattr(_background, "_start", start)
            meanwhile()
            raise error

        monkeypatch.setattr(_background, "_start", fail)

    return patch


def test_where_no_thread_can_be_started_the_next_call_tries_again(fails_to_start: Callable[..., None]) -> None:
    fails_to_start(NO_THREAD)
    with pytest.raises(OSError, match=r"^cannot start a thread to look up the name: can't start new thread$"):
        look_up(*HOST)
    assert look_up(*HOST).wait(5) == [ADDRESS]


def test_who_cannot_start_a_thread_waits_for_that_of_another(fails_to_start: Callable[..., None]) -> None:
    """The other call may be that of a signal handler, which cannot wait for what it has interrupted."""
    found: list[Any] = []
    fails_to_start(NO_THREAD, lambda: found.append(look_up(*HOST).wait(5)))
    assert look_up(*HOST).wait(5) == [ADDRESS]
    assert found == [[ADDRESS]]


def test_an_interrupted_start_leaves_nobody_waiting(fails_to_start: Callable[..., None]) -> None:
    found: list[Any] = []
    other = threading.Thread(target=lambda: found.append(look_up(*HOST).wait(5)))
    fails_to_start(KeyboardInterrupt(), other.start)
    with pytest.raises(KeyboardInterrupt):
        look_up(*HOST)
    other.join()
    assert found == [[ADDRESS]]


def test_interrupted_starts_do_not_count_as_lookups_in_progress(fails_to_start: Callable[..., None]) -> None:
    for number in range(MAX_LOOKUPS + 1):
        fails_to_start(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            look_up(f"name-{number}.invalid", 80)
    assert look_up(*HOST).wait(5) == [ADDRESS]


def test_a_function_that_is_interrupted_in_the_callers_thread_can_be_started_again(fails_to_start: Callable[..., None]) -> None:
    interrupts = [KeyboardInterrupt()]

    def function() -> int:
        if interrupts:
            raise interrupts.pop()
        return 1

    background = Background(function)
    fails_to_start(NO_THREAD)
    with pytest.raises(KeyboardInterrupt):
        background.start(fallback_to_caller=True)
    assert background.start().wait(5) == 1


def test_a_lookup_that_is_over_is_forgotten() -> None:
    first = look_up(*HOST)
    assert first.wait(5) == [ADDRESS]
    assert HOST not in lookup._lookups
    assert look_up(*HOST) is not first


def test_the_function_runs_once_however_many_start_it() -> None:
    calls: list[int] = []
    together = threading.Barrier(8)
    background = Background(lambda: calls.append(1))

    def start() -> None:
        together.wait(5)
        background.start().wait(5)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    background._run_once()  # As a thread that comes late.
    assert calls == [1]
    assert background._wakers == []
