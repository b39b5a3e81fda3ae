"""The JSON schema of a Python function's arguments, from its annotations. No I/O."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Union

_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    Sequence: {"type": "array"},
    dict: {"type": "object"},
    Mapping: {"type": "object"},
}


def signature_schema(function: Callable[..., Any]) -> dict[str, Any] | None:
    """The schema of the arguments of `function`; None if some cannot be passed by name, or its signature is unknown.

    An annotation that has no simple counterpart in JSON allows any value. So does one that cannot be evaluated.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL) for parameter in parameters):
        return None
    # A callable object has its annotations at its method.
    code = function if hasattr(function, "__globals__") else getattr(function, "__call__", function)  # noqa: B004 (its method)
    namespace = getattr(inspect.unwrap(code), "__globals__", {})
    named = [parameter for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD]
    return {
        "type": "object",
        "properties": {parameter.name: _schema(_hint(parameter.annotation, namespace)) for parameter in named},
        "required": [parameter.name for parameter in named if parameter.default is parameter.empty],
        "additionalProperties": len(named) < len(parameters),
    }


def _hint(annotation: Any, namespace: dict[str, Any]) -> Any:
    """An annotation, evaluated if it is a string."""
    holder = types.SimpleNamespace(__annotations__={"hint": annotation})
    try:
        return typing.get_type_hints(holder, namespace, include_extras=True)["hint"]
    except Exception:  # noqa: BLE001 (evaluating annotations runs code of any kind)
        return Any


def _schema(annotation: Any) -> dict[str, Any]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        description = next((text for text in arguments[1:] if isinstance(text, str)), None)
        return _schema(arguments[0]) | ({} if description is None else {"description": description})
    if origin is Literal and all(isinstance(value, str | int | None) for value in arguments):
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(argument) for argument in arguments]}
    kind = origin or annotation
    simple = _SIMPLE.get(kind, {}) if isinstance(kind, type) else {}
    if simple.get("type") == "array" and len(arguments) == 1:
        return simple | {"items": _schema(arguments[0])}
    if simple.get("type") == "object" and len(arguments) == 2:
        return simple | {"additionalProperties": _schema(arguments[1])}
    return dict(simple)
