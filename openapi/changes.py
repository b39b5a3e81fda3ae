"""What has changed in the contract since the last release, and whether the versions say so.

    python openapi/changes.py             tell; exit 1 while a version is not bumped as CONTRIBUTING.md ("Versions") wants it
    python openapi/changes.py --record    after a release: keep its contract in openapi/released.json

How two documents differ is told by api-smart-diff. What it calls breaking is; for the users of a generated SDK so is whatever takes
a name or a type away.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from navai import __version__

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "openapi" / "navai-backend.yaml"
RELEASED = ROOT / "openapi" / "released.json"

BREAKING, ADDITION, WORDING = "breaking", "addition", "wording"

# What a generated module, function, class or attribute is named or typed by.
_NAMING = {"operationId", "tags", "type", "const", "enum", "format", "in", "name"}


class Change(NamedTuple):
    """One change, and what it is for the users of the SDK."""

    kind: str
    what: str


def contract() -> dict[str, Any]:
    """The contract as it stands."""
    document: dict[str, Any] = yaml.safe_load(SPEC.read_text("utf-8"))
    return document


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """How two documents differ, as api-smart-diff tells it."""
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in ("before.json", "after.json")]
        for file, document in zip(files, (before, after), strict=True):
            file.write_text(json.dumps(document), "utf-8")
        command: list[str | Path] = ["node", ROOT / "openapi" / "compare.mjs", *files]
        told: list[dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def change_of(difference: dict[str, Any]) -> Change:
    """What a difference is for the users of the SDK."""
    path, action = [str(part) for part in difference["path"]], difference["action"]
    naming = path[0] in ("paths", "components") and any(part in _NAMING for part in path)
    takes_away = action in ("remove", "rename", "replace") and (naming or path[-2] in ("properties", "schemas", "responses"))
    # Of a component alone it is not known whether it is sent or received; the same difference stands below the paths too.
    if takes_away or (difference["type"] == BREAKING and path[0] == "paths"):
        kind = BREAKING
    else:
        kind = WORDING if difference["type"] == "annotation" else ADDITION
    return Change(kind, f"{action}: {' / '.join(path)}")


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The changes of a contract, the breaking ones first, each once."""
    order = [BREAKING, ADDITION, WORDING]
    return sorted(dict.fromkeys(map(change_of, differences(before, after))), key=lambda each: (order.index(each.kind), each.what))


def numbers(version: str) -> list[int]:
    """A version of three numbers."""
    return [int(part) for part in version.split(".")[:3]]


def missing_bump(what: str, released: str, now: str, part: int) -> str | None:
    """What to write when a version is not raised in `part` (0 major, 1 minor, 2 patch) or before it; else None."""
    old, new = numbers(released), numbers(now)
    if new[: part + 1] > old[: part + 1]:
        return None
    wanted = [*old[:part], old[part] + 1, 0, 0][:3]
    return f"{what} is {now}, and {released} is released: write {'.'.join(map(str, wanted))} or higher."


def faults(found: list[Change], released: dict[str, Any], now: dict[str, Any], version: str) -> list[str]:
    """Which versions do not say what has changed. Below 1.0 the minor number of the package stands for its major one."""
    if not found:
        return []
    part = [BREAKING, ADDITION, WORDING].index(found[0].kind)
    of_package = part if numbers(released["version"])[0] > 0 else min(part + 1, 2)
    checked = [
        missing_bump("info.version of the contract", released["contract"]["info"]["version"], now["info"]["version"], part),
        missing_bump("The version of the package", released["version"], version, of_package),
    ]
    return [fault for fault in checked if fault is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="keep the contract of this release")
    now = contract()
    if parser.parse_args().record:
        RELEASED.write_text(json.dumps({"version": __version__, "contract": now}, indent=1) + "\n", "utf-8")
        print(f"openapi/released.json holds the contract of {__version__}. Commit it.")
        return
    released = json.loads(RELEASED.read_text("utf-8"))
    found = changes(released["contract"], now)
    if not found:
        print(f"The contract is that of {released['version']}.")
        return
    print(f"Since {released['version']} the contract has changed:")
    for change in found:
        print(f"  {change.kind:9} {change.what}")
    wrong = faults(found, released, now, __version__)
    if wrong:
        sys.exit("\n".join([*wrong, 'See "Versions" in CONTRIBUTING.md.']))


if __name__ == "__main__":
    main()
