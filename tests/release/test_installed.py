"""What a user has who installs the wheel alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.release.index import WHEELS, installer_environment
from tests.repository import ROOT, Scratch


def test_types_resolve_and_are_known_without_any_extra(tmp_path: Path) -> None:
    """At run time, and to strict type checkers, which do not know httpx2 there."""
    scratch = Scratch(tmp_path / "repository")
    built = scratch.python("-m", "hatchling", "build", "--target", "wheel")
    assert built.returncode == 0, built.stderr
    (wheel,) = (scratch.folder / "dist").glob("*.whl")

    def run(*command: str | Path) -> str:
        ended = subprocess.run(command, cwd=tmp_path, env=installer_environment(), capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    # The wheels that are here are those of the Python that made .venv.
    run(ROOT / ".venv" / "bin" / "python", "-m", "venv", tmp_path / "installed")
    python = tmp_path / "installed" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-index", "--find-links", WHEELS, wheel)
    shutil.copy(ROOT / "tests" / "typing" / "wheel_alone.py", tmp_path / "program.py")
    assert run(python, "program.py") == "All well.\n"

    tools = Path(sys.executable).parent
    checked = run(tools / "mypy", "--strict", "--no-incremental", "--python-executable", python, "program.py")
    assert checked == "Success: no issues found in 1 source file\n"
    strict = {"typeCheckingMode": "strict", "enableTypeIgnoreComments": False, "reportUnnecessaryTypeIgnoreComment": "error"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(strict | {"include": ["program.py"]}), "utf-8")
    assert "0 errors" in run(tools / "pyright", "--pythonpath", python)
