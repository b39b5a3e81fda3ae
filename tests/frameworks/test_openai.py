"""The example for plain OpenAI: the real package `openai`, a mock of the model, the real Express backend."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.express.backend import ExpressBackend
from tests.frameworks.mock_chat_model import CALLS, MockChatModel, assert_told

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.usefixtures("express")
def test_its_model_calls_functions_of_the_express_backend() -> None:
    async def main() -> MockChatModel:
        model = MockChatModel(CALLS, "It is sent.")
        with ExpressBackend() as backend:
            async with model.running() as url:
                environment = os.environ | {"NAVAI_API_URL": backend.url, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-mock"}
                command = [sys.executable, "examples/openai_tools.py", "Send a hello."]
                program = await asyncio.create_subprocess_exec(
                    *command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
                output, errors = await program.communicate()
        assert (program.returncode, output) == (0, b"It is sent.\n")
        assert errors == b"[navai] Ignored src/ai/functions-modules/empty.js: module has no exports.\n"
        return model

    model = asyncio.run(main())
    assert_told(model)
    assert model.requests[0]["messages"] == [{"role": "user", "content": "Send a hello."}]
