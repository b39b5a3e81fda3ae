"""Calls that are interrupted at any moment take no other call with them, and leave nothing behind.

What interrupts them, and what is counted, is in `tests.faults.interruptions`.
"""

from __future__ import annotations

import gc
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from navai import APITimeoutError, NavaiBackendClient, _driver
from navai._http import connections, turns
from navai._http.content import Content
from navai._http.turns import Turns
from navai.testing import LocalBackend
from tests.faults.interruptions import FURTHER, KINDS, Figures, interrupted
from tests.wire.kinds import OURS

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts the open files of a process in /proc")

# What is measured for docs/reliability.md is much more. Those that are traced are slow.
CALLS = {kind: 80 if "each instruction" in kind else 200 for kind in KINDS}


def rounds(kind: str) -> Iterator[Figures]:
    """The figures of rounds of calls, until enough were interrupted: on a busy machine, few calls last until they are."""
    interrupted_calls = 0
    for _ in range(5):
        figures = interrupted(kind, CALLS[kind])
        yield figures
        interrupted_calls += figures.interrupted
        if interrupted_calls > CALLS[kind] / 10:
            return
    pytest.fail(f"Of 5 times {CALLS[kind]} calls only {interrupted_calls} were interrupted: this was no test.")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("httpx")])
def test_after_interruptions_each_call_gets_its_own_answer_in_time_and_nothing_is_lost(kind: str) -> None:
    for figures in rounds(kind):
        assert figures.wrong == []
        assert figures.foreign == []
        assert not figures.failed
        assert figures.late == 0
        assert figures.further == FURTHER
        assert figures.kept <= KINDS[kind].limit
        assert figures.left == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith("httpx")])
def test_after_interruptions_no_call_over_a_client_of_httpx_gets_the_answer_of_another(kind: str) -> None:
    """More is not promised there: the pool of httpx may lose connections, and hang."""
    for figures in rounds(kind):
        assert figures.wrong == []
        assert figures.further == FURTHER


def send_alarm() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def repeat(value: Any) -> Any:
        return value

    def wait(seconds: float) -> float:
        """Interrupts the caller, which waits for the answer by then."""
        send_alarm()
        time.sleep(seconds)
        return seconds

    with LocalBackend([repeat, wait]) as running:
        yield running


@pytest.fixture
def alarm() -> Iterator[None]:
    """Gives SIGALRM back afterwards."""
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_a_handler_calls_while_the_interrupted_call_waits_for_its_answer(backend: LocalBackend) -> None:
    answers: list[Any] = []

    with NavaiBackendClient(backend.url, env={}) as client:

        def handle(*_: object) -> None:
            answers.append(client.execute_function("repeat", {"value": "from the handler"}, deadline=20))

        signal.signal(signal.SIGALRM, handle)
        answers.append(client.execute_function("wait", {"seconds": 0.3}, deadline=20))
    assert answers == ["from the handler", 0.3]


