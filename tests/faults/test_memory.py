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

GIB = 1024**3

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
from navai import AsyncNavaiBackendClient, InvalidResponseError, NavaiBackendClient

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

async def measured(call):
    before, began = memory("VmRSS"), time.monotonic()
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        outcome = await call(deadline=30)
    except InvalidResponseError as error:
        outcome = str(error)
    return {"grown": memory("VmHWM") - before, "seconds": time.monotonic() - began, "outcome": str(outcome)}

kind, options, url = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
print(json.dumps(asyncio.run(awaited(url)) if kind.endswith("async") else called(url)))
"""


def cost_of(act: Callable[[socket.socket, bytes], None], kind: str) -> dict[str, Any]:
    """By how many MiB a client's process grew over such an answer, how many seconds that took, and the outcome of the call."""
    # Each good answer on a connection of its own, so that the next one meets the fault.
    with FaultyServer(headers=b"Keep-Alive: timeout=1\r\n") as server:
        command = [sys.executable, "-c", PROGRAM, kind, json.dumps(KINDS[kind][1]), f"http://{server.address}"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            server.fault = Fault(act)
            process.stdin.write("\n")
            process.stdin.flush()
            told: dict[str, Any] = json.loads(process.stdout.read())
            return told


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("act", [gzip_bomb, endless, huge_length], ids=lambda act: act.__name__)
def test_an_answer_without_end_costs_little_memory(act: Callable[[socket.socket, bytes], None], kind: str) -> None:
    cost = cost_of(act, kind)
    assert cost["outcome"] == "Invalid client-secret response. It is larger than max_response_bytes."
    assert cost["grown"] < 64
