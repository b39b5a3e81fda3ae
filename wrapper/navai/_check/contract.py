"""Compares answers to the OpenAPI document. No I/O but reading the document, which comes with the package.

No deviation quotes the answer, which may hold a secret. (`Finding.says` does, redacted.)
"""

from __future__ import annotations

import functools
import json
import math
import time
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, cast

from attrs import frozen
from jsonschema import Draft202012Validator, validators

from navai._contract.failed_response import response_text
from navai._http.messages import Response
from navai._javascript import NotJSON, parse_json
from navai._json import as_list


@frozen
class Deviation:
    """A deviation of an answer from the contract.

    Attributes:
        where: The part of the answer: ``"status"``, ``"Content-Type"``, ``"body"``, or a place in its JSON, ``"$.items[2].name"``.
        what: What is wrong with it, for people. It completes a sentence that begins with `where`.
    """

    where: str
    what: str


class Contract:
    """The answers that an OpenAPI document allows.

    Args:
        document: An OpenAPI 3.1 document.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        paths: dict[str, dict[str, dict[str, Any]]] = document["paths"]
        self._operations = {operation["operationId"]: operation for path in paths.values() for operation in path.values()}

    def deviations(self, operation: str, response: Response, until: float = math.inf) -> Iterator[Deviation]:
        """Where an answer deviates from those that are documented for its operation.

        Args:
            operation: The operationId.
            response: The answer.
            until: When to stop, on the clock of `time.monotonic`. To be stopped is a deviation too.
        """
        responses = self._operations[operation]["responses"]
        documented = responses.get(str(response.status))
        expected = self._resolved(documented or responses["default"])
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            if documented is not None:  # Proxies in front of a backend may answer in their own format.
                yield Deviation("Content-Type", f"is {media_type or 'missing'}, must be application/json")
            return
        yield from _not_plain_utf8(response.body)
        try:
            # Read as leniently as clients do. What they tolerate is reported above.
            value = parse_json(response_text(response))
        except NotJSON:
            yield Deviation("body", "is not JSON" + (" (NaN and Infinity are not)" if b"NaN" in response.body else ""))
            return
        schema = expected["content"]["application/json"]["schema"] | {"components": self._components}
        try:
            for error in _validator(schema, until).iter_errors(value):
                yield _deviation(error)
        except TimeoutError:
            yield Deviation("body", "is too large to be checked completely before the deadline")

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:  # Every reference is "#/components/KIND/NAME".
            _, _, kind, name = node["$ref"].split("/")
            node = self._components[kind][name]
        return node


@functools.cache
def published_contract() -> Contract:
    """The contract of this release: ``openapi/navai-backend.yaml``."""
    return Contract(json.loads(files("navai_sdk").joinpath("openapi.json").read_text("utf-8")))


def _validator(schema: dict[str, Any], until: float) -> Any:
    """A validator that raises `TimeoutError` when the time is up: a value of millions of parts takes minutes."""
    of_type: Any = Draft202012Validator.VALIDATORS["type"]

    def in_time(*rule: Any) -> Any:
        if time.monotonic() >= until:
            raise TimeoutError
        return of_type(*rule)

    # All schemas of the contract have a type, so every part of a value is checked here.
    return cast("Any", validators).extend(Draft202012Validator, {"type": in_time})(schema)


def _not_plain_utf8(body: bytes | bytearray) -> Iterator[Deviation]:
    # RFC 8259 section 8.1.
    if body.startswith(b"\xef\xbb\xbf"):
        yield Deviation("body", "begins with a byte order mark, which JSON must not")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        yield Deviation("body", "is not UTF-8")


# The types of Python values and of JSON Schema, in the same words.
_IS = {
    type(None): "null",
    bool: "a boolean",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
_EXPECTED = {
    "null": "null",
    "boolean": "a boolean",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "array": "a list",
    "object": "an object",
}


def _nearest(error: Any) -> Any:
    """If none of several schemas matches: the error of the intended one, whose constants match and which has the fewest errors."""
    while error.context:
        alternatives: dict[Any, list[Any]] = {}
        for cause in error.context:
            alternatives.setdefault(cause.schema_path[0], []).append(cause)
        errors = min(alternatives.values(), key=lambda errors: (any(cause.validator == "const" for cause in errors), len(errors)))
        error = errors[0]
    return error


def _deviation(error: Any) -> Deviation:
    """A violation of the schema, in words that do not quote the value."""
    error = _nearest(error)
    where, expected = error.json_path, error.validator_value
    match error.validator:
        case "type":
            names = [expected] if isinstance(expected, str) else as_list(expected) or []
            return Deviation(where, f"is {_IS[type(error.instance)]}, must be {' or '.join(_EXPECTED[name] for name in names)}")
        case "required":
            # There is one error per missing property, which is named only in the message.
            return Deviation(f"{where}.{error.message.split(chr(39))[1]}", "is missing")
        case "const":
            return Deviation(where, f"must be exactly {json.dumps(expected)}")
        case "pattern":
            return Deviation(where, "must not be blank" if expected == r"\S" else f"must match {expected}")
        case other:
            return Deviation(where, f"breaks the rule {other!r} of the contract")
