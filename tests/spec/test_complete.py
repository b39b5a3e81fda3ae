"""What the contract has, the clients, their results, the command line, the local backend and the README have too.

The contract is that of the generated package. Each message says what to write. Part of `make check`.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import pytest
from attrs import frozen
from click.testing import CliRunner

import navai_sdk.models
from navai import AsyncNavaiBackendClient, FunctionExecutionError, NavaiBackendClient, NavaiError
from navai._check.asking import ask
from navai._cli.commands import main
from navai.testing import LocalBackend

SPEC: dict[str, Any] = json.loads(files("navai_sdk").joinpath("openapi.json").read_text("utf-8"))

Schema = dict[str, Any]


def snake(name: str) -> str:
    """A name of the contract, as Python writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def resolved(node: Schema) -> Schema:
    """What a `$ref` stands for."""
    while "$ref" in node:
        found: Any = SPEC
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def name_of(schema: Schema) -> str:
    """The name of a schema in `components`; those of bodies have one."""
    return str(schema["$ref"].rpartition("/")[2])


@frozen
class Operation:
    """One operation of the contract.

    Attributes:
        name: Its operationId.
        method: The HTTP method.
        path: Where it is by default.
        description: The operation object.
    """

    name: str
    method: str
    path: str
    description: dict[str, Any]

    @property
    def python(self) -> str:
        """What its method is called."""
        return snake(self.name)

    @property
    def request(self) -> str | None:
        """The schema of its request; None for a request without a body."""
        body = self.description.get("requestBody")
        return None if body is None else name_of(resolved(body)["content"]["application/json"]["schema"])

    def request_fields(self) -> list[str]:
        """The fields of its request, as JSON has them."""
        return [] if self.request is None else list(SPEC["components"]["schemas"][self.request].get("properties", {}))

    def request_inputs(self) -> Iterator[str]:
        """The same, with the fields of an object in place of it."""
        for name in self.request_fields():
            schema = resolved(SPEC["components"]["schemas"][self.request]["properties"][name])
            yield from schema.get("properties") or [name]

    def answers(self) -> Iterator[tuple[int, Schema]]:
        """Status and schema of each answer that is documented by its status."""
        for status, response in self.description["responses"].items():
            if status != "default":
                schema = resolved(response)["content"]["application/json"]["schema"]
                for each in schema.get("anyOf", [schema]):
                    yield int(status), each


OPERATIONS = [
    Operation(description["operationId"], method.upper(), path, description)
    for path, item in SPEC["paths"].items()
    for method, description in item.items()
]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
each_client = pytest.mark.parametrize("client", [NavaiBackendClient, AsyncNavaiBackendClient])


@pytest.fixture
def backend() -> Iterator[LocalBackend]:
    def f() -> None:
        """Does nothing"""

    with LocalBackend([f]) as running:
        yield running


# --- methods ---------------------------------------------------------------------------------------------------------------------

# The arguments of a method that are no field of its request.
OPTIONS = {"self", "extra_body", "extra_headers", "timeout", "deadline", "idempotent", "result_type"}


@each_client
@each_operation
def test_the_operation_has_a_method_with_a_keyword_for_each_field(operation: Operation, client: Any) -> None:
    place = f"{client.__name__}.{operation.python}()"
    function = getattr(client, operation.python, None)
    assert function is not None, (
        f"The contract has the operation {operation.name}, and there is no {place}: write it in wrapper/navai/_async_client.py, "
        "what it sends in _contract/operations.py, what its response means in _contract/responses.py, its result in _results.py."
    )
    keywords = inspect.signature(function).parameters.keys() - OPTIONS
    # By the generated model, which has the names of Python for them.
    model = None if operation.request is None else getattr(navai_sdk.models, operation.request)
    fields = set() if model is None else {field.name for field in attrs.fields(model) if field.init}
    assert not fields - keywords, f"{place} lacks the keywords of these fields of the contract: {listed(fields - keywords)}"
    assert not keywords - fields, f"{place} has keywords that the contract has no fields for: {listed(keywords - fields)}"


@each_client
@each_operation
def test_the_operation_has_a_method_that_returns_the_response(operation: Operation, client: Any) -> None:
    place = f"{client.__name__}.with_raw_response"
    exists = hasattr(client().with_raw_response, operation.python)
    assert exists, f"There is no {place}.{operation.python}(): write it in wrapper/navai/_raw_response.py."


def listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


# --- answers ---------------------------------------------------------------------------------------------------------------------

