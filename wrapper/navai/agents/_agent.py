"""The agent: its instructions, tools and specialists, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from agents.realtime import RealtimeAgent
from attrs import field, frozen

from navai._results import BackendFunction
from navai.agents._annotations import evaluated
from navai.agents._checks import (
    check_callable,
    check_elements,
    check_kind,
    check_list,
    check_text,
    is_flag,
    is_text,
    is_text_or_none,
)
from navai.agents._functions import ExecuteBackendFunction, Functions, LocalFunctions, local_functions
from navai.agents._instructions import function_lines, main_instructions, specialist_instructions
from navai.agents._routes import NavaiRoute
from navai.agents._tools import Navigate, direct_tools, execute_tool, navigate_tool


@frozen
@evaluated(globals())
class NavaiAgentConfig:
    """An agent with local functions of its own: the main one, or a specialist that the main one hands off to.

    Attributes:
        name: What it is called.
        functions: Its local functions; one without any is left out.
        description: What it is for, told to the main agent.
        handoff_description: When to hand off to it, for the model. Default: the description.
        instructions: How its instructions begin.
        is_primary: Whether it is the main agent. Default: the first that has functions is.

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
    """A realtime agent that navigates in an app, and executes its functions and those of a backend.

    Its tools are ``navigate_to``, ``execute_app_function``, and one for each function whose name is fit for a tool. Local functions
    go before the backend's of the same name. Each execution tells the model ``{"ok": true, "result": ...}``, or
    ``{"ok": false, ...}`` with what went wrong; nothing that a function raises ends the conversation.

    Args:
        navigate: Called with the path of a route, in the event loop; may be async.
        routes: Where the agent may navigate to.
        backend_functions: As `list_functions` of a client returns them.
        execute_backend_function: `execute_function` of a client, sync or async. Default: none of the backend's can be executed.
        functions: Local functions, sync (run in a thread) or async, by their own names or by those that a mapping gives. The first
            line of the docstring describes a function.
        agents: Specialists, and perhaps the main agent; `functions` is for a main agent that is not among them.
        agent_name: What the main agent is called. Default ``"Navai Voice Agent"``.
        base_instructions: How its instructions begin.

    Returns:
        The agent; and what was left out or renamed, a line each.

    Raises:
        ConfigurationError: An argument cannot be right; the message says what to write instead.
    """
    check_inputs(navigate, routes, functions, agents, agent_name=agent_name, base_instructions=base_instructions)
    check_kind("backend_functions", backend_functions, Iterable, "a list of BackendFunction")
    found = list(backend_functions)
    check_elements("backend_functions", found, BackendFunction, "BackendFunction")
    if execute_backend_function is not None:
        check_callable("execute_backend_function", execute_backend_function, "a function that takes a name and a payload")
    warnings: list[str] = []
    configured = [config for config in agents if config.functions]
    primary = next((config for config in configured if config.is_primary), configured[0] if configured else None)

    later: list[str] = []  # The published code tells of the backend's functions first.
    local = local_functions(functions if primary is None else primary.functions, later)
    own = Functions(local, found, execute_backend_function, warnings)
    tools = [navigate_tool(navigate, routes), execute_tool(own), *direct_tools(own, later)]
    warnings += later

    specialists = [config for config in configured if config is not primary]
    handoffs = [_specialist(config, found, execute_backend_function, warnings) for config in specialists]
    instructions = main_instructions(
        base_instructions if primary is None or primary.instructions is None else primary.instructions,
        routes,
        function_lines(own.described, warnings),
        [(each.name, each.description if each.description is not None else each.handoff_description) for each in specialists],
    )
    name = "Navai Voice Agent" if agent_name is None else agent_name
    agent: RealtimeAgent[Any] = RealtimeAgent(
        name=name if primary is None else primary.name, instructions=instructions, tools=[*tools], handoffs=[*handoffs]
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
    for each in (functions, *(config.functions for config in agents)):
        local_functions(each, [])
    check_text("agent_name", agent_name)
    check_text("base_instructions", base_instructions)


def _specialist(
    config: NavaiAgentConfig, found: list[BackendFunction], execute: ExecuteBackendFunction | None, warnings: list[str]
) -> RealtimeAgent[Any]:
    local = local_functions(config.functions, warnings)
    functions = Functions(local, found, execute, warnings)
    described = next((text for text in (config.handoff_description, config.description) if text is not None), None)
    return RealtimeAgent(
        name=config.name,
        handoff_description=f"Delegate specialist work to {config.name}." if described is None else described,
        instructions=specialist_instructions(config.name, config.instructions, function_lines(functions.described, warnings)),
        tools=[execute_tool(functions)],
    )
