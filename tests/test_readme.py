"""The programs of the README run as they stand there, one after the other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from examples.backend import FUNCTIONS
from navai.testing import LocalBackend

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_programs_run() -> None:
    program = "\n".join(re.findall(r"```python\n(.*?)```", README, re.DOTALL))
    assert program.count("NavaiBackendClient(") >= 5
    with LocalBackend(FUNCTIONS) as backend:
        result = subprocess.run(
            [sys.executable, "-c", program], env={"NAVAI_API_URL": backend.url}, capture_output=True, text=True, check=False
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert "send_email invalid is not a valid email\n" in result.stdout


def test_the_fixtures_test_runs(pytester: pytest.Pytester) -> None:
    program = next(block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "def test_my_agent" in block)
    pytester.makepyfile(program)
    pytester.runpytest_subprocess("-W", "error", "-p", "no:schemathesis").assert_outcomes(passed=1)


def test_what_the_guide_to_voice_agents_imports_is_there() -> None:
    """The rest of its program talks to OpenAI."""
    guide = (ROOT / "docs" / "guides" / "voice-agent.md").read_text("utf-8")
    program, *others = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    definitions, run, _ = program.partition("asyncio.run(")
    assert run
    result = subprocess.run([sys.executable, "-c", "\n".join([definitions, *others])], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_programs_of_the_guide_to_payloads_and_results_run() -> None:
    guide = (ROOT / "docs" / "guides" / "payloads-and-results.md").read_text("utf-8")
    program = "\n".join(re.findall(r"```python\n(.*?)```", guide, re.DOTALL))
    with LocalBackend(FUNCTIONS) as backend:
        result = subprocess.run(
            [sys.executable, "-c", program], env={"NAVAI_API_URL": backend.url}, capture_output=True, text=True, check=False
        )
    assert (result.returncode, result.stderr) == (0, "")
    order, error, where, response, header = result.stdout.splitlines()
    assert order == "17"
    assert error.startswith("'create_order' has run, but its result is not of the type that was asked for: result: ")
    assert where.startswith("create_order result {'ok': True, ")
    assert response.endswith(" 200 None")
    assert header == "None"


def test_the_two_commands_are_there() -> None:
    assert "\nmake demo " in README
    assert "\nmake test\n" in README


@pytest.mark.parametrize("guide", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=lambda guide: guide.name)
def test_what_the_guides_take_from_elsewhere_is_there_and_their_programs_are_python(guide: Path) -> None:
    """A heading that was renamed would silently empty the guide, or take in the rest of the file."""
    text = guide.read_text("utf-8")
    for file, start, end in re.findall(r'{include} (\S+)\n:start-after: "(.+?)"\n:end-before: "(.+?)"', text):
        source = (guide.parent / file).read_text("utf-8")
        begin = start.replace("\\n", "\n")
        assert source.count(begin) == 1
        assert end in source.partition(begin)[2]
    for program in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        compile(program, guide.name, "exec")
