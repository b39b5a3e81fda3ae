"""Measures all contenders side by side, and writes docs/benchmarks.md: `make bench`, with ROUNDS=5.

One real Express backend serves all of them, and in two scenarios a stand-in that repeats one of its responses. Each measurement is
a process of its own; the rounds are interleaved, so that a slow minute of the machine slows them all. What counts are the ratios
within one run.
"""

from __future__ import annotations

import compileall
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.plot import plot
from benchmarks.profiles import profile_of
from benchmarks.recorded_backend import RecordedBackend
from tests.express.backend import ExpressBackend
from tests.faults.tls_faults import faulty_servers

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"

# The names that people see.
SYNC = {
    "navai": "navai",
    "navai_fast": "navai, fast",
    "navai_httpx": "navai over your httpx.Client",
    "navai_sdk": "navai_sdk, as generated",
    "httpx": "httpx, by hand",
    "openai": "openai's generic post",
    "pyreqwest": "pyreqwest, by hand",
    "typescript": "the TypeScript client",
}
ASYNC = {f"{name}_async" if name != "typescript" else name: said for name, said in SYNC.items()}
# As little as can be done for an execution.
LEAST = {"httptools": "httptools, by hand", "raw_socket": "a raw socket, with prepared bytes"}
LEAST_ASYNC = {"raw_socket_async": "raw sockets, with prepared bytes"}
# They build on httpx: how much they can do is not limited by Express.
ON_HTTPX = ("navai_httpx", "navai_sdk", "openai")
CROWD = {name: ASYNC[name] for name in ("navai_async", "httpx_async", "typescript")}


class Scenario(NamedTuple):
    """What is measured.

    Attributes:
        operation: The operation, with the size of its result.
        calls: How many calls.
        at_a_time: How many at a time.
        contenders: Who takes part.
        is_recorded: Whether the backend is the stand-in, which repeats a response.
    """

    operation: str
    calls: int
    at_a_time: int
    contenders: dict[str, str]
    is_recorded: bool = False


def without(names: tuple[str, ...], contenders: dict[str, str]) -> dict[str, str]:
    """The contenders but those whose names begin with one of these."""
    return {name: said for name, said in contenders.items() if not name.startswith(names)}


SCENARIOS = {
    "execute, 100 B": Scenario("execute:100", 3000, 1, SYNC | LEAST),
    "execute, 10 KB": Scenario("execute:10000", 400, 1, SYNC),
    "execute, 1 MB": Scenario("execute:1000000", 20, 1, SYNC),
    "list 10": Scenario("list:10", 300, 1, SYNC),
    "list 1,000": Scenario("list:1000", 40, 1, SYNC),
    "list 20,000": Scenario("list:20000", 5, 1, SYNC),
    "async, 1 at a time": Scenario("execute:100", 3000, 1, ASYNC),
    "async, 16 at a time": Scenario("execute:100", 4800, 16, ASYNC | LEAST_ASYNC),
    "async, 64 at a time": Scenario("execute:100", 960, 64, ASYNC),
    # More than a pool has connections, so that calls wait for their turn.
    "async, 300 at a time": Scenario("execute:100", 1500, 300, CROWD),
    "execute, 100 B, recorded": Scenario("execute:100", 3000, 1, without(ON_HTTPX, SYNC | LEAST), is_recorded=True),
    "async, 16 at a time, recorded": Scenario("execute:100", 4800, 16, without(ON_HTTPX, ASYNC | LEAST_ASYNC), is_recorded=True),
    "a result of 16 MiB": Scenario(
        f"execute:{16 * 1024 * 1024}", 1, 1, {name: SYNC[name] for name in ("navai", "navai_fast", "httpx")}
    ),
}

