"""The functions that an agent may execute, local ones and the backend's, and what becomes of an execution."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from navai._errors import APIConnectionError, ConfigurationError, FunctionExecutionError
from navai._json import as_list, as_object
from navai._outcomes import Outcome, described, outcome_of
from navai._results import BackendFunction
from navai.agents._checks import check_elements, check_kind
from navai.agents._names import MOST_FUNCTIONS, allowed_backend_functions, key_of, unique_name

logger = logging.getLogger("navai.agents")

LocalFunctions = Sequence[Callable[..., Any]] | Mapping[str, Callable[..., Any]]

# A longer one, in bytes of JSON, would leave the model no room for the conversation; pydantic writes no more than 255 levels.
_LONGEST_SCHEMA = 20_000
_DEEPEST_SCHEMA = 100

# The same as `execute_function` of a client, sync or async: called with the name and the payload.
ExecuteBackendFunction = Callable[[str, dict[str, Any] | None], Any]


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a function returns or raises; one that is not async runs in a thread, so that it holds up nobody's sentence."""
    outcome = await outcome_of(function, *args, **kwargs)
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


@frozen
class LocalFunction:
    """A Python function that the agent may call."""

    name: str
    description: str
    source: str
    run: Callable[..., Any]

    def arguments(self, payload: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments for a payload: its list ``args`` by position, else its entries by name, else it as the only argument.

        Raises:
            TypeError: The function takes other ones.
        """
        signature = inspect.signature(self.run)
        positional = as_list(payload.get("args"))
        if positional:
            return signature.bind(*positional)
        try:
            return signature.bind(**payload)
        except TypeError:
            if len(signature.parameters) != 1 or not payload:
                raise
            # As the published code does: `value` alone, or the whole payload.
            return signature.bind(payload.get("value", payload))

    async def call(self, payload: dict[str, Any]) -> Outcome:
        """What comes of the function for a payload."""
        try:
            bound = self.arguments(payload)
        except (TypeError, ValueError) as error:  # Other arguments; or a function that does not tell which it takes.
            return Outcome(None, error)
        return await outcome_of(self.run, *bound.args, **bound.kwargs)


def local_functions(functions: LocalFunctions, warnings: list[str]) -> dict[str, LocalFunction]:
    """The local functions by the names that they get.

    Raises:
        ConfigurationError: If they are not functions.
    """
    wanted = "a list of functions, or a dict of names and functions"
    check_kind("functions", functions, Collection, wanted)
    if isinstance(functions, str | bytes):  # Collections too, of characters.
        raise ConfigurationError(f"functions must be {wanted}; not {type(functions).__name__}.")
    if isinstance(functions, Mapping):
        check_elements("The names of functions", functions, str, "strings")
    pairs: Iterable[tuple[str | None, Any]]
    pairs = functions.items() if isinstance(functions, Mapping) else ((None, each) for each in functions)
    found: dict[str, LocalFunction] = {}
    taken: set[str] = set()
    for given, function in pairs:
        if not callable(function) or isinstance(function, type):
            raise ConfigurationError(f"functions must be functions or bound methods; not {function!r}.")
        own = str(getattr(function, "__name__", "fn"))
        name = unique_name(own if given is None else given, taken, warnings)
        description = (inspect.getdoc(function) or f"Call {own}().").partition("\n")[0]
        source = f"{getattr(function, '__module__', 'python')}:{getattr(function, '__qualname__', own)}"
        found[name] = LocalFunction(name, description, source, function)
    return found


class Functions:
    """All functions of one agent.

    Args:
        local: Its own; they go before the backend's of the same name.
        backend: The backend's.
        execute: Executes one of the backend's; None: none can be.
        warnings: Takes what was left out, and why.
    """

    def __init__(
        self,
        local: Mapping[str, LocalFunction],
        backend: Iterable[BackendFunction],
        execute: ExecuteBackendFunction | None,
        warnings: list[str],
    ) -> None:
        self.local = local
        self.backend = allowed_backend_functions(backend, local, warnings)
        self._execute = execute

    @property
    def names(self) -> list[str]:
        """All names, the local ones first."""
        return [*self.local, *self.backend]

    @property
    def described(self) -> list[tuple[str, str | None]]:
        """Names and descriptions."""
        local = [(each.name, each.description) for each in self.local.values()]
        return [*local, *((name, each.description) for name, each in self.backend.items())]

    async def execute(self, requested: str, payload: dict[str, Any] | None) -> dict[str, Any]:
        """What the model is told of an execution: `ok`, and the result or what went wrong. Raises nothing but cancellation."""
        name = key_of(requested)
        local, backend, execute = self.local.get(name), self.backend.get(name), self._execute
        if local is not None:
            return _told(name, local.source, await local.call(payload or {}))
        if backend is None:
            return {"ok": False, "error": "Unknown or disallowed function.", "available_functions": self.names[:MOST_FUNCTIONS]}
        if execute is None:
            return {"ok": False, "function_name": name, "error": "Backend function execution is not configured."}
        source = "backend" if backend.source is None else backend.source
        return _told(name, source, await outcome_of(execute, backend.name, payload))


def _told(name: str, source: str, outcome: Outcome) -> dict[str, Any]:
    """What the model is told of a call, once it is over."""
    known, error = {"function_name": name}, outcome.error
    if error is None:
        return {"ok": True, **known, "source": source, "result": outcome.result}
    logger.info("%s failed: %s", name, type(error).__name__)
    return {"ok": False, **known, "error": "Function execution failed.", "details": described(error), **_more(error)}


def _more(error: BaseException) -> dict[str, Any]:
    """What else the model should know, so that it does not call again what may have run, or what waits."""
    if isinstance(error, FunctionExecutionError) and error.pending_approval:
        return {"pending_approval": True}
    if isinstance(error, APIConnectionError):
        return {"may_have_run": error.request_sent}
    return {}


def argument_schema(function: BackendFunction) -> dict[str, Any] | None:
    """The JSON schema of a function's arguments, where the backend lists one (WordPress does) that can be sent to the model."""
    metadata = as_object(function.extra.get("metadata")) or {}
    schema = as_object(metadata.get("argument_schema"))
    if not schema or schema.get("type", "object") != "object":
        return None
    return schema if _can_be_sent(schema) else None


def _can_be_sent(schema: dict[str, Any]) -> bool:
    """Whether a session can be opened with a schema, and leaves the model room for the conversation."""
    level: list[Any] = [schema]
    for _ in range(_DEEPEST_SCHEMA):
        level = [inner for each in level for inner in as_list(each) or (as_object(each) or {}).values()]
        if not level:
            break
    else:
        return False
    try:
        return len(json.dumps(schema, ensure_ascii=False).encode()) <= _LONGEST_SCHEMA
    except UnicodeEncodeError:  # It has half a letter.
        return False


def needs_approval(function: BackendFunction) -> bool:
    """Whether the backend lists that somebody must approve each execution (WordPress does)."""
    return (as_object(function.extra.get("metadata")) or {}).get("requires_approval") is True
