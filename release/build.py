"""Builds the wheel, the sdist and the SBOM of this version into dist/, and refuses what is not as it must be.

Both are built twice, the second wheel from the sdist, and must be the same byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from navai import __version__
from release.contents import sdist_faults, wheel_faults

ROOT = Path(__file__).resolve().parent.parent

TOOLS = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a tool prints. Exits with it where the tool fails."""
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{Path(command[0]).name} failed:\n{result.stdout}{result.stderr}")
    return result.stdout


def built(source: Path, output: Path, *targets: str) -> list[Path]:
    """Builds; the archives, sorted by name."""
    chosen = [argument for target in targets for argument in ("--target", target)]
    run(sys.executable, "-m", "hatchling", "build", "--directory", output, *chosen, cwd=source)
    return sorted(output.iterdir())


def sbom(output: Path) -> Path:
    """Writes what the package needs, as it was tested, in CycloneDX."""
    file = output / f"navai_sdk-{__version__}.cdx.json"
    command: list[str | Path] = [TOOLS / "cyclonedx-py", "requirements", "--output-reproducible", "--output-file", file]
    command += ["--mc-type", "library", "--pyproject", ROOT / "pyproject.toml", ROOT / "requirements-runtime.txt"]
    run(*command)
    document = json.loads(file.read_text("utf-8"))
    document["metadata"]["component"]["version"] = __version__
    for component in document["components"]:
        # The tool takes it for granted that all came from one public index.
        component.pop("externalReferences", None)
    file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return file


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def build(output: Path) -> list[Path]:
    """Builds into `output`, which is emptied. Exits where something is not as it must be.

    Returns:
        The sdist and the wheel.
    """
    output.mkdir(exist_ok=True)
    for old in output.iterdir():
        old.unlink()
    wheel, sdist = built(ROOT, output, "sdist", "wheel")
    with tempfile.TemporaryDirectory() as scratch:
        again = built(ROOT, Path(scratch) / "again", "sdist")
        with tarfile.open(sdist) as archive:
            archive.extractall(scratch, filter="data")
        again += built(Path(scratch) / f"navai_sdk-{__version__}", Path(scratch) / "from-sdist", "wheel")
        same = {file.name: digest(file) for file in again} == {file.name: digest(file) for file in (wheel, sdist)}
    faults = [] if same else ["A second build differs from the first: something in it depends on when or where it is built."]
    faults += wheel_faults(wheel, ROOT, __version__) + sdist_faults(sdist, ROOT, __version__)
    if faults:
        sys.exit("\n".join(faults))
    run(TOOLS / "twine", "check", "--strict", wheel, sdist)
    for file in (sdist, wheel, sbom(output)):
        print(f"{digest(file)}  {file.relative_to(output.parent)}")
    return [sdist, wheel]


if __name__ == "__main__":
    build(ROOT / "dist")
