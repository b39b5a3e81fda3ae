"""The voice agent of the examples runs, and ends by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples.voice_agent import DEMO

ROOT = Path(__file__).resolve().parents[2]


def demo(*arguments: str, given: str = "") -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "NAVAI"))}
    command = [sys.executable, "-m", "examples.voice_agent", *arguments]
    told = subprocess.run(command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False, timeout=60)
    assert (told.returncode, told.stderr) == (0, "")
    assert "ek_" not in told.stdout
    return told.stdout.splitlines()


def assert_demo(lines: list[str], source: str) -> None:
    assert lines[0].startswith("  you    What can you do?")
    assert lines[1].startswith("  agent  I can use navigate_to, execute_app_function, local_time, ")
    assert '  calls  send_email {"payload": {"to": "user@example.com", "subject": "Hello"}}' in lines
    assert any(line.startswith('  gets   {"ok": true, "function_name": "send_email"') and source in line for line in lines)
    assert any(line.startswith('  gets   {"ok": true, "function_name": "local_time"') for line in lines)
    assert "  app    shows /profile" in lines
    assert "  agent  hands off to Food specialist" in lines
    assert '  calls  execute_app_function {"function_name": "recommend_meal", "payload": null}' in lines
    assert '"result": "soup"' in lines[-1]


def test_the_demo_on_the_local_backend() -> None:
    assert_demo(demo("--demo"), "examples.backend:send_email")


@pytest.mark.usefixtures("express")
def test_the_demo_on_the_express_backend() -> None:
    note, *told = demo("--demo", "--backend", "express")
    lines = [line for line in told if not line.startswith("  sound  ")]
    sounds = [line for line in told if line.startswith("  sound  ")]
    assert len(sounds) == len(DEMO)
    for said, sound in zip((line for line in lines if line.startswith("  agent  I ")), sounds, strict=False):
        file = re.fullmatch(r"  sound  [\d,]+ bytes of audio/mpeg in (\S+\.mp3)", sound)
        assert file is not None
        assert Path(file[1]).read_text("utf-8") == f"audio of {said.removeprefix('  agent  ')}"
    assert note == "  note   [navai] Ignored src/ai/functions-modules/empty.js: module has no exports."
    assert_demo(lines, "src/ai/functions-modules/email.js#send_email")


def test_it_can_be_typed_to() -> None:
    lines = demo(given="open settings\n\n")
    assert "  app    shows /settings" in lines
