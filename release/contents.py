"""What a wheel and an sdist of this project must hold, and nothing else."""

from __future__ import annotations

import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

PACKAGES = {"navai": Path("wrapper/navai"), "navai_sdk": Path("navai_sdk")}

# Of the metadata, what users and package indexes look for.
FIELDS = (
    "Name",
    "Version",
    "Summary",
    "License-Expression",
    "Project-URL",
    "Requires-Python",
    "Classifier",
    "Description-Content-Type",
)
EXTRAS = {"agents", "check", "cli", "fast", "socks", "testing"}


def modules(root: Path) -> set[str]:
    """The files that the packages have in the repository, as a wheel names them."""
    found: set[str] = set()
    for package, folder in PACKAGES.items():
        files = [path for path in (root / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        found |= {f"{package}/{path.relative_to(root / folder).as_posix()}" for path in files}
    return found


def wheel_faults(wheel: Path, root: Path, version: str) -> list[str]:
    """What is wrong with a wheel, a line each."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        information = f"navai_sdk-{version}.dist-info"
        metadata = archive.read(f"{information}/METADATA").decode() if f"{information}/METADATA" in names else ""
    wanted = modules(root)
    inside = {name for name in names if not name.startswith(f"{information}/")}
    faults = [f"{wheel.name} lacks {name}" for name in sorted(wanted - inside)]
    faults += [f"{wheel.name} has {name}, which belongs to no package" for name in sorted(inside - wanted)]
    faults += [f"{wheel.name} lacks {package}/py.typed" for package in PACKAGES if f"{package}/py.typed" not in wanted]
    faults += [f"{wheel.name} lacks its license"] if f"{information}/licenses/LICENSE" not in names else []
    return faults + metadata_faults(wheel.name, metadata, version)


def metadata_faults(name: str, metadata: str, version: str) -> list[str]:
    """What is wrong with the metadata of a distribution (PEP 566), a line each."""
    told = Parser().parsestr(metadata)
    faults = [f"{name} says nothing of {field}" for field in FIELDS if not told.get(field)]
    faults += [f"{name} is of version {told['Version']}, not {version}"] if told["Version"] != version else []
    missing = EXTRAS - set(told.get_all("Provides-Extra", []))
    return faults + [f"{name} lacks the extra {extra}" for extra in sorted(missing)]


def sdist_faults(sdist: Path, root: Path, version: str) -> list[str]:
    """What is wrong with an sdist, a line each."""
    top = f"navai_sdk-{version}"
    with tarfile.open(sdist) as archive:
        names = {member.name for member in archive.getmembers() if member.isfile()}
        owned = {member.name for member in archive.getmembers() if member.uname or member.gname}
    inside = {name.removeprefix(f"{top}/") for name in names}
    places = {f"{folder.as_posix()}/": f"{package}/" for package, folder in PACKAGES.items()}
    held = {name.replace(place, package, 1) for name in inside for place, package in places.items() if name.startswith(place)}
    rest = {
        "openapi/navai-backend.yaml",
        "generator-config.yaml",
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "LICENSE",
    }
    faults = [f"{sdist.name} lacks {name}" for name in sorted((modules(root) - held) | (rest - inside))]
    # The last two are the build backend's own.
    strays = {name for name in inside if not name.startswith(tuple(places))} - rest - {".gitignore", "PKG-INFO"}
    faults += [f"{sdist.name} has {name}, which belongs to no release" for name in sorted(strays)]
    return faults + [f"{sdist.name} names the owner of {name}" for name in sorted(owned)]
