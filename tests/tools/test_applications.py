"""The programs of the guide "FastAPI, Celery, notebooks" run as they stand there, in the real packages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults.faults import FAULTS
from tests.faults.server import FaultyServer

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "applications.md").read_text("utf-8")
CELLS, (SCRIPT,) = (re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL) for language in (r"\{code-block\} python", "python"))
PYTHON = ROOT / ".venv" / "applications" / "bin" / "python"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A backend that counts its connections; programs find it, and work in a folder of their own."""
    if not (ROOT / ".venv" / "applications" / "ready").exists():
        reason = "FastAPI, Celery and Jupyter are not installed (make test installs them)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    with FaultyServer() as running:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("NAVAI_API_URL", f"http://{running.address}")
        monkeypatch.setenv("PYTHONWARNINGS", "default::ResourceWarning")
        yield running


def run(program: str) -> str:
    """What a program prints that ends well."""
    result = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@contextmanager
def running(*command: str, ready: str) -> Iterator[str]:
    """The line with which a program says that it is ready. The program then runs as long as the block, and must end well."""
    lines: list[str] = []
    with subprocess.Popen([PYTHON, "-m", *command], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            lines.append(line)
            if ready in line:
                break
        try:
            yield lines[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            lines += process.stderr
    told = "".join(lines)
    assert "Traceback" not in told, told


@contextmanager
def fastapi_app() -> Iterator[httpx.Client]:
    with running("uvicorn", "examples.fastapi_app:app", "--port", "0", ready="running on") as line:
        with httpx.Client(base_url=re.findall(r"http://\S+", line)[0]) as visitor:
            yield visitor


@pytest.mark.slow
def test_all_requests_of_a_fastapi_app_share_a_connection(server: FaultyServer) -> None:
    with fastapi_app() as visitor:
        assert visitor.post("/session").json().keys() == {"value", "expires_at"}
        for order in ({"items": [1]}, {"items": [2]}):
            assert visitor.post("/orders", json=order).json() == order
        assert server.connections == 1


LIFESPAN = """
import asyncio
from examples.fastapi_app import app, lifespan
async def main():
    async with lifespan(app) as state:
        await state["navai"].list_functions()
asyncio.run(main())
"""


def test_a_fastapi_app_closes_its_client(server: FaultyServer) -> None:
    """Else there would be a warning."""
    assert run(LIFESPAN) == ""
    assert server.connections == 1


@pytest.mark.slow
def test_a_fastapi_app_tells_that_the_backend_failed(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVAI_API_URL", "http://127.0.0.1:9")
    with fastapi_app() as visitor:
        response = visitor.post("/orders", json={})
    assert response.status_code == 502
    assert response.json()["detail"].startswith("Could not connect to http://127.0.0.1:9")


# The module of a worker whose client has been used before the fork.
USED_BEFORE = "from examples.celery_tasks import app, client\nassert client.list_functions().functions\n"

ORDERS = """
from examples.celery_tasks import send_email
pending = [send_email.delay(f"{number}@example.com", "Hello") for number in range(20)]
print(*(each.get(timeout=60)["to"] for each in pending))
"""


@pytest.mark.slow
def test_the_processes_of_a_celery_worker_open_connections_of_their_own(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker is a folder, which is where whoever writes puts messages, and where the worker takes them."""
    for folder in ("messages", "control", "results"):
        (tmp_path / folder).mkdir()
    for name in ("data_in", "data_out"):
        (tmp_path / name).symlink_to("messages")
    monkeypatch.setenv("CELERY_BROKER_URL", "filesystem://")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", f"file://{tmp_path}/results")
    (tmp_path / "used_before.py").write_text(USED_BEFORE, "utf-8")
    worker = ("celery", "--app", "used_before", "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "info")
    with running(*worker, ready=" ready."):
        assert run(ORDERS).split() == [f"{number}@example.com" for number in range(20)]
    assert server.answers == 21
    assert server.connections in {2, 3}  # The parent's, and one for each process that had something to do.


RETRIED = """
from celery.signals import task_retry
from examples.celery_tasks import send_email
task_retry.connect(lambda **_: print("retried"), weak=False)
send_email.max_retries = 1
print(type(send_email.apply(["user@example.com", "Hello"]).result).__name__)
"""


@pytest.mark.slow
def test_a_celery_task_is_retried_if_the_backend_cannot_be_reached(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVAI_API_URL", "http://127.0.0.1:9")
    assert run(RETRIED).split() == ["retried", "APIConnectionError"]


def test_a_celery_task_is_not_retried_if_the_function_may_have_run(server: FaultyServer) -> None:
    server.fault = FAULTS["reset"]
    assert run(RETRIED).split() == ["APIConnectionError"]
    assert server.connections == 1


NOTEBOOK = """
import json, sys
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

# Its kernel would listen on ports that other programs may have taken meanwhile.
local = Config({"KernelManager": {"transport": "ipc"}})
notebook = new_notebook(cells=[new_code_cell(cell) for cell in json.loads(sys.argv[1])])
done = NotebookClient(notebook, config=local).execute()
print(json.dumps([[output["data"]["text/plain"] for output in cell.outputs] for cell in done.cells]))
"""


@pytest.mark.slow
def test_the_cells_run_in_a_notebook(server: FaultyServer) -> None:
    result = subprocess.run([PYTHON, "-c", NOTEBOOK, json.dumps(CELLS)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [["['1']"], ["{'to': 'user@example.com'}"]]
    assert server.connections == 1


def test_a_client_serves_one_event_loop_after_another(server: FaultyServer) -> None:
    assert run(SCRIPT) == "['1']\n['2']\n"
    assert server.connections == 2
