"""Arguments to JSON, exactly or not at all: a value that JSON cannot represent is refused, and the message names its place."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from keyword import iskeyword
from typing import Any, cast

from navai._background import on_fresh_stack
from navai._errors import ConfigurationError
from navai._javascript import MAX_DEPTH
from navai._json import as_number, short_repr

# What to write in place of a value that JSON does not have, by the name of its class, or of an attribute of the class: the first
# one counts. By name, so that no library needs to be imported for it.
_TO_DICT = {
    ".__attrs_attrs__": "attrs.asdict({})",
    ".__struct_fields__": "msgspec.to_builtins({})",
    ".__await__": "await {}",
}
_TO_JSON = _TO_DICT | {
    ".model_dump": "{}.model_dump(mode='json', by_alias=True)",
    "AnyUrl": "str({})",
    ".get_secret_value": "{}.get_secret_value()",  # pydantic.SecretStr
    ".__pydantic_serializer__": "pydantic.TypeAdapter(type({0})).dump_python({0}, mode='json', by_alias=True)",  # its dataclasses
    ".__dataclass_fields__": "dataclasses.asdict({})",
    "Enum": "{}.value",
    "datetime": "{}.isoformat()",
    "date": "{}.isoformat()",
    "time": "{}.isoformat()",
    "timedelta": "{}.total_seconds()",
    "Decimal": "str({})",
    "UUID": "str({})",
    "PurePath": "str({})",
    "_IPAddressBase": "str({})",
    "generic": "{}.item()",  # of numpy
    "bytes": "base64.b64encode({}).decode()",
    "bytearray": "base64.b64encode({}).decode()",
    "complex": "[{0}.real, {0}.imag]",
    ".tolist": "{}.tolist()",  # numpy.ndarray
    ".keys": "dict({})",
    ".__iter__": "list({})",
}

# What pydantic writes for a secret, whatever it is.
_MASK = "**********"

# How much of a place is shown, in characters: its beginning and its end.
_MAX_PLACE_LENGTH = 400

_SCALARS = frozenset({str, int, bool, type(None)})


def json_object(name: str, value: Any) -> dict[str, Any]:
    """`value` as a dict, after checking that all of it is JSON.

    Args:
        name: The name of the argument, for the message.
        value: A mapping of strings to JSON values: dict, list, tuple, str, int, finite float, bool, None. Or a model or
            dataclass of pydantic's, which is written as ``model_dump(mode="json", by_alias=True)`` does it, but no secret as
            asterisks, or another dataclass, whose values obey the same rule.

    Raises:
        ConfigurationError: If anything in it is not JSON; the message names the place, for example ``payload['items'][2]``.
    """
    if not isinstance(value, (dict, Mapping)):  # A dict first: the check of any other mapping is slow.
        value = _fields(name, value)
    result: dict[Any, Any] = {**value}
    # Most are flat, and need no further check.
    for key, entry in result.items():
        if type(key) is not str or type(entry) not in _SCALARS:
            _check(name, result)
            break
    return result


def _fields(name: str, value: object) -> Mapping[str, Any]:
    """The fields of a dataclass, or of a model or a dataclass of pydantic's.

    Raises:
        ConfigurationError: If it is neither, cannot be read, or has a secret that would be sent as asterisks.
    """
    kind = type(value)
    fields = failure = None
    try:
        # By alias, since aliases are what fields are called in JSON.
        if hasattr(kind, "model_dump"):
            fields = cast("Any", value).model_dump(mode="json", by_alias=True)
        elif hasattr(kind, "__pydantic_serializer__"):
            from pydantic import TypeAdapter  # noqa: PLC0415 (its dataclass, so it is loaded)

            fields = TypeAdapter[Any](kind).dump_python(value, mode="json", by_alias=True)
        elif dataclasses.is_dataclass(kind):
            fields = dataclasses.asdict(cast("Any", value))
    except Exception as error:  # noqa: BLE001 (of the caller's own code)
        failure = type(error).__name__  # Not the error itself: its text may quote the payload.
    if failure is not None:
        failed = _expression(name, value, _TO_JSON)
        raise ConfigurationError(f"{name} cannot be turned into a dict: {failed} raises {failure}.")
    if isinstance(fields, dict):
        checked = cast("dict[str, Any]", fields)
        _check(name, checked)
        if hasattr(kind, "__pydantic_serializer__"):
            _refuse_masked(name, checked)
        return checked
    if isinstance(value, type):
        raise ConfigurationError(f"{name} is the class {value.__name__}: pass an instance of it.")
    if hasattr(kind, "model_dump"):
        raise ConfigurationError(f"{name} must be an object in JSON, which a {kind.__name__} is not: the root must be one.")
    expression = _expression(name, value, _TO_DICT)
    advice = "" if expression is None else f": write {expression}"
    raise ConfigurationError(f"{name} must be a dict, a pydantic model or a dataclass, not {kind.__name__}{advice}.")


def _refuse_masked(name: str, fields: dict[str, Any]) -> None:
    """Refuses what pydantic has written as asterisks: the function would run with them. `fields` are JSON."""
    pending: list[tuple[str, Any]] = [(name, fields)]
    while pending:
        place, item = pending.pop()
        if item == _MASK:
            raise ConfigurationError(
                f"{place} would be sent as ten asterisks, as pydantic writes secrets: pass a dict with the value itself there "
                "(.get_secret_value()), or give the field a serializer."
            )
        if isinstance(item, dict):
            entries = cast("dict[str, Any]", item)
            pending += [(f"a key of {place}", key) for key in entries]
            pending += [(f"{place}[{short_repr(key)}]", entry) for key, entry in entries.items()]
        elif isinstance(item, list | tuple):
            pending += [(f"{place}[{index}]", element) for index, element in enumerate(cast("Sequence[Any]", item))]


def _expression(place: str, value: object, expressions: dict[str, str]) -> str | None:
    """What to write in place of a value; None if there is no telling. The value is called by the key that it has, if it can be."""
    kind = type(value)
    known = {each.__name__ for each in kind.__mro__} | {f".{attribute}" for attribute in dir(kind)}
    expression = next((expressions[name] for name in expressions if name in known), None)
    key = place.rpartition("['")[2].removesuffix("']")
    return expression and expression.format(key if key.isidentifier() and not iskeyword(key) else "value")


def _type_name(value: object) -> str:
    kind = type(value)
    return "numpy.bool" if kind.__name__ == "bool" else kind.__name__  # JSON has the other one.


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
            expression = _expression(place, item, _TO_JSON)
            advice = "convert it" if expression is None else f"write {expression}"
            raise ConfigurationError(f"{place} is of type {_type_name(item)}, which JSON does not have: {advice}.")
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
