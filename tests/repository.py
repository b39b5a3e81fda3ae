"""Copies of this repository, to change and to publish."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def copy_to(target: Path, folder: Path = ROOT, *left_out: str) -> None:
    """Copies this repository, or a folder of it, with what is compiled already, but without what others are just writing there."""
    unwanted = (".git", ".venv", ".hypothesis", ".*_cache", "*.pyc.*", "node_modules", "dist", "site", *left_out)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*unwanted))


class Scratch:
    """A copy of the repository, on which the tools of this environment run; its version is 0.1.0, just released."""

    version = "0.1.0"

    def __init__(self, folder: Path) -> None:
        copy_to(folder)
        (folder / "openapi" / "node_modules").symlink_to(ROOT / "openapi" / "node_modules")
        self.folder = folder
        # Whatever the versions are today.
        self._substitute("wrapper/navai/_version.py", r'__version__ = ".+"', '__version__ = "0.1.0"')
        self._substitute("openapi/navai-backend.yaml", r"\n  version: .+\n", "\n  version: 1.0.0\n")
        self.python("openapi/changes.py", "--record")

    def _substitute(self, file: str, pattern: str, replacement: str) -> None:
        text = (self.folder / file).read_text("utf-8")
        (self.folder / file).write_text(re.sub(pattern, replacement, text, count=1), "utf-8")

    def edit(self, file: str, *replacements: tuple[str, str]) -> None:
        text = (self.folder / file).read_text("utf-8")
        for old, new in replacements:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.folder / file).write_text(text, "utf-8")

    def python(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        # Nothing compiled is kept, as an edit in the same second could go unnoticed.
        settings = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
        paths = {"PYTHONPATH": f"{self.folder / 'wrapper'}{os.pathsep}{self.folder}"}
        environment = os.environ | settings | paths | dict(env or {})
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def make(self, target: str) -> subprocess.CompletedProcess[str]:
        """Runs `make` there, with the tools of this environment."""
        tools = Path(sys.executable).parent
        set_up = [f"--old-file={file}" for file in (tools / "ready", "openapi/node_modules/ready")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        command = ["make", f"BIN={tools}", *set_up, target]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def commit(self) -> None:
        """Commits all there is."""
        names = {f"GIT_{role}_{what}": "rehearsal" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = os.environ | names | {"GIT_CONFIG_GLOBAL": os.devnull}
        for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Rehearsal"]):
            subprocess.run(["git", *command], cwd=self.folder, env=environment, check=True)

    def added_lines(self, folder: str) -> dict[str, int]:
        """How many lines each file has gained since the last commit, by its name below `folder`."""
        command = ["git", "diff", "--numstat", f"--relative={folder}"]
        counted = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        return {file: int(added) for added, _, file in map(str.split, counted.splitlines())}
