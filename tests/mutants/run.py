"""Changes of the code that tests must notice: `make mutants` tells how many live, and fails where one lives without a reason.

by_hand.jsonl has the 350 that people thought of, each with the nearest tests. mutmut makes the other 3,000: of the contract, the
options and those parts of the engine that work without sockets, against the unit tests, which take a moment for each (quick.py).
What the rest of the engine does is seen over sockets only, in seconds: there every line changed would take hours, so that it has
mutants by hand. Words of messages are left alone: tests of each would say nothing but the same words once more.

living.toml has those that may live, and why. What lives and is not there fails; so does what is there and is killed by now.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import queue
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WORKERS = os.cpu_count() or 1

# In seconds and bytes: a mutant may wait or collect without end.
LONGEST = 120
MOST_MEMORY = 4 * 1024**3

# What mutmut changes, below wrapper/navai; all of it is tested by tests/unit.
BY_TOOL = (
    *("_call", "_errors", "_json", "_printable", "_redaction", "_request_id", "_secrets", "_tracebacks", "_whitespace"),
    *("_wordpress", "_contract/error_message", "_contract/execution_error", "_contract/operations", "_contract/payloads"),
    *("_contract/responses", "_contract/status_error", "_contract/voice_settings"),
    *("_options/headers", "_options/limits", "_options/settings", "_options/urls"),
    *("_http/attempts", "_http/body", "_http/deadline", "_http/decoders", "_http/hosts", "_http/keepalive", "_http/parser"),
    *("_http/redirects", "_http/retries", "_http/timeouts", "_http/turns"),
)
# A line that begins with words, or raises an error, is about a message; `cast` is about types.
LEFT_ALONE = (r'^\s*f?"', r"(Error|DecodingError|NotJSON)\(", r"\bcast\(")


class Mutant(NamedTuple):
    """A change by hand.

    Attributes:
        name: What living.toml calls it by.
        file: Its place in the repository.
        old: What stands there, once.
        new: What is put there instead.
        tests: The tests that are nearest to it, for pytest, separated by blanks.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str


class Unusable(Exception):
    """Something is wrong with the list, or with the tests; not with what they test."""


def said(text: str) -> None:
    print(text, flush=True)


def by_hand() -> list[Mutant]:
    """The list.

    Raises:
        Unusable: Something in it does not fit the code of today; all of that is told.
    """
    mutants = [Mutant(**json.loads(line)) for line in (HERE / "by_hand.jsonl").read_text("utf-8").splitlines()]
    faults = [
        f"the name {name} is given {count} times" for name, count in Counter(each.name for each in mutants).items() if count > 1
    ]
    for each in mutants:
        path = ROOT / each.file
        count = path.read_text("utf-8").count(each.old) if path.exists() else 0
        if count != 1:
            faults.append(f"{each.name}: {each.file} has {each.old!r} {count} times: port the mutant to the code of today")
        faults += [
            f"{each.name}: there is no {test}" for test in each.tests.split() if not (ROOT / test.partition("::")[0]).exists()
        ]
    if faults:
        raise Unusable("tests/mutants/by_hand.jsonl does not fit the code:\n" + "\n".join(faults))
    return mutants


def copy_to(folder: Path, *, wrapper: str = "wrapper") -> Path:
    """A copy of the repository to change, with the wrapper in the folder of that name."""
    unwanted = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__", ".*_cache", "dist", "site")
    shutil.copytree(ROOT, folder, ignore=unwanted)
    (folder / "wrapper").rename(folder / wrapper)
    return folder


# Loading what tests need takes longer than most of them: done once, in a process that is then forked for each run.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["aiohttp", "agents.realtime", "httpx", "httpx2", "hypothesis", "pytest", "trio"])


def tested(folder: Path, *tests: str) -> int:
    """The exit status of pytest in a copy; negative if a signal ended it, as where it did not come to an end."""
    process = _PROCESSES.Process(target=_run_pytest, args=(folder, tests))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
    return process.exitcode or 0


def _run_pytest(folder: Path, tests: tuple[str, ...]) -> None:
    os.setsid()  # So that it ends with all that it has started.
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    os.chdir(folder)
    told = os.open("told", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(told, stream)
    os.environ["PYTHONPATH"] = f"{folder / 'wrapper'}{os.pathsep}{folder}"
    sys.path[:0] = [str(folder / "wrapper"), str(folder)]
    sys.dont_write_bytecode = False  # Compiling takes longer than most tests.
    # Plugins of pytest are among what is loaded already.
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    os._exit(pytest.main([*options, *tests]))


def survivors_by_hand(mutants: list[Mutant], folder: Path) -> list[str]:
    """The names of those by hand that live.

    Raises:
        Unusable: Tests fail without a mutant, or cannot be run with one.
    """
    jobs: queue.SimpleQueue[Mutant | str] = queue.SimpleQueue()
    # Each file of tests as it is, first: where it fails by itself, it would kill any mutant.
    nearest = sorted({test for each in mutants for test in each.tests.split()})
    for _, tests in itertools.groupby(nearest, lambda test: test.partition("::")[0]):
        jobs.put(" ".join(tests))
    for each in mutants:
        jobs.put(each)
    alive: list[str] = []
    faults: list[str] = []

    def work(copy: Path) -> None:
        stamp = int(time.time())
        while True:
            try:
                job = jobs.get_nowait()
            except queue.Empty:
                return
            if isinstance(job, str):
                if tested(copy, *job.split()) != 0 and tested(copy, *job.split()) != 0:  # A busy machine can be too slow, once.
                    faults.append(f"{job} fails without any mutant:\n{(copy / 'told').read_text('utf-8')[-2000:]}")
                continue
            path = copy / job.file
            text = path.read_text("utf-8")
            for content in (text.replace(job.old, job.new), text):
                path.write_text(content, "utf-8")
                # Else, within one second, Python would take what it compiled before.
                os.utime(path, (stamp := stamp + 1, stamp))
                if content is not text:
                    status = tested(copy, *job.tests.split())
                    if status == 0:
                        alive.append(job.name)
                        said(f"{job.name} lives")
                    elif status in (2, 3, 4, 5):  # Of pytest: interrupted, broken, without such tests.
                        faults.append(f"{job.name}: pytest ends with {status}: the mutant or its tests cannot be loaded")

    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(work, [copy_to(folder / str(number)) for number in range(WORKERS)]))  # Raises what a worker ran into.
    if faults:
        raise Unusable("\n".join(sorted(faults)))
    return alive


