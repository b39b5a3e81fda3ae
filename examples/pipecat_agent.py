"""A voice agent of Pipecat with the functions of your backend.

    OPENAI_API_KEY=... NAVAI_API_URL=... python examples/pipecat_agent.py

Needs the package pipecat-ai with its extras openai, runner and webrtc.
"""

import json
import logging
import os

from pipecat.adapters.llm.schemas.direct_function import tool_options
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.runner.types import RunnerArguments
from pipecat.runner.utils import create_transport
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from navai import AsyncNavaiBackendClient
from navai.tools import Tool, backend_tools

logger = logging.getLogger("pipecat_agent")


def pipecat_tool(tool: Tool) -> FunctionSchema:
    # A cancelled call may have run, and the model would call again.
    @tool_options(cancel_on_interruption=False)
    async def call(params: FunctionCallParams) -> None:
        await params.result_callback(json.loads(await tool.call(params.arguments)))

    return FunctionSchema(tool.name, tool.description, tool.parameters["properties"], tool.parameters["required"], call)


async def backend_context(client: AsyncNavaiBackendClient) -> LLMContext:
    tools = await backend_tools(client)
    for warning in tools.warnings:
        logger.warning(warning)
    return LLMContext(tools=[pipecat_tool(tool) for tool in tools])


async def bot(arguments: RunnerArguments) -> None:
    audio = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    transport = await create_transport(arguments, {"webrtc": lambda: audio})
    async with AsyncNavaiBackendClient() as client:
        context = LLMContextAggregatorPair(await backend_context(client))
        settings = OpenAIRealtimeLLMService.Settings(system_instruction="You are a voice assistant of this app.")
        llm = OpenAIRealtimeLLMService(api_key=os.environ["OPENAI_API_KEY"], settings=settings)
        worker = PipelineWorker(Pipeline([transport.input(), context.user(), llm, transport.output(), context.assistant()]))
        await worker.queue_frame(LLMRunFrame())
        runner = WorkerRunner(handle_sigint=arguments.handle_sigint)
        await runner.add_workers(worker)
        await runner.run()


if __name__ == "__main__":
    from pipecat.runner.run import main

    main()
