"""`python -m navai` as people and programs meet it: a process of its own, in a pipe or on a terminal.

Only where a command line leads, and a wrong one, is tried within this process.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from navai._cli.commands import main
from navai.testing import FunctionFailure, LocalBackend, WordPressStandIn
from tests.cli.processes import on_a_terminal, run, screen_of

# What a backend may answer with, which is JSON, and of which Python reads no number.
HUGE = b'{"ok": true, "result": ["\\"Infinity", 1e999, -1e999, {"Infinity": 1.5}]}'


@pytest.fixture
def backend(navai_backend: LocalBackend) -> LocalBackend:
    @navai_backend.function
    def add(a: int, b: int) -> int:
        """Adds two numbers"""
        return a + b

    @navai_backend.function
    def refuse() -> None:
        """Always says no"""
        raise FunctionFailure("Refused", details="not today")

    navai_backend.warnings.append("[navai] a warning")
    return navai_backend


# --- list -----------------------------------------------------------------------------------------------------------------------


def test_a_listing_in_a_pipe_is_json(backend: LocalBackend) -> None:
    told = run("list", "--url", backend.url)
    listed = json.loads(told.stdout)
    assert [(each["name"], each["description"]) for each in listed["functions"]] == [
        ("add", "Adds two numbers"),
        ("refuse", "Always says no"),
    ]
    assert listed["warnings"] == ["[navai] a warning"]
    assert (told.stderr, told.returncode) == ("[navai] a warning\n", 0)


def test_a_listing_on_a_terminal_is_a_table(backend: LocalBackend) -> None:
    lines = on_a_terminal("list", "--url", backend.url).splitlines()
    assert lines[0] == "[navai] a warning"
    assert lines[1].split() == ["name", "description", "source"]
    assert lines[2].startswith("add     Adds two numbers")


def test_a_listing_that_failed_says_so(backend: LocalBackend, stop: Callable[[LocalBackend], None]) -> None:
    backend.respond_next(401, {"error": "no"})
    refused = run("list", "--url", backend.url)
    assert (refused.returncode, refused.stderr) == (1, "Error: HTTP 401: no\n")
    assert json.loads(refused.stdout) == {
        "functions": [],
        "warnings": ["[navai] Failed to load backend functions (401)."],
        "error": {
            "kind": "status",
            "message": "HTTP 401: no",
            "request_sent": True,
            "status": 401,
            "error": "no",
            "details": None,
            "json": {"error": "no"},
        },
    }
    backend.respond_next(401, {"error": "no"})
    assert on_a_terminal("list", "--url", backend.url) == "Error: HTTP 401: no\n"
    backend.respond_next(200, "no")
    invalid = run("list", "--url", backend.url)
    assert (invalid.returncode, invalid.stderr) == (1, "Error: Failed to parse backend functions response.\n")
    stop(backend)
    gone = run("list", "--url", backend.url)
    assert gone.returncode == 3
    assert re.fullmatch(r"Error: Could not connect to \S+ [^\n]*Connection refused[^\n]*\n", gone.stderr)


HOSTILE = "one\n\x1b]0;title\x07\x1b[31mred\x9b31m\u202eforged\u2066\ud800"


def unprintable(shown: str) -> list[str]:
    return [letter for letter in shown if not letter.isprintable() and letter != "\n"]


def test_what_a_backend_says_does_nothing_to_a_terminal(navai_backend: LocalBackend) -> None:
    """No window title, no colours, no text that runs backwards, and no crash at half a letter."""

    @navai_backend.function
    def hostile() -> dict[str, str]:
        return {HOSTILE: HOSTILE, "Señal": "✓"}

    @navai_backend.function
    def fail() -> None:
        raise FunctionFailure(HOSTILE, details=HOSTILE)

    navai_backend.warnings.append(HOSTILE)
    item = {"name": f"name {HOSTILE}", "description": HOSTILE, "source": HOSTILE}
    result = on_a_terminal("call", "hostile", "--url", navai_backend.url)
    assert unprintable(result) == []
    assert json.loads(result) == {HOSTILE: HOSTILE, "Señal": "✓"}
    assert '"Señal": "✓"' in result
    failure = on_a_terminal("call", "fail", "--url", navai_backend.url)
    assert unprintable(failure) == []
    assert len(failure.splitlines()) == 1
    navai_backend.respond_next(200, {"items": [item], "warnings": [HOSTILE]})
    listing = on_a_terminal("list", "--url", navai_backend.url)
    assert unprintable(listing) == []
    assert listing.splitlines()[1].split() == ["name", "description", "source"]
    for _ in range(20):
        navai_backend.respond_next(200, {"items": [item], HOSTILE: 1, "ok": HOSTILE})
    assert unprintable(on_a_terminal("check", navai_backend.url)) == []


def test_in_a_pipe_too_a_note_is_one_printable_line(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(200, {"items": [], "warnings": [HOSTILE]})
    told = run("list", "--url", navai_backend.url)
    assert unprintable(told.stderr) == []
    assert len(told.stderr.splitlines()) == 1
    assert json.loads(told.stdout) == {"functions": [], "warnings": [HOSTILE]}


def test_a_letter_that_a_terminal_does_not_have_is_an_escape(navai_backend: LocalBackend) -> None:
    navai_backend.respond_next(200, {"items": [{"name": "f", "description": "✓"}]})
    shown = on_a_terminal("list", "--url", navai_backend.url, env={"PYTHONIOENCODING": "latin-1"})
    assert "Traceback" not in shown
    assert shown.splitlines()[1].split() == ["f", "\\u2713"]


# --- call -----------------------------------------------------------------------------------------------------------------------


def test_a_result_is_json(backend: LocalBackend) -> None:
    told = run("call", "add", '{"a": 1, "b": 2}', "--url", backend.url)
    assert (told.stdout, told.stderr, told.returncode) == ("3\n", "", 0)
    assert run("call", "add", "-", "--url", backend.url, given='{"a": 1, "b": 3}').stdout == "4\n"
    assert on_a_terminal("call", "add", '{"a": 1, "b": 2}', "--url", backend.url) == "3\n"


def test_a_pipe_prints_json_also_of_a_number_that_is_too_large(backend: LocalBackend) -> None:
    backend.respond_next(200, HUGE, {"Content-Type": "application/json"})
    told = run("call", "f", "--url", backend.url)
    assert told.stdout == '["\\"Infinity", 1e999, -1e999, {"Infinity": 1.5}]\n'
    assert json.loads(told.stdout, parse_constant=pytest.fail) == json.loads(HUGE)["result"]


def test_a_failure_is_one_line_and_exit_status_1(backend: LocalBackend) -> None:
    told = run("call", "refuse", "--url", backend.url)
    assert (told.stderr, told.returncode) == ("Error: not today\n", 1)
    assert on_a_terminal("call", "refuse", "--url", backend.url) == "Error: not today\n"
    unknown = run("call", "nope", "--url", backend.url)
    assert unknown.stderr == "Error: HTTP 404: Unknown or disallowed function. Available: add, refuse.\n"
    assert unknown.returncode == 1


def test_a_call_that_waits_says_for_which_approval() -> None:
    with WordPressStandIn() as site:

        @site.function_with(requires_approval=True)
        def refund() -> str:
            return "done"

        on_terminal = on_a_terminal("call", "refund", "--url", site.url, "--wordpress")
        in_a_pipe = run("call", "refund", "--url", site.url, "--wordpress")
    assert re.fullmatch(r"Error: [^\n]+ \(approval 1\)\n", on_terminal)
    assert in_a_pipe.stderr.endswith(" (approval 2)\n")
    assert json.loads(in_a_pipe.stdout)["error"]["approval_id"] == 2


def test_the_name_of_an_approval_does_nothing_to_a_terminal(backend: LocalBackend) -> None:
    backend.respond_next(202, {"ok": False, "error": "Wait.", "approval": {"id": "\x1b[31m" + "n" * 1000}})
    (line,) = on_a_terminal("call", "add", "--url", backend.url).splitlines()
    assert line == f"Error: Wait. (approval  [31m{'n' * 92}...)"


@pytest.mark.parametrize("command", [["list", "--url"], ["call", "f", "--url"], ["secret", "--url"], ["check"]])
def test_a_site_with_plain_permalinks_is_told_in_options(backend: LocalBackend, command: list[str]) -> None:
    for _ in range(10):
        backend.respond_next(404, "<!DOCTYPE html><p>Home", {"Content-Type": "text/html"})
    told = run(*command, backend.url, "--wordpress")
    assert "the site may have plain permalinks, which need --wordpress=plain" in told.stdout + told.stderr
    assert "WORDPRESS" not in told.stdout + told.stderr


def test_a_failure_in_a_pipe_is_json_with_the_answer(backend: LocalBackend, stop: Callable[[LocalBackend], None]) -> None:
    answer = {"ok": False, "error": "No.", "validation_errors": ["$.a is required."], "trace_id": "t"}
    backend.respond_next(400, answer)
    assert json.loads(run("call", "add", "--url", backend.url).stdout) == {
        "error": {
            "kind": "function",
            "message": "No. $.a is required.",
            "request_sent": True,
            "status": 400,
            "error": "No.",
            "details": None,
            "json": answer,
            "validation_errors": ["$.a is required."],
            "trace_id": "t",
        }
    }
    backend.respond_next(200, "Warning: x {}")
    spoiled = json.loads(run("call", "add", "--url", backend.url).stdout)["error"]
    assert (spoiled["status"], spoiled["json"], spoiled["may_have_run"]) == (200, None, True)
    assert spoiled["message"] == "Invalid backend function response. The function may have run."
    backend.respond_next(200, "null")
    assert json.loads(run("call", "add", "--url", backend.url).stdout)["error"]["message"] == spoiled["message"]
    stop(backend)
    gone = run("call", "add", "--url", backend.url)
    assert gone.returncode == 3
    known = json.loads(gone.stdout)["error"]
    assert (known["kind"], known["request_sent"], known["may_have_run"]) == ("connection", False, False)
    assert gone.stderr.endswith(" Connection refused. The function has not run.\n")


def test_more_fields_can_be_added_to_a_call(backend: LocalBackend) -> None:
    assert run("call", "add", '{"a": 1, "b": 2}', "--extra", '{"session_key": "k"}', "--url", backend.url).stdout == "3\n"
    assert backend.requests[0].json == {"session_key": "k", "function_name": "add", "payload": {"a": 1, "b": 2}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["call", "add", "--extra", "{"],
            "Invalid value for --extra: not JSON (line 1, column 2): write an object such as '{\"a\": 1}'.",
        ),
        (
            ["call", "add", "--extra", "[1]"],
            'Invalid value for --extra: must be an object, for example {"name": "value"}, not a list.',
        ),
        (["secret", "--extra", '{"voiceTone": "m"}'], "--extra: 'voiceTone' has an argument of its own; use that."),
        (["secret", "--extra", '{"apiKey": "planted"}'], "--extra: 'apiKey' has an argument of its own; use that."),
        (
            ["secret", "--api-key", "planted"],
            "--api-key is not for a command line, which others can see: use the variable NAVAI_API_KEY.",
        ),
        (["secret", "--api-key"], "use the variable NAVAI_API_KEY."),
        (["call", "add", "--extra", '{"a": NaN}'], "Invalid value for --extra: JSON has no NaN: use null or a string."),
        (["call", "add", '{"a": [-1e999]}'], "Invalid value for JSON: -1e999 is too large for a number: use a string."),
        (
            ["call", "add", '{"a": 1' + "0" * 5000 + "}"],
            "Invalid value for JSON: a number of 5001 digits is too large: use a string.",
        ),
        (["call", "add", "--deadline", "-1"], "Invalid value for '--deadline': must be a positive number, not -1."),
        (["call", "add", "--deadline", "nan"], "Invalid value for '--deadline': must be a number, not nan."),
        (["list", "--deadline", "soon"], "Invalid value for '--deadline': must be a number, not soon."),
        (["speech", "Hi", "--stability", "inf"], "Invalid value for '--stability': must be a number, not inf."),
        (["speech", " ", "--json"], "TEXT is blank: pass the words to speak."),
        (["list", "localhost:3000"], "URL 'localhost:3000' has no scheme: write 'http://localhost:3000'."),
        (["list", "http://x?planted"], "in a path option, for example --functions-list-path='/?rest_route=/navai/v1/functions'."),
        (
            ["list", "--functions-list-path", "https://x/"],
            "--functions-list-path 'https://x/' is a whole URL: pass its host as NAVAI_API_URL, and only its path here.",
        ),
        (
            ["list", "--auth", "u:planted", "--header", "Authorization: planted"],
            "The credentials are given twice: with --auth (or NAVAI_AUTH, or in the URL) and in an Authorization header (--header "
            "or NAVAI_HEADERS). Leave one out.",
        ),
        (["list", "--wordpress=ugly"], "Invalid value for '--wordpress'"),
        (["call", "add", "a=1"], "Invalid value for JSON: not JSON (line 1, column 1): write an object such as '{\"a\": 1}'."),
        (["call", "add", "[" * 50_000], "nested too deeply"),
        (["check", "--execute", "add", "--payload", "[" * 50_000], "nested too deeply"),
        (["call", "add", "[1]"], "Invalid value for JSON: must be an object, for example"),
        (["call", "add", "1"], "not a number."),
        (["call", "add", "true"], "not a boolean."),
        (["call", "add", '"a"'], "not a string."),
        (["call", "add", "--url", "ftp://x"], "URL 'ftp://x' has the scheme 'ftp'"),
        (["call", "add", "ftp://x"], "URL 'ftp://x' has the scheme 'ftp'"),
        (["call"], "Missing argument 'NAME'"),
        (["call", "https://u:planted@x"], "The name of the function is missing: it comes before the URL."),
        (["call", "https://u:planted@x", "{}"], "The name of the function is missing"),
        (["list", "--deadline"], "Option '--deadline' requires an argument."),
        (["list", "--header", "no colon"], 'write "Name: value"'),
        (["list", "--auth", "nobody"], 'write "user:password"'),
        (["list", "https://u:planted@x", "more"], "Too many arguments: put quotes around a text, or JSON, with blanks in it."),
        (["call", "add", '{"a":', "1}"], "Too many arguments"),
        (["speech", "Hello", "world", "--json"], "Too many arguments"),
        (["speech", "Hi", "--json", "--stability", "1.1"], "Invalid value for '--stability': must be from 0 to 1, not 1.1."),
        (["speech", "Hi", "--json", "--similarity-boost", "-1"], "Invalid value for '--similarity-boost': must be from 0 to 1"),
        (["speech", "Hi", "--json", "--style", "2"], "Invalid value for '--style': must be from 0 to 1"),
        (
            ["speech", "Hi", "--json", "--optimize-streaming-latency", "9"],
            "Invalid value for '--optimize-streaming-latency': must be from 0 to 4, not 9.",
        ),
        ([], "Missing command."),
        (["foo"], "No such command 'foo'."),
        (["-v", "list"], "-v comes after the command: navai COMMAND -v"),
        (["--json", "list"], "--json comes after the command: navai COMMAND --json"),
        (["--url=https://x", "list"], "--url comes after the command: navai COMMAND --url"),
        (["--voice", "marin", "secret"], "--voice comes after the command: navai secret --voice"),
        (["--nope", "list"], "No such option '--nope'."),
        (["speech", "Hi", "--output", "/"], "Invalid value for --output: '/' is a folder: write the name of a file."),
        (["speech", "Hi", "--style", "2", "--output", "a.mp3"], "Invalid value for '--style'"),
        (["list", "planted"], "The URL has no scheme: write one like https://api.example.com."),
        (["list", "--header", "X-Key:", "planted"], "The URL has no scheme"),
        (["--voice", "list"], "--voice comes after the command: navai secret --voice"),
        (["list", "--url", "https://x", "--url=https://y"], "--url is given twice: leave one out."),
        (
            ["call", "add", "{}", "https://x", "--url", "https://x"],
            "The base URL is given twice: as an argument and with --url. Leave one out.",
        ),
        (["list", "https://u:planted@x", "--header", "authorization: planted"], "The credentials are given twice"),
        (
            ["check", "https://x", "--url", "https://x"],
            "The base URL is given twice: as an argument and with --url. Leave one out.",
        ),
        (["check", "--payload", "{}"], "--payload needs --execute NAME."),
        (["check", "--execute", "add", "--payload", "[]"], "Invalid value for --payload: must be an object"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_sent(
    backend: LocalBackend, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by CliRunner, which before click 8.2 takes output and errors for one."""
    monkeypatch.setenv("NAVAI_API_URL", backend.url)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    told = capsys.readouterr()
    assert words in " ".join(told.err.split())
    assert (ended.value.code, backend.requests) == (2, [])
    for python in ("extra_body", "with_options", "dict", "payload[", "deadline=10", "api_base_url", "None", "planted"):
        assert python not in told.err + told.out
    if arguments[:1] == ["speech"] and "--json" not in arguments and "--output" not in arguments:
        assert told.out == ""  # That is where the audio would be.
    else:
        failure = json.loads(told.out)["error"]
        assert (failure["kind"], failure["request_sent"]) == ("usage", False)
        assert words in failure["message"]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("NAVAI_API_URL", "'https://x'", "NAVAI_API_URL has quotes around it: write https://x without them."),
        ("NAVAI_API_URL", "x.example", "NAVAI_API_URL 'x.example' has no scheme: write 'https://x.example'."),
        ("NAVAI_AUTH", "planted:\ud800", "NAVAI_AUTH: the username or password contains half of a surrogate pair"),
    ],
)
def test_a_wrong_variable_is_called_by_its_name(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", os.environ | {variable: value})
    with pytest.raises(SystemExit):
        main(["list"])
    told = capsys.readouterr()
    assert words in " ".join(told.err.split())
    assert words in json.loads(told.out)["error"]["message"]
    assert "planted" not in told.err + told.out


# --- output that cannot be written ----------------------------------------------------------------------------------------------


def in_a_shell(script: str, url: str) -> subprocess.CompletedProcess[str]:
    """Runs a script, in which `navai` stands for our command line."""
    navai = f"{shlex.quote(sys.executable)} -m navai"
    environment = os.environ | {"NAVAI_API_URL": url}
    command = ["bash", "-c", script.replace("navai", navai)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


COMMANDS = ["list", "call --help", "secret --reveal"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line_and_exit_status_1(backend: LocalBackend, command: str) -> None:
    backend.warnings.clear()
    ended = in_a_shell(f"navai {command} > /dev/full", backend.url)
    assert (ended.stderr, ended.returncode) == ("Error: Could not write the output: No space left on device\n", 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_that_nobody_reads_ends_quietly(backend: LocalBackend, command: str) -> None:
    """With exit status 1, as any program that is made with click."""
    backend.warnings.clear()
    ended = in_a_shell(f"navai {command} | exec <&-; exit ${{PIPESTATUS[0]}}", backend.url)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 1)


def test_closed_files_are_no_crash(backend: LocalBackend) -> None:
    assert in_a_shell("navai list &> /dev/full", backend.url).returncode == 1
    backend.warnings.clear()
    ended = in_a_shell("navai list >&-", backend.url)
    assert (ended.stderr, ended.returncode) == ("Error: Could not write the output: Standard output is closed\n", 1)
    ended = in_a_shell("navai call nope >&-", backend.url)
    assert (ended.stderr.startswith("Error: HTTP 404"), ended.returncode) == (True, 1)
    ended = in_a_shell("navai call add - <&-", backend.url)
    assert "standard input is closed." in ended.stderr
    assert ended.returncode == 2


# --- secret ---------------------------------------------------------------------------------------------------------------------


def test_a_secret_is_shown_only_when_asked_for(backend: LocalBackend) -> None:
    hidden = run("secret", "--voice", "marin", "--url", backend.url)
    assert json.loads(hidden.stdout)["value"] == "***"
    assert hidden.stderr == "The secret is not shown. Use --reveal to print it.\n"
    assert backend.requests[0].json == {"voice": "marin"}
    shown = run("secret", "--reveal", "--url", backend.url)
    assert json.loads(shown.stdout)["value"].startswith("ek_")
    assert shown.stderr == ""


def test_the_session_of_a_secret_is_shown_and_its_key_only_when_asked_for(backend: LocalBackend) -> None:
    session = {"enabled": True, "persisted": True, "id": 1, "key": "the-key"}
    minted = {"value": "ek_1", "expires_at": None, "speech": {"provider": "openai"}, "session": session}
    backend.respond_next(200, minted)
    hidden = run("secret", "--extra", '{"agent_key": "support"}', "--url", backend.url)
    assert json.loads(hidden.stdout) == minted | {"value": "***", "session": session | {"key": "***"}}
    assert backend.requests[0].json == {"agent_key": "support"}
    backend.respond_next(200, minted)
    assert json.loads(run("secret", "--reveal", "--url", backend.url).stdout) == minted
    backend.respond_next(200, minted | {"session": {"enabled": False, "key": ""}})
    assert json.loads(run("secret", "--url", backend.url).stdout)["session"] == {"enabled": False, "key": ""}


@pytest.mark.parametrize(
    ("sent", "provider"), [({}, "openai"), ({"speech": {"provider": "elevenlabs"}}, "elevenlabs"), ({"speech": None}, "openai")]
)
def test_who_speaks_in_the_session_of_a_secret_is_always_shown(
    navai_backend: LocalBackend, sent: dict[str, Any], provider: str
) -> None:
    navai_backend.respond_next(200, {"value": "ek_1", "expires_at": None} | sent)
    assert json.loads(run("secret", "--url", navai_backend.url).stdout)["speech"] == {"provider": provider}


# --- connection -----------------------------------------------------------------------------------------------------------------


def test_the_options_of_the_connection_are_used(backend: LocalBackend) -> None:
    told = run("list", "--url", backend.url, "--wordpress", "--header", "X-Tenant: blue", "--auth", "ana:pass", "--json")
    assert told.returncode == 1  # There is nothing on that path.
    (request,) = backend.requests
    assert request.path == "/wp-json/navai/v1/functions"
    assert request.headers["x-tenant"] == "blue"
    assert request.headers["authorization"].startswith("Basic ")
    from_variables = run("list", "--functions-list-path", "/other", env={"NAVAI_API_URL": backend.url, "NAVAI_AUTH": "ana:pass"})
    assert from_variables.returncode == 1
    assert backend.requests[1].path == "/other"
    assert backend.requests[1].headers["authorization"] == request.headers["authorization"]


def test_one_word_stands_for_the_paths_of_wordpress(navai_backend: LocalBackend) -> None:
    """Of both kinds of permalinks, wherever it stands; a path that is given goes before it."""
    url = navai_backend.url
    run("call", "--url", url, "--wordpress", "add", "{}")
    run("call", "--url", url, "--wordpress=plain", "add", "{}")
    run("list", "--wordpress=plain", "--url", url)
    run("secret", "--url", url, "--wordpress=plain")
    run("secret", "--url", url, "--wordpress", "--client-secret-path", "/mine")
    assert [request.path for request in navai_backend.requests] == [
        "/wp-json/navai/v1/functions/execute",
        "/?rest_route=/navai/v1/functions/execute",
        "/?rest_route=/navai/v1/functions",
        "/?rest_route=/navai/v1/realtime/client-secret",
        "/mine",
    ]


def test_a_secret_header_can_stand_in_a_variable(backend: LocalBackend) -> None:
    """Other users of a machine see the command line of each process, not its variables."""
    variable = {"NAVAI_HEADERS": "Authorization: Bearer a b:c\r\n\n X-Tenant : blue \nX-Other: green\n"}
    told = run("list", "--url", backend.url, "--header", "x-tenant: red", "--header", "X-Third: 3", env=variable)
    assert told.returncode == 0
    sent = backend.requests[0].headers
    assert [sent.get(name) for name in ("authorization", "x-tenant", "x-other", "x-third")] == ["Bearer a b:c", "red", "green", "3"]


def test_a_wrong_header_in_the_variable_is_refused_without_showing_it(backend: LocalBackend) -> None:
    told = run("list", "--url", backend.url, env={"NAVAI_HEADERS": "X-A: 1\nplanted-secret"})
    assert 'write "Name: value" in each line of NAVAI_HEADERS.' in " ".join(told.stderr.split())
    assert "planted" not in told.stdout + told.stderr
    assert (told.returncode, backend.requests) == (2, [])


@pytest.mark.parametrize("command", ["list", "call", "secret", "check"])
def test_the_help_of_a_command_has_an_example_and_the_exit_statuses(command: str) -> None:
    told = run(command, "--help").stdout
    assert f"For example:  navai {command}" in told
    statuses = (
        "Exit status: 0 success, 1 the backend refused or broke the contract, 2 usage error (nothing was sent), 3 no answer, "
        "130 interrupted."
    )
    assert statuses in " ".join(told.split())


def test_the_help_names_what_each_command_is_for() -> None:
    first, _, _ = run("--help").stdout.partition("\n\n  The output")
    for words in ("list its functions", "call one", "create a client secret", "synthesize speech", "check it against the contract"):
        assert words in " ".join(first.split())


# --- check ----------------------------------------------------------------------------------------------------------------------


def test_speech_is_written_as_bytes_to_a_pipe_or_a_file(backend: LocalBackend, tmp_path: Path) -> None:
    options = ["--url", backend.url, "--voice-id", "v", "--stability", "0.5", "--no-speaker-boost"]
    spoken = subprocess.run([sys.executable, "-m", "navai", "speech", "Hello", *options], capture_output=True, check=True)
    assert spoken.stdout.startswith(b"RIFF")
    assert spoken.stderr == b""
    settings = {"stability": 0.5, "useSpeakerBoost": False}
    assert backend.requests[-1].json == {"text": "Hello", "voiceId": "v", "voiceSettings": settings}
    file = tmp_path / "hello.wav"
    written = run("speech", "Hello", "--url", backend.url, "-o", str(file))
    assert (written.returncode, written.stdout) == (0, "")
    assert file.read_bytes() == spoken.stdout
    assert re.fullmatch(r"4,044 bytes of audio/wav in \S+hello\.wav\n", written.stderr)
    dash = [sys.executable, "-m", "navai", "speech", "Hello", "--url", backend.url, "-o", "-"]
    assert subprocess.run(dash, cwd=tmp_path, capture_output=True, check=True).stdout == spoken.stdout
    as_json = json.loads(run("speech", "Hello", "--url", backend.url, "--json").stdout)
    assert base64.b64decode(as_json.pop("audio")) == spoken.stdout
    assert as_json == {"provider": "elevenlabs", "mime_type": "audio/wav"}


def test_speech_is_not_written_to_a_terminal_and_nothing_is_sent(backend: LocalBackend, tmp_path: Path) -> None:
    assert "The audio is not written to a terminal: use --output FILE, or > FILE." in on_a_terminal(
        "speech", "Hi", "--url", backend.url
    )
    nowhere = run("speech", "Hi", "--url", backend.url, "-o", str(tmp_path / "none" / "a.wav"))
    assert (nowhere.returncode, "there is no folder" in nowhere.stderr) == (2, True)
    command = [sys.executable, "-m", "navai", "speech", "Hi", "--url", backend.url]
    closed = subprocess.run(["sh", "-c", f"{shlex.join(command)} >&-"], capture_output=True, text=True, check=False)
    assert (closed.returncode, "Standard output is closed: use --output FILE." in closed.stderr) == (2, True)
    blank = run("speech", " ", "--url", backend.url)
    assert (blank.returncode, "TEXT is blank" in blank.stderr) == (2, True)
    assert backend.requests == []


def test_a_check_in_a_pipe_is_json_for_ci(backend: LocalBackend) -> None:
    right = run("check", backend.url, "--secret", "--execute", "add", "--payload", '{"a": 1, "b": 2}', "--speech", "Hi")
    told = json.loads(right.stdout)
    assert (right.returncode, told["conforms"], len(told["answers"])) == (0, True, 9)
    backend.respond_next(200, {"items": [{"name": ""}]})
    wrong = run("check", backend.url)
    told = json.loads(wrong.stdout)
    assert (wrong.returncode, told["conforms"]) == (1, False)
    assert told["answers"][0] == {
        "operation": "listFunctions",
        "what": "the list",
        "status": 200,
        "deviations": [
            {"where": "$.items[0].name", "what": "must not be blank"},
            {"where": "$.warnings", "what": "is missing (clients take it as empty)"},
        ],
    }


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["call", "add"],
        ["call", "add", '{"a": 1, "b": 2}'],
        ["secret"],
        ["speech", "Hi", "--json"],
        ["speech", "http://x", "--json"],
        ["check"],
    ],
)
def test_each_command_takes_its_url_in_three_ways(
    backend: LocalBackend, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the last argument, or as an option, which go before the variable, and in the variable."""
    nowhere = "http://127.0.0.1:1"
    for arguments, variable in (([backend.url], nowhere), (["--url", backend.url], nowhere), ([], backend.url)):
        monkeypatch.setenv("NAVAI_API_URL", variable)
        with pytest.raises(SystemExit):
            main([*command, *arguments])
        assert len(backend.requests) == (6 if command == ["check"] else 1)
        backend.requests.clear()


def test_a_check_on_a_terminal_reads_well(backend: LocalBackend) -> None:
    backend.respond_next(404, "<h1>Not found</h1>", {"Content-Type": "text/html"})
    assert (
        on_a_terminal("check", backend.url)
        == f"""\
{backend.url}
✗ listFunctions: the list  404
    status is 404, must be 200
    HTTP 404: Not found (GET {backend.url}/navai/functions)
✓ executeFunction: a function that does not exist  404
✓ executeFunction: no function name  400
✓ executeFunction: a blank function name  400
✓ executeFunction: a body that is not JSON  400
✓ synthesizeSpeech: a blank text  500
- createClientSecret: skipped; use --secret to create a secret
- executeFunction: no function executed; use --execute NAME to execute one
- synthesizeSpeech: no text spoken; use --speech TEXT to synthesize one
1 of 6 answers deviate from the contract.
"""
    )


def test_a_check_without_credentials_calls_nothing_broken(backend: LocalBackend) -> None:
    answer = {"code": "rest_forbidden", "message": "Sorry, you are not allowed to do that.", "data": {"status": 401}}
    for _ in range(10):
        backend.respond_next(401, answer)
    shown = on_a_terminal("check", backend.url)
    assert shown.splitlines()[1:4] == [
        "? listFunctions: the list  401",
        "    needs credentials: --auth",
        "    HTTP 401: Sorry, you are not allowed to do that.",
    ]
    assert shown.splitlines()[-1] == "6 of 6 answers could not be checked."
    told = run("check", backend.url)
    assert (told.returncode, json.loads(told.stdout)["conforms"]) == (1, None)
    assert json.loads(told.stdout)["answers"][0] == {
        "operation": "listFunctions",
        "what": "the list",
        "status": 401,
        "deviations": [],
        "obstacle": "needs credentials: --auth",
        "says": "HTTP 401: Sorry, you are not allowed to do that.",
    }


def test_a_check_of_a_function_that_does_not_run_is_not_passed(backend: LocalBackend) -> None:
    shown, status = screen_of("check", backend.url, "--execute", "nope")
    assert status == 1
    assert (
        """\
? executeFunction: the function "nope"  404
    gave no result that could be checked
    HTTP 404: Unknown or disallowed function. Available: add, refuse.
"""
        in shown
    )
    assert shown.splitlines()[-1] == "1 of 7 answers could not be checked."


def test_a_check_of_some_answers_that_are_wrong_and_some_in_the_way(backend: LocalBackend) -> None:
    backend.respond_next(200, {"items": []})
    backend.respond_next(429, {"error": "Too many requests."})
    shown = on_a_terminal("check", backend.url).splitlines()
    assert shown[-2:] == ["1 of 6 answers could not be checked.", "1 of 6 answers deviate from the contract."]
    backend.respond_next(200, {"items": []})
    backend.respond_next(429, {"error": "Too many requests."})
    assert json.loads(run("check", backend.url).stdout)["conforms"] is False


def test_a_check_without_a_backend_is_exit_status_3(backend: LocalBackend, stop: Callable[[LocalBackend], None]) -> None:
    stop(backend)
    told = run("check", backend.url)
    assert told.returncode == 3
    error = json.loads(told.stdout)["error"]
    assert (error["kind"], error["request_sent"]) == ("connection", False)
    once = rf"Error: Could not connect to {backend.url}: [^\n]* Connection refused\n"
    assert re.fullmatch(once, told.stderr)
    assert re.fullmatch(once, on_a_terminal("check", backend.url))


def test_a_wholly_wrong_backend_shows_more_than_twelve_deviations(backend: LocalBackend) -> None:
    """Everything that came to mind, in one backend."""
    wrong: list[tuple[int, object]] = [
        (
            200,
            {"items": [{"name": 1}, {"name": " "}, {"id": 2}, "f", {"name": "a", "description": 1, "source": 2}], "warnings": [1]},
        ),
        (200, {"ok": True}),
        (500, {"error": {}}),
        (404, {"code": "unknown"}),
        (204, b""),
        (200, {"audio": 5}),
        (200, {"value": 5, "expires_at": "soon"}),
        (200, {"ok": "yes"}),
    ]
    for status, body in wrong:
        backend.respond_next(status, body)
    told = run("check", backend.url, "--secret", "--execute", "add")
    assert told.returncode == 1
    answers = json.loads(told.stdout)["answers"]
    found = [f"{answer['what']}: {each['where']} {each['what']}" for answer in answers for each in answer["deviations"]]
    assert len(found) == len(set(found)) >= 13, found
    assert all(answer["deviations"] for answer in answers)


@pytest.mark.parametrize(("items", "where"), [("1", "$.items[19] is a number"), ('{"name":" "}', "$.items[19].name must not")])
def test_an_answer_that_deviates_everywhere_does_not_fill_the_disk(backend: LocalBackend, items: str, where: str) -> None:
    """940 bytes of gzip made 17 MB of output, in a minute."""
    body = gzip.compress(f'{{"items": [{",".join([items] * 300_000)}], "warnings": []}}'.encode())
    backend.respond_next(200, body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
    told = run("check", backend.url)
    (answer, *_) = json.loads(told.stdout)["answers"]
    assert len(told.stdout) < 5000
    found = [f"{each['where']} {each['what']}" for each in answer["deviations"]]
    assert len(found) == 21
    assert found[19].startswith(where)
    assert found[20] == "answer deviates in more places; these are the first 20"


# --- extras ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "extra", "command"),
    [
        ("click", "cli", "list"),
        ("rich", "cli", "list"),
        ("click", "check", "check"),
        ("rich", "check", "check"),
        ("jsonschema", "check", "check"),
    ],
)
def test_without_its_extra_it_says_what_to_install(missing: str, extra: str, command: str, tmp_path: Path) -> None:
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError('no', name='{missing}')\n", "utf-8")
    told = run(command, env={"PYTHONPATH": str(tmp_path)})
    assert told.returncode != 0
    assert f"needs {missing}: pip install 'navai-sdk[{extra}]'" in told.stderr


def test_the_command_navai_is_the_same(backend: LocalBackend) -> None:
    navai = Path(sys.executable).parent / "navai"
    told = subprocess.run([navai, "list", "--url", backend.url], capture_output=True, text=True, check=True)
    assert told.stdout == run("list", "--url", backend.url).stdout
    usage = subprocess.run([navai, "call", "--help"], capture_output=True, text=True, check=True).stdout
    assert usage.startswith("Usage: navai call [OPTIONS] NAME [JSON]")
