"""Calls that are interrupted at random moments, and forks at a bad one: `make reliability` measures them.

The calls are made in a process of their own, as signals interrupt the main thread only, against a server that repeats what it is
sent: each call sends a number of its own, so that an answer to another call shows. One connection or two are all that a client may
have, so that one that gets lost is missed soon. Of some kinds the answers come in disorder as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import dis
import faulthandler
import functools
import gc
import itertools
import json
import math
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import anyio
import anyio.lowlevel
import attrs
import httpx
import trio

from navai import AsyncNavaiBackendClient, NavaiBackendClient, NavaiError
from navai._http import keepalive
from tests.faults.faults import FORGED
from tests.faults.server import FaultyServer
from tests.repository import ROOT

# Interrupted calls of each kind, in the program; forks of a process whose first call is under way.
CALLS = 20_000
FORKS = 50

# Undisturbed calls at the end.
FURTHER = 100

# Seconds that a call may take by its deadline, and until a call counts as late: this machine may be busy.
DEADLINE = 10.0
LATE = 12.0

# Findings after which the rest would be more of the same.
MOST_FINDINGS = 10

# Seconds without an end of `_WATCHED` calls after which a process says where it hangs, and exits.
WATCHDOG = 120
_WATCHED = 1000

# Seconds after which a call is interrupted, at the earliest and at the latest, and for an async one steps of the event loop.
SOONEST, LATEST = 0.00005, 0.01
MOST_STEPS = 100


class Interruption(Exception):
    """As the soft time limits of task queues: an error."""


class Exit(BaseException):
    """As KeyboardInterrupt: no error."""


@attrs.define
class Figures:
    """What became of the calls.

    Attributes:
        answered: How many got their own answer.
        interrupted: How many ended in the interruption.
        failed: How many ended in one of our errors, by what it says.
        wrong: Answers to other calls, and whatever else went wrong.
        foreign: Errors that are not ours.
        late: How many took longer than their deadline.
        slowest: The longest call, in seconds.
        beside: How many undisturbed calls in other threads, or in the handler, got their own answers meanwhile.
        further: How many of the undisturbed calls at the end got their own answers, as many at once as there may be connections.
        kept: How many files and sockets are open before the client is closed beyond those before it was made.
        left: How many are open after that.
        seconds: How long it all took.
    """

    answered: int = 0
    interrupted: int = 0
    failed: Counter[str] = attrs.field(factory=Counter)
    wrong: list[str] = attrs.field(factory=list)
    foreign: list[str] = attrs.field(factory=list)
    late: int = 0
    slowest: float = 0.0
    beside: int = 0
    further: int = 0
    kept: int = 0
    left: int = 0
    seconds: float = 0.0


figures = Figures()


# --- one call --------------------------------------------------------------------------------------------------------------------

_numbers = itertools.count()


def new_payload(**more: Any) -> dict[str, Any]:
    """A payload as no other call has it."""
    number = next(_numbers)
    if number % _WATCHED == 0:
        faulthandler.dump_traceback_later(WATCHDOG, exit=True)
    return {"number": number} | more


@contextlib.contextmanager
def counted(payload: dict[str, Any]) -> Generator[Callable[[object], None]]:
    """Counts what becomes of a call that may be interrupted; to be given its answer."""
    began = time.monotonic()

    def count(answer: object) -> None:
        if answer == payload:
            figures.answered += 1
        else:
            figures.wrong.append(f"{answer!r} instead of {payload!r}")

    try:
        yield count
    except (Interruption, Exit, TimeoutError, asyncio.CancelledError):
        figures.interrupted += 1
    except NavaiError as error:
        figures.failed[repr(error)] += 1
    except Exception:  # noqa: BLE001 (each is a finding)
        figures.foreign.append(traceback.format_exc())
    took = time.monotonic() - began
    figures.late += took > LATE
    figures.slowest = max(figures.slowest, took)


def undisturbed(client: NavaiBackendClient, **more: Any) -> bool:
    """Whether a call that nothing interrupts gets its own answer in time."""
    payload, began = new_payload(**more), time.monotonic()
    try:
        answer = client.execute_function("f", payload, deadline=DEADLINE)
    except Exception as error:  # noqa: BLE001 (each is a finding)
        figures.wrong.append(f"undisturbed: {error!r}")
        return False
    if answer != payload:
        figures.wrong.append(f"undisturbed: {answer!r} instead of {payload!r}")
    return bool(answer == payload) and time.monotonic() - began < LATE


def moment() -> float:
    """Seconds until the next interruption: more often short than long."""
    return SOONEST * math.exp(random.uniform(0, math.log(LATEST / SOONEST)))  # noqa: S311 (no secret)


def steps() -> int:
    """Steps of the event loop until the next interruption: more often few than many."""
    return int(math.exp(random.uniform(0, math.log(MOST_STEPS))))  # noqa: S311 (no secret)


# --- sync ------------------------------------------------------------------------------------------------------------------------

_CALL = NavaiBackendClient.execute_function.__code__


def _is_in_a_call(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code is not _CALL:
        frame = frame.f_back
    return frame is not None


def _interrupt(_: int, frame: FrameType | None) -> None:
    # Only in a call: these loops here are not written to survive it.
    if _is_in_a_call(frame):
        if random.random() < 0.3:  # noqa: S311 (no secret)
            # Once more, while the call cleans up.
            signal.setitimer(signal.ITIMER_REAL, moment() / 5, signal.getitimer(signal.ITIMER_REAL)[1])
        raise random.choice((Interruption, Exit))  # noqa: S311 (no secret)


def _interrupted_by_signals(client: NavaiBackendClient, calls: int) -> None:
    for _ in range(calls):
        payload = new_payload()
        with counted(payload) as count:
            signal.setitimer(signal.ITIMER_REAL, moment())
            count(client.execute_function("f", payload, deadline=DEADLINE))
        signal.setitimer(signal.ITIMER_REAL, 0)


def by_signals(client: NavaiBackendClient, calls: int) -> None:
    """A signal handler raises exceptions in the main thread, which is alone for one half of the calls.

    For the other half there are two more threads, whose calls nothing interrupts, so that calls wait for a connection.
    """
    signal.signal(signal.SIGALRM, _interrupt)
    _interrupted_by_signals(client, calls // 2)
    over = threading.Event()

    def beside() -> None:
        while not over.is_set():
            figures.beside += undisturbed(client)

    others = [threading.Thread(target=beside) for _ in range(2)]
    for each in others:
        each.start()
    _interrupted_by_signals(client, calls - calls // 2)
    over.set()
    for each in others:
        each.join()


def by_calls_of_a_handler(client: NavaiBackendClient, calls: int) -> None:
    """A signal handler makes a call of its own, and raises nothing."""

    def handle(_: int, frame: FrameType | None) -> None:
        if _is_in_a_call(frame):
            figures.interrupted += 1
            figures.beside += undisturbed(client)

    signal.signal(signal.SIGALRM, handle)
    _interrupted_by_signals(client, calls)


def _place_of(frame: FrameType | None) -> str:
    """Where an interpreter is, from the inside out, to the innermost of our own functions."""
    places = []
    while frame is not None:
        places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}, instruction {frame.f_lasti}")
        if f"{os.sep}navai{os.sep}" in frame.f_code.co_filename:
            break
        frame = frame.f_back
    return " < ".join(places)


# In 3.11, what handles exceptions around a `try` does not cover its own instruction; one that is raised where a
# handler begins spoils what the interpreter knows of what is being handled. Signals are heeded at neither.
_NEVER = {dis.opmap["NOP"], dis.opmap["PUSH_EXC_INFO"]}


class _Stop:
    """Traces a call, and raises an exception before one of its instructions."""

    def __init__(self, instructions: float) -> None:
        self.place = ""
        self.passed = 0
        self._instructions = instructions

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_code.co_code[frame.f_lasti] not in _NEVER:
            self.passed += 1
            if self.passed > self._instructions:
                self.place = _place_of(frame)
                raise random.choice((Interruption, Exit))  # noqa: S311 (no secret)
        return self


def at_each_instruction(client: NavaiBackendClient, calls: int) -> None:
    """An exception is raised before one instruction of each call after the other, from its first to its last.

    The next call is made where the exception is handled, so that it is still there, and with it all that its frames hold. No
    interruption can be earlier or later than these, but there are some among them that the interpreter never lets happen.
    """

    def hangs(*_: object) -> None:
        raise RuntimeError("it hangs")

    def call(stop: _Stop) -> None:
        payload = new_payload()
        try:
            sys.settrace(stop)
            try:
                answer = client.execute_function("f", payload, deadline=DEADLINE)
            finally:
                sys.settrace(None)
            with counted(payload) as count:
                count(answer)
        except (Interruption, Exit):
            figures.interrupted += 1
            signal.setitimer(signal.ITIMER_REAL, LATE)
            if not undisturbed(client):
                figures.wrong.append(f"this was after an interruption at {stop.place}")
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, hangs)
    lengths: list[int] = []
    for connects in (False, True):
        undisturbed(client, last=connects)
        whole = _Stop(math.inf)
        call(whole)
        lengths.append(whole.passed)
    for number in range(2, calls):
        # Every second one has to connect.
        connects, findings = number % 2 == 1, len(figures.wrong)
        undisturbed(client, last=connects)
        call(_Stop(number * lengths[connects] / calls))
        if len(figures.wrong) > findings:
            gc.collect()  # So that what follows is not more of the same.
        if len(figures.wrong) > MOST_FINDINGS:
            break


class _Caller(threading.Thread):
    """A thread whose calls another one interrupts."""

    def __init__(self, client: NavaiBackendClient, calls: int) -> None:
        super().__init__()
        self._client = client
        self._calls = calls
        self._may_be_interrupted = False
        self._is_being_interrupted = False

    def run(self) -> None:
        for _ in range(self._calls):
            payload = new_payload()
            with counted(payload) as count:
                try:
                    self._may_be_interrupted = True
                    answer = self._client.execute_function("f", payload, deadline=DEADLINE)
                finally:
                    # What comes too late for the call comes before the end of this block.
                    self._may_be_interrupted = False
                    while self._is_being_interrupted:
                        time.sleep(0)
                count(answer)

    def interrupt(self) -> None:
        self._is_being_interrupted = True
        if self._may_be_interrupted:
            self._may_be_interrupted = False
            raised = random.choice((Interruption, Exit))  # noqa: S311 (no secret)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(raised))
        self._is_being_interrupted = False


def by_other_threads(client: NavaiBackendClient, calls: int) -> None:
    """The main thread raises exceptions in four others."""
    callers = [_Caller(client, calls // 4) for _ in range(4)]
    for caller in callers:
        caller.start()
    while any(caller.is_alive() for caller in callers):
        time.sleep(moment() / 8)
        random.choice(callers).interrupt()  # noqa: S311 (no secret)


# --- async -----------------------------------------------------------------------------------------------------------------------


async def _on_asyncio(call: Callable[[], Awaitable[Any]]) -> Any:
    """Cancels the call as asyncio does, now or later."""
    if random.random() < 0.5:  # noqa: S311 (no secret)
        async with asyncio.timeout(moment()):
            return await call()
    task = asyncio.ensure_future(call())
    for _ in range(steps()):
        await asyncio.sleep(0)
    task.cancel()
    return await task


async def _on_any(call: Callable[[], Awaitable[Any]]) -> Any:
    """Cancels the call as anyio does, by time or after some steps of the event loop."""
    answer = None
    if random.random() < 0.5:  # noqa: S311 (no secret)
        with anyio.move_on_after(moment()) as scope:
            answer = await call()
    else:

        async def cancel() -> None:
            for _ in range(steps()):
                await anyio.lowlevel.checkpoint()
            scope.cancel()

        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                group.start_soon(cancel)
                answer = await call()
            group.cancel_scope.cancel()
    if scope.cancelled_caught:
        raise Interruption
    return answer


async def by_cancelling(client: AsyncNavaiBackendClient, calls: int) -> None:
    """Six tasks cancel calls, in each of the ways that there are."""
    ways = [_on_any] if _runs_on_trio() else [_on_any, _on_asyncio]
    numbers = iter(range(calls))

    async def call(payload: dict[str, Any]) -> Any:
        try:
            return await client.execute_function("f", payload, deadline=DEADLINE)
        except NavaiError as error:
            return error  # A group of tasks would make a group of it.

    async def caller() -> None:
        for _ in numbers:
            payload = new_payload()
            with counted(payload) as count:
                outcome: Any = await random.choice(ways)(functools.partial(call, payload))  # noqa: S311 (no secret)
                if isinstance(outcome, NavaiError):
                    raise outcome
                count(outcome)

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(caller)


def _runs_on_trio() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


# --- a process of interrupted calls ----------------------------------------------------------------------------------------------


def open_files() -> int:
    """How many files and sockets this process has open."""
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def sync_calls(url: str, calls: int, interrupt: Callable[[NavaiBackendClient, int], None], **options: Any) -> None:
    before = open_files()
    with NavaiBackendClient(url, env={}, **options) as client:
        interrupt(client, calls)
        with ThreadPoolExecutor(keepalive.MAX_CONNECTIONS) as threads:
            figures.further = sum(threads.map(lambda _: undisturbed(client, together=True), range(FURTHER)))
        figures.kept = open_files() - before
    figures.left = open_files() - before


async def async_calls(url: str, calls: int, **options: Any) -> None:
    await anyio.lowlevel.checkpoint()
    before = open_files()
    async with AsyncNavaiBackendClient(url, env={}, **options) as client:
        await by_cancelling(client, calls)

        async def further() -> None:
            payload = new_payload(together=True)
            is_own = await client.execute_function("f", payload, deadline=DEADLINE) == payload
            figures.further += is_own

        async with anyio.create_task_group() as group:
            for _ in range(FURTHER):
                group.start_soon(further)
        figures.kept = open_files() - before
    figures.left = open_files() - before


def httpx_calls(url: str, calls: int) -> None:
    """Over a client of httpx, whose pool promises nothing: where it hangs, it is interrupted once more, and replaced."""
    signal.signal(signal.SIGALRM, _interrupt)
    mine = httpx.Client()
    client = NavaiBackendClient(url, env={}, http_client=mine)
    for _ in range(calls):
        payload, began = new_payload(), time.monotonic()
        with counted(payload) as count:
            signal.setitimer(signal.ITIMER_REAL, moment(), 0.5)
            count(client.execute_function("f", payload, deadline=DEADLINE))
        signal.setitimer(signal.ITIMER_REAL, 0)
        if time.monotonic() - began > 0.4:
            mine = httpx.Client()
            client = NavaiBackendClient(url, env={}, http_client=mine)
    with httpx.Client() as last:
        client = NavaiBackendClient(url, env={}, http_client=last)
        figures.further = sum(undisturbed(client) for _ in range(FURTHER))


async def async_httpx_calls(url: str, calls: int) -> None:
    """Likewise cancelled: of some hundred calls a client of httpx does not lose all its connections."""
    each = min(calls, 500)
    for _ in range(calls // each):
        async with httpx.AsyncClient() as mine:
            await by_cancelling(AsyncNavaiBackendClient(url, env={}, http_client=mine), each)
    async with httpx.AsyncClient() as last:
        client = AsyncNavaiBackendClient(url, env={}, http_client=last)
        for _ in range(FURTHER):
            payload = new_payload()
            figures.further += await client.execute_function("f", payload, deadline=DEADLINE) == payload


@attrs.frozen
class Kind:
    """One way to interrupt the calls of one kind of client.

    Attributes:
        run: Makes that many calls to the server of that URL.
        limit: How many connections the client may have.
        is_disorderly: Whether the answers come as a `DisorderlyServer` sends them.
    """

    run: Callable[..., None]
    limit: int = 2
    is_disorderly: bool = False


_SYNC = {
    "by signals": Kind(functools.partial(sync_calls, interrupt=by_signals)),
    "at each instruction": Kind(functools.partial(sync_calls, interrupt=at_each_instruction), limit=1),
    "by other threads": Kind(functools.partial(sync_calls, interrupt=by_other_threads)),
    "by calls of a handler": Kind(functools.partial(sync_calls, interrupt=by_calls_of_a_handler)),
}

KINDS = {
    **{f"sync, {way}": kind for way, kind in _SYNC.items()},
    "async": Kind(lambda url, calls: asyncio.run(async_calls(url, calls))),
    "trio": Kind(lambda url, calls: trio.run(async_calls, url, calls)),
    **{f"fast, {way}": attrs.evolve(kind, run=functools.partial(kind.run, transport="fast")) for way, kind in _SYNC.items()},
    "fast, async": Kind(lambda url, calls: asyncio.run(async_calls(url, calls, transport="fast"))),
    "httpx, by signals": Kind(httpx_calls),
}
KINDS |= {
    f"{name}, in disorder": attrs.evolve(KINDS[name], is_disorderly=True)
    for name in ("sync, by signals", "async", "trio", "fast, by signals", "fast, async", "httpx, by signals")
}
KINDS["httpx, async, in disorder"] = Kind(lambda url, calls: asyncio.run(async_httpx_calls(url, calls)), is_disorderly=True)


class EchoServer(FaultyServer):
    """A server without faults, which keeps some requests until there are `limit` of them at once, and ends some connections."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._together = threading.Barrier(limit)

    def _answer(self, request: bytes) -> bytes:
        if b'"together"' in request:
            try:
                self._together.wait(DEADLINE)
            except threading.BrokenBarrierError:
                return b"HTTP/1.1 500 They do not come together\r\nContent-Length: 0\r\n\r\n"
        answer = super()._answer(request)
        return answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if b'"last":true' in request else answer


