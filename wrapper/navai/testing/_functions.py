"""A backend's answers to listings and executions of Python functions. No I/O but that of the functions.

The answers are those of the Express backend with the error handler of its documented playground.
"""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from attrs import frozen

from navai._json import as_object
from navai._outcomes import describe_error, outcome_of
from navai.testing._recorded import RecordedCall


class FunctionFailure(Exception):
    """Raised by a function to let the backend answer with ``ok: false``.

    Args:
        error: The kind of failure, in a sentence.
        details: What exactly went wrong. Left out of the answer if None.
        status: The HTTP status of the answer. Defaults to 200, as on the documentation page; WordPress uses 202, 400, 403 and 500.
        fields: More fields of the answer, for example ``pending_approval=True``. If they are not JSON, the status is 500.

    Raises:
        ValueError: If `status` is not an integer from 200 to 999.
    """

    __module__ = "navai.testing"

    def __init__(self, error: str, details: str | None = None, *, status: int = 200, **fields: Any) -> None:
        super().__init__(error)
        if type(status) is not int or not 200 <= status <= 999:
            raise ValueError(f"status must be an HTTP status, for example 403, not {status!r}.")
        self.status = status
        self.fields: dict[str, Any] = {"error": error} | ({} if details is None else {"details": details}) | fields


@frozen
class Answer:
    """An HTTP status and a JSON document."""

    status: int
    json: str


def answer(status: int, value: Any) -> Answer:
    """An answer with `value` as JSON. If it is not JSON, the status is 500 and the answer says why."""
    try:
        return Answer(status, json.dumps(value, allow_nan=False))
    except Exception as error:  # noqa: BLE001 (it may be of any class)
        return Answer(500, json.dumps({"error": f"The answer is not JSON: {describe_error(error)}"}))


@frozen
class _Function:
    run: Callable[..., Any]
    item: dict[str, str]


class Functions:
    """The functions of a backend, by name."""

    def __init__(self, functions: Iterable[Callable[..., Any]] | Mapping[str, Callable[..., Any]]) -> None:
        self._by_name: dict[str, _Function] = {}
        self.calls: list[RecordedCall] = []
        if isinstance(functions, Mapping):
            for name, function in cast("Mapping[str, Callable[..., Any]]", functions).items():
                self.add(function, name)
        else:
            for function in functions:
                self.add(function)

    def add(self, function: Callable[..., Any], name: str | None = None) -> None:
        """Registers a function. The first line of its docstring becomes the description.

        Raises:
            ValueError: If there is already a function of that name, ignoring case, or the name is blank.
        """
        name = str(getattr(function, "__name__", "")) if name is None else name
        key = _key(name)
        if not key or key in self._by_name:
            raise ValueError(f"There is already a function {name!r}: choose another name." if key else "The function needs a name.")
        description = (inspect.getdoc(function) or f"Call {name}().").partition("\n")[0]
        source = f"{getattr(function, '__module__', None) or 'python'}:{getattr(function, '__qualname__', name)}"
        self._by_name[key] = _Function(function, {"name": name, "description": description, "source": source})

    def names(self) -> list[str]:
        """The names, in the order of registration."""
        return [function.item["name"] for function in self._by_name.values()]

    def listing(self, warnings: list[str]) -> Answer:
        """The answer to a listing."""
        return answer(200, {"items": [function.item for function in self._by_name.values()], "warnings": warnings})

    async def execution(self, request: Any) -> Answer:
        """The answer to an execution.

        Args:
            request: The decoded JSON of the request.
        """
        body = as_object(request) or {}
        name = body.get("function_name")
        if not isinstance(name, str) or not _key(name):
            return answer(400, {"error": "function_name is required."})
        function = self._by_name.get(_key(name))
        if function is None:
            return answer(404, {"error": "Unknown or disallowed function.", "available_functions": self.names()})
        named = {"function_name": function.item["name"]}
        payload = as_object(body.get("payload"))
        self.calls.append(RecordedCall(named["function_name"], payload))
        outcome = await outcome_of(function.run, **(payload or {}))
        if outcome.error is None:
            return answer(200, {"ok": True, **named, "source": function.item["source"], "result": outcome.result})
        if isinstance(outcome.error, FunctionFailure):
            return answer(outcome.error.status, {"ok": False, **named, **outcome.error.fields})
        return answer(500, {"error": describe_error(outcome.error)})


def _key(name: str) -> str:
    return name.strip().lower()