# Started as often as the rounds say; the median of wall or CPU seconds.
STARTS = {
    "the bare interpreter": "",
    "import navai, and a client for http": "from navai import NavaiBackendClient\nNavaiBackendClient('http://backend.example')",
    "import httpx, and a client": "import httpx\nhttpx.Client()",
    "import openai, and a client": "import openai\nopenai.OpenAI(api_key='none')",
}
# Programs that make one call over https: the import, the client, the call.
FIRST_CALLS = {
    "navai, fast": (
        "from navai import NavaiBackendClient",
        "NavaiBackendClient({url!r}, transport='fast')",
        "execute_function('f')",
    ),
    "navai": ("from navai import NavaiBackendClient", "NavaiBackendClient({url!r})", "execute_function('f')"),
    "httpx, by hand": (
        "import httpx",
        "httpx.Client(base_url={url!r})",
        "post('/navai/functions/execute', json={{}}).json()['result']",
    ),
}
BUILDS = {
    "100 clients of navai for https, each with a first call": (
        "import navai._contract.operations, navai._http.httpx_transport\nfrom navai import NavaiBackendClient",
        "for _ in range(100):\n    NavaiBackendClient('https://127.0.0.1:9', max_retries=0).list_functions()",
    ),
    "one httpx.Client()": ("import httpx", "httpx.Client()"),
}


