"""One contender in one scenario, in a process of its own: `python -m benchmarks.contenders NAME OPERATION URL CALLS AT_A_TIME`.

Prints one line of JSON: CPU time per call by the operating system's account of the whole process, latencies, throughput, memory.
OPERATION is execute:N, with a result of N bytes, or list:N, of N functions. Each contender does what its users write: send, see to
the status, and take the result out of the JSON.
"""

# ruff: noqa: PLC0415 (a contender loads its own library only)

from __future__ import annotations

import asyncio
import functools
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LIST_PATH, EXECUTE_PATH = "/navai/functions", "/navai/functions/execute"

Call = Callable[[], Any]


def _body(size: int) -> dict[str, Any]:
    return {"function_name": "sized", "payload": {"size": size}}


def navai(url: str, kind: str, size: int, **options: Any) -> Call:
    from navai import NavaiBackendClient

    client = NavaiBackendClient(url, **options)
    if kind == "list":
        return lambda: client.list_functions().functions
    return lambda: client.execute_function("sized", {"size": size})


def navai_async(url: str, kind: str, size: int, **options: Any) -> Call:
    from navai import AsyncNavaiBackendClient

    client = AsyncNavaiBackendClient(url, **options)

    async def list_functions() -> Any:
        return (await client.list_functions()).functions

    return list_functions if kind == "list" else lambda: client.execute_function("sized", {"size": size})


def navai_fast(url: str, kind: str, size: int) -> Call:
    return navai(url, kind, size, transport="fast")


def navai_fast_async(url: str, kind: str, size: int) -> Call:
    return navai_async(url, kind, size, transport="fast")


def navai_httpx(url: str, kind: str, size: int) -> Call:
    import httpx

    return navai(url, kind, size, http_client=httpx.Client())


def navai_httpx_async(url: str, kind: str, size: int) -> Call:
    import httpx

    return navai_async(url, kind, size, http_client=httpx.AsyncClient())


def navai_sdk(url: str, kind: str, size: int, function: str = "sync") -> Call:
    from navai_sdk import Client
    from navai_sdk.api.functions import execute_function, list_functions
    from navai_sdk.models import ExecuteFunctionPayload, ExecuteFunctionRequest

    client = Client(base_url=url)
    if kind == "list":
        return functools.partial(getattr(list_functions, function), client=client)
    body = ExecuteFunctionRequest("sized", ExecuteFunctionPayload.from_dict({"size": size}))
    return functools.partial(getattr(execute_function, function), client=client, body=body)


def navai_sdk_async(url: str, kind: str, size: int) -> Call:
    return navai_sdk(url, kind, size, "asyncio")


def httpx(url: str, kind: str, size: int) -> Call:
    import httpx

    client = httpx.Client()

    def call() -> Any:
        answer = client.get(url + LIST_PATH) if kind == "list" else client.post(url + EXECUTE_PATH, json=_body(size))
        answer.raise_for_status()
        return answer.json()["items" if kind == "list" else "result"]

    return call


def httpx_async(url: str, kind: str, size: int) -> Call:
    import httpx

    client = httpx.AsyncClient(timeout=60)  # With more calls than connections, its default of 5 s for the pool is not enough.

    async def call() -> Any:
        answer = await (client.get(url + LIST_PATH) if kind == "list" else client.post(url + EXECUTE_PATH, json=_body(size)))
        answer.raise_for_status()
        return answer.json()["items" if kind == "list" else "result"]

    return call


def openai(url: str, kind: str, size: int, client_class: str = "OpenAI") -> Call:
    import openai

    client = getattr(openai, client_class)(base_url=url, api_key="none")
    if kind == "list":
        return lambda: client.get(LIST_PATH, cast_to=object)
    return lambda: client.post(EXECUTE_PATH, cast_to=object, body=_body(size))


def openai_async(url: str, kind: str, size: int) -> Call:
    return openai(url, kind, size, "AsyncOpenAI")


def pyreqwest(url: str, kind: str, size: int) -> Call:
    from pyreqwest.client import SyncClientBuilder

    client = SyncClientBuilder().error_for_status().build()
    if kind == "list":
        return lambda: client.get(url + LIST_PATH).build().send().json()["items"]
    return lambda: client.post(url + EXECUTE_PATH).body_json(_body(size)).build().send().json()["result"]