class DisorderlyServer(EchoServer):
    """An echo server whose answers are right, but in any framing, in pieces, late, and often with something behind them."""

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        answer = _framed(answer)
        cuts = [0, *sorted(random.sample(range(1, len(answer)), random.choice((0, 0, 1, 2, 5))))]  # noqa: S311 (no secret)
        for start, end in itertools.pairwise(cuts):
            connection.sendall(answer[start:end])
            time.sleep(random.choice((0.0, random.uniform(0, LATEST / 3))))  # noqa: S311 (no secret)
        # Together with the last of the answer: what comes later, no client can tell from the answer to the next request.
        connection.sendall(answer[cuts[-1] :] + random.choice((b"", b"", b"\r\n", FORGED)))  # noqa: S311 (no secret)


def _framed(answer: bytes) -> bytes:
    """The answer in one of the ways that there are to say where it ends, and whether the connection is kept."""
    head, _, body = answer.partition(b"\r\n\r\n")
    match random.randrange(6):  # noqa: S311 (no secret)
        case 0:
            middle = random.randrange(1, len(body))  # noqa: S311 (no secret)
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:middle], body[middle:], b""))
            return re.sub(b"Content-Length: .*", b"Transfer-Encoding: chunked\r\n\r\n", head) + chunks
        case 1:
            return b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer
        case 2:
            return b"%b\r\nConnection: close\r\n\r\n%b" % (head, body)
        case 3:
            return answer.replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        case _:
            return answer


