"""What the NAVAI plugin for WordPress says of a payload that does not match the schema of a function. No I/O.

In the words of the plugin, as recorded. Of nested values it checks the type only, which is enough to stand in for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from navai._json import as_list, as_number, as_object, as_text, short_repr


def validation_errors(schema: Mapping[str, Any], payload: Any) -> list[str]:
    """What is wrong with a payload; nothing if the schema is empty.

    Args:
        schema: A JSON schema of an object: ``type``, ``properties``, ``required``, ``additionalProperties``, and in a property
            ``type``, ``enum``, ``minLength``, ``maxLength``, ``minimum`` and ``maximum``.
        payload: The payload; None counts as an empty object.
    """
    if not schema:
        return []
    given = as_object({} if payload is None else payload)
    return [f"$ expected type object, got {_type_of(payload)}."] if given is None else list(_of_object(schema, given))


def _of_object(schema: Mapping[str, Any], given: dict[str, Any]) -> Iterator[str]:
    properties = as_object(schema.get("properties")) or {}
    for name in as_list(schema.get("required")) or []:
        if name not in given:
            yield f"$.{name} is required."
    for name, value in given.items():
        if name in properties:
            yield from _of_value(f"$.{name}", as_object(properties[name]) or {}, value)
        elif schema.get("additionalProperties") is False:
            yield f"$.{name} is not allowed."


def _of_value(place: str, schema: dict[str, Any], value: Any) -> Iterator[str]:
    expected, found = as_text(schema.get("type")), _type_of(value)
    if expected is not None and expected != found and (expected, found) != ("number", "integer"):
        yield f"{place} expected type {expected}, got {found}."
        return
    text, number, choices = as_text(value), as_number(value), as_list(schema.get("enum"))
    if choices is not None and value not in choices:
        yield f"{place} is not one of the allowed enum values."
    shortest, longest = as_number(schema.get("minLength")), as_number(schema.get("maxLength"))
    if text is not None and shortest is not None and len(text) < shortest:
        yield f"{place} must have at least {shortest} characters."
    if text is not None and longest is not None and len(text) > longest:
        yield f"{place} must have at most {longest} characters."
    least, most = as_number(schema.get("minimum")), as_number(schema.get("maximum"))
    if number is not None and least is not None and number < least:
        yield f"{place} must be >= {short_repr(least)}."
    if number is not None and most is not None and number > most:
        yield f"{place} must be <= {short_repr(most)}."


def _type_of(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    kinds = {str: "string", int: "integer", float: "number", list: "array"}
    return next((name for kind, name in kinds.items() if isinstance(value, kind)), "object")
