"""Both Python clients make of the same bytes what the published TypeScript client makes of them.

@navai/voice-frontend 0.1.7 from npm, in Node, is the measure; docs/parity.md lists where Python is better on purpose.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import KINDS
from tests.parity.cases import Case, from_json, to_json
from tests.parity.clients import Parity
from tests.parity.corpus import corpus
from tests.parity.run import generated
from tests.repository import ROOT, copy_to


def test_the_corpus_makes_no_difference(parity: Parity) -> None:
    cases = corpus()
    assert len(cases) == len(set(cases)) >= 3000
    assert parity.differences(cases) == []


def test_generated_answers_make_no_difference(parity: Parity) -> None:
    """A difference is shown as the smallest case that has it; `make parity N=50000` runs long, and looks for new ones."""
    assert generated(parity, 500, always_the_same=True) > 400


def test_a_case_survives_being_kept_in_a_file() -> None:
    case = Case("list", b"\xff\x00", 404, None)
    assert from_json(to_json([case])) == [case]


# One fault each: the operation that shows it, the file, what is right there and what is wrong.
RESPONSES, TEXT = "_contract/responses.py", "_contract/failed_response.py"
MUTATIONS = {
    "accepting `ok: 1`": ("execute", RESPONSES, 'data.get("ok") is not True', 'data.get("ok") != True'),
    "dropping the blank-name filter": (
        "list",
        RESPONSES,
        "isinstance(name, str) and trim(name)",
        "isinstance(name, str)",
    ),
    "trimming names as Python does": ("list", "_whitespace.py", "return text.strip(_WHITESPACE)", "return text.strip()"),
    "reading the charset from the header": (
        "secret",
        TEXT,
        'return body.decode("utf-8", "replace")',
        'return body.decode("utf-16" if "utf-16" in response.headers.get("content-type", "").lower() else "utf-8", "replace")',
    ),
    "accepting NaN": ("execute", "_javascript.py", "raise NotJSON(name)", "return float(name)"),
    "letting `true` be a timestamp": ("secret", "_json.py", " and not isinstance(value, bool)", ""),
    "keeping the byte order mark": (
        "secret",
        TEXT,
        '.removeprefix("\\ufeff").removeprefix("\\ufeff")',
        "",
    ),
    "arrays as no objects": (
        "list",
        RESPONSES,
        "    if isinstance(data, list):\n        return {}\n",
        "",
    ),
    "`error` before `details`": (
        "execute",
        "_contract/execution_error.py",
        "(details, error, message)",
        "(error, details, message)",
    ),
    "a body for 205": ("secret", TEXT, "response.status == 205", "False"),
    "any provider": ("speech", RESPONSES, 'provider != "elevenlabs" or not isinstance', "not isinstance"),
    "any letters as base64": ("speech", RESPONSES, ", strict_mode=True", ""),
    "any case of a provider": ("secret", RESPONSES, 'provider == "elevenlabs" else', 'str(provider).lower() == "elevenlabs" else'),
    "failing on long integers": ("execute", "_javascript.py", "parse_int=_integer", "parse_int=int"),
}

COMPARE = """
import random, sys
from tests.parity.clients import Parity
from tests.parity.corpus import corpus
import navai

assert navai.__file__.startswith(sys.argv[1]), navai.__file__
with Parity() as parity:
    cases = [case for case in corpus() if case.operation == sys.argv[2] and case.status in (200, 205)]
    random.Random(1).shuffle(cases)
    # Some at a time, until one kind differs in one.
    differing = []
    while cases and not differing:
        differing = [each.case for each in parity.differences(cases[:50], ["sync"])]
        del cases[:50]
    print(sorted({each.client for each in parity.differences(differing)}))
"""


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_suite_can_fail(mutation: str, parity: Parity, tmp_path: Path) -> None:
    """On a copy of the wrapper with one fault, the corpus finds a difference for each kind of client."""
    operation, file, right, wrong = MUTATIONS[mutation]
    copy_to(tmp_path / "navai", ROOT / "wrapper" / "navai")
    source = (tmp_path / "navai" / file).read_text("utf-8")
    assert source.count(right) == 1
    (tmp_path / "navai" / file).write_text(source.replace(right, wrong), "utf-8")
    result = subprocess.run(
        [sys.executable, "-c", COMPARE, tmp_path, operation],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{sorted(KINDS)}\n"
