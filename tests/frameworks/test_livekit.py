"""The example for LiveKit Agents: the real package runs the tools, the real Express backend executes the functions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("livekit.agents", reason="make test-frameworks tests this")

from livekit.agents import AgentSession
from livekit.plugins import openai

from examples.livekit_agent import backend_agent
from navai import AsyncNavaiBackendClient
from tests.express.backend import ExpressBackend
from tests.frameworks.mock_chat_model import CALLS, MockChatModel, Turn, assert_told


async def talked(backend: str, *turns: Turn) -> tuple[MockChatModel, list[Any]]:
    """The model after a conversation, and what LiveKit tells of it."""
    model = MockChatModel(*turns)
    async with model.running() as url, AsyncNavaiBackendClient(backend, env={}) as client:
        llm = openai.LLM(model="gpt-4.1", base_url=url, api_key="sk-mock")
        async with AgentSession(llm=llm) as session:
            await session.start(await backend_agent(client))
            result = await session.run(user_input="Begin.")
        await llm.aclose()
    return model, result.events


@pytest.mark.usefixtures("express")
def test_its_model_calls_functions_of_the_express_backend() -> None:
    with ExpressBackend() as backend:
        model, events = asyncio.run(talked(backend.url, CALLS, "It is sent."))
    assert_told(model)
    assert [event.item.is_error for event in events if event.type == "function_call_output"] == [False] * 3
    assert events[-1].item.text_content == "It is sent."
