"""A realtime voice agent with the functions of a Navai backend. Needs the extra ``navai-sdk[agents]`` (openai-agents).

    from navai import AsyncNavaiBackendClient
    from navai.agents import NavaiRoute, open_session

    async with AsyncNavaiBackendClient() as client:
        opened = await open_session(client, navigate=print, routes=[NavaiRoute("Profile", "/profile", synonyms=["my account"])])
        async with await opened.run() as session:
            await session.send_message("Open my account")
            async for event in session:
                ...

The agent's tools and instructions follow ``buildNavaiAgent`` of the TypeScript package (`@navai/voice-frontend` 0.1.7).
"""

try:
    import agents as _  # noqa: F401 (imported here to give a clear error if it is missing)
except ModuleNotFoundError as _error:
    if _error.name != "agents":  # It is installed, but one of its own dependencies is missing.
        raise
    raise ImportError("navai.agents needs an extra: pip install 'navai-sdk[agents]'") from _error

from navai.agents._agent import NavaiAgentConfig, build_navai_agent
from navai.agents._routes import NavaiRoute, resolve_route
from navai.agents._session import NavaiSession, open_session
from navai.agents._speech import Speaker

__all__ = ["NavaiAgentConfig", "NavaiRoute", "NavaiSession", "Speaker", "build_navai_agent", "open_session", "resolve_route"]
