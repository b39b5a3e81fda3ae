"""Measures what docs/reliability.md reports, and writes it there: `make reliability`."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from navai import APIConnectionError, NavaiBackendClient, NavaiError
from tests.conftest import KINDS, Blocking
from tests.express.backend import ExpressBackend
from tests.faults.faults import FAULTS
from tests.faults.interruptions import forks, interruptions
from tests.faults.proxies import BreakingProxy
from tests.faults.server import FaultyServer
from tests.faults.test_faults import ARGUMENTS, LIMITS, MEASURED
from tests.faults.test_memory import cost_of, endless, gzip_bomb, huge_length
from tests.faults.test_real_backend import CALLS, executed, idle_race
from tests.faults.tls_faults import faulty_servers

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def outcome_of(server: FaultyServer, name: str, kind: str, operation: str) -> tuple[str, float]:
    """What a call ends in that meets a fault, and after how many seconds."""
    server.fault = FAULTS[name]
    server.over.clear()
    with asyncio.Runner() as runner:
        cls, special = KINDS[kind]
        client = Blocking(cls(f"{FAULTS[name].scheme}://{server.address}", env={}, **special, **LIMITS), runner)
        began = time.monotonic()
        error: NavaiError | None = None
        try:
            outcome = getattr(client, operation)(**ARGUMENTS[operation])
            error = getattr(outcome, "error", None)
        except NavaiError as raised:
            error = raised
        seconds = time.monotonic() - began
        client.close()
    server.over.wait(7)
    ended = "a result" if error is None else f"`{type(error).__name__}`"
    if operation == "execute_function" and isinstance(error, APIConnectionError):
        ended += ", may have run" if error.request_sent else ", has not run"
    return ended, seconds


def fault_table() -> str:
    lines = [
        "| fault | `execute_function` ends in | `list_functions` | `create_client_secret` | longest, s |",
        "|---|---|---|---|---|",
    ]
    longest: list[float] = []
    with faulty_servers() as servers:
        for number, name in enumerate(FAULTS, 1):
            said(f"fault {number} of {len(FAULTS)}: {name}")
            cells, times = [], []
            for operation in MEASURED:
                outcomes = [outcome_of(servers[FAULTS[name].scheme], name, kind, operation) for kind in KINDS]
                cells.append(" / ".join(dict.fromkeys(ended for ended, _ in outcomes)))
                times += [seconds for _, seconds in outcomes]
            longest.append(max(times))
            lines.append(f"| {name} | {' | '.join(cells)} | {max(times):.2f} |")
    summary = f"{len(FAULTS)} faults, {len(MEASURED) * len(KINDS) * len(FAULTS)} calls; the longest took {max(longest):.2f} s."
    return "\n".join([*lines, "", summary])


def at_most_once() -> str:
    lines = [
        "| client | calls | broken | succeeded | failed: ran once | failed: not run | ran twice | idempotent: succeeded |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        said(f"at most once, {kind}")
        with ExpressBackend() as backend:
            with BreakingProxy(backend.url, 0.3, seed=4) as network:
                outcomes = executed(kind, network.url, CALLS, idempotent=False)
            with NavaiBackendClient(backend.url, env={}) as client:
                runs: dict[str, int] = client.execute_function("all_counts")
        counts = Counter(
            (isinstance(outcome, NavaiError), min(runs.get(str(number), 0), 2)) for number, outcome in enumerate(outcomes)
        )
        with ExpressBackend() as backend, BreakingProxy(backend.url, 0.2, seed=5) as safe:
            good = sum(not isinstance(outcome, NavaiError) for outcome in executed(kind, safe.url, CALLS, idempotent=True))
        lines.append(
            f"| {kind} | {CALLS} | {sum(network.broken.values())} | {counts[False, 1]} | {counts[True, 1]} | {counts[True, 0]} | "
            f"{counts[False, 2] + counts[True, 2]} | {good} of {CALLS}, {sum(safe.broken.values())} broken |"
        )
    return "\n".join(lines)


def races() -> str:
    lines = ["| round | lost by navai | lost by httpx with its defaults |", "|---|---|---|"]
    for number in range(1, 4):
        said(f"idle race {number} of 3")
        lost, lost_by_plain_ones = idle_race()
        lines.append(f"| {number} | {lost} of 250 | {lost_by_plain_ones} of 250 |")
    return "\n".join(lines)


def memory() -> str:
    lines = ["| response | client | memory, MiB | time, s |", "|---|---|---|---|"]
    names = {gzip_bomb: "10 GiB compressed with gzip", endless: "an endless body", huge_length: "a `Content-Length` of 10 GiB"}
    for act, name in names.items():
        for kind in KINDS:
            said(f"memory: {name}, {kind}")
            costs: list[dict[str, Any]] = [cost_of(act, kind) for _ in range(3)]
            grown = statistics.median(cost["grown"] for cost in costs)
            lines.append(f"| {name} | {kind} | {grown:.0f} | {statistics.median(cost['seconds'] for cost in costs):.2f} |")
    return "\n".join(lines)


SECTIONS = (at_most_once, races, interruptions, forks, memory, fault_table)


def main(*names: str) -> None:
    """Measures all sections of the page, or those of these names."""
    page = PAGE.read_text("utf-8")
    for section in [each for each in SECTIONS if not names or each.__name__ in names]:
        marks = f"<!-- {section.__name__} -->\n", f"<!-- end of {section.__name__} -->"
        measured = section()
        before, _, rest = page.partition(marks[0])
        page = before + marks[0] + measured + "\n" + marks[1] + rest.partition(marks[1])[2]
    PAGE.write_text(page, "utf-8")
    said(f"Written to {PAGE.name}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
