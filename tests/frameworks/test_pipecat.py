"""The example for Pipecat: the real package runs the tools, the real Express backend executes the functions."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

pytest.importorskip("pipecat", reason="make test-frameworks tests this")

from pipecat.frames.frames import InterruptionFrame, LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.workers.runner import WorkerRunner

from examples.pipecat_agent import backend_context
from navai import AsyncNavaiBackendClient
from navai.testing import LocalBackend
from tests.express.backend import ExpressBackend
from tests.frameworks.mock_chat_model import CALLS, MockChatModel, Turn, assert_told


class Payment:
    """A function that returns only after the user has interrupted it."""

    def __init__(self) -> None:
        self.has_begun = threading.Event()
        self.is_interrupted = threading.Event()

    def pay(self) -> str:
        self.has_begun.set()
        return "paid" if self.is_interrupted.wait(20) else "not interrupted"

    async def interrupt(self, worker: PipelineWorker) -> None:
        worker.set_reached_downstream_filter((InterruptionFrame,))

        @worker.event_handler("on_frame_reached_downstream")
        async def interrupted(*_: Any) -> None:
            self.is_interrupted.set()

        assert await asyncio.to_thread(self.has_begun.wait, 20)
        await worker.queue_frame(InterruptionFrame())


async def talked(backend: str, *turns: Turn, payment: Payment | None = None) -> MockChatModel:
    """The model after a conversation, at whose end its assistant says the last turn."""
    model = MockChatModel(*turns)
    async with model.running() as url, AsyncNavaiBackendClient(backend, env={}) as client:
        context = LLMContextAggregatorPair(await backend_context(client))
        llm = OpenAILLMService(api_key="sk-mock", base_url=url)
        worker = PipelineWorker(Pipeline([context.user(), llm, context.assistant()]), cancel_on_idle_timeout=False)

        @context.assistant().event_handler("on_assistant_turn_stopped")
        async def ended(_: Any, message: Any) -> None:
            if message.content == turns[-1]:
                await worker.stop_when_done()

        await worker.queue_frame(LLMRunFrame())
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
            if payment is not None:
                tasks.create_task(payment.interrupt(worker))
            await runner.run()
    return model


@pytest.mark.usefixtures("express")
def test_its_model_calls_functions_of_the_express_backend() -> None:
    with ExpressBackend() as backend:
        model = asyncio.run(talked(backend.url, CALLS, "It is sent."))
    assert_told(model)


def test_a_call_that_the_user_interrupts_is_not_cancelled_and_its_result_is_told() -> None:
    """Its function may have run already: a model that is told that it was cancelled would call it again."""
    payment = Payment()
    with LocalBackend([payment.pay]) as backend:
        model = asyncio.run(talked(backend.url, [("pay", {"payload": None})], "It is paid.", payment=payment))
        assert len(backend.calls) == 1
    (answer,) = model.told(1)
    assert answer["result"] == "paid"