@pytest.mark.usefixtures("alarm")
def test_a_handler_that_needs_the_only_connection_fails_in_time_and_the_interrupted_call_goes_on(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MAX_CONNECTIONS", 1)
    errors: list[APITimeoutError] = []

    with NavaiBackendClient(backend.url, env={}) as client:

        def handle(*_: object) -> None:
            with pytest.raises(APITimeoutError, match="became free before the deadline") as caught:
                client.execute_function("repeat", {"value": 1}, deadline=0.5)
            errors.append(caught.value)

        signal.signal(signal.SIGALRM, handle)
        assert client.execute_function("wait", {"seconds": 0.2}, deadline=20) == 0.2
        assert client.execute_function("repeat", {"value": 2}, deadline=20) == 2
    assert [error.request_sent for error in errors] == [False]
    assert [call.function_name for call in backend.calls] == ["wait", "repeat"]


class _StoppedError(BaseException):
    """As KeyboardInterrupt."""


@pytest.mark.parametrize("was_answered", [False, True])
def test_an_interruption_between_two_attempts_notes_that_nothing_was_sent_if_so(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch, was_answered: bool
) -> None:
    """Here both times between two attempts that find nobody; in one case another one was answered before."""
    waits = 0

    def sleep(_: float) -> None:
        nonlocal waits
        waits += 1
        backend.stop()
        if waits == 2:
            raise _StoppedError

    monkeypatch.setattr(_driver, "time", SimpleNamespace(sleep=sleep))
    with NavaiBackendClient(backend.url, env={}) as client:
        if was_answered:
            backend.respond_next(503, {})
        else:
            backend.stop()
        with pytest.raises(_StoppedError) as caught:
            client.execute_function("repeat", {"value": 1}, idempotent=True)
    assert len(backend.requests) == was_answered
    assert getattr(caught.value, "__notes__", []) == ([] if was_answered else ["Nothing was sent."])


@pytest.mark.usefixtures("alarm")
def test_an_interruption_after_a_redirect_does_not_note_that_nothing_was_sent(
    backend: LocalBackend, nobody: tuple[str, int]
) -> None:
    """Nothing was executed, but the backend got a request. It leads to where connecting takes forever."""

    def handle(*_: object) -> None:
        raise _StoppedError

    def interrupt() -> None:
        until = time.monotonic() + 20
        while not backend.requests and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.5)  # Then it has the redirect, and connects.
        send_alarm()

    backend.respond_next(307, {}, {"Location": "http://{}:{}/".format(*nobody)})
    with NavaiBackendClient(backend.url, env={}) as client, ThreadPoolExecutor(1) as threads:
        signal.signal(signal.SIGALRM, handle)
        threads.submit(interrupt)
        with pytest.raises(_StoppedError) as caught:
            client.list_functions()
    assert len(backend.requests) == 1
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize("kind", [name for name, kind in OURS.items() if kind.is_async and kind.transport is None])
def test_a_call_that_is_cancelled_while_it_connects_says_that_nothing_was_sent(kind: str, nobody: tuple[str, int]) -> None:
    notes: list[str] = []

    async def main() -> None:
        async with OURS[kind].connect("http://{}:{}".format(*nobody)) as client:
            await client.client.__aenter__()

            async def call() -> None:
                try:
                    await client.list_functions()
                except BaseException as error:
                    notes.extend(getattr(error, "__notes__", []))
                    raise

            async with anyio.create_task_group() as group:
                group.start_soon(call)
                await anyio.sleep(0.3)
                group.cancel_scope.cancel()

    OURS[kind].run(main)
    assert notes == ["Nothing was sent."]


@pytest.mark.parametrize(("length", "notes"), [(10, ["Nothing was sent."]), (20_000, [])])
def test_a_long_head_is_sent_before_the_body_is_read(monkeypatch: pytest.MonkeyPatch, length: int, notes: list[str]) -> None:
    def interrupt(_: Content) -> Iterator[bytes]:
        raise _StoppedError

    monkeypatch.setattr(Content, "__iter__", interrupt)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = "http://{}:{}".format(*server.getsockname())
        with NavaiBackendClient(url, env={}, headers={"X-Long": "x" * length}) as client:
            with pytest.raises(_StoppedError) as caught:
                client.list_functions()
    assert getattr(caught.value, "__notes__", []) == notes


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Turns]:
    """The turns of all pools."""
    made: list[Turns] = []

    class Watched(Turns):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(connections, "Turns", Watched)
    return made


@pytest.mark.parametrize("kind", OURS)
def test_a_turn_that_was_not_given_back_ends_without_the_garbage_collector(
    kind: str, backend: LocalBackend, made: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal may come just where a call gives its turn back. A collection may be far away, and others wait for the turn."""

    def interrupted_again(*_: object) -> None:
        raise _StoppedError

    async def main() -> None:
        async with OURS[kind].connect(backend.url) as client:
            await client.list_functions()
            with monkeypatch.context() as patches:
                patches.setattr(Turns, "release", interrupted_again)
                with pytest.raises(_StoppedError):
                    await client.list_functions()
            assert [len(each._taken) for each in made] == [0]

    gc.disable()
    try:
        OURS[kind].run(main)
    finally:
        gc.enable()


@pytest.mark.parametrize("outcome", ["an answer", "an error"])
@pytest.mark.parametrize("kind", OURS)
def test_a_turn_is_given_back_once_more_if_giving_it_back_is_interrupted(
    kind: str, outcome: str, backend: LocalBackend, made: list[Turns], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be held by the exception of the signal handler, as long as that is handled."""

    async def main() -> None:
        async with OURS[kind].connect(backend.url if outcome == "an answer" else "http://127.0.0.1:9") as client:
            with monkeypatch.context() as patches:

                def interrupted_once(*_: object) -> None:
                    patches.undo()
                    raise _StoppedError

                patches.setattr(Turns, "release", interrupted_once)
                with pytest.raises(_StoppedError) as caught:  # Kept, with the frames that hold the turn.
                    await client.list_functions()
            assert caught.traceback
            assert [len(each._taken) for each in made] == [0]

    OURS[kind].run(main)
