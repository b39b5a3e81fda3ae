"""The tools of an agent, as openai-agents wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext

from navai._json import as_text
from navai._outcomes import describe_error, outcome_here
from navai.agents._routes import NavaiRoute, resolve_route
from navai.tools._functions import Functions
from navai.tools._names import MAX_FUNCTIONS, tool_names
from navai.tools._tools import Tool, direct_tool, new_tool

Navigate = Callable[[str], Any]


def function_tool(tool: Tool) -> FunctionTool:
    """A tool of openai-agents that calls `tool`."""

    async def invoke(_: ToolContext[Any], arguments: str) -> str:
        return await tool.call(arguments)

    return FunctionTool(tool.name, tool.description, tool.parameters, invoke, strict_json_schema=False)


def navigate_tool(navigate: Navigate, routes: Iterable[NavaiRoute]) -> Tool:
    """The tool that navigates to a route."""
    known = list(routes)

    async def run(given: dict[str, Any]) -> dict[str, Any]:
        path = resolve_route(as_text(given.get("target")) or "", known)
        if path is None:
            return {"ok": False, "error": "Unknown or disallowed route."}
        error = (await outcome_here(navigate, path)).error
        if error is not None:
            return {"ok": False, "error": "Navigation failed.", "details": describe_error(error)}
        return {"ok": True, "path": path}

    target = {
        "type": "string",
        "minLength": 1,
        "description": "Route name or route path. Example: perfil, ajustes, /profile, /settings",
    }
    return new_tool("navigate_to", "Navigate to an allowed route in the current app.", {"target": target}, run)


def direct_tools(functions: Functions, warnings: list[str]) -> list[Tool]:
    """A tool for each function in the instructions whose name is a valid tool name."""
    names = tool_names(functions.names[:MAX_FUNCTIONS], warnings)
    return [direct_tool(name, functions, f'Direct alias for execute_app_function("{name}").') for name in names]
