"""Completion of the command in a real shell."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from navai.testing import LocalBackend

PATH = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

# What bash does when the user presses the tabulator after these words.
SCRIPT = """
eval "$(_NAVAI_COMPLETE=bash_source navai)"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_navai_completion navai "${COMP_WORDS[COMP_CWORD]}"
printf '%s\\n' "${COMPREPLY[@]}"
complete -p navai
"""


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (["navai", "s"], ["secret", "speech"]),
        (["navai", "call", "f", "--functions-"], ["--functions-list-path", "--functions-execute-path"]),
        (["navai", "list", "--wordpress", "p"], ["pretty", "plain"]),
        (["navai", "list", "--auth", "ana", "--js"], ["--json"]),
        (["navai", "secret", "--api-key", "x", "--rev"], ["--reveal"]),
    ],
)
def test_bash_completes_commands_and_options(navai_backend: LocalBackend, typed: list[str], completed: list[str]) -> None:
    """And asks for no password, which a terminal could give, and sends nothing."""
    ours, theirs = pty.openpty()
    bash = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT, "-", *typed],
        env=os.environ | PATH | {"NAVAI_API_URL": navai_backend.url},
        stdin=theirs,
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
        start_new_session=True,
    )
    os.close(ours)
    os.close(theirs)
    *offered, registered = bash.stdout.splitlines()
    assert offered == completed
    assert registered == "complete -o nosort -F _navai_completion navai"
    assert (bash.stderr, navai_backend.requests) == ("", [])


@pytest.mark.parametrize(
    ("shell", "registers"), [("zsh", "compdef _navai_completion navai"), ("fish", "complete --no-files --command navai")]
)
def test_there_are_scripts_for_other_shells(shell: str, registers: str) -> None:
    script = subprocess.run(
        ["navai"], env=os.environ | PATH | {"_NAVAI_COMPLETE": f"{shell}_source"}, capture_output=True, text=True, check=True
    )
    assert registers in script.stdout
