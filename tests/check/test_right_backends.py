"""`navai check` finds nothing wrong with the real Express backend, nor with navai.testing."""

from __future__ import annotations

from typing import Any

import pytest

from navai import NavaiBackendClient
from navai._check.asking import Finding, ask
from navai.testing import FunctionFailure, LocalBackend
from tests.express.backend import ELEVENLABS, ExpressBackend


@pytest.mark.usefixtures("express")
def test_the_express_backend_conforms() -> None:
    with ExpressBackend(backend_options=ELEVENLABS) as backend, NavaiBackendClient(backend.url) as client:
        functions: list[tuple[str, dict[str, Any] | None]] = [("sized", {"size": 3}), ("nothing", None), ("fails", None)]
        for execute in functions:
            assert_conforming(list(ask(client._seam(), create_secret=True, execute=execute, speech="Hello")), 9)


def test_the_local_backend_conforms() -> None:
    def fine(n: int = 1) -> int:
        return n

    def refused() -> None:
        raise FunctionFailure("Refused", status=403)

    def waiting() -> None:
        raise FunctionFailure("Waiting", status=202, pending_approval=True)

    def broken() -> None:
        raise RuntimeError("broken")

    with LocalBackend([fine, refused, waiting, broken]) as backend, NavaiBackendClient(backend.url) as client:
        for name in ("fine", "refused", "waiting", "broken"):
            assert_conforming(list(ask(client._seam(), create_secret=True, execute=(name, None), speech="Hello")), 9)


def test_nothing_is_created_executed_or_spoken_unless_asked() -> None:
    def dangerous() -> None:
        pass

    with LocalBackend([dangerous]) as backend, NavaiBackendClient(backend.url) as client:
        assert_conforming(list(ask(client._seam(), create_secret=False, execute=None)), 6)
        assert not backend.calls
        assert not backend.spoken
        assert not [each for each in backend.requests if "client-secret" in each.path]


def test_each_question_is_asked_once() -> None:
    """A check neither tries again nor follows redirects: it tells what there is."""
    with LocalBackend() as backend, NavaiBackendClient(backend.url) as client:
        backend.respond_next(503, {"error": "closed"})
        backend.respond_next(307, {"error": "elsewhere"}, {"Location": "/elsewhere"})
        first, second, *_ = ask(client._seam(), create_secret=False, execute=None)
    assert (first.status, second.status) == (503, 307)
    assert len(backend.requests) == 6


def assert_conforming(findings: list[Finding], count: int) -> None:
    assert [(each.what, each.deviations) for each in findings if each.deviations] == []
    assert len(findings) == count
