"""Arguments to JSON, exactly or not at all: a value that JSON cannot represent is refused, and the message names its place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from navai._background import on_fresh_stack
from navai._errors import ConfigurationError
from navai._javascript import MAX_DEPTH
from navai._json import as_number, short_repr

# What to write instead, by the name of the type.
_ADVICE = {
    "datetime": "use .isoformat()",
    "date": "use .isoformat()",
    "time": "use .isoformat()",
    "set": "use a list",
    "frozenset": "use a list",
    "bytes": "use .decode() or base64",
    "bytearray": "use .decode() or base64",
    "Decimal": "use str() or float()",
    "UUID": "use str()",
    "complex": "use a list of two numbers",
}

# Of a pydantic model.
_MODEL_DUMP = "model.model_dump(mode='json')"


def _is_model(value: object) -> bool:
    return hasattr(type(value), "model_dump")


# How much of a place is shown, in characters: its beginning and its end.
_MAX_PLACE_LENGTH = 400

_SCALARS = frozenset({str, int, bool, type(None)})


def json_object(name: str, value: Any) -> dict[str, Any]:
    """`value` as a dict, after checking that all of it is JSON.

    Args:
        name: The name of the argument, for the message.
        value: A mapping of strings to JSON values: dict, list, tuple, str, int, finite float, bool, None.

    Raises:
        ConfigurationError: If anything in it is not JSON; the message names the place, for example ``payload['items'][2]``.
    """
    if not isinstance(value, dict | Mapping):  # The check is fast for a dict, and slow for other mappings.
        advice = f": pass {_MODEL_DUMP}" if _is_model(value) else ""
        raise ConfigurationError(f"{name} must be a dict (a JSON object), not {type(value).__name__}{advice}.")
    result: dict[Any, Any] = {**value}
    # Most are flat, and need no further check.
    for key, entry in result.items():
        if type(key) is not str or type(entry) not in _SCALARS:
            _check(name, result)
            break
    return result


def _check(name: str, value: dict[Any, Any]) -> None:
    """Refuses anything that is not JSON, at any depth."""
    pending: list[tuple[str, Any, int]] = [(name, value, 0)]
    while pending:
        place, item, depth = pending.pop()
        if len(place) > _MAX_PLACE_LENGTH:
            place = f"{place[:100]}...{place[103 - _MAX_PLACE_LENGTH :]}"
        if isinstance(item, dict):
            for key, entry in cast("dict[Any, Any]", item).items():
                if not isinstance(key, str):
                    raise ConfigurationError(f"{place} has the key {short_repr(key)}: the keys of a JSON object are strings.")
                if type(entry) is not str:
                    pending.append((f"{place}[{short_repr(key)}]", entry, depth + 1))
        elif isinstance(item, list | tuple):
            elements = enumerate(cast("Sequence[Any]", item))
            pending += [(f"{place}[{index}]", element, depth + 1) for index, element in elements if type(element) is not str]
        elif isinstance(item, float):
            if not math.isfinite(item):
                raise ConfigurationError(f"{place} is {item!r}, which JSON does not have: use None or a string.")
        elif item is not None and not isinstance(item, str | int):
            kind = type(item).__name__
            advice = f"use {_MODEL_DUMP}" if _is_model(item) else _ADVICE.get(kind, "convert it")
            raise ConfigurationError(f"{place} is of type {kind}, which JSON does not have: {advice}.")
        if depth > MAX_DEPTH:
            raise ConfigurationError(f"{name} is nested more than {MAX_DEPTH} deep, or contains itself: flatten it.")


def checked_number(name: str, value: Any) -> float:
    """`value`, if it is a number that JSON can represent.

    Args:
        name: The name of the argument, for the message.
        value: Any value.

    Raises:
        ConfigurationError: If it is not a finite number.
    """
    number = as_number(value)
    if number is None or not -math.inf < number < math.inf:
        raise ConfigurationError(f"{name} must be a finite number, not {short_repr(value)}.")
    return number


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)


# `JSONEncoder.encode` makes one of these for every text, which takes longer than writing a short one. Only CPython has it.
_make_encoder: Any = getattr(json.encoder, "c_make_encoder", None)
_pieces: Callable[[Any, int], Iterable[str]] = (
    _make_encoder(None, _ENCODER.default, json.encoder.encode_basestring_ascii, None, ":", ",", False, False, False)
    if _make_encoder
    else lambda value, _: _ENCODER.iterencode(value)
)


def _encode(value: dict[str, Any]) -> bytes:
    return "".join(_pieces(value, 0)).encode("ascii")


def to_json(value: dict[str, Any]) -> bytes:
    """A checked object as JSON in ASCII; non-ASCII characters, including lone surrogates, are escaped."""
    try:
        try:
            return _encode(value)
        except RecursionError:
            return on_fresh_stack(lambda: _encode(value))
    except RuntimeError as error:  # Even a fresh stack is too small, or no thread can be started.
        raise ConfigurationError(
            "The payload is nested deeper than Python can write it here: flatten it, or raise the limit with sys.setrecursionlimit."
        ) from error
    except ValueError as error:  # An int of more than 4,300 digits.
        raise ConfigurationError(f"The payload cannot be written as JSON: {error}") from error
