"""Builds this version and uploads it to a package index, once.

    python -m release.publish [--repository-url URL] [--username NAME]

Both default to the variables TWINE_REPOSITORY_URL and TWINE_USERNAME; the password comes from TWINE_PASSWORD only, since a command
line is seen by other users of the machine.

Refused: a dirty tree, a version without its entry in CHANGELOG.md, a contract that changed without its versions, and a version that
is there already.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from navai import __version__
from release.build import TOOLS, build, run

ROOT = Path(__file__).resolve().parent.parent


def refuse(reason: str) -> NoReturn:
    sys.exit(f"Not published. {reason}")


def has_entry(changelog: str, of: str) -> bool:
    """Whether a changelog (keepachangelog.com, 1.1.0) has a dated entry for a version, with something in it."""
    entry = re.search(rf"^## \[{re.escape(of)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return entry is not None and re.search(r"^- ", entry[1], re.MULTILINE) is not None


def check_tree() -> None:
    """Exits unless what is here is what is committed, and says what has changed."""
    dirty = run("git", "status", "--porcelain")
    if dirty:
        refuse(f"The tree is dirty; commit or remove these first:\n{dirty}")
    if not has_entry((ROOT / "CHANGELOG.md").read_text("utf-8"), __version__):
        refuse(f"CHANGELOG.md has no entry for {__version__}: write what changed below the line `## [{__version__}] - YYYY-MM-DD`.")
    run(sys.executable, ROOT / "openapi" / "changes.py")


def upload(files: list[Path], url: str, username: str) -> None:
    """Uploads with twine. Exits with what the index said where it refuses."""
    environment = os.environ | {"TWINE_REPOSITORY_URL": url, "TWINE_USERNAME": username, "NO_COLOR": "1", "COLUMNS": "500"}
    # In its longer form twine tells why the index refused; it never tells the password.
    command: list[str | Path] = [TOOLS / "twine", "upload", "--verbose", "--non-interactive", "--disable-progress-bar", *files]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    said = " ".join(f"{result.stdout} {result.stderr}".split())
    host = urlsplit(url).hostname
    # The status differs by index: 400 (pypi, pypiserver), 409 (devpi, Artifactory), or 403 with words.
    if re.search(r"\b409 |already exist|cannot replace", said, re.IGNORECASE):
        refuse(f"{host} has version {__version__} already, and a version is never replaced: raise it in wrapper/navai/_version.py.")
    if re.search(r"\b(401|403) ", said):
        refuse(f"{host} does not let {username!r} upload with this password: see TWINE_USERNAME and TWINE_PASSWORD.")
    refuse(f"{host} refused the upload: {said[-1000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repository-url", default=os.environ.get("TWINE_REPOSITORY_URL"), help="where the index takes uploads")
    parser.add_argument("--username", default=os.environ.get("TWINE_USERNAME"), help="who uploads")
    given = parser.parse_args()
    if not given.repository_url:
        refuse("No index is given: set TWINE_REPOSITORY_URL, or write --repository-url URL.")
    if not given.username or not os.environ.get("TWINE_PASSWORD"):
        refuse("No credentials are given: set TWINE_USERNAME and TWINE_PASSWORD.")
    if urlsplit(given.repository_url).password is not None:
        refuse("The address of the index holds a password, which would be shown: set TWINE_PASSWORD instead.")
    check_tree()
    files = build(ROOT / "dist")
    upload(files, given.repository_url, given.username)
    print(f"Published {__version__}. Now: git tag v{__version__}, and make released to keep its contract.")


if __name__ == "__main__":
    main()
