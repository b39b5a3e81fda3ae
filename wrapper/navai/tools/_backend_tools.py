"""The tools of a backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve

from navai._async_client import AsyncNavaiBackendClient
from navai._client import NavaiBackendClient
from navai._errors import ConfigurationError, NavaiError
from navai._redacted_dict import RedactedDict
from navai._results import ClientSecret
from navai.tools._answers import MAX_LENGTH, answer_text
from navai.tools._checks import check_client, check_kind
from navai.tools._extra import check_extra, execution_fields, with_fields
from navai.tools._functions import Functions, LocalFunctions, called, local_functions, unknown_function
from navai.tools._names import MAX_FUNCTIONS, reduced, tool_names
from navai.tools._tools import EXECUTE, OpenAIForm, Tool, direct_tool, execute_tool

# Some 5,000 tokens, of which a realtime model has no more than a few ten thousand for a whole conversation.
MAX_RESULT_LENGTH = 20_000


class Tools(list[Tool]):
    """The tools that `backend_tools` made: a list of `Tool`, to which you can add.

    Attributes:
        warnings: What the backend warned of when it listed its functions, and what was renamed, left out or shortened.
        error: Why the functions could not be listed, or None if they were.
    """

    __module__ = "navai.tools"

    def __init__(self, tools: Iterable[Tool], warnings: list[str], error: NavaiError | None) -> None:
        super().__init__(tools)
        self.warnings = warnings
        self.error = error

    async def call(self, name: str, arguments: Mapping[str, Any] | str | None = None) -> str:
        """Calls the tool of that name: see `Tool.call`. If there is none, the text for the model says so, and lists all names.

        Args:
            name: The name that the model chose.
            arguments: The model's arguments, as JSON text or parsed.
        """
        tool = next((tool for tool in self if tool.name == name), None)
        if tool is None:
            return answer_text(unknown_function([tool.name for tool in self]), MAX_RESULT_LENGTH)
        return await tool.call(arguments)

    def as_openai(self, form: OpenAIForm = "realtime") -> list[Any]:
        """The definitions of all tools for one of OpenAI's APIs: see `Tool.as_openai`."""
        return [tool.as_openai(form) for tool in self]


async def backend_tools(
    client: AsyncNavaiBackendClient | NavaiBackendClient,
    *,
    functions: LocalFunctions = (),
    secret: ClientSecret | None = None,
    execute_extra: Mapping[str, Any] | None = None,
    max_result_length: int = MAX_RESULT_LENGTH,
) -> Tools:
    """Lists the functions of a backend, and makes a tool of each.

    If the listing fails, there are only those of local functions; `Tools.warnings` and `error` say why. A function whose name
    cannot be that of a tool, and each beyond 500, is executed by one more tool, ``execute_app_function``.

    Args:
        client: A client, sync or async, which must stay open as long as the tools are called. A sync client is called in threads.
        functions: Local functions, async or sync (which run in a thread): a list, or a mapping from names to functions. They take
            precedence over the backend's functions of the same name. The first line of its docstring describes a function, its
            annotations its arguments.
        secret: The client secret of the conversation. If the backend keeps a session for it, as WordPress can, its key is sent
            along with each execution, as ``session_key``.
        execute_extra: More fields of each execution, as `extra_body` of `execute_function`, for example WordPress's ``agent_key``.
        max_result_length: The maximum length of a result's JSON in characters, at most 1,000,000. Of a longer result, the model is
            told the beginning, as text, and a ``warning``. A result of more than 1,000,000 characters is left out. What a failed
            call tells is cut at the same length.

    Raises:
        ConfigurationError: If an argument is not valid. Nothing was sent.
    """
    given = RedactedDict(execute_extra=execute_extra)
    del execute_extra
    with given:
        check_client(client, "list_functions", "execute_function")
        check_kind("secret", secret, (ClientSecret, type(None)), "a ClientSecret")
        check_kind("execute_extra", given["execute_extra"], (Mapping, type(None)), "a dict of fields")
        check_extra(given["execute_extra"] or {})
        _check_length(max_result_length)
        local_functions(functions, [])
    listed = await called(client.list_functions)
    warnings: list[str] = list(listed.warnings)
    execute = with_fields(client.execute_function, execution_fields(secret, given["execute_extra"]))
    own = Functions(local_functions(functions, warnings), listed.functions, execute, warnings)
    made = [evolve(tool, max_result_length=max_result_length) for tool in _tools(own, warnings)]
    return Tools(made, warnings, listed.error)


def _check_length(length: object) -> None:
    if isinstance(length, bool) or not isinstance(length, int) or not 1 <= length <= MAX_LENGTH:
        raise ConfigurationError(f"max_result_length must be an int from 1 to {MAX_LENGTH:,}.")


def _tools(functions: Functions, warnings: list[str]) -> list[Tool]:
    described = {name: reduced(name, description, warnings) for name, description in functions.described}
    direct = tool_names(functions.names[:MAX_FUNCTIONS], warnings, {"execute_app_function"})
    tools = [direct_tool(name, functions, described[name]) for name in direct]
    is_direct = set(direct)
    others = [name for name in functions.names if name not in is_direct]
    if others:
        listed = "; ".join(f"{name}: {described[name]}" for name in others[:MAX_FUNCTIONS])
        description = reduced("execute_app_function", f"{EXECUTE} {listed}", warnings)
        tools.append(execute_tool(functions, description, others[:MAX_FUNCTIONS]))
    if len(functions.names) > MAX_FUNCTIONS:
        warnings.append(
            f"[navai] Only the first {MAX_FUNCTIONS} of the {len(functions.names)} functions become tools of their own; "
            "the others are available via execute_app_function."
        )
    return tools
