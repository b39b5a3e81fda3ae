"""Tools for a model: what it is told of each, and what it is told of a call."""

import copy
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, cast

from attrs import field, frozen

from navai._errors import ConfigurationError
from navai._javascript import NotJSON, parse_json
from navai._json import as_object, as_text, short_repr
from navai.tools._answers import MAX_LENGTH, answer_text
from navai.tools._functions import Functions, argument_schema, may_need_approval
from navai.tools._names import one_line
from navai.tools._signatures import signature_schema

# Executes a call whose arguments have been checked, and returns the answer for the model.
Run = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

# The APIs of OpenAI whose definitions of functions differ in form.
OpenAIForm = Literal["realtime", "chat", "responses"]

# The description of the tool that executes functions by name.
EXECUTE = "Execute an allowed internal app function by name."

_ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
_ARGUMENTS = (
    "Use payload.args as array for function args, payload.constructorArgs for class constructors, "
    "payload.methodArgs for class methods."
)


@frozen(eq=False)
class Tool:
    """A function that a model may call. `backend_tools` makes them.

    Attributes:
        name: Its name, of at most 64 letters, digits, ``_`` and ``-``.
        description: What it does, in one line of at most 500 characters and a sentence about approval.
        parameters: The JSON schema of its arguments, which are an object with the function's own arguments in ``payload``.
    """

    __module__ = "navai.tools"

    name: str
    description: str
    parameters: dict[str, Any] = field(repr=False)
    _run: Run = field(repr=False)
    _max_result_length: int = field(default=MAX_LENGTH, repr=False)

    async def call(self, arguments: Mapping[str, Any] | str | None = None) -> str:
        """Executes the function, and returns what to tell the model, as JSON.

        It is ``{"ok": true, "function_name": ..., "source": ..., "result": ...}``, or ``{"ok": false, "error": ...}`` with
        ``details`` and whatever keeps the model from calling again what may have run or waits for approval. No `Exception` is
        raised, whatever the function, the backend or the network does. A call is never repeated.

        Args:
            arguments: The model's arguments, as JSON text or parsed, for example ``'{"payload": {"amount": 5}}'``. Arguments that
                are invalid, or that `parameters` does not have, are refused: the text says so, and nothing is executed.

        Raises:
            asyncio.CancelledError: If the caller is cancelled. The function may have run; a sync one runs on in its thread.
        """
        given = _parsed(arguments)
        error = "The arguments are not a JSON object." if given is None else _refusal(given, self.parameters["properties"])
        answer = await self._run(given) if given is not None and error is None else {"ok": False, "error": error}
        return answer_text(answer, self._max_result_length)

    def as_openai(self, form: OpenAIForm = "realtime") -> dict[str, Any]:
        """The definition of the tool for one of OpenAI's APIs.

        Args:
            form: ``"realtime"`` for ``session.update`` and client secrets, ``"responses"``, or ``"chat"`` for Chat Completions,
                which nests it in ``function``. None of them is strict: a backend's functions may take any object.

        Raises:
            ConfigurationError: If there is no such form.
        """
        function = {"name": self.name, "description": self.description, "parameters": copy.deepcopy(self.parameters)}
        if form == "chat":
            return {"type": "function", "function": function}
        if form == "realtime":
            return {"type": "function", **function}
        if form == "responses":  # The one API that takes functions as strict if nothing is said.
            return {"type": "function", **function, "strict": False}
        raise ConfigurationError(f'form must be "realtime", "chat" or "responses", not {short_repr(cast("object", form))}.')


def new_tool(name: str, description: str, properties: dict[str, Any], run: Run) -> Tool:
    """A tool that takes these properties."""
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return Tool(name, description, schema, run)


def _parsed(arguments: object) -> dict[str, Any] | None:
    """The arguments of a call; None if they are no JSON object."""
    if isinstance(arguments, Mapping):
        try:
            given = dict(cast("Mapping[Any, Any]", arguments))
        except Exception:  # noqa: BLE001 (it may be an object of any class)
            return None
        return given if all(isinstance(name, str) for name in given) else None
    if arguments is not None and not isinstance(arguments, str):
        return None
    try:
        return as_object(parse_json(arguments or "{}"))
    except NotJSON:
        return None


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


def execute_tool(functions: Functions, description: str = EXECUTE, allowed: Sequence[str] | None = None) -> Tool:
    """The tool that executes any function by name.

    Args:
        functions: The functions.
        description: What the tool does.
        allowed: The names that the model can choose from; None if its instructions list them.
    """

    async def run(given: dict[str, Any]) -> dict[str, Any]:
        return await functions.execute(as_text(given.get("function_name")) or "", as_object(given.get("payload")))

    name = {"type": "string", "minLength": 1, "description": "Allowed function name from the list."}
    if allowed is not None:
        name |= {"enum": list(allowed)}
    payload = _payload(_ANY_OBJECT, f"Payload object. Use null when no arguments are needed. {_ARGUMENTS}")
    return new_tool("execute_app_function", description, {"function_name": name, "payload": payload}, run)


def direct_tool(name: str, functions: Functions, description: str) -> Tool:
    """The tool that executes one function.

    Args:
        name: The function.
        functions: All functions.
        description: What the tool does.
    """

    async def run(given: dict[str, Any]) -> dict[str, Any]:
        return await functions.execute(name, as_object(given.get("payload")))

    local, backend = functions.local.get(name), functions.backend.get(name)
    schema = signature_schema(local.run) if local is not None else backend and argument_schema(backend)
    if backend is not None and may_need_approval(backend):
        description += " It may wait until someone has approved it."
    payload = _payload(schema or _ANY_OBJECT, "Payload object." if schema else f"Payload object. Optional. {_ARGUMENTS}")
    return new_tool(name, description, {"payload": payload}, run)
