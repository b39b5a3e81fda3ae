"""`make check` runs all of its parts, whatever becomes of one, and sums up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.repository import ROOT

# Parts that stand in for the real ones.
PARTS = "good:\n\t@echo unheard\nbad:\n\t@echo one reason; exit 3\nworse:\n\t@echo another reason >&2; exit 1\n"
TOOLS = (".venv/bin", ".venv/docs", "openapi/node_modules", "docs/node_modules")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile with those parts, in a folder where all is set up."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text("utf-8") + PARTS, "utf-8")
    needs = ["pyproject.toml", "requirements-dev.txt", "requirements-docs.txt"]
    needs += [f"{place}/{name}" for place in ("openapi", "docs") for name in ("package.json", "package-lock.json")]
    for number, file in enumerate([*needs, *(f"{tool}/ready" for tool in TOOLS)]):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
        os.utime(tmp_path / file, (number, number))
    return tmp_path


def check(folder: Path, parts: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "check", f"CHECKS={parts}"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_all_parts_are_run_and_those_that_failed_are_summed_up(folder: Path) -> None:
    told = check(folder, "bad good worse")
    assert told.returncode == 2
    assert sorted(line for line in told.stdout.splitlines() if line.startswith(("ok", "FAILED"))) == [
        "FAILED  bad",
        "FAILED  worse",
        "ok      good",
    ]
    assert "one reason\n" in told.stdout
    assert "another reason\n" in told.stdout
    assert "unheard" not in told.stdout
    assert "make check: failed: bad worse\n" in told.stderr


def test_a_check_after_a_failed_one_starts_anew(folder: Path) -> None:
    assert check(folder, "good bad").returncode == 2
    told = check(folder, "good")
    assert (told.returncode, told.stdout, told.stderr) == (0, "ok      good\nmake check: all well.\n", "")