def survivors_by_tool(folder: Path) -> tuple[int, list[dict[str, str]]]:
    """How many mutants mutmut made, and which of them live, by what they change.

    Raises:
        Unusable: mutmut gave up.
    """
    copy = copy_to(folder / "tool", wrapper="src")  # mutmut takes a module's name from its path, less "src".
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/navai/{name}.py" for name in BY_TOOL],
        "also_copy": ["navai_sdk", "openapi"],
        # Its trampolines have no docstrings, and its copy has other names for folders.
        "pytest_add_cli_args_test_selection": [
            "tests/unit",
            "--ignore=tests/unit/test_public_names.py",
            "--ignore=tests/unit/test_rooms.py",
        ],
        "do_not_mutate_patterns": list(LEFT_ALONE),
        # A mutant may take 20 s, and five times as long as its tests do without it.
        "timeout_constant": 4.0,
        "timeout_multiplier": 5.0,
    }
    shutil.copy(HERE / "quick.py", copy / "tests/unit/conftest.py")
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as file:
        # JSON is TOML here, but for what holds half of a surrogate pair.
        file.write("\n[tool.mutmut]\ntrack_dependencies = false\nuse_git_change_detection = false\n")
        file.writelines(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    mutmut = [sys.executable, "-m", "mutmut"]
    # What is compiled is kept, whatever the terminal says: each mutant loads the tests once more.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [*mutmut, "run", "--max-children", str(WORKERS)]
    ran = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True, check=False)
    results = [*copy.glob("mutants/**/*.meta")]
    if ran.returncode != 0:
        raise Unusable(f"mutmut gave up:\n{(ran.stdout + ran.stderr)[-3000:]}")
    statuses: dict[str, Any] = {}
    for each in results:
        statuses |= json.loads(each.read_text("utf-8"))["exit_code_by_key"]
    # 33: no test comes by. Everything else is a failure, a signal, or the end of patience.
    alive = [name for name, status in statuses.items() if status in (0, 33)]

    def shown(name: str) -> str:
        return subprocess.run([*mutmut, "show", name], cwd=copy, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(WORKERS) as threads:
        changes = map(_change, alive, threads.map(shown, alive))
    # Names of headers and codecs mean the same in capitals; all others are changed in more ways than one.
    return len(statuses), [each for each in changes if each["old"].lower() != each["new"].lower()]


def _change(name: str, diff: str) -> dict[str, str]:
    """What a mutant changes: its function, the lines that go, and those that come."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    old, new = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    module, _, function = name.partition("__mutmut_")[0].rpartition(".")
    # mutmut calls a function f "x_f", and a method "xǁClassǁf".
    function = function.removeprefix("x").removeprefix("_" if "ǁ" not in function else "ǁ").replace("ǁ", ".")
    return {"function": f"{module}.{function}", "old": old, "new": new}


def main(*names: str) -> int:
    """All of it; with names, those of the mutants by hand only."""
    began = time.monotonic()
    reasons: list[dict[str, str]] = tomllib.loads((HERE / "living.toml").read_text("utf-8"))["mutant"]
    try:
        mutants = [each for each in by_hand() if not names or each.name in names]
        with tempfile.TemporaryDirectory() as folder:
            said(f"{len(mutants)} mutants by hand, against the tests nearest to them ...")
            alive: list[dict[str, str]] = [{"name": name} for name in sorted(survivors_by_hand(mutants, Path(folder)))]
            if names:
                said(f"{len(alive)} of {len(mutants)} live.")
                return 1 if alive else 0
            said(f"{len(alive)} of them live. Those that mutmut makes, against the unit tests ...")
            made, by_tool = survivors_by_tool(Path(folder))
            said(f"{len(by_tool)} of {made} live.")
    except Unusable as error:
        said(str(error))
        return 1
    alive += by_tool
    excused = [{key: value for key, value in each.items() if key != "reason"} for each in reasons]
    wrong = [each for each in alive if each not in excused]
    stale = [each for each in excused if each not in alive]
    for each in wrong:
        said("\nlives without a reason: write a test that kills it, or say in living.toml why it may live:\n[[mutant]]")
        said("\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in each.items()))
    for each in stale:
        said(f"\nis dead or gone: take it out of living.toml: {each}")
    minutes = (time.monotonic() - began) / 60
    said(f"\n{len(mutants) + made} mutants, {len(alive)} live, {len(wrong)} of them without a reason ({minutes:.0f} minutes)")
    return 1 if wrong or stale else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