# Fields that no attribute of a result or of an error tells, and why. Whatever an error does not tell is in its `json`.
UNREAD = {
    "ExecuteFunctionResponse.function_name": "the caller named it",
    "ExecuteFunctionResponse.source": "of the function, and the listing tells it",
    "FunctionFailure.function_name": "the caller named it",
    "Approval.status": "in `json`",
    "ErrorResponse.code": "in `json`",
    "ErrorResponse.data": "in `json`",
}

# Of an answer with all fields: these would hide another one, as a person is told one text.
HIDES = {
    "FunctionFailure.error": ["details"],
    "FunctionFailure.message": ["details", "error"],
    "ErrorResponse.message": ["error"],
}


# Texts that matter, by the name of their field.
TEXTS = {"provider": "elevenlabs"}


def sample(schema: Schema, name: str = "text") -> Any:
    """A value that fits a schema, with all of its fields; `name` is what its text says."""
    schema = resolved(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return sample(schema[choice][0], name)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {each: sample(field, each) for each, field in schema.get("properties", {}).items()}
    return [sample(schema["items"], name)] if kind == "array" else {"string": TEXTS.get(name, name), "boolean": True}.get(kind, 7)


def places(schema: Schema, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """The fields of an answer, ``Schema.field``, and where they are in its sample."""
    reference, schema = schema, resolved(schema)
    if schema.get("type") == "array":
        yield from places(schema["items"], (*path, 0))
    for name, field in schema.get("properties", {}).items():
        yield f"{name_of(reference)}.{name}", (*path, name)
        yield from places(field, (*path, name))


def without(answer: Any, path: tuple[str | int, ...]) -> Any:
    """A copy of an answer that lacks a field."""
    changed = json.loads(json.dumps(answer))
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return changed


# What hands an answer on as it came.
AS_IT_CAME = {"extra", "body", "json", "headers"}


def outcome(client: NavaiBackendClient, backend: LocalBackend, operation: Operation, status: int, answer: Any) -> Any:
    """What the attributes of the result or the error tell of an answer."""
    backend.respond_next(status, answer)
    method = getattr(client, operation.python)
    needed = [each for each in inspect.signature(method).parameters.values() if each.default is each.empty]
    try:
        return attributes(method(*("f" for _ in needed)))
    except NavaiError as error:
        return attributes(error)


def attributes(told: Any) -> Any:
    """Plain values, to compare."""
    if isinstance(told, list):
        return [attributes(each) for each in told]
    if attrs.has(type(told)):
        names = {field.name: getattr(told, field.name) for field in attrs.fields(type(told))}
    elif isinstance(told, NavaiError):
        names = {"text": str(told), **{name: getattr(told, name) for name in vars(told)}}
    else:
        return told
    return type(told).__name__, {name: attributes(value) for name, value in names.items() if name not in AS_IT_CAME}


def fields(backend: LocalBackend, operation: Operation) -> Iterator[tuple[str, bool]]:
    """The fields of its answers, and whether the absence of each makes a difference to the caller; once for each answer."""
    with NavaiBackendClient(backend.url, env={}, max_retries=0) as client:
        for status, schema in operation.answers():
            for field, path in places(schema):
                answer = sample(schema)
                for other in HIDES.get(field, []):
                    answer = without(answer, (*path[:-1], other))
                outcomes = [outcome(client, backend, operation, status, each) for each in (answer, without(answer, path))]
                yield field, outcomes[0] != outcomes[1]


def test_what_an_answer_tells_reaches_the_caller(backend: LocalBackend) -> None:
    # What has no method is another test's affair.
    operations = [operation for operation in OPERATIONS if hasattr(NavaiBackendClient, operation.python)]
    found = [each for operation in operations for each in fields(backend, operation)]
    unread = {field for field, _ in found} - {field for field, matters in found if matters}
    assert not unread - set(UNREAD), (
        f"The contract has these fields of answers, and no attribute tells them: {listed(unread - set(UNREAD))}. "
        "Give the result or the error an attribute (wrapper/navai/_results.py, _errors.py; read in _contract/responses.py), "
        "or write in UNREAD, in tests/spec/test_complete.py, where they are instead."
    )
    assert not set(UNREAD) - unread, f"Remove from UNREAD in tests/spec/test_complete.py: {listed(set(UNREAD) - unread)}"


# --- the command line ------------------------------------------------------------------------------------------------------------

COMMANDS = {
    "createClientSecret": ["secret"],
    "listFunctions": ["list"],
    "executeFunction": ["call", "f"],
    "synthesizeSpeech": ["speech", "f"],
}


@each_operation
def test_the_operation_has_a_command_with_an_option_for_each_field(operation: Operation, backend: LocalBackend) -> None:
    place = "wrapper/navai/_cli/commands.py"
    assert operation.name in COMMANDS, (
        f"`python -m navai` has no command for {operation.name}: write one in {place}, "
        "and how to call it in COMMANDS, in tests/spec/test_complete.py."
    )
    name, *arguments = COMMANDS[operation.name]
    told = CliRunner().invoke(main, [name, *arguments, "--url", backend.url], env={"NAVAI_API_URL": ""})
    assert told.exit_code == 0, told.output
    assert [(request.method, request.path) for request in backend.requests] == [(operation.method, operation.path)]
    offered = {parameter.name for parameter in main.commands[name].params}
    missing = {field for field in operation.request_inputs() if snake(field) not in offered}
    assert not missing, f"`navai {name}` has no options for these fields of the contract: {listed(missing)}; write them in {place}"


@each_operation
def test_the_check_asks_for_the_operation(operation: Operation, backend: LocalBackend) -> None:
    with NavaiBackendClient(backend.url, env={}) as client:
        asked = {finding.operation for finding in ask(client._seam(), create_secret=True, execute=("f", None), speech="f")}
    assert operation.name in asked, (
        f"`navai check` asks nothing of {operation.name}: write a Probe in wrapper/navai/_check/probes.py, "
        "and when to send it in _asking.py."
    )


# --- the local backend -----------------------------------------------------------------------------------------------------------


@each_operation
def test_the_local_backend_serves_the_operation_with_all_fields(operation: Operation, backend: LocalBackend) -> None:
    import httpx

    body = None
    if operation.request is not None:
        body = sample({"$ref": f"#/components/schemas/{operation.request}"})
        body = body | ({"function_name": "f", "payload": None} if "function_name" in body else {})
    backend.warnings.append("a warning")
    answer = httpx.request(operation.method, backend.url + operation.path, json=body)
    place = "wrapper/navai/testing/_local_backend.py"
    assert answer.status_code == 200, f"LocalBackend answers {answer.status_code} to {operation.name}: write its route in {place}."
    schema = next(schema for status, schema in operation.answers() if status == 200)
    lacking = {field for field, path in places(schema) if not has(answer.json(), path)}
    assert not lacking, f"The answers of LocalBackend lack these fields of the contract: {listed(lacking)}; write them in {place}."


def has(answer: Any, path: tuple[str | int, ...]) -> bool:
    for key in path:
        if isinstance(key, int) or key in answer:
            answer = answer[key]
        else:
            return False
    return True


# --- the README ------------------------------------------------------------------------------------------------------------------

README = Path(__file__).resolve().parents[2] / "README.md"


@each_operation
def test_the_table_of_the_readme_has_the_operation(operation: Operation) -> None:
    table = README.read_text("utf-8").partition("## From the TypeScript client\n")[2].partition("\n## ")[0]
    row = next((line for line in table.splitlines() if f"`{operation.name}(" in line), None)
    assert row is not None, (
        f"README.md, From the TypeScript client: write a row of `{operation.name}(...)` and `{operation.python}(...)`."
    )
    for name in [operation.name, *operation.request_fields()]:
        # Of requests whose names are Python's already, TypeScript has its own.
        assert re.search(rf"\b{snake(name)}\b", row), f"README.md, the row of {operation.name}: write `{snake(name)}`."


@pytest.mark.parametrize("result", ["ClientSecret", "BackendFunctionsResult", "BackendFunction", "SynthesizedSpeech"])
def test_the_table_of_the_readme_has_what_is_returned(result: str) -> None:
    import navai

    table = README.read_text("utf-8").partition("## From the TypeScript client\n")[2].partition("\n## ")[0]
    row = next((line for line in table.splitlines() if f"`{result}`: " in line), "")
    lacking = {field.name for field in attrs.fields(getattr(navai, result))} - set(re.findall(r"`(\w+)`", row))
    assert not lacking, f"README.md, From the TypeScript client, the row of {result}: write {listed(lacking)}."


def test_the_tree_of_the_readme_has_what_a_failure_tells() -> None:
    tree = README.read_text("utf-8").partition("└─ FunctionExecutionError")[2].partition("```")[0]
    told = {name for name, each in inspect.signature(FunctionExecutionError).parameters.items() if each.kind is each.KEYWORD_ONLY}
    lacking = told - set(re.findall(r"\w+", tree))
    assert not lacking, f"README.md, Errors, the line of FunctionExecutionError: write {listed(lacking)}."
