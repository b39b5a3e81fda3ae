"""Builds the agent from its instructions, tools and specialists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.realtime import RealtimeAgent
from attrs import field, frozen

from navai._results import BackendFunction
from navai.agents._annotations import evaluated
from navai.agents._function_tools import Navigate, direct_tools, function_tool, navigate_tool
from navai.agents._instructions import function_lines, main_instructions, specialist_instructions
from navai.agents._routes import NavaiRoute
from navai.tools._checks import (
    check_callable,
    check_elements,
    check_kind,
    check_list,
    check_text,
    is_flag,
    is_text,
    is_text_or_none,
)
from navai.tools._functions import ExecuteBackendFunction, Functions, LocalFunctions, local_functions
from navai.tools._tools import execute_tool


@frozen
@evaluated(globals())
class NavaiAgentConfig:
    """An agent with its own local functions: the main agent, or a specialist that it hands off to.

    Attributes:
        name: The name of the agent.
        functions: Its local functions. An agent without functions is left out.
        description: What the agent is for, as the main agent's instructions put it.
        handoff_description: When to hand off to it, as the model sees it. Defaults to the description.
        instructions: The beginning of its instructions.
        is_primary: Whether it is the main agent. By default, the first agent with functions is.

    Raises:
        ConfigurationError: If a field is not of its type.
    """

    __module__ = "navai.agents"

    name: str = field(validator=is_text)
    functions: LocalFunctions
    description: str | None = field(default=None, kw_only=True, validator=is_text_or_none)
    handoff_description: str | None = field(default=None, kw_only=True, validator=is_text_or_none)
    instructions: str | None = field(default=None, kw_only=True, validator=is_text_or_none)
    is_primary: bool = field(default=False, kw_only=True, validator=is_flag)


def build_navai_agent(
    *,
    navigate: Navigate,
    routes: Sequence[NavaiRoute],
    backend_functions: Iterable[BackendFunction] = (),
    execute_backend_function: ExecuteBackendFunction | None = None,
    functions: LocalFunctions = (),
    agents: Sequence[NavaiAgentConfig] = (),
    agent_name: str | None = None,
    base_instructions: str | None = None,
) -> tuple[RealtimeAgent[Any], list[str]]:
    """Builds a realtime agent that navigates in an app and executes its functions and those of a backend.

    Its tools are ``navigate_to``, ``execute_app_function``, and one for each function whose name is a valid tool name. Local
    functions take precedence over the backend's functions of the same name. The model receives ``{"ok": true, "result": ...}`` for
    each execution, or ``{"ok": false, ...}`` with what went wrong. No exception of a function ends the conversation.

    Args:
        navigate: A function that is called with the path of a route, in the event loop. It may be async.
        routes: The places that the agent may navigate to.
        backend_functions: The backend's functions, as a client's `list_functions` returns them.
        execute_backend_function: A client's `execute_function`, sync or async. Without it, no backend function can be executed.
        functions: Local functions, async or sync (which run in a thread): a list, or a mapping from names to functions. The first
            line of its docstring describes a function.
        agents: Specialists, and optionally the main agent. `functions` is for a main agent that is not among them.
        agent_name: The name of the main agent. Defaults to ``"Navai Voice Agent"``.
        base_instructions: The beginning of its instructions.

    Returns:
        The agent, and a list of warnings about what was left out or renamed.

    Raises:
        ConfigurationError: If an argument is not valid. The message says what to write instead.
    """
    check_inputs(navigate, routes, functions, agents, agent_name=agent_name, base_instructions=base_instructions)
    check_kind("backend_functions", backend_functions, Iterable, "a list of BackendFunction")
    listed = list(backend_functions)
    check_elements("backend_functions", listed, BackendFunction, "BackendFunction")
    if execute_backend_function is not None:
        check_callable("execute_backend_function", execute_backend_function, "a function that takes a name and a payload")
    warnings: list[str] = []
    configured = [config for config in agents if config.functions]
    primary = next((config for config in configured if config.is_primary), configured[0] if configured else None)

    later: list[str] = []  # The published code warns about the backend's functions first.
    local = local_functions(functions if primary is None else primary.functions, later)
    own = Functions(local, listed, execute_backend_function, warnings)
    tools = [navigate_tool(navigate, routes), execute_tool(own), *direct_tools(own, later)]
    warnings += later

    specialists = [config for config in configured if config is not primary]
    handoffs = [_specialist(config, listed, execute_backend_function, warnings) for config in specialists]
    instructions = main_instructions(
        base_instructions if primary is None or primary.instructions is None else primary.instructions,
        routes,
        function_lines(own.described, warnings),
        [(agent.name, agent.description if agent.description is not None else agent.handoff_description) for agent in specialists],
    )
    name = "Navai Voice Agent" if agent_name is None else agent_name
    agent: RealtimeAgent[Any] = RealtimeAgent(
        name=name if primary is None else primary.name,
        instructions=instructions,
        tools=[function_tool(tool) for tool in tools],
        handoffs=[*handoffs],
    )
    return agent, warnings


def check_inputs(
    navigate: object,
    routes: object,
    functions: LocalFunctions,
    agents: Sequence[NavaiAgentConfig],
    *,
    agent_name: object,
    base_instructions: object,
) -> None:
    """Checks the arguments that `build_navai_agent` and `open_session` have in common.

    Raises:
        ConfigurationError: If one of them is not valid.
    """
    check_callable("navigate", navigate, "a function that takes a path")
    check_list("routes", routes, NavaiRoute, "NavaiRoute")
    check_list("agents", agents, NavaiAgentConfig, "NavaiAgentConfig")
    for own in (functions, *(config.functions for config in agents)):
        local_functions(own, [])
    check_text("agent_name", agent_name)
    check_text("base_instructions", base_instructions)


def _specialist(
    config: NavaiAgentConfig, listed: list[BackendFunction], execute: ExecuteBackendFunction | None, warnings: list[str]
) -> RealtimeAgent[Any]:
    local = local_functions(config.functions, warnings)
    functions = Functions(local, listed, execute, warnings)
    described = next((text for text in (config.handoff_description, config.description) if text is not None), None)
    return RealtimeAgent(
        name=config.name,
        handoff_description=f"Delegate specialist work to {config.name}." if described is None else described,
        instructions=specialist_instructions(config.name, config.instructions, function_lines(functions.described, warnings)),
        tools=[function_tool(execute_tool(functions))],
    )
