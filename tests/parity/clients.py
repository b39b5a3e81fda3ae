"""The three clients over one scripted server, and what they make of the same bytes in one form."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import re
import subprocess
import threading
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Self

from attrs import frozen

from navai import (
    APIConnectionError,
    APIError,
    AsyncNavaiBackendClient,
    FunctionExecutionError,
    InvalidResponseError,
    NavaiBackendClient,
    NavaiError,
)
from navai._contract.failed_response import find_new_secrets
from navai._printable import one_line
from navai._redaction import Redactor
from navai._wordpress import is_unrun_javascript, was_blocked_after_it_ran
from tests.conftest import KINDS, Blocking
from tests.parity.cases import Case

HERE = Path(__file__).parent

# What ours adds to the text of a response that is not JSON (docs/parity.md).
_ADDED = re.compile(r"(?: An HTML page came instead of JSON(?:, titled \".*\")?\.)?(?: The function may have run\.)?$")

# Calls at the same time, for the clients that can.
_AT_ONCE = 16


@frozen
class Recorded:
    """A request as it came over the connection: method, target, headers by lower-case name, body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """Answers requests below ``/c/ID`` with the raw bytes given for ID, and records them."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.requests: dict[str, list[Recorded]] = {}
        # After whose answer the connection is closed.
        self.cut_off: set[str] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._stopped.wait()
        server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            self._received = rest[length:]
            method, target, _ = first.split(" ")
            identity = re.sub(r"^/c/(\w+).*", r"\1", target, flags=re.DOTALL)
            self._server.requests.setdefault(identity, []).append(Recorded(method, target, headers, rest[:length]))
            if identity in self._server.answers:
                self._transport.write(self._server.answers[identity])
            if identity not in self._server.answers or identity in self._server.cut_off:
                self._transport.close()


class TypeScriptClient:
    """The published client in one long-lived Node process."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["node", "client.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def outcomes(self, jobs: Iterable[dict[str, Any]]) -> list[Any]:
        """What the client makes of each job, in their order; at most `_AT_ONCE` are under way."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        outcomes: dict[int, Any] = {}
        under_way = 0
        for number, job in enumerate(jobs):
            # JSON cannot say Infinity, but JSON.parse makes it of 1e999.
            self._process.stdin.write(json.dumps({"id": number, **job}).replace("Infinity", "1e999") + "\n")
            self._process.stdin.flush()
            under_way += 1
            if under_way == _AT_ONCE:
                self._receive(outcomes)
                under_way -= 1
        for _ in range(under_way):
            self._receive(outcomes)
        return [outcomes[number] for number in sorted(outcomes)]

    def _receive(self, outcomes: dict[int, Any]) -> None:
        assert self._process.stdout is not None
        line = json.loads(self._process.stdout.readline())
        outcomes[line["id"]] = normal(line["outcome"])


@frozen
class Difference:
    """A case of which a Python client makes something else than the published one."""

    case: Case
    client: str
    typescript: Any
    python: Any


class Parity:
    """Compares the clients. Use it as a context manager."""

    def __enter__(self) -> Self:
        self.server = ScriptedServer().__enter__()
        self.typescript = TypeScriptClient().__enter__()
        self._runner = asyncio.Runner()
        self._clients = {kind: cls(self.server.url, max_retries=0, **options) for kind, (cls, options) in KINDS.items()}
        self._numbers = itertools.count()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            Blocking(client, self._runner).close()
        self._runner.close()
        self.typescript.__exit__()
        self.server.__exit__()

    def differences(self, cases: list[Case], kinds: Collection[str] = tuple(KINDS)) -> list[Difference]:
        """Where one of these kinds of client differs from the published one."""
        urls = [f"{self.server.url}/c/{next(self._numbers)}" for _ in cases]
        for case, url in zip(cases, urls, strict=True):
            self.server.answers[url.rpartition("/")[2]] = case.wire()
        inputs = {"execute": {"functionName": "f", "payload": None}, "speech": {"text": "Hello"}}
        expected = self.typescript.outcomes(
            {"options": {"apiBaseUrl": url}, "operation": case.operation, "input": inputs.get(case.operation, {})}
            for case, url in zip(cases, urls, strict=True)
        )
        found = {
            kind: [self._from_sync(client, case, url) for case, url in zip(cases, urls, strict=True)]
            if isinstance(client, NavaiBackendClient)
            else self._runner.run(self._from_async(client, cases, urls))
            for kind, client in self._clients.items()
            if kind in kinds
        }
        self.server.answers.clear()
        self.server.requests.clear()
        return [
            Difference(case, kind, wanted, outcome)
            for kind, outcomes in found.items()
            for case, wanted, outcome in zip(cases, map(without_new_secrets, cases, expected), outcomes, strict=True)
            if wanted != outcome
        ]

    @staticmethod
    def _from_sync(client: NavaiBackendClient, case: Case, url: str) -> Any:
        try:
            return outcome_of(call(client.with_options(api_base_url=url), case.operation))
        except NavaiError as error:
            return outcome_of_error(error)

    @staticmethod
    async def _from_async(client: AsyncNavaiBackendClient, cases: list[Case], urls: list[str]) -> list[Any]:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(case: Case, url: str) -> Any:
            async with slots:
                try:
                    return outcome_of(await call(client.with_options(api_base_url=url), case.operation))
                except NavaiError as error:
                    return outcome_of_error(error)

        return await asyncio.gather(*map(one, cases, urls))


def call(client: Any, operation: str) -> Any:
    """The operation's call, without inputs."""
    calls: dict[str, Callable[[], Any]] = {
        "secret": client.create_client_secret,
        "list": client.list_functions,
        "execute": lambda: client.execute_function("f"),
        "speech": lambda: client.synthesize_speech("Hello"),
    }
    return calls[operation]()