def interrupted(kind: str, calls: int) -> Figures:
    """What becomes of that many interrupted calls of a kind, in a process of their own.

    Raises:
        RuntimeError: The process failed, or hung.
    """
    with (DisorderlyServer if KINDS[kind].is_disorderly else EchoServer)(KINDS[kind].limit) as server:
        command = [sys.executable, "-m", "tests.faults.interruptions", kind, f"http://{server.address}", str(calls)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{kind}:\n{ended.stderr}")
    told = json.loads(ended.stdout)
    return Figures(**(told | {"failed": Counter(told["failed"])}))


def _in_a_process_of_its_own(kind: str, url: str, calls: int) -> None:
    keepalive.MAX_CONNECTIONS = KINDS[kind].limit  # Before the engine is loaded, which takes it from there.
    # An interruption of a destructor is raised nowhere.
    sys.unraisablehook = lambda _: None
    began = time.monotonic()
    KINDS[kind].run(url, calls)
    figures.seconds = time.monotonic() - began
    sys.stdout.write(json.dumps(attrs.asdict(figures)))


# --- forks -----------------------------------------------------------------------------------------------------------------------

# A thread's first call is under way when the main thread forks. The child calls over the client it inherited, or one of its own.
FORK = """
import faulthandler, os, signal, sys, threading, time

faulthandler.register(signal.SIGALRM, chain=True)  # Says where it hangs, and dies.
signal.alarm(60)
from navai import NavaiBackendClient

url, seconds, inherits, transport = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "True", sys.argv[4] or None
client = NavaiBackendClient(url, env={}, transport=transport)
answers = []
thread = threading.Thread(target=lambda: answers.append(client.execute_function("f", {"number": 1})))
thread.start()
time.sleep(seconds)
child = os.fork()
if child == 0:
    signal.alarm(60)
    with client if inherits else NavaiBackendClient(url, env={}, transport=transport) as own:
        os._exit(0 if own.execute_function("f", {"number": 2}, deadline=15) == {"number": 2} else 2)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
thread.join()
client.close()
sys.exit(status or answers != [{"number": 1}])
"""


def forked_first_calls(forks: int, transport: str | None) -> list[str]:
    """What went wrong in that many forks of a process whose first call is under way: nothing, if all is well."""

    def fork(number: int) -> str:
        seconds = random.uniform(0, 0.2)  # noqa: S311 (no secret)
        # Python 3.12 warns of each fork beside threads.
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORK, url, str(seconds), str(number % 2 == 0)]
        command.append(transport or "")
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        return "" if (ended.returncode, ended.stderr) == (0, "") else f"after {seconds} s: {ended.returncode}\n{ended.stderr}"

    with FaultyServer() as server, ThreadPoolExecutor(3) as threads:
        url = f"http://{server.address}"
        return [problem for problem in threads.map(fork, range(forks)) if problem]


