"""What a person or a script learns when a command is interrupted, runs out of time, or fails: real signals to real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from navai.testing import FunctionFailure, LocalBackend, WordPressStandIn
from tests.cli.processes import COMMAND, environment, run, screen_of

pytestmark = pytest.mark.usefixtures("default_sigint")

# In seconds: nothing here takes as long, unless something is wrong.
AGES = 60


@pytest.fixture
def default_sigint() -> Iterator[None]:
    """Ctrl-C ends the processes that a test starts, even if this one ignores it, as under nohup: they would inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Slow:
    """A backend with a function that ends when the test does."""

    def __init__(self, backend: LocalBackend) -> None:
        self.url = backend.url
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

        @backend.function
        def slow() -> str:
            self.has_begun.set()
            self.may_end.wait(AGES)
            return "done"


@pytest.fixture
def slow(navai_backend: LocalBackend) -> Iterator[Slow]:
    slow = Slow(navai_backend)
    yield slow
    slow.may_end.set()


def interrupted(process: subprocess.Popen[str]) -> tuple[Any, str, int]:
    """The JSON of the failure, standard error, and the exit status of a process that gets Ctrl-C now."""
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=AGES)
    return json.loads(printed)["error"], said, process.returncode


def started(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(env),
        start_new_session=True,
    )


# --- Ctrl-C ---------------------------------------------------------------------------------------------------------------------


def test_ctrl_c_while_a_function_runs_says_that_it_may_have_run(slow: Slow) -> None:
    process = started("call", "slow", slow.url)
    assert slow.has_begun.wait(AGES)
    failure, said, status = interrupted(process)
    assert (said, status) == ("Error: Interrupted. The function may have run.\n", 130)
    assert failure == {
        "kind": "interrupted",
        "message": "Interrupted. The function may have run.",
        "request_sent": True,
        "may_have_run": True,
    }


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_ctrl_c_in_a_pipe_whose_reader_is_gone_is_told_all_the_same(slow: Slow, unbuffered: str) -> None:
    """Ctrl-C ends the programs that read the output, too, and they may be faster."""
    with started("call", "slow", slow.url, env={"PYTHONUNBUFFERED": unbuffered}) as process:
        assert slow.has_begun.wait(AGES)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "Error: Interrupted. The function may have run.\n"
    assert process.returncode == 130


def test_ctrl_c_in_the_middle_of_a_check_says_that_something_was_sent(slow: Slow) -> None:
    process = started("check", slow.url, "--execute", "slow")
    assert slow.has_begun.wait(AGES)
    failure, said, status = interrupted(process)
    assert (said, status) == ("Error: Interrupted. The request may have reached the backend.\n", 130)
    assert (failure["kind"], failure["request_sent"]) == ("interrupted", True)


def test_ctrl_c_between_two_attempts_says_what_the_first_one_did(navai_backend: LocalBackend) -> None:
    """It was sent, and the backend asked to come again later."""
    navai_backend.respond_next(503, {"error": "later"}, {"Retry-After": "30"})
    process = started("list", navai_backend.url, "-v")
    assert process.stderr is not None
    assert ": 503 in " in process.stderr.readline()
    failure, said, status = interrupted(process)
    assert (said, status) == ("Error: Interrupted. The request may have reached the backend.\n", 130)
    assert (failure["kind"], failure["request_sent"]) == ("interrupted", True)


@pytest.mark.parametrize("command", [["call", "slow"], ["secret"], ["check"]])
def test_ctrl_c_while_connecting_says_that_nothing_was_sent(nobody: tuple[str, int], command: list[str]) -> None:
    host, port = nobody
    shown, status = screen_of(*command, f"http://{host}:{port}", until="Waiting for the backend", then=signal.SIGINT)
    assert shown.rpartition("\r")[2] == "Error: Interrupted. Nothing was sent.\n"
    assert status == 130


def test_ctrl_c_while_python_loads_what_a_command_needs_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text(
        f"import sys, time; print('loading', file=sys.stderr, flush=True); time.sleep({AGES})", "utf-8"
    )
    process = subprocess.Popen(
        [*COMMAND, "list"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"PYTHONPATH": str(tmp_path)}),
        start_new_session=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "loading\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=AGES)
    assert (said, process.returncode) == ("Error: Interrupted. Nothing was sent.\n", 130)


