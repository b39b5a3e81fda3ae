"""The documentation site, as whoever opens its files sees it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import require_node

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of some pages, made as `make docs` makes all of them."""
    require_node("docs")
    if not (ROOT / ".venv" / "docs" / "ready").exists():
        reason = "Sphinx is not installed (make docs installs it)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    source = tmp_path_factory.mktemp("source")
    for page in ("contract.md", "reference/results.md"):
        shutil.copy(ROOT / "docs" / page, source)
    table = "| name |\n|---|\n| `navai.testing` |\n"
    (source / "index.md").write_text(f"# Pages\n\n{table}\n```{{toctree}}\ncontract\nresults\n```\n", "utf-8")
    made = tmp_path_factory.mktemp("site")
    command: list[str | Path] = [ROOT / ".venv" / "docs" / "bin" / "python", "-m", "sphinx"]
    command += ["-b", "html", "-q", "-c", ROOT / "docs", source, made]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return made


# A browser that shows a file: it runs its scripts, and fetches nothing.
BROWSER = """
delete globalThis.fetch;
globalThis.document = {getElementById: (id) => id};
globalThis.Redoc = {init: (contract, _, where) => console.log(JSON.stringify([contract, where]))};
"""


def test_the_page_of_the_contract_shows_it_when_it_is_opened_as_a_file(site: Path) -> None:
    page = (site / "contract-viewer.html").read_text("utf-8")
    beside = re.findall(r'<script src="(.+?)"></script>', page)
    assert "redoc.standalone.js" in beside
    scripts = [(site / name).read_text("utf-8") for name in beside if name != "redoc.standalone.js"]
    program = "\n".join([BROWSER, *scripts, *re.findall(r"<script>(.*?)</script>", page, re.DOTALL)])
    told = subprocess.run(["node", "-"], input=program, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    contract, where = json.loads(told.stdout)
    assert contract == json.loads((ROOT / "navai_sdk" / "openapi.json").read_text("utf-8"))
    assert f'<div id="{where}">' in page
    assert 'content="img-src data:"' in page  # It fetches nothing.


def test_signatures_show_what_attrs_makes_anew(site: Path) -> None:
    text = re.sub(r"<.*?>", "", (site / "results.html").read_text("utf-8"))
    assert "NOTHING" not in text
    assert "warnings: list[str] = []" in text
    assert "extra: dict[str, Any] = {}" in text


def test_long_names_in_tables_may_break(site: Path) -> None:
    assert '<span class="pre">navai.</span><wbr><span class="pre">testing</span>' in (site / "index.html").read_text("utf-8")


def test_each_page_says_whose_it_is(site: Path) -> None:
    for page in ("index.html", "contract.html", "results.html"):
        text = re.sub(r"<.*?>", "", (site / page).read_text("utf-8"))
        assert re.search(r"Copyright &#169; \d{4} The navai-sdk authors", text), page


def test_the_page_of_the_extras_has_each_and_what_it_installs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    page = (ROOT / "docs" / "guides" / "extras.md").read_text("utf-8")
    rows = {name: needs.split(", ") for name, needs in re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", page, re.MULTILINE)}
    needed = {name: [re.split(r"[<>=\[]", each)[0] for each in needs] for name, needs in extras.items()}
    assert rows == {name: [each for each in needs if each != "navai-sdk"] for name, needs in needed.items()}
