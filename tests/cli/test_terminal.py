"""The command line on a terminal of 80 and of 120 columns."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable

import pytest

from navai._cli.commands import main
from navai.testing import LocalBackend
from tests.cli.processes import left_of, on_a_terminal, run, screen_of

COLUMNS = [80, 120]


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)])
def test_help_fits_the_terminal(columns: int, command: list[str]) -> None:
    lines = on_a_terminal(*command, "--help", columns=columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert max(map(len, lines)) > columns * 0.7
    if command:
        assert lines[0].endswith("[URL]")
        assert all(
            any(option in line for line in lines) for option in ("--url URL", "--json", "-v, --verbose", "--deadline SECONDS")
        )


def test_without_a_command_a_terminal_shows_the_help() -> None:
    assert "Commands:" in on_a_terminal()


@pytest.mark.parametrize("columns", COLUMNS)
def test_a_table_fits_the_terminal_and_breaks_no_name(navai_backend: LocalBackend, columns: int) -> None:
    name = "a_function_with_quite_a_long_name_" + "x" * 6
    items = [{"name": name, "description": "It does a lot. " * 20, "source": "functions/" + "y" * 60}, {"name": "b"}]
    navai_backend.respond_next(200, {"items": items, "warnings": []})
    lines = on_a_terminal("list", navai_backend.url, columns=columns).splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0].split() == ["name", "description", "source"]
    assert lines[1].startswith(f"{name} ")
    assert lines[-1].split() == ["b"]
    assert sum(line.count("y") for line in lines) == 60


def test_nothing_but_a_heading_of_a_backend_without_functions(navai_backend: LocalBackend) -> None:
    assert on_a_terminal("list", navai_backend.url).split() == ["name", "description", "source"]


# --- while it waits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["call", "wait"], ["check", "--execute", "wait"]])
def test_a_slow_call_counts_the_seconds_on_a_terminal_and_erases_the_line(navai_backend: LocalBackend, command: list[str]) -> None:
    may_end = threading.Event()

    @navai_backend.function
    def wait() -> str:
        may_end.wait(60)
        return "done"

    shown, status = screen_of(*command, navai_backend.url, until="Waiting for the backend, 2 s", then=may_end.set)
    assert status == 0
    assert "\rWaiting for the backend, 1 s\rWaiting for the backend, 2 s\r" in shown
    *_, line, blank, _ = shown.split("\r")
    assert line.startswith("Waiting for the backend, ")
    assert blank == " " * len(line)
    assert "Waiting" not in left_of(shown)


def test_a_slow_call_in_a_pipe_prints_its_result_only(navai_backend: LocalBackend) -> None:
    @navai_backend.function
    def wait() -> str:
        threading.Event().wait(1.5)  # A terminal would show a line.
        return "done"

    called = run("call", "wait", navai_backend.url)
    assert (called.stdout, called.stderr) == ('"done"\n', "")


def test_a_fast_call_shows_no_line(navai_backend: LocalBackend) -> None:
    @navai_backend.function
    def f() -> str:
        return "done"

    # Some are slow on a machine that is busy.
    assert any(screen_of("call", "f", navai_backend.url) == ('"done"\n', 0) for _ in range(3))


# --- -v -------------------------------------------------------------------------------------------------------------------------


def test_the_line_of_an_attempt_takes_the_place_of_the_line_that_waits(navai_backend: LocalBackend) -> None:
    may_end = threading.Event()

    @navai_backend.function
    def slow() -> str:
        may_end.wait(60)
        return "done"

    shown, _ = screen_of("call", "slow", navai_backend.url, "-v", until="Waiting for the backend, 1 s", then=may_end.set)
    attempt, result = left_of(shown).splitlines()
    assert attempt.startswith(f"POST {navai_backend.url}/navai/functions/execute: 200 in ")
    assert result == '"done"'


def test_each_attempt_is_a_line_on_standard_error(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(503, {"error": "later"})
    listed = run("list", navai_backend.url, "-v")
    first, second = listed.stderr.splitlines()
    url = f"{navai_backend.url}/navai/functions"
    assert first.startswith(f"GET {url}: 503 in ")
    assert second.startswith(f"GET {url}: 200 in ")
    assert json.loads(listed.stdout) == {"functions": [], "warnings": []}
    assert run("list", navai_backend.url).stderr == ""


def test_each_request_of_a_check_is_a_line_too(navai_backend: LocalBackend, stop: Callable[[LocalBackend], None]) -> None:
    checked = run("check", navai_backend.url, "--verbose")
    assert [line.split()[0] for line in checked.stderr.splitlines()] == ["GET", *["POST"] * 5]
    stop(navai_backend)
    sent, error = run("check", navai_backend.url, "-v").stderr.splitlines()
    assert sent.startswith(f"GET {navai_backend.url}/navai/functions: connection error in ")
    assert error.startswith("Error: Could not connect")


# --- secrets that are not on the command line -----------------------------------------------------------------------------------


def test_a_password_that_is_left_out_is_asked_for_and_not_shown(navai_backend: LocalBackend) -> None:
    shown, status = screen_of("list", navai_backend.url, "--auth", "ana", until="Password: ", then="planted word\n")
    assert status == 0
    assert "planted" not in shown
    sent = navai_backend.requests[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"ana:planted word"


def test_an_api_key_comes_from_its_variable_and_is_not_shown(navai_backend: LocalBackend) -> None:
    created = run("secret", "--voice", "marin", navai_backend.url, "-v", env={"NAVAI_API_KEY": "sk-planted"})
    assert created.returncode == 0
    assert navai_backend.requests[0].json == {"voice": "marin", "apiKey": "sk-planted"}
    assert "planted" not in created.stdout + created.stderr
    assert "NAVAI_API_KEY" in run("secret", "--help").stdout
