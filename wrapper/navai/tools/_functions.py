"""The functions that an agent may execute, its own and the backend's, and the results of executing them."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from navai._errors import ConfigurationError
from navai._failures import execution_failure
from navai._json import as_list, as_object
from navai._outcomes import Outcome, describe_error, outcome_of
from navai._results import BackendFunction
from navai.tools._checks import check_elements, check_kind
from navai.tools._names import MAX_FUNCTIONS, allowed_backend_functions, key_of, unique_name

logger = logging.getLogger("navai.tools")

LocalFunctions = Sequence[Callable[..., Any]] | Mapping[str, Callable[..., Any]]

# In bytes of JSON: a longer schema would leave the model no room for the conversation. Pydantic writes at most 255 levels.
_MAX_SCHEMA_SIZE = 20_000
_MAX_SCHEMA_DEPTH = 100

# A client's `execute_function`, sync or async, which is called with the name and the payload.
ExecuteBackendFunction = Callable[[str, dict[str, Any] | None], Any]


async def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls a function, and returns or raises what it does. A sync one runs in a thread, so that speech goes on."""
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
        """The arguments for a payload: its entries by name, or its list ``args`` by position, or the payload as the only argument.

        Raises:
            TypeError: If the function does not take these arguments.
        """
        signature = inspect.signature(self.run)
        try:
            return signature.bind(**payload)
        except TypeError:
            positional = as_list(payload.get("args"))
            if positional:
                return signature.bind(*positional)
            if len(signature.parameters) != 1 or not payload:
                raise
            # As in the published code: only `value`, or the whole payload.
            return signature.bind(payload.get("value", payload))

    async def call(self, payload: dict[str, Any]) -> Outcome:
        """Calls the function with a payload."""
        try:
            bound = self.arguments(payload)
        except (TypeError, ValueError) as error:  # Wrong arguments, or a function whose signature is unknown.
            return Outcome(None, error)
        return await outcome_of(self.run, *bound.args, **bound.kwargs)


def local_functions(functions: LocalFunctions, warnings: list[str]) -> dict[str, LocalFunction]:
    """The local functions by the names under which the agent knows them.

    Raises:
        ConfigurationError: If they are not functions.
    """
    expected = "a list of functions, or a dict of names and functions"
    check_kind("functions", functions, Collection, expected)
    if isinstance(functions, str | bytes):  # These are collections too.
        raise ConfigurationError(f"functions must be {expected}, not {type(functions).__name__}.")
    if isinstance(functions, Mapping):
        check_elements("The names of functions", functions, str, "strings")
    pairs: Iterable[tuple[str | None, Any]]
    pairs = functions.items() if isinstance(functions, Mapping) else ((None, function) for function in functions)
    by_name: dict[str, LocalFunction] = {}
    taken: set[str] = set()
    for given, function in pairs:
        if not callable(function) or isinstance(function, type):
            raise ConfigurationError(f"functions must be functions or bound methods, not {function!r}.")
        own = str(getattr(function, "__name__", "fn"))
        name = unique_name(own if given is None else given, taken, warnings)
        description = (inspect.getdoc(function) or f"Call {own}().").partition("\n")[0]
        source = f"{getattr(function, '__module__', 'python')}:{getattr(function, '__qualname__', own)}"
        by_name[name] = LocalFunction(name, description, source, function)
    return by_name


class Functions:
    """All functions of one agent.

    Args:
        local: Its own functions, which take precedence over the backend's functions of the same name.
        backend: The backend's functions.
        execute: Executes a backend function. None if they cannot be executed.
        warnings: The list to which warnings about functions that are left out are added.
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
    def described(self) -> list[tuple[str, str]]:
        """Names and descriptions."""
        local = [(function.name, function.description) for function in self.local.values()]
        backend = ((name, function.description) for name, function in self.backend.items())
        return [*local, *((name, "Execute backend function." if text is None else text) for name, text in backend)]

    async def execute(self, requested: str, payload: dict[str, Any] | None) -> dict[str, Any]:
        """Executes a function, and returns the answer for the model: `ok`, and the result or an error. Raises no `Exception`."""
        name = key_of(requested)
        local, backend, execute = self.local.get(name), self.backend.get(name), self._execute
        if local is not None:
            return _answer(name, local.source, await local.call(payload or {}))
        if backend is None:
            return unknown_function(self.names)
        if execute is None:
            return {"ok": False, "function_name": name, "error": "Backend function execution is not configured."}
        source = "backend" if backend.source is None else backend.source
        return _answer(name, source, await outcome_of(execute, backend.name, payload))


def unknown_function(names: list[str]) -> dict[str, Any]:
    """The answer for the model to a call of a function that is none of these."""
    return {"ok": False, "error": "Unknown or disallowed function.", "available_functions": names[:MAX_FUNCTIONS]}


def _answer(name: str, source: str, outcome: Outcome) -> dict[str, Any]:
    """The answer for the model to a call."""
    known, error = {"function_name": name}, outcome.error
    if error is None:
        return {"ok": True, **known, "source": source, "result": outcome.result}
    logger.info("%s failed: %s", name, type(error).__name__)
    failed = {"ok": False, **known, "error": "Function execution failed.", "details": describe_error(error)}
    return failed | execution_failure(error)


def argument_schema(function: BackendFunction) -> dict[str, Any] | None:
    """The JSON schema of a function's arguments, if the backend lists one (as WordPress does) that can be sent to the model."""
    metadata = as_object(function.extra.get("metadata")) or {}
    schema = as_object(metadata.get("argument_schema"))
    if not schema or schema.get("type", "object") != "object":
        return None
    # It becomes a part of another schema, where a reference would lead nowhere.
    return schema if _can_be_sent(schema) and '"$ref"' not in json.dumps(schema) else None


def _can_be_sent(schema: dict[str, Any]) -> bool:
    """Whether a session can be opened with a schema that leaves the model room for the conversation."""
    level: list[Any] = [schema]
    for _ in range(_MAX_SCHEMA_DEPTH):
        level = [inner for value in level for inner in as_list(value) or (as_object(value) or {}).values()]
        if not level:
            break
    else:
        return False
    try:
        return len(json.dumps(schema, ensure_ascii=False, allow_nan=False).encode()) <= _MAX_SCHEMA_SIZE
    except ValueError:  # It has a lone surrogate, or a number that is too large for JSON.
        return False


def may_need_approval(function: BackendFunction) -> bool:
    """Whether an execution may wait for approval, according to the backend.

    WordPress lists it also while approvals are switched off in the settings of the plugin; then the function runs at once.
    """
    return (as_object(function.extra.get("metadata")) or {}).get("requires_approval") is True