# --- one form for both languages -----------------------------------------------------------------------------------------------
# undefined and None are one; the error text of a status is the raw body, which ours keeps as `body`.


def outcome_of(result: Any) -> Any:
    """A result of ours as client.mjs writes its own."""
    if hasattr(result, "expires_at"):
        return normal(["secret", result.value, result.expires_at, result.speech.provider])
    if hasattr(result, "audio"):
        return ["speech", result.mime_type, result.audio.hex()]
    if hasattr(result, "functions"):
        return normal(["functions", [[each.name, each.description, each.source] for each in result.functions], result.warnings])
    return normal(["result", result])


def outcome_of_error(error: NavaiError) -> Any:
    """An error of ours as client.mjs writes its own."""
    if isinstance(error, APIConnectionError):
        return ["network", "..."]
    if isinstance(error, APIError) and not 200 <= error.status_code <= 299:
        return ["error", error.body]
    if isinstance(error, InvalidResponseError):  # Ours may add to it where the response comes from, and whether something has run.
        return ["error", _ADDED.sub("", str(error), count=1)]
    return _outcome_of_failure(error) if isinstance(error, FunctionExecutionError) else ["error", str(error)]


def _outcome_of_failure(error: FunctionExecutionError) -> Any:
    if isinstance(error.json, dict) and is_unrun_javascript(error.json):  # The published client returns it.
        return normal(["result", error.json["result"]])
    if error.details is None and error.error is None:
        # Ours says `message` then, which the published client does not know (docs/parity.md).
        return ["error", "Backend function failed."]
    words = error.error if error.details is None else error.details
    if error.validation_errors or was_blocked_after_it_ran(error.json):  # The text of ours has more, the attributes have not.
        return ["error", words]
    # The text of ours is one printable line of what stays in these two as it was sent.
    return ["error", words if str(error) == one_line(words or "", 2000) else str(error)]


def without_new_secrets(case: Case, outcome: Any) -> Any:
    """An outcome of the published client without the new secret that its error shows, and ours does not (docs/parity.md)."""
    if case.operation != "secret" or outcome[0] != "error":
        return outcome
    return ["error", Redactor(find_new_secrets(outcome[1])).text(outcome[1])]


def normal(value: Any) -> Any:
    """Numbers as JavaScript has them; the reason of a network failure left out."""
    if isinstance(value, dict):
        entries = {key: normal(entry) for key, entry in value.items()}
        return float(entries["$number"]) if entries.keys() == {"$number"} else entries
    if isinstance(value, list):
        return ["network", "..."] if value[:1] == ["network"] else [normal(each) for each in value]
    if isinstance(value, str):
        return re.sub(r"^(\[navai\] Failed to load backend functions: ).*", r"\1...", value, flags=re.DOTALL)
    return value if isinstance(value, bool) or value is None else _as_double(value)


def _as_double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
