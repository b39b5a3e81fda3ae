"""A realtime voice agent made of a Navai backend's functions; needs the extra ``navai-sdk[agents]`` (openai-agents).

    from navai import AsyncNavaiBackendClient
    from navai.agents import NavaiRoute, open_session

    async with AsyncNavaiBackendClient() as client:
        opened = await open_session(client, navigate=print, routes=[NavaiRoute("Profile", "/profile", synonyms=["my account"])])
        async with await opened.run() as session:
            await session.send_message("Open my account")
            async for event in session:
                ...

What the agent may do and is told follows ``buildNavaiAgent`` of the TypeScript package (`@navai/voice-frontend` 0.1.7).
"""

try:
    import agents as _  # noqa: F401 (asked for here, so that its absence can be told)
except ModuleNotFoundError as _error:
    if _error.name != "agents":  # It is there, and lacks something itself.
        raise
    raise ImportError("navai.agents needs an extra: pip install 'navai-sdk[agents]'") from _error

from navai.agents._agent import NavaiAgentConfig, build_navai_agent
from navai.agents._routes import NavaiRoute, resolve_route
from navai.agents._session import NavaiSession, open_session

__all__ = ["NavaiAgentConfig", "NavaiRoute", "NavaiSession", "build_navai_agent", "open_session", "resolve_route"]
