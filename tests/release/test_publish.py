"""Publishing to a private package index with passwords, and installing from it, with the real tools."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import require_node
from tests.release.index import PASSWORD, USER, PackageIndex, installer_environment
from tests.repository import ROOT, Scratch, copy_to

Told = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    with PackageIndex(tmp_path_factory.mktemp("index")) as running:
        yield running


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    require_node("openapi")
    made = Scratch(tmp_path / "repository")
    made.commit()
    return made


def publish(scratch: Scratch, index: PackageIndex | None, *arguments: str, env: Mapping[str, str] | None = None) -> Told:
    settings = {"TWINE_USERNAME": USER, "TWINE_PASSWORD": PASSWORD} | ({} if index is None else {"TWINE_REPOSITORY_URL": index.url})
    told = scratch.python("-m", "release.publish", *arguments, env={"TWINE_REPOSITORY_URL": ""} | settings | dict(env or {}))
    assert PASSWORD not in told.stdout + told.stderr
    return told


def upload(built: Scratch, url: str, password: str = PASSWORD) -> Told:
    """As `publish` uploads what is in dist/ already."""
    program = "import pathlib, sys; from release.publish import upload; upload(map(pathlib.Path, sys.argv[3:]), *sys.argv[1:3])"
    files = [f"dist/navai_sdk-{built.version}{suffix}" for suffix in ("-py3-none-any.whl", ".tar.gz")]
    told = built.python("-c", program, url, USER, *files, env={"TWINE_PASSWORD": password})
    assert PASSWORD not in told.stdout + told.stderr
    return told


def refused(told: Told) -> str:
    assert told.returncode == 1, told.stdout
    assert told.stderr.startswith("Not published. ")
    return told.stderr.removeprefix("Not published. ").strip()


def test_published_once_and_installed_by_typed_code(scratch: Scratch, index: PackageIndex, tmp_path: Path) -> None:
    told = publish(scratch, index)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1] == "Published 0.1.0. Now: git tag v0.1.0, and make released to keep its contract."
    files = ["navai_sdk-0.1.0-py3-none-any.whl", "navai_sdk-0.1.0.tar.gz"]
    assert index.uploaded() == files

    again = refused(upload(scratch, index.url))
    assert again == "127.0.0.1 has version 0.1.0 already, and a version is never replaced: raise it in wrapper/navai/_version.py."
    assert index.uploaded() == files

    installed = tmp_path / "installed"
    environment = installer_environment()

    def run(*command: str | Path) -> str:
        told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    # The index has the wheels of the Python that made .venv.
    run(ROOT / ".venv" / "bin" / "python", "-m", "venv", installed)
    python = installed / "bin" / "python"
    run(python, "-m", "pip", "install", "--index-url", index.simple_url, f"navai-sdk[testing,check,fast]=={scratch.version}")
    assert run(python, "-c", "import navai; print(navai.__file__)").startswith(str(installed))

    # The demo's calls, from a folder that has nothing of the repository but what the demo is made of.
    copy_to(tmp_path / "examples", ROOT / "examples")
    (tmp_path / "tests" / "express").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "express" / "backend.py", tmp_path / "tests" / "express")
    assert "send_email" in run(python, "-m", "examples.demo", "--backend", "local")
    conforming = "from navai.testing import LocalBackend\nimport subprocess, sys\nwith LocalBackend() as backend:\n"
    conforming += "    subprocess.run([sys.executable, '-m', 'navai', 'check', backend.url], check=True)\n"
    assert json.loads(run(python, "-c", conforming))["conforms"] is True

    # Somebody's typed program: run, and checked against what was installed.
    shutil.copy(ROOT / "tests" / "typing" / "program.py", tmp_path / "program.py")
    assert run(python, "program.py") == "All well.\n"
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "include": ["program.py"]}), "utf-8")
    tools = Path(sys.executable).parent
    checked = run(tools / "mypy", "--strict", "--no-incremental", "--python-executable", python, "program.py")
    assert checked == "Success: no issues found in 1 source file\n"
    assert "0 errors" in run(tools / "pyright", "--pythonpath", python)


def test_wrong_credentials_are_told_without_being_shown(built: Scratch, index: PackageIndex) -> None:
    before = index.uploaded()
    told = upload(built, index.url, "wrong-password")
    assert refused(told) == f"127.0.0.1 does not let {USER!r} upload with this password: see TWINE_USERNAME and TWINE_PASSWORD."
    assert "wrong-password" not in told.stdout + told.stderr
    assert index.uploaded() == before


def test_without_an_index_or_credentials_it_says_what_to_set(scratch: Scratch) -> None:
    def told(*arguments: str, password: str = PASSWORD) -> str:
        return refused(publish(scratch, None, *arguments, env={"TWINE_PASSWORD": password}))

    assert told() == "No index is given: set TWINE_REPOSITORY_URL, or write --repository-url URL."
    missing = "No credentials are given: set TWINE_USERNAME and TWINE_PASSWORD."
    assert told("--repository-url", "http://b", password="") == missing
    shown = "The address of the index holds a password, which would be shown: set TWINE_PASSWORD instead."
    assert told("--repository-url", f"http://a:{PASSWORD}@b") == shown


def test_an_index_that_does_not_answer_is_named(built: Scratch) -> None:
    assert refused(upload(built, "http://127.0.0.1:9")).startswith("127.0.0.1 refused the upload:")


def test_a_dirty_tree_is_refused(scratch: Scratch, index: PackageIndex) -> None:
    (scratch.folder / "forgotten.py").touch()
    assert refused(publish(scratch, index)) == "The tree is dirty; commit or remove these first:\n?? forgotten.py"


@pytest.mark.parametrize("entry", ["", "## [0.1.0]\n- x\n", "## [0.1.0] - 2026-11-23\n\n## [0.0.9] - 2026-01-01\n- x\n"])
def test_a_version_without_its_changelog_entry_is_refused(scratch: Scratch, index: PackageIndex, entry: str) -> None:
    (scratch.folder / "CHANGELOG.md").write_text(f"# Changelog\n\n## [Unreleased]\n\n{entry}", "utf-8")
    scratch.commit()
    assert refused(publish(scratch, index)).startswith("CHANGELOG.md has no entry for 0.1.0: write what changed below the line")


def test_a_contract_that_changed_without_its_version_is_refused(scratch: Scratch, index: PackageIndex) -> None:
    scratch.edit("openapi/navai-backend.yaml", ("        voiceAccent:\n          type", "        accent:\n          type"))
    scratch.commit()
    told = publish(scratch, index)
    assert told.returncode == 1
    assert "The version of the package is 0.1.0, and 0.1.0 is released: write 0.2.0 or higher." in told.stderr
