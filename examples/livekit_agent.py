"""A voice agent of LiveKit Agents with the functions of your backend.

    OPENAI_API_KEY=... NAVAI_API_URL=... python examples/livekit_agent.py console

Needs the packages livekit-agents and livekit-plugins-openai.
"""

import logging
from typing import Any

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, cli, function_tool
from livekit.plugins import openai

from navai import AsyncNavaiBackendClient
from navai.tools import Tool, backend_tools

logger = logging.getLogger("livekit_agent")
server = AgentServer()


def livekit_tool(tool: Tool) -> Any:
    async def call(raw_arguments: dict[str, object]) -> str:
        return await tool.call(raw_arguments)

    return function_tool(call, raw_schema=tool.as_openai())


async def backend_agent(client: AsyncNavaiBackendClient) -> Agent:
    tools = await backend_tools(client)
    for warning in tools.warnings:
        logger.warning(warning)
    return Agent(instructions="You are a voice assistant of this app.", tools=[livekit_tool(tool) for tool in tools])


@server.rtc_session()
async def talk(job: JobContext) -> None:
    client = AsyncNavaiBackendClient()
    job.add_shutdown_callback(client.aclose)
    session: AgentSession[None] = AgentSession(llm=openai.realtime.RealtimeModel(voice="marin"))
    await session.start(await backend_agent(client), room=job.room)
    await session.generate_reply(instructions="Greet the user.")


if __name__ == "__main__":
    cli.run_app(server)
