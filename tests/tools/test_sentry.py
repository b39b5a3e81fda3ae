"""Sentry's integration of httpx sees the caller's own HTTP client, and not the default one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

# In a process of its own: what Sentry changes stays changed. Each kind of client lists once, and is answered 503 at first.
PROGRAM = """
import asyncio, json
import httpx
import sentry_sdk
from sentry_sdk.integrations.httpx import HttpxIntegration
from sentry_sdk.transport import Transport
from navai import AsyncNavaiBackendClient, NavaiBackendClient
from navai.testing import LocalBackend

class Captured(Transport):
    spans = []

    def capture_envelope(self, envelope):
        for span in (envelope.get_transaction_event() or {}).get("spans", []):
            self.spans.append([span["op"], span["description"], span["data"]["http.response.status_code"]])

# Without those that it would find: they import whatever is installed.
sentry_sdk.init(
    "http://public@sentry.example/1",
    transport=Captured,
    traces_sample_rate=1.0,
    integrations=[HttpxIntegration()],
    auto_enabling_integrations=False,
)

def default(url):
    with NavaiBackendClient(url, env={}) as client:
        assert client.list_functions().error is None

def own(url):
    with httpx.Client() as mine, NavaiBackendClient(url, env={}, http_client=mine) as client:
        assert client.list_functions().error is None

async def default_async(url):
    async with AsyncNavaiBackendClient(url, env={}) as client:
        assert (await client.list_functions()).error is None

async def own_async(url):
    async with httpx.AsyncClient() as mine, AsyncNavaiBackendClient(url, env={}, http_client=mine) as client:
        assert (await client.list_functions()).error is None

seen = {}
for run in (default, own, default_async, own_async):
    Captured.spans = []
    with LocalBackend() as backend:
        backend.respond_next(503, headers={"Retry-After": "0"})
        with sentry_sdk.start_transaction(name="turn"):
            outcome = run(backend.url)
            if outcome is not None:
                asyncio.run(outcome)
        sentry_sdk.flush()
    spans = [[op, description.replace(backend.url, "URL"), status] for op, description, status in Captured.spans]
    seen[run.__name__] = [spans, ["sentry-trace" in request.headers for request in backend.requests]]
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen() -> Any:
    """The spans that Sentry would be sent, and whether its header arrived with each request, by kind of client."""
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.mark.parametrize("run", ["own", "own_async"])
def test_each_attempt_over_the_callers_client_is_a_span_and_its_header_arrives(run: str, seen: Any) -> None:
    description = "GET URL/navai/functions"
    assert seen[run] == [[["http.client", description, 503], ["http.client", description, 200]], [True, True]]


@pytest.mark.parametrize("run", ["default", "default_async"])
def test_the_default_client_is_not_seen(run: str, seen: Any) -> None:
    """Sentry hooks into `httpx.Client`, which is not there. If this fails, the guide may promise more."""
    assert seen[run] == [[], [False, False]]