# --- a deadline -----------------------------------------------------------------------------------------------------------------


def test_a_deadline_while_a_function_runs_says_that_it_may_have_run(slow: Slow) -> None:
    late = run("call", "slow", slow.url, "--deadline", "2")
    assert (late.stderr, late.returncode) == (
        f"Error: {slow.url} did not respond before the deadline of 2 s. The function may have run.\n",
        3,
    )
    failure = json.loads(late.stdout)["error"]
    assert (failure["kind"], failure["request_sent"], failure["may_have_run"]) == ("timeout", True, True)


def test_a_deadline_while_connecting_says_that_the_function_has_not_run(nobody: tuple[str, int]) -> None:
    url = "http://{}:{}".format(*nobody)
    late = run("call", "f", url, "--deadline", "2")
    assert (late.stderr, late.returncode) == (
        f"Error: Could not connect to {url} before the deadline of 2 s. The function has not run.\n",
        3,
    )
    failure = json.loads(late.stdout)["error"]
    assert (failure["kind"], failure["request_sent"], failure["may_have_run"]) == ("timeout", False, False)


@pytest.mark.parametrize(("status", "body"), [(200, "<!DOCTYPE html><p>Home"), (200, ""), (204, b""), (200, "Warning: x {}")])
def test_an_answer_that_is_no_json_says_once_that_the_function_may_have_run(
    navai_backend: LocalBackend, status: int, body: str | bytes
) -> None:
    navai_backend.respond_next(status, body)
    failed = run("call", "f", navai_backend.url)
    message = json.loads(failed.stdout)["error"]["message"]
    assert message.count("The function may have run.") == 1
    assert failed.stderr == f"Error: {message}\n"


# --- kinds ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["list"], ["call", "fail"], ["secret"], ["speech", "Hi", "--json"]])
@pytest.mark.parametrize(
    ("status", "body", "kind"), [(401, {"error": "no", "details": "not you"}, "status"), (200, "<html>", "invalid_response")]
)
def test_each_command_fails_in_json_with_its_kind(
    navai_backend: LocalBackend, command: list[str], status: int, body: Any, kind: str
) -> None:
    navai_backend.respond_next(status, body)
    failed = run(*command, navai_backend.url)
    failure = json.loads(failed.stdout)["error"]
    words = body if isinstance(body, dict) else {"error": None, "details": None}
    known = {"kind": kind, "request_sent": True, "status": status, **words}
    assert failed.returncode == 1
    assert {name: failure[name] for name in known} == known
    assert failure["json"] == (body if isinstance(body, dict) else None)
    assert failed.stderr.startswith("Error: ")


def test_the_words_of_a_backend_stay_its_own(navai_backend: LocalBackend) -> None:
    """Though they are those of our options."""
    words = "payload refused: deadline=10, extra_body"
    navai_backend.respond_next(200, {"ok": False, "error": words})
    assert run("call", "f", navai_backend.url).stderr == f"Error: {words}\n"


def test_a_function_that_fails_and_one_that_waits_have_kinds_of_their_own() -> None:
    with WordPressStandIn() as site:

        @site.function
        def fail() -> None:
            raise FunctionFailure("Refused", details="not today")

        @site.function_with(requires_approval=True)
        def refund() -> str:
            return "done"

        failed = run("call", "fail", site.url, "--wordpress")
        waits = run("call", "refund", site.url, "--wordpress", "--extra", '{"session_key": "planted-key"}')
    failure = json.loads(failed.stdout)["error"]
    assert (failure["kind"], failure["error"], failure["details"]) == ("function", "Refused", "not today")
    failure = json.loads(waits.stdout)["error"]
    assert (failure["kind"], failure["pending_approval"]) == ("approval", True)
    assert failure["json"]["session"]["key"] == "***"  # As `secret` shows it.
    assert failure["json"]["session"]["id"] == 1
    assert "planted" not in waits.stdout + waits.stderr


def test_audio_that_did_not_come_is_no_text_in_the_file(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(500, {"error": "no voice"})
    failed = run("speech", "Hi", "-o", "-", navai_backend.url)
    assert (failed.stdout, failed.stderr, failed.returncode) == ("", "Error: HTTP 500: no voice\n", 1)
