"""The guide's program for OpenAI's Realtime API: the real package `openai`, a mock of the server, the real Express backend."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from examples.realtime_stand_in import Conversation, RealtimeStandIn, Turn
from navai import AsyncNavaiBackendClient
from navai.tools import backend_tools
from tests.express.backend import ExpressBackend
from tests.frameworks.mock_chat_model import CALLS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "frameworks.md"


@pytest.mark.usefixtures("express")
def test_its_model_calls_functions_of_the_express_backend() -> None:
    programs = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    (program,) = [each for each in programs if "realtime.connect" in each]
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102 (our own guide)

    def model(conversation: Conversation) -> Turn:
        return CALLS if conversation.items[-1]["type"] == "message" else "It is sent."

    async def main(backend: str) -> Conversation:
        stand_in = RealtimeStandIn(model)
        async with stand_in.running() as url, AsyncNavaiBackendClient(backend, env={}) as client:
            openai = AsyncOpenAI(api_key="sk-mock", websocket_base_url=url.removesuffix("/realtime"))
            tools = await backend_tools(client)
            await asyncio.wait_for(names["converse"](openai, tools, "Send a hello."), 20)
            await openai.close()
        (conversation,) = stand_in.conversations
        assert conversation.session["tools"] == tools.as_openai("realtime")
        return conversation

    with ExpressBackend() as backend:
        conversation = asyncio.run(main(backend.url))
    outputs = [json.loads(item["output"]) for item in conversation.items if item["type"] == "function_call_output"]
    assert [output["ok"] for output in outputs] == [True, False, False]
    assert outputs[0]["result"] == {"messageId": "abc123", "to": "user@example.com", "subject": "Hello"}
    assert conversation.items[-1]["content"][0]["transcript"] == "It is sent."
