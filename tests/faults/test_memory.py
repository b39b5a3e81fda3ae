"""What an answer without end costs: measured in a process of its own, at the default limits."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KINDS
from tests.faults.faults import HEAD, Fault, forever, go_on
from tests.faults.server import FaultyServer

MIB = 1024**2
GIB = 1024**3

# How many times slower than it should be a machine may be that is busy with other things.
BUSY = 3

# Many members are one body (RFC 1952 section 2.2): 10 GiB of zeros in 10 MB.
_MEMBER = gzip.compress(bytes(64 * 1024**2), 1)


def gzip_bomb(connection: socket.socket, _: bytes) -> None:
    members = 10 * GIB // (64 * 1024**2)
    connection.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % (len(_MEMBER) * members))
    for _member in range(members):
        connection.sendall(_MEMBER)


def endless(connection: socket.socket, _: bytes) -> None:
    go_on(connection, HEAD + b"\r\n", forever(b" " * 65536), 0)


def huge_length(connection: socket.socket, _: bytes) -> None:
    go_on(connection, HEAD + b"Content-Length: %d\r\n\r\n" % (10 * GIB), forever(b"x" * 65536), 0)


# Calls well once, so that everything is loaded; then says by how much the process grew, in MiB, and how the second call ended.
PROGRAM = """
import asyncio, json, sys, time
from navai import APIError, AsyncNavaiBackendClient, NavaiBackendClient

def memory(of):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(of)) / 1024

async def awaited(url):
    async with AsyncNavaiBackendClient(url, env={}, **options) as client:
        await client.create_client_secret(deadline=30)
        return await measured(client.create_client_secret)

def called(url):
    with NavaiBackendClient(url, env={}, **options) as client:
        client.create_client_secret(deadline=30)
        async def call():
            return client.create_client_secret(deadline=30)
        return asyncio.run(measured(lambda deadline: call()))

longest = 0

async def beat():
    # How long the event loop is held at a time.
    global longest
    last = time.monotonic()
    while True:
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()

async def measured(call):
    beating = asyncio.ensure_future(beat())
    await asyncio.sleep(0.01)
    before, began = memory("VmRSS"), time.monotonic()
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        outcome = await call(deadline=30)
    except APIError as error:
        outcome = str(error)
        # Whoever is curious does that off the event loop.
        await asyncio.to_thread(lambda: [getattr(error, name) for name in looked_at])
    await asyncio.sleep(0.01)
    beating.cancel()
    seconds = time.monotonic() - began
    return {"grown": memory("VmHWM") - before, "seconds": seconds, "held": longest, "outcome": str(outcome)}

