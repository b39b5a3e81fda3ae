"""All tests in every environment that is supported: `make test-all`.

Each Python from 3.11 on that this machine has, with the newest dependencies that are allowed, and the oldest Python with the lowest
ones, really installed. What came of it, a line for each; exit status 1 where one failed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).parent / "uv"

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PYTHONS = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
ALL_EXTRAS = set(PROJECT["project"]["optional-dependencies"])

# What the tests themselves need; the other development tools want newer dependencies than the lowest.
FOR_TESTS = ("hypothesis", "pytest", "pyyaml", "sentry-sdk", "trio", "trustme")

# Those tests work without the other tools. openai-agents, which brings httpx2 and pydantic, wants newer dependencies too.
WITH_LOWEST = (
    "unit",
    "wire",
    "faults",
    "testing",
    "cli",
    "check",
    "function_tools",
    "wordpress",
    "express",
    "parity",
    "test_examples.py",
)
NOT_WITH_LOWEST = (
    "unit/test_payloads.py",
    "unit/test_result_types.py",
    "wire/test_http_clients.py",
    "wire/test_typed_results.py",
    "testing/test_wordpress_stand_in.py",
    "check/test_schemathesis.py",
    "wordpress/test_guide.py",
)


class Environment(NamedTuple):
    """Something to test in."""

    name: str
    python: str
    lowest: bool


def uv(*arguments: str | Path) -> None:
    # What is not on this machine is not tested; nothing is fetched but packages.
    subprocess.run([UV, *arguments], cwd=ROOT, env=os.environ | {"UV_PYTHON_DOWNLOADS": "never"}, check=True)


def interpreter(python: str) -> Path | None:
    """A Python of that version on this machine: on the path, or in pyenv, whose names on the path may lead nowhere."""
    on_the_path = shutil.which(f"python{python}")
    places = [Path(on_the_path)] if on_the_path else []
    places += sorted((Path.home() / ".pyenv" / "versions").glob(f"{python}.*/bin/python"))
    works = (place for place in places if subprocess.run([place, "-V"], capture_output=True, check=False).returncode == 0)
    return next(works, None)


def package(environment: Environment) -> str:
    """The package with its extras."""
    return f".[{','.join(sorted(ALL_EXTRAS - ({'agents'} if environment.lowest else set())))}]"


def needs(environment: Environment) -> list[str]:
    """What is installed beside the package."""
    tools: list[str] = PROJECT["dependency-groups"]["dev"]
    if not environment.lowest:
        return ["--upgrade", *tools]
    return ["--resolution", "lowest-direct", *(f"{tool.replace('>=', '==')}" for tool in tools if tool.startswith(FOR_TESTS))]


def tests(environment: Environment) -> list[str]:
    """What is run there."""
    if not environment.lowest:
        return []
    # anyio before 4.16 leaves it to the garbage collector to close what a cancelled call was connecting.
    chosen = ["-W", "ignore::pytest.PytestUnraisableExceptionWarning", *(f"tests/{name}" for name in WITH_LOWEST)]
    return chosen + [f"--ignore=tests/{name}" for name in NOT_WITH_LOWEST]


def passed(environment: Environment, python: Path) -> bool:
    """Whether all tests passed there."""
    folder = ROOT / ".venv" / "all" / environment.name
    uv("venv", "--quiet", "--clear", "--python", python, folder)
    uv("pip", "install", "--quiet", "--python", folder, "--editable", package(environment), *needs(environment))
    command: list[str | Path] = [folder / "bin" / "python", "-m", "pytest", "-q", *tests(environment)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main() -> None:
    wanted = [Environment(f"{python}-newest", python, lowest=False) for python in PYTHONS]
    wanted.append(Environment(f"{PYTHONS[0]}-lowest", PYTHONS[0], lowest=True))
    outcomes: dict[str, str] = {}
    for environment in wanted:
        print(f"--- {environment.name}", flush=True)
        python = interpreter(environment.python)
        if python is None:
            outcomes[environment.name] = f"not run: there is no Python {environment.python} here"
        else:
            outcomes[environment.name] = "passed" if passed(environment, python) else "FAILED"
    print("\n".join(f"{name:12} {outcome}" for name, outcome in outcomes.items()))
    sys.exit("FAILED" in outcomes.values())


if __name__ == "__main__":
    main()