def pyreqwest_async(url: str, kind: str, size: int) -> Call:
    from pyreqwest.client import ClientBuilder

    client = ClientBuilder().error_for_status().build()

    async def call() -> Any:
        request = client.get(url + LIST_PATH) if kind == "list" else client.post(url + EXECUTE_PATH).body_json(_body(size))
        return (await (await request.build().send()).json())["items" if kind == "list" else "result"]

    return call


def httptools(url: str, kind: str, size: int) -> Call:
    """An execution over one connection, with httptools and a socket."""
    import httptools

    exchange = raw_socket(url, kind, size)

    class Answer:
        def __init__(self) -> None:
            self.body = b""

        def on_body(self, piece: bytes) -> None:
            self.body += piece

    def call() -> Any:
        answer = Answer()
        parser = httptools.HttpResponseParser(answer)
        parser.feed_data(exchange())
        if parser.get_status_code() != 200:
            raise RuntimeError(parser.get_status_code())
        return json.loads(answer.body)["result"]

    return call


def _prepared(url: str, size: int) -> tuple[tuple[Any, Any], bytes]:
    """Where an execution goes, host and port, and its bytes."""
    address = urlsplit(url)
    body = json.dumps(_body(size)).encode()
    head = f"POST {EXECUTE_PATH} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
    return (address.hostname, address.port), f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _connected(address: tuple[Any, Any]) -> socket.socket:
    connection = socket.create_connection(address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def raw_socket(url: str, kind: str, size: int) -> Call:
    """The bytes of an execution's answer; what is sent is prepared, and an answer comes in one piece."""
    address, request = _prepared(url, size)
    connection = _connected(address)

    def call() -> bytes:
        connection.sendall(request)
        return connection.recv(65536)

    return call


def raw_socket_async(url: str, kind: str, size: int) -> Call:
    """The same, over as many connections as there are calls at a time: how many executions the backend can do."""
    address, request = _prepared(url, size)
    loop = asyncio.get_running_loop()
    idle: list[socket.socket] = []

    async def call() -> bytes:
        if not idle:
            idle.append(_connected(address))
            idle[-1].setblocking(False)
        connection = idle.pop()
        await loop.sock_sendall(connection, request)
        answer = await loop.sock_recv(connection, 65536)
        idle.append(connection)
        return answer

    return call


CONTENDERS = {
    each.__name__: each
    for each in (
        navai, navai_async, navai_fast, navai_fast_async, navai_httpx, navai_httpx_async, navai_sdk, navai_sdk_async, httpx,
        httpx_async, openai, openai_async, pyreqwest, pyreqwest_async, httptools, raw_socket, raw_socket_async,
    )
}  # fmt: skip

_WARM_UP = 100


def peak_mib() -> float:
    """The most memory that this process has had, in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _measured(call: Call, calls: int) -> tuple[float, float, list[float]]:
    """CPU seconds, wall seconds and latencies of so many calls, one after the other."""
    latencies = []
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        began = time.perf_counter()
        call()
        latencies.append(time.perf_counter() - began)
    return time.process_time() - cpu, time.perf_counter() - wall, latencies


async def _measured_async(build: Callable[[], Call], calls: int, at_a_time: int) -> tuple[float, float, list[float]]:
    """The same, some at a time."""
    call = build()
    await asyncio.gather(*(call() for _ in range(max(at_a_time, min(calls, _WARM_UP)))))
    latencies: list[float] = []
    numbers = iter(range(calls))

    async def caller() -> None:
        for _ in numbers:
            began = time.perf_counter()
            await call()
            latencies.append(time.perf_counter() - began)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_a_time)))
    return time.process_time() - cpu, time.perf_counter() - wall, latencies


def main() -> None:
    name, operation, url, calls, at_a_time = sys.argv[1:]
    kind, _, size = operation.partition(":")
    before = peak_mib()

    def build() -> Call:
        return CONTENDERS[name](f"{url}/_listing/{size}" if kind == "list" else url, kind, int(size))

    if name.endswith("_async"):
        cpu, wall, latencies = asyncio.run(_measured_async(build, int(calls), int(at_a_time)))
    else:
        call = build()
        for _ in range(min(int(calls), _WARM_UP)):
            call()
        cpu, wall, latencies = _measured(call, int(calls))
    latencies.sort()
    print(
        json.dumps(
            {
                "cpu_us": cpu / len(latencies) * 1e6,
                "per_second": len(latencies) / wall,
                "p50_ms": latencies[len(latencies) // 2] * 1e3,
                "p99_ms": latencies[int(len(latencies) * 0.99)] * 1e3,
                "grown_mib": peak_mib() - before,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
