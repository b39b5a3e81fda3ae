"""Results of a type that the caller names: checked by pydantic if its models or constraints are part of it, else by msgspec.

Neither is imported unless it is used. Both read the result as JSON: a date from a string, for example.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, cast, get_args

from navai._contract.failed_response import FailedResponse, error_details
from navai._errors import ConfigurationError, InvalidResponseError
from navai._http.messages import RequestInfo, Response
from navai._json import short_repr

Convert = Callable[[Any], Any]

# How many of the places where a result does not fit are named.
_MAX_REASONS = 3

# The modules of what types are made with: generic types, unions, aliases.
_MODULES_OF_TYPES = frozenset({"typing", "typing_extensions", "types", "collections.abc"})


def converter(result_type: Any) -> Convert:
    """What turns a JSON value into an instance of `result_type`, or raises an error of the library that does it.

    Raises:
        ConfigurationError: If no value can be turned into one, or the library is not installed.
    """
    _refuse_instance(result_type)
    name = result_type.__name__ if isinstance(result_type, type) else short_repr(result_type)
    try:
        return _converter(result_type, repr(result_type))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'result_type={name} needs msgspec: pip install "navai-sdk[typed]", or pass a pydantic model.'
        ) from error
    except Exception as error:  # (of either library, of any class)
        raise ConfigurationError(f"result_type={name} cannot be used: {error}") from error


def _refuse_instance(value: object) -> None:
    kind = type(value)
    if not isinstance(value, type) and kind.__module__ not in _MODULES_OF_TYPES:
        advice = "write the type that it was made of" if kind.__name__ == "TypeAdapter" else "write the class"
        raise ConfigurationError(f"result_type must be a type, not an instance of {kind.__name__}: {advice}.")


@functools.lru_cache
def _converter(result_type: Any, _: str) -> Convert:
    # By its repr too: A | B and B | A are equal, but where both fit pydantic takes the first.
    if _is_of_pydantic(result_type):
        return _by_pydantic(result_type)
    return _by_msgspec(result_type)


def _by_pydantic(result_type: Any) -> Convert:
    from pydantic import TypeAdapter  # noqa: PLC0415 (installed, since the type is made of it)

    adapter = TypeAdapter[Any](result_type)
    adapter.rebuild()  # Refuses a type that names one that does not exist.
    # From text, since a strict model accepts a date, for example, only from there.
    return lambda value: adapter.validate_json(json.dumps(value))


def _by_msgspec(result_type: Any) -> Convert:
    import msgspec  # noqa: PLC0415 (an extra)

    msgspec.json.Decoder(result_type)  # Refuses what `convert` would refuse later.
    _refuse_unknown(result_type)
    return functools.partial(msgspec.convert, type=result_type)


def _is_of_pydantic(result_type: Any) -> bool:
    """Whether a type is one of its models, has one in it, or has a constraint of its kind, as `pydantic.PositiveInt` does."""
    if hasattr(result_type, "__pydantic_validator__"):
        return True
    if type(result_type).__module__.partition(".")[0] in ("pydantic", "annotated_types"):
        return True
    return any(_is_of_pydantic(part) for part in get_args(result_type))


def _refuse_unknown(result_type: Any) -> None:
    """Refuses a type with a class in it that msgspec cannot make from JSON, and would only compare with the class of the value."""
    from msgspec import inspect  # noqa: PLC0415 (an extra)

    nodes: list[Any] = [inspect.type_info(result_type)]
    for node in nodes:  # Which gains those within; a type may contain itself.
        if isinstance(node, inspect.CustomType) and node.cls is not object:
            raise TypeError(f"msgspec cannot make a {node.cls.__qualname__} from JSON; use a pydantic model for the whole")
        parts: list[Any] = [*node] if isinstance(node, tuple) else [getattr(node, name) for name in node.__struct_fields__]
        for part in parts:
            if isinstance(part, tuple | inspect.Type | inspect.Field) and not any(part is known for known in nodes):
                nodes.append(part)


def converted(result: Any, convert: Convert, response: Response, info: RequestInfo, function_name: str) -> Any:
    """The result of a function as the caller's type.

    Raises:
        InvalidResponseError: If it does not fit.
    """
    try:
        return convert(result)
    except Exception as error:  # noqa: BLE001 (of either library, or of the caller's own validator)
        place, reasons = _place_and_reasons(error)
    # Raised here, without the error as its context, which may quote secrets.
    failed = FailedResponse(response, info)
    text = f"{function_name!r} has run, but its result is not of the type that was asked for: {reasons}"
    raise InvalidResponseError(
        failed.beginning(text), function_name=function_name, place=failed.redactor.text(place), **error_details(failed)
    )


def _place_and_reasons(error: Exception) -> tuple[str, str]:
    """The first place where a result does not fit, for example ``result.items[2].price``; and the first few with their reasons."""
    kind = type(error)
    origin = (kind.__module__.partition(".")[0], kind.__name__)
    if origin == ("pydantic_core", "ValidationError"):  # Its text would quote the value.
        errors = cast("Any", error).errors(include_url=False, include_context=False, include_input=False)
        places = [f"result{''.join(map(_step, each['loc']))}" for each in errors]
        reasons = [f"{place}: {each['msg']}" for place, each in zip(places, errors[:_MAX_REASONS], strict=False)]
        more = len(errors) - _MAX_REASONS
        return places[0], "; ".join([*reasons, f"and {more} more"] if more > 0 else reasons)
    reason, _, steps = str(error).partition(" - at `$")
    if origin != ("msgspec", "ValidationError"):  # Of the caller's own code.
        reason = f"{kind.__name__}: {reason}" if reason else kind.__name__
    place = f"result{steps.removesuffix('`')}"
    return place, f"{place}: {reason}"


def _step(step: int | str) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"
