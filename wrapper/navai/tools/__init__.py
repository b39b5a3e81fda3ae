"""The functions of a Navai backend as tools for a model, in whatever framework. Needs no extra.

    from navai import AsyncNavaiBackendClient
    from navai.tools import backend_tools

    async with AsyncNavaiBackendClient() as client:
        tools = await backend_tools(client)
        for tool in tools:
            print(tool.name, tool.description, tool.parameters)
        text = await tools.call("send_email", {"payload": {"to": "user@example.com"}})

What a model is told follows the tools of ``buildNavaiAgent`` of the TypeScript package (`@navai/voice-frontend` 0.1.7).
"""

from navai.tools._backend_tools import Tools, backend_tools
from navai.tools._tools import Tool

__all__ = ["Tool", "Tools", "backend_tools"]
