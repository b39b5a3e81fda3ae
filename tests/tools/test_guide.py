"""The programs of the guide "Testing and tracing" run as they stand there."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from navai.testing import LocalBackend

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "testing-and-tracing.md").read_text("utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def programs(text: str) -> list[str]:
    """Those that contain a text, of which there must be some."""
    chosen = [program for program in PROGRAMS if text in program]
    assert chosen
    return chosen


def run(program: str, backend: LocalBackend) -> str:
    """What a program prints that asks `backend`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "SENTRY_"))}
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment | {"NAVAI_API_URL": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_each_program_is_run_by_a_test_here() -> None:
    run_here = [*programs("httpx_mock"), *programs("@respx.mock"), *programs("import vcr"), *programs("HTTPXClientInstrumentor")]
    assert sorted(run_here + programs("sentry_sdk")) == sorted(PROGRAMS)


def test_the_mocks_answer(pytester: pytest.Pytester) -> None:
    (mocked,), (routed,) = programs("httpx_mock"), programs("@respx.mock")
    pytester.makepyfile(test_pytest_httpx=mocked, test_respx=routed)
    pytester.runpytest_subprocess("-W", "error", "-p", "no:schemathesis").assert_outcomes(passed=3)


def test_the_cassettes_answer_when_the_backend_is_gone(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NAVAI_API_URL", backend.url)
    monkeypatch.chdir(tmp_path)
    Path("test_vcrpy.py").write_text("\n".join(programs("import vcr")), "utf-8")
    tests = [test for name, test in runpy.run_path("test_vcrpy.py").items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
    assert len(backend.requests) == 2
    backend.stop()
    for test in tests:
        test()


def test_opentelemetry_prints_the_span_of_a_listing(backend: LocalBackend) -> None:
    (program,) = programs("HTTPXClientInstrumentor")
    printed = run(program, backend)
    assert re.findall(r'"name": "(.*?)"', printed) == ["GET", "turn"]
    assert f'"http.url": "{backend.url}/navai/functions"' in printed
    assert ["traceparent" in request.headers for request in backend.requests] == [True]


def test_sentry_adds_its_header(backend: LocalBackend) -> None:
    (program,) = programs("sentry_sdk")
    run(program, backend)
    assert ["sentry-trace" in request.headers for request in backend.requests] == [True]