kind, options, url, *looked_at = sys.argv[1], json.loads(sys.argv[2]), *sys.argv[3:]
print(json.dumps(asyncio.run(awaited(url)) if kind.endswith("async") else called(url)))
"""


def cost_of(act: Callable[[socket.socket, bytes], None], kind: str, *looked_at: str, **options: Any) -> dict[str, Any]:
    """By how many MiB a client's process grew over such an answer, how many seconds that took, and the outcome of the call.

    Args:
        act: What answers.
        kind: The kind of client.
        looked_at: Attributes of the error that the call ends in, which somebody looks at.
        options: Options of the client.
    """
    # Each good answer on a connection of its own, so that the next one meets the fault.
    with FaultyServer(headers=b"Keep-Alive: timeout=1\r\n") as server:
        options = KINDS[kind][1] | options
        command = [sys.executable, "-c", PROGRAM, kind, json.dumps(options), f"http://{server.address}", *looked_at]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            server.fault = Fault(act)
            process.stdin.write("\n")
            process.stdin.flush()
            told: dict[str, Any] = json.loads(process.stdout.read())
            return told


def becoming(text: str) -> Callable[[socket.socket, bytes], None]:
    """A text of 32 MiB or less, which is packed into a few KB."""
    packed = gzip.compress(text.encode(), 1)

    def act(connection: socket.socket, _: bytes) -> None:
        connection.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)

    return act


TOO_MUCH = "Invalid client-secret response. It would take more than 8 times max_response_bytes of memory"
TOO_MANY = "Invalid client-secret response. It has too many arrays and objects for its length"
NO_VALUE = "Invalid client-secret response."

# What takes most of memory or time, a little more than is allowed or a little less; and how the call ends.
SHAPES: dict[str, tuple[Callable[[], str], str]] = {
    "empty arrays": (lambda: "[" + "[]," * (32 * MIB // 3 - 4) + "1]", TOO_MANY),
    "nested arrays": (lambda: "[" + ("[" * 490 + "]" * 490 + ",") * (32 * MIB // 981 - 1) + "1]", TOO_MANY),
    "objects": (lambda: "[" + '{"":0},' * (32 * MIB // 7 - 4) + "1]", TOO_MUCH),
    "small rows": (lambda: '{"a":[' + "[1,2]," * (11 * MIB // 6) + "1]}", NO_VALUE),
    "numbers, too many": (lambda: '{"a":[' + "1e5," * (8 * MIB - 10) + "1]}", TOO_MUCH),
    "numbers": (lambda: '{"a":[' + "257," * (18 * MIB // 4) + "1]}", NO_VALUE),
    "strings": (lambda: '{"a":[' + '"ab",' * (11 * MIB // 5) + "1]}", NO_VALUE),
    "keys": (lambda: "{" + ",".join(f'"{number:x}":0' for number in range(7 * MIB // 9)) + "}", NO_VALUE),
    "a wide string, too long": (lambda: '{"a":"' + "a" * (32 * MIB - 20) + '🎉"}', TOO_MUCH),
    "a wide string": (lambda: '{"a":"' + "a" * (27 * MIB) + '🎉"}', NO_VALUE),
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from /proc")
# All kinds read a body in the same way, but get it differently.
@pytest.mark.parametrize(
    ("shape", "kind"), [*((shape, "sync") for shape in SHAPES), *(("a wide string", kind) for kind in KINDS if kind != "sync")]
)
def test_what_an_answer_becomes_takes_at_most_8_times_max_response_bytes_and_no_long_time(shape: str, kind: str) -> None:
    """32 KB of gzip took 2.9 GiB, and 18 s of a deadline of 2."""
    text, outcome = SHAPES[shape]
    cost = cost_of(becoming(text()), kind)
    assert cost["outcome"].startswith(outcome)
    assert cost["grown"] < 8 * 32
    assert cost["held"] < 0.1 * 32 * BUSY
    assert cost["seconds"] < 0.1 * 32 * BUSY


# What takes most to redact, about as large as it may be: escapes, and secrets that stand among them.
ECHOES: dict[str, Callable[[], str]] = {
    "escapes of JSON": lambda: "\\n" * (2 * MIB - 20),
    "letters and escapes": lambda: "ab\\n" * (MIB - 20),
    "entities": lambda: "&amp;" * (4 * MIB // 5 - 20),
    "percent-encoding": lambda: "%41" * (4 * MIB // 3 - 20),
    "secrets": lambda: "pl&#97;nted-key " * (MIB // 4 - 20),
    "JSON": lambda: '{"ok":false,"a":[' + "[0,0,0,0,0]," * (MIB // 20) + '"pl\\u0061nted-key"]}',
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("looked_at", ["body", "json"])
@pytest.mark.parametrize("echo", ECHOES)
def test_who_looks_at_an_error_that_repeats_a_secret_needs_no_more_memory(echo: str, looked_at: str) -> None:
    """A body of 4 MiB took 456 MiB: where each of its escapes stands."""
    text = ECHOES[echo]()
    if not text.startswith("{"):
        text = f"{text} planted-key" if looked_at == "body" else f'{{"a":"{text}","b":"pl\\u0061nted-key"}}'
    cost = cost_of(becoming(text), "async", looked_at, headers={"X-Key": "planted-key"}, max_response_bytes=4 * MIB)
    assert cost["outcome"] == NO_VALUE
    assert cost["grown"] < 8 * 4


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("act", [gzip_bomb, endless, huge_length], ids=lambda act: act.__name__)
def test_an_answer_without_end_costs_little_memory(act: Callable[[socket.socket, bytes], None], kind: str) -> None:
    cost = cost_of(act, kind)
    assert cost["outcome"] == "Invalid client-secret response. It is larger than max_response_bytes."
    assert cost["grown"] < 64
