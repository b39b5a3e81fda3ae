"""Every example runs as a program of its own and says what it should; so does the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.backend import CUSTOM_PATHS, FUNCTIONS
from navai.testing import LocalBackend

ROOT = Path(__file__).resolve().parents[1]

EXPECTED = {
    "basic_usage": [
        "ClientSecret(value='***', expires_at=",
        "send_email: Send an email",
        "{'messageId': 'abc123', 'to': 'user@example.com'",
    ],
    "custom_base_url": ["NavaiBackendClient(api_base_url='http://127.0.0.1:", "created a secret that ends at 20"],
    "environment_variables": ["lists 3 functions"],
    "custom_http_client": ["GET /navai/functions\nPOST /navai/realtime/client-secret\n"],
    "custom_paths": ["ClientSecret(value='***'", "['send_email', 'create_order', 'fails']", "'messageId': 'abc123'"],
    "model_override": ["ClientSecret(value='***'", "It ends at 20"],
    "synthesize_speech": ["4,044 bytes of audio/"],
    "handling_function_list_errors": ["Loaded 3 backend functions\n"],
    "function_list_errors": [""],
    "executing_backend_functions": ["Order created: {'orderId': 17, 'userId': '123', 'quantity': 2}"],
    "function_execution_errors": [
        "send_email failed: invalid is not a valid email (error='Invalid email address', details='invalid is not a valid email')",
        "Status 500: kaboom",
        "Status 404: Unknown or disallowed function. ['send_email', 'create_order', 'fails']",
        "Result: {'messageId': 'abc123'",
    ],
    "client_secret_errors": ["Created: ClientSecret(value='***'"],
    "complete_integration": [
        "Session with ClientSecret(value='***'",
        "Tools: {'send_email': 'Send an email'",
        "'subject': 'Hello'",
    ],
}
UNREACHABLE = {
    "handling_function_list_errors": [
        "Function loading warnings: ['[navai] Failed to load backend functions: Could not connect to",
        "Loaded 0 backend functions",
    ],
    "function_list_errors": [
        "[navai] Failed to load backend functions: Could not connect to",
        "The listing failed: Could not connect to",
    ],
    "executing_backend_functions": ["Function execution failed: Could not connect to http://127.0.0.1:9"],
    "function_execution_errors": ["Could not connect to http://127.0.0.1:9: ", " It has not run."],
    "client_secret_errors": ["Failed to create secret: Could not connect to http://127.0.0.1:9"],
}


# Those of the voice agent are run by tests/agents/test_example.py, those of frameworks by tests/frameworks/, those of applications
# by tests/tools/test_applications.py.
VOICE_AGENT = {"voice_agent", "realtime_stand_in", "sound"}
FRAMEWORKS = {"openai_tools", "livekit_agent", "pipecat_agent"}
APPLICATIONS = {"fastapi_app", "celery_tasks"}


def run(*command: str, url: str = "", **variables: str) -> str:
    environment = os.environ | {"NAVAI_API_URL": url, "PYTHONWARNINGS": "error"} | variables
    result = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.fixture(scope="module")
def backend() -> Iterator[LocalBackend]:
    with LocalBackend(FUNCTIONS) as running:
        yield running


def test_every_example_is_tested() -> None:
    examples = {file.stem for file in (ROOT / "examples").glob("*.py")} - {"backend", "demo"}
    assert examples == set(EXPECTED) | VOICE_AGENT | FRAMEWORKS | APPLICATIONS


@pytest.mark.parametrize("name", EXPECTED)
def test_the_example_runs(backend: LocalBackend, name: str) -> None:
    if name == "custom_paths":
        with LocalBackend(FUNCTIONS, **CUSTOM_PATHS) as elsewhere:
            output = run(f"examples/{name}.py", elsewhere.url)
    else:
        output = run(f"examples/{name}.py", backend.url, url=backend.url)
    for expected in EXPECTED[name]:
        assert expected in output


@pytest.mark.parametrize("name", UNREACHABLE)
def test_the_example_shows_an_unreachable_backend(name: str) -> None:
    output = run(f"examples/{name}.py", url="http://127.0.0.1:9")
    for expected in UNREACHABLE[name]:
        assert expected in output


def test_a_backend_without_functions_is_told_from_none() -> None:
    with LocalBackend() as empty:
        assert run("examples/function_list_errors.py", url=empty.url) == "No backend functions available\n"


DEMO = [
    r">>> client\.create_client_secret\(\)\n  ClientSecret\(value='\*\*\*', expires_at=\d+, extra=\{\}, .+'elevenlabs'\)\)\n",
    r">>> client\.synthesize_speech\(\"Hello!\"\)\n  SynthesizedSpeech\(provider='elevenlabs', mime_type='audio/.+<\d+ bytes>",
    r">>> client\.list_functions\(\)\n(  \w+ +\S.*\n)*  send_email +\S",
    r"subject\": \"Hello\"\}\)\n  \{'messageId': 'abc123'",
    r"functions_execute_path=\"/api/v1/functions/run\"\)\n(.*\n)+?  \{'messageId': 'abc123'",
    r"\{'orderId': 17, 'userId': '123', 'quantity': 2\}",
    r"APIStatusError: HTTP 500: kaboom",
    r"APIStatusError: HTTP 404: Unknown or disallowed function\. Available: ",
    r"warning: \[navai\] Failed to load backend functions: Could not connect to http://127\.0\.0\.1:\d+: ",
    r"ConfigurationError: api_base_url 'localhost:3000' has no scheme: write 'http://localhost:3000'\.\n$",
]


def test_the_demo_runs_on_the_local_backend() -> None:
    output = run("-m", "examples.demo")
    for expected in [*DEMO, "FunctionExecutionError: invalid is not a valid email"]:
        assert re.search(expected, output), expected
    assert "ek_fake" not in output


def test_the_demo_runs_on_the_real_express_backend(express: None) -> None:
    output = run("-m", "examples.demo", "--backend", "express")
    for expected in [*DEMO, "APIStatusError: HTTP 500: invalid is not a valid email"]:
        assert re.search(expected, output), expected
    assert "ek_fake" not in output