# --- what docs/reliability.md shows -----------------------------------------------------------------------------------------------


def interruptions() -> str:
    """A table of all kinds."""
    lines = [
        "| client | calls | interrupted | own answer | error of ours | foreign error | wrong answer | late | slowest, s "
        "| meanwhile, undisturbed | good at the end | files lost |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        sys.stderr.write(f"interrupted calls: {kind}\n")
        got = interrupted(kind, CALLS)
        sys.stderr.write("".join(f"    {number} x {error}\n" for error, number in got.failed.items()))
        sys.stderr.write("".join(f"    wrong: {what}\n" for what in got.wrong))
        sys.stderr.write("".join(f"    foreign: {what}\n" for what in got.foreign))
        lines.append(
            f"| {kind} | {CALLS} | {got.interrupted} | {got.answered} | {got.failed.total()} | {len(got.foreign)} | "
            f"{len(got.wrong)} | {got.late} | {got.slowest:.2f} | {got.beside} | {got.further} of {FURTHER} | {got.left} |"
        )
    return "\n".join(lines)


def forks() -> str:
    """A sentence on forks, for each transport."""
    sentences = []
    for transport, name in ((None, "default"), ("fast", "fast")):
        problems = forked_first_calls(FORKS, transport)
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        sentences.append(f"{FORKS} forks during another thread's first call, {name} transport: {len(problems)} went wrong.")
    return "\n".join(sentences)


if __name__ == "__main__":
    _in_a_process_of_its_own(sys.argv[1], sys.argv[2], int(sys.argv[3]))
