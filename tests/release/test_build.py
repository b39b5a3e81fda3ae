"""What `make build` makes, and that it refuses what is not as it must be."""

from __future__ import annotations

import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from release.contents import sdist_faults, wheel_faults
from tests.repository import ROOT, Scratch

VERSION = Scratch.version
WHEEL = f"navai_sdk-{VERSION}-py3-none-any.whl"
SDIST = f"navai_sdk-{VERSION}.tar.gz"


@pytest.fixture
def dist(built: Scratch) -> Path:
    return built.folder / "dist"


def test_a_build_elsewhere_later_by_somebody_else_is_the_same(dist: Path, tmp_path: Path) -> None:
    first = {file.name: file.read_bytes() for file in dist.iterdir()}
    elsewhere = Scratch(tmp_path / "another" / "place")
    for path in elsewhere.folder.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    old = os.umask(0o077)
    try:
        told = elsewhere.python("-m", "release.build", env={"TZ": "Asia/Tokyo", "LC_ALL": "C"})
    finally:
        os.umask(old)
    assert told.returncode == 0, told.stderr
    assert {file.name: file.read_bytes() for file in (elsewhere.folder / "dist").iterdir()} == first


def test_the_sbom_names_version_and_needs_and_no_place(dist: Path) -> None:
    text = (dist / f"navai_sdk-{VERSION}.cdx.json").read_text("utf-8")
    told = json.loads(text)
    assert told["bomFormat"] == "CycloneDX"
    assert told["metadata"]["component"]["version"] == VERSION
    needs = {component["name"] for component in told["components"]}
    assert {
        "httpx",
        "httpcore",
        "attrs",
        "anyio",
        "python-dateutil",
        "httptools",
        "aiohttp",
        "click",
        "rich",
        "jsonschema",
    } <= needs
    assert all(component["version"] for component in told["components"])
    assert "/simple/" not in text
    assert str(ROOT) not in text


def altered(wheel: Path, to: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """A copy of a wheel with some of its files changed or left out."""
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(to / wheel.name, "w") as after:
        for name in before.namelist():
            changed = change(name, before.read(name))
            if changed is not None:
                after.writestr(*changed)
    return to / wheel.name


def test_faults_of_a_wheel_are_named(dist: Path, tmp_path: Path) -> None:
    wheel = dist / WHEEL
    assert wheel_faults(wheel, ROOT, VERSION) == []

    def without(*lost: str) -> list[str]:
        return wheel_faults(altered(wheel, tmp_path, lambda name, data: None if name in lost else (name, data)), ROOT, VERSION)

    assert without("navai/py.typed") == [f"{WHEEL} lacks navai/py.typed"]
    assert without("navai_sdk/py.typed") == [f"{WHEEL} lacks navai_sdk/py.typed"]
    assert without("navai_sdk/openapi.json") == [f"{WHEEL} lacks navai_sdk/openapi.json"]
    assert without(f"navai_sdk-{VERSION}.dist-info/licenses/LICENSE") == [f"{WHEEL} lacks its license"]

    def moved(old: str, new: str) -> list[str]:
        return wheel_faults(altered(wheel, tmp_path, lambda name, data: (new if name == old else name, data)), ROOT, VERSION)

    assert moved("navai/_contract/error_message.py", "tests/test_x.py") == [
        f"{WHEEL} lacks navai/_contract/error_message.py",
        f"{WHEEL} has tests/test_x.py, which belongs to no package",
    ]

    def said(old: bytes, new: bytes) -> list[str]:
        def change(name: str, data: bytes) -> tuple[str, bytes]:
            return name, data.replace(old, new) if name.endswith("METADATA") else data

        return wheel_faults(altered(wheel, tmp_path, change), ROOT, VERSION)

    assert said(b"License-Expression", b"X-License") == [f"{WHEEL} says nothing of License-Expression"]
    assert said(b"Project-URL", b"X-URL") == [f"{WHEEL} says nothing of Project-URL"]
    assert said(b"Provides-Extra: fast", b"Provides-Extra: slow") == [f"{WHEEL} lacks the extra fast"]
    assert said(f"\nVersion: {VERSION}".encode(), b"\nVersion: 9.9.9") == [f"{WHEEL} is of version 9.9.9, not {VERSION}"]


def test_faults_of_an_sdist_are_named(dist: Path, tmp_path: Path) -> None:
    assert sdist_faults(dist / SDIST, ROOT, VERSION) == []
    with tarfile.open(dist / SDIST) as before, tarfile.open(tmp_path / SDIST, "w:gz") as after:
        for member in before.getmembers():
            content = before.extractfile(member)
            if member.name.endswith("navai/_contract/error_message.py"):
                member.name = member.name.replace("wrapper/navai/_contract/error_message.py", ".env")
                member.uname = "somebody"
            after.addfile(member, content)
    assert sdist_faults(tmp_path / SDIST, ROOT, VERSION) == [
        f"{SDIST} lacks navai/_contract/error_message.py",
        f"{SDIST} has .env, which belongs to no release",
        f"{SDIST} names the owner of navai_sdk-{VERSION}/.env",
    ]


def test_a_package_that_lost_its_type_marker_is_not_built(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "repository")
    (scratch.folder / "wrapper" / "navai" / "py.typed").unlink()
    told = scratch.python("-m", "release.build")
    assert told.returncode == 1
    assert told.stderr == "navai_sdk-0.1.0-py3-none-any.whl lacks navai/py.typed\n"


def test_a_build_that_depends_on_the_place_is_refused(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "repository")
    scratch.edit(
        "pyproject.toml", ("[tool.hatch.build]\n", '[tool.hatch.build.hooks.custom]\npath = "hook.py"\n\n[tool.hatch.build]\n')
    )
    scratch.edit("pyproject.toml", ('"/CHANGELOG.md", ', '"/CHANGELOG.md", "/hook.py", '))
    (scratch.folder / "hook.py").write_text(
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\nimport pathlib\n"
        "class CustomBuildHook(BuildHookInterface):\n"
        "    def initialize(self, version, build_data):\n"
        "        pathlib.Path(self.root, 'wrapper/navai/_place.py').write_text(f'PLACE = {self.root!r}\\n')\n",
        "utf-8",
    )
    told = scratch.python("-m", "release.build")
    assert told.returncode == 1
    assert "A second build differs from the first: something in it depends on when or where it is built." in told.stderr


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md"])
def test_the_documents_of_a_release_are_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").startswith("# ")
