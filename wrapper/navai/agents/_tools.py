"""The tools of an agent, for openai-agents."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from agents import FunctionTool
from agents.function_schema import function_schema
from agents.tool_context import ToolContext

from navai._javascript import NotJSON, parse_json
from navai._json import as_object, as_text
from navai._outcomes import describe_error, outcome_here
from navai.agents._routes import NavaiRoute, resolve_route
from navai.tools._answers import answer_text
from navai.tools._functions import Functions, LocalFunction, argument_schema, may_need_approval
from navai.tools._names import MAX_FUNCTIONS, one_line, tool_names

Navigate = Callable[[str], Any]

_ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
_ARGUMENTS = (
    "Use payload.args as array for function args, payload.constructorArgs for class constructors, "
    "payload.methodArgs for class methods."
)


def _tool(
    name: str, description: str, properties: dict[str, Any], run: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
) -> FunctionTool:
    async def invoke(_: ToolContext[Any], arguments: str) -> str:
        try:
            given = as_object(parse_json(arguments or "{}"))
        except NotJSON:
            given = None
        error = "The arguments are not a JSON object." if given is None else _refusal(given, properties)
        return answer_text(await run(given) if given is not None and error is None else {"ok": False, "error": error})

    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return FunctionTool(name, description, schema, invoke, strict_json_schema=False)


def _refusal(given: dict[str, Any], properties: dict[str, Any]) -> str | None:
    """Why a call is refused, in words that a model can act on; None if it is not.

    An unknown argument is refused and not ignored, since the function would run without it.
    """
    unknown = next((name for name in given if name not in properties), None)
    if unknown is not None:
        hint = " Pass the function's arguments inside payload." if "payload" in properties else ""
        return f"Nothing was executed: this tool takes no argument {json.dumps(one_line(unknown), ensure_ascii=False)}.{hint}"
    payload = given.get("payload")
    if payload is not None and as_object(payload) is None:
        return "Nothing was executed: payload must be a JSON object of the function's arguments, or null."
    return None


def _payload(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "description": description}


def navigate_tool(navigate: Navigate, routes: Iterable[NavaiRoute]) -> FunctionTool:
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
    return _tool("navigate_to", "Navigate to an allowed route in the current app.", {"target": target}, run)


def execute_tool(functions: Functions) -> FunctionTool:
    """The tool that executes any function by name."""

    async def run(given: dict[str, Any]) -> dict[str, Any]:
        return await functions.execute(as_text(given.get("function_name")) or "", as_object(given.get("payload")))

    name = {"type": "string", "minLength": 1, "description": "Allowed function name from the list."}
    payload = _payload(_ANY_OBJECT, f"Payload object. Use null when no arguments are needed. {_ARGUMENTS}")
    properties = {"function_name": name, "payload": payload}
    return _tool("execute_app_function", "Execute an allowed internal app function by name.", properties, run)


def direct_tools(functions: Functions, warnings: list[str]) -> list[FunctionTool]:
    """A tool for each function in the instructions whose name is a valid tool name."""
    return [_direct_tool(name, functions) for name in tool_names(functions.names[:MAX_FUNCTIONS], warnings)]


def _direct_tool(name: str, functions: Functions) -> FunctionTool:
    async def run(given: dict[str, Any]) -> dict[str, Any]:
        return await functions.execute(name, as_object(given.get("payload")))

    local, backend = functions.local.get(name), functions.backend.get(name)
    schema = _schema_of(local) if local is not None else backend and argument_schema(backend)
    description = f'Direct alias for execute_app_function("{name}").'
    if backend is not None and may_need_approval(backend):
        description += " It may wait until someone has approved it."
    payload = _payload(schema or _ANY_OBJECT, "Payload object." if schema else f"Payload object. Optional. {_ARGUMENTS}")
    return _tool(name, description, {"payload": payload}, run)


def _schema_of(function: LocalFunction) -> dict[str, Any] | None:
    """The JSON schema of a local function's arguments, from its signature and docstring. None if there is none."""
    try:
        return function_schema(function.run, strict_json_schema=False).params_json_schema
    except Exception:  # noqa: BLE001 (annotations can be anything)
        return None