def said(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(name: str, operation: str, url: str, calls: int, at_a_time: int) -> dict[str, float]:
    program = (
        ["node", "benchmarks/typescript.mjs"] if name == "typescript" else [sys.executable, "-m", "benchmarks.contenders", name]
    )
    command = [*program, operation, url, str(calls), str(at_a_time)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not told.stdout:  # pyreqwest can abort the interpreter while it ends, after the figures are printed.
        raise RuntimeError(f"{name} in {operation}: {told.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(told.stdout)
    return figures


def start_seconds(program: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


def build_seconds(prepare: str, build: str) -> float:
    program = f"import time\n{prepare}\nbegan = time.process_time()\n{build}\nprint(time.process_time() - began)"
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)


def first_call_seconds(imports: str, client: str, call: str, url: str) -> tuple[float, float]:
    """How long the program took, and the call in it."""
    program = (
        f"import time\n{imports}\nwith {client.format(url=url)} as client:\n    began = time.perf_counter()\n"
        f"    client.{call.format()}\n    print(time.perf_counter() - began)"
    )
    began = time.perf_counter()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    return time.perf_counter() - began, float(told)


def measured(rounds: int) -> dict[str, Any]:
    """All figures of all rounds, by scenario and contender."""
    for package in ("wrapper", "navai_sdk"):
        compileall.compile_dir(ROOT / package, quiet=1)  # As whoever installs the package does; the others' are installed.
    found: dict[str, dict[str, list[dict[str, float]]]] = {scenario: defaultdict(list) for scenario in SCENARIOS}
    starts: dict[str, list[float]] = defaultdict(list)
    builds: dict[str, list[float]] = defaultdict(list)
    programs: dict[str, list[float]] = defaultdict(list)
    first_calls: dict[str, list[float]] = defaultdict(list)
    with ExpressBackend() as backend, RecordedBackend(backend.url, 100) as recorded, faulty_servers() as servers:
        for number in range(1, rounds + 1):
            for title, scenario in SCENARIOS.items():
                said(f"round {number} of {rounds}: {title}")
                url = recorded.url if scenario.is_recorded else backend.url
                for name in scenario.contenders:
                    found[title][name].append(measure(name, scenario.operation, url, scenario.calls, scenario.at_a_time))
            for what, program in STARTS.items():
                starts[what].append(start_seconds(program))
            for what, parts in FIRST_CALLS.items():
                whole, call = first_call_seconds(*parts, url=f"https://{servers['https'].address}")
                programs[what].append(whole)
                first_calls[what].append(call)
            for what, (prepare, build) in BUILDS.items():
                builds[what].append(build_seconds(prepare, build))
        said("profiles")
        profiles = {"navai": profile_of(backend.url), "navai, fast": profile_of(backend.url, transport="fast")}
    return {
        "rounds": rounds,
        "machine": machine(),
        "scenarios": found,
        "starts": starts,
        "programs": programs,
        "first_calls": first_calls,
        "builds": builds,
        "profiles": profiles,
    }


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


# --- what the page says ----------------------------------------------------------------------------------------------------------


def middle(figures: list[dict[str, float]], key: str) -> float:
    return statistics.median(each[key] for each in figures)


def spread(figures: list[dict[str, float]], key: str) -> str:
    values = [each[key] for each in figures]
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def scenario_tables(found: dict[str, Any]) -> str:
    lines = []
    for title, scenario in SCENARIOS.items():
        if "MiB" in title:
            continue
        figures = found["scenarios"][title]
        base = middle(figures["httpx_async" if title.startswith("async") else "httpx"], "cpu_us")
        lines += [
            f"### {title[0].upper()}{title[1:]}",
            "",
            "| | CPU per call, µs (spread) | relative to httpx by hand | p50, ms | p99, ms | calls per second | memory, MiB |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, shown in scenario.contenders.items():
            of = figures[name]
            lines.append(
                f"| {shown} | {spread(of, 'cpu_us')} | {middle(of, 'cpu_us') / base:.2f} | {middle(of, 'p50_ms'):.2f} | "
                f"{middle(of, 'p99_ms'):.2f} | {middle(of, 'per_second'):,.0f} | {middle(of, 'grown_mib'):.0f} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip()


def ratio_table(found: dict[str, Any]) -> str:
    def cpu(scenario: str, name: str) -> float:
        return middle(found["scenarios"][scenario][name], "cpu_us")

    def rate(scenario: str, name: str) -> float:
        return middle(found["scenarios"][scenario][name], "per_second")

    one, alone, many = "execute, 100 B", "async, 1 at a time", "async, 16 at a time"
    recorded_one, recorded_many = f"{one}, recorded", f"{many}, recorded"
    starts = {what: statistics.median(values) for what, values in found["starts"].items()}
    first = {what: statistics.median(values) for what, values in found["first_calls"].items()}
    clients, client = (statistics.median(values) for values in found["builds"].values())
    interpreter = starts["the bare interpreter"]
    mib16 = {name: middle(figures, "grown_mib") for name, figures in found["scenarios"]["a result of 16 MiB"].items()}
    base16 = {name: middle(found["scenarios"][one][name], "grown_mib") for name in mib16}
    rows = [
        ("navai / httpx by hand, CPU per execute", cpu(one, "navai") / cpu(one, "httpx"), 0.75),
        ("the same, async, 16 at a time", cpu(many, "navai_async") / cpu(many, "httpx_async"), 0.30),
        ("navai fast / pyreqwest by hand, CPU per execute", cpu(one, "navai_fast") / cpu(one, "pyreqwest"), 0.9),
        ("the same, async, one at a time", cpu(alone, "navai_fast_async") / cpu(alone, "pyreqwest_async"), 0.7),
        ("the same, async, 16 at a time", cpu(many, "navai_fast_async") / cpu(many, "pyreqwest_async"), 0.75),
        ("navai fast / httpx by hand, async, 16 at a time", cpu(many, "navai_fast_async") / cpu(many, "httpx_async"), 0.08),
        ("navai fast / a raw socket with prepared bytes", cpu(one, "navai_fast") / cpu(one, "raw_socket"), 4),
        ("navai fast / TypeScript, throughput, 16 at a time", rate(many, "navai_fast_async") / rate(many, "typescript"), 6),
        (
            "navai fast / raw sockets with prepared bytes, throughput, 16 at a time",
            rate(many, "navai_fast_async") / rate(many, "raw_socket_async"),
            0.9,
        ),
        (
            "recorded: navai fast / pyreqwest by hand, CPU per execute",
            cpu(recorded_one, "navai_fast") / cpu(recorded_one, "pyreqwest"),
            0.9,
        ),
        (
            "recorded: navai fast / pyreqwest by hand, async, 16 at a time",
            cpu(recorded_many, "navai_fast_async") / cpu(recorded_many, "pyreqwest_async"),
            0.75,
        ),
        (
            "recorded: navai fast / a raw socket with prepared bytes",
            cpu(recorded_one, "navai_fast") / cpu(recorded_one, "raw_socket"),
            4,
        ),
        (
            "recorded: navai fast / TypeScript, throughput, 16 at a time",
            rate(recorded_many, "navai_fast_async") / rate(recorded_many, "typescript"),
            6,
        ),
        ("navai / TypeScript, CPU, listing 20,000", cpu("list 20,000", "navai") / cpu("list 20,000", "typescript"), 3),
        ("CPU per function, listing 20,000 / listing 1,000", cpu("list 20,000", "navai") / cpu("list 1,000", "navai") / 20, 1.1),
        ("import and a client / the bare interpreter, wall", starts["import navai, and a client for http"] / interpreter, 2.6),
        (
            "the first call over https of a client that is ready, navai fast / httpx by hand, wall",
            first["navai, fast"] / first["httpx, by hand"],
            1.1,
        ),
        ("100 https clients / one httpx.Client(), CPU", clients / client, 2),
        ("extra memory for a 16 MiB result, compared with a small one / its size", (mib16["navai"] - base16["navai"]) / 16, 3.5),
    ]
    lines = ["| measure | ratio | goal | reached |", "|---|---|---|---|"]
    for what, ratio, goal in rows:
        reached = ratio >= goal if "throughput" in what else ratio <= goal
        lines.append(f"| {what} | {ratio:.2f} | {goal:g} | {'yes' if reached else '**no**'} |")
    return "\n".join(lines)


def start_table(found: dict[str, Any]) -> str:
    return "\n\n".join(
        [
            _times("start", "wall", found["starts"], "the bare interpreter"),
            _times("a program that makes one call over https", "wall", found["programs"], "httpx, by hand"),
            _times("that call, in a client that is ready", "wall", found["first_calls"], "httpx, by hand"),
            _times("building", "CPU", found["builds"], "one httpx.Client()"),
        ]
    )


def _times(heading: str, clock: str, seconds: dict[str, list[float]], reference: str) -> str:
    lines = [f"| {heading} | {clock}, ms (spread) | relative to {reference} |", "|---|---|---|"]
    for what, values in seconds.items():
        ms = [value * 1e3 for value in values]
        ratio = statistics.median(values) / statistics.median(seconds[reference])
        lines.append(f"| {what} | {statistics.median(ms):.1f} ({min(ms):.1f} to {max(ms):.1f}) | {ratio:.2f} |")
    return "\n".join(lines)


def profile_table(found: dict[str, Any]) -> str:
    lines = ["| where | navai | navai, fast |", "|---|---|---|"]
    ours, fast = found["profiles"].values()
    places = sorted({**ours, **fast}, key=lambda each: -ours.get(each, 0))
    return "\n".join([*lines, *(f"| {place} | {ours.get(place, 0):.0%} | {fast.get(place, 0):.0%} |" for place in places)])


def write(found: dict[str, Any]) -> None:
    (ROOT / "docs" / "benchmarks.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    plot(found, ROOT / "docs" / "benchmarks.svg", SYNC)
    page = PAGE.read_text("utf-8")
    parts = {
        "run": f"{found['rounds']} rounds; {found['machine']}.",
        "ratios": ratio_table(found),
        "starts": start_table(found),
        "profiles": profile_table(found),
        "scenarios": scenario_tables(found),
    }
    for name, text in parts.items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        page = before + begin + text + "\n" + f"<!-- end of {name} -->" + rest.partition(f"<!-- end of {name} -->")[2]
    PAGE.write_text(page, "utf-8")
    print(parts["ratios"])
    said("Written to docs/benchmarks.md, .json and .svg.")


if __name__ == "__main__":
    write(measured(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
