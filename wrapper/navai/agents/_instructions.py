"""The agents' instructions, in the words of the published code. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from navai.agents._routes import NavaiRoute, route_lines
from navai.tools._names import MAX_FUNCTIONS, reduced

_RULES = (
    "Rules:",
    "- If user asks to go/open a section, always call navigate_to.",
    "- If user asks to run an internal action that belongs to you, call execute_app_function or the matching direct function tool.",
    "- If the task clearly belongs to a specialist agent, hand off to that specialist agent.",
    "- Food recommendations, fast food, hamburgers, pizza, tacos, snacks, and meal suggestions belong to the food specialist.",
    "- Always include payload in execute_app_function. Use null when no arguments are needed.",
    "- For execute_app_function, pass arguments using payload.args (array).",
    "- For class methods, pass payload.constructorArgs and payload.methodArgs.",
    "- Never invent routes or function names that are not listed.",
    "- If destination/action is unclear, ask a brief clarifying question.",
)

_SPECIALIST_RULES = (
    "Rules:",
    "- Always use execute_app_function for app actions.",
    "- When no arguments are needed, call execute_app_function with payload set to null.",
    "- Use only the functions available to this specialist agent.",
    "- Do not navigate unless one of your allowed functions explicitly does so.",
    "- Return a concise result to the main NAVAI agent.",
)


def function_lines(functions: Sequence[tuple[str, str]], warnings: list[str]) -> list[str]:
    """The lines about an agent's functions, one per function, so that what a backend lists cannot add instructions of its own.

    Args:
        functions: Names and descriptions.
        warnings: The list to which warnings about what is left out are added.
    """
    lines = [reduced(name, f"- {name}: {description}", warnings) for name, description in functions[:MAX_FUNCTIONS]]
    if len(functions) > MAX_FUNCTIONS:
        warnings.append(
            f"[navai] The instructions list only {MAX_FUNCTIONS} of the {len(functions)} functions; all can be executed."
        )
    return lines


def main_instructions(
    base: str | None, routes: Iterable[NavaiRoute], functions: Sequence[str], specialists: Iterable[tuple[str, str | None]]
) -> str:
    """The instructions of the main agent.

    Args:
        base: Their beginning. None for that of the published code.
        routes: The places that the agent may navigate to.
        functions: The lines about its functions.
        specialists: Names and descriptions of the agents that it may hand off to.
    """
    unknown = "Specialist agent available by delegation."
    lines = [f"- {name}: {unknown if description is None else description}" for name, description in specialists]
    return "\n".join(
        [
            "You are the main NAVAI voice agent embedded in a web app." if base is None else base,
            "Allowed routes:",
            *route_lines(routes),
            "Allowed app functions:",
            *(functions or ["- none"]),
            "Available specialist agents:",
            *(lines or ["- none"]),
            *_RULES,
        ]
    )


def specialist_instructions(name: str, base: str | None, functions: Sequence[str]) -> str:
    """The instructions of a specialist."""
    begins = f"You are the {name} specialist agent for this web app." if base is None else base
    return "\n".join([begins, "Allowed app functions:", *(functions or ["- none"]), *_SPECIALIST_RULES])
