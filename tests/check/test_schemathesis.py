"""Schemathesis makes requests of the spec, right ones and wrong ones, and finds no answer that the spec does not document.

Its checks of how a server must treat wrong requests are left out: the contract leaves that to the backends.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from navai.testing import LocalBackend
from tests.express.backend import ELEVENLABS, ExpressBackend

SPEC = Path(__file__).resolve().parents[2] / "openapi" / "navai-backend.yaml"
CHECKS = "status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"


def schemathesis(url: str, folder: Path, *, examples: int = 50) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", str(SPEC), "--url", url, "--checks", CHECKS, "--no-color"]
    command += ["--seed", "1", "--max-examples", str(examples), "--phases", "examples,coverage,fuzzing", "--continue-on-failure"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("express")
def test_the_express_backend_answers_as_documented(tmp_path: Path) -> None:
    with ExpressBackend(backend_options=ELEVENLABS) as backend:
        told = schemathesis(backend.url, tmp_path)
    assert told.returncode == 0, told.stdout
    assert "4 selected / 4 total" in told.stdout


def test_the_local_backend_answers_as_documented(navai_backend: LocalBackend, tmp_path: Path) -> None:
    @navai_backend.function
    def send_email(to: str, subject: str) -> dict[str, str]:
        """The function of the spec's examples"""
        return {"messageId": f"{to} {subject}"}

    told = schemathesis(navai_backend.url, tmp_path)
    assert told.returncode == 0, told.stdout
    assert navai_backend.calls, "no example of the spec was carried out"
    assert len(navai_backend.requests) > 200


def test_an_undocumented_answer_is_found(navai_backend: LocalBackend, tmp_path: Path) -> None:
    for _ in range(50):
        navai_backend.respond_next(200, {"items": [{"label": "f"}], "value": None})
    told = schemathesis(navai_backend.url, tmp_path, examples=1)
    assert told.returncode == 1
    assert "Response violates schema" in told.stdout
