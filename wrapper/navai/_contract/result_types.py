"""Results of a type that the caller names: checked by pydantic where the type is made of its models, by msgspec otherwise.

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


def converter(result_type: Any) -> Convert:
    """What turns a JSON value into an instance of `result_type`, or raises an error of the library that does it.

    Raises:
        ConfigurationError: If no value can be turned into one, or the library is not installed.
    """
    name = result_type.__name__ if isinstance(result_type, type) else short_repr(result_type)
    try:
        return _converter(result_type, repr(result_type))
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'result_type={name} needs msgspec: pip install "navai-sdk[typed]", or pass a pydantic model.'
        ) from error
    except Exception as error:  # (of either library, of any class)
        raise ConfigurationError(f"result_type={name} cannot be used: {error}") from error


@functools.lru_cache
def _converter(result_type: Any, _: str) -> Convert:
    # By its repr too: A | B and B | A are equal, but where both fit pydantic takes the first.
    if _is_of_pydantic(result_type):
        from pydantic import TypeAdapter  # noqa: PLC0415 (installed, since the type is made of it)

        # From text, since a strict model accepts a date, for example, only from there.
        validate = TypeAdapter[Any](result_type).validate_json
        return lambda value: validate(json.dumps(value))
    import msgspec  # noqa: PLC0415 (an extra)

    msgspec.json.Decoder(result_type)  # Refuses what `convert` would refuse later.
    _refuse_unknown(result_type)
    return functools.partial(msgspec.convert, type=result_type)


def _is_of_pydantic(result_type: Any) -> bool:
    return hasattr(result_type, "__pydantic_validator__") or any(map(_is_of_pydantic, get_args(result_type)))


def _refuse_unknown(result_type: Any) -> None:
    """Refuses a type with a class in it that msgspec cannot make from JSON, and would only compare with the class of the value."""
    from msgspec import inspect  # noqa: PLC0415 (an extra)

    nodes: list[Any] = [inspect.type_info(result_type)]
    for node in nodes:  # Which gains those within; a type may contain itself.
        if isinstance(node, inspect.CustomType) and node.cls is not object:
            raise TypeError(f"there is no telling how to make a {node.cls.__qualname__} from JSON; use a pydantic model")
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
        place, reason = _place_and_reason(error)
    # Raised here, without the error as its context, which may quote secrets.
    failed = FailedResponse(response, info)
    text = f"{function_name!r} has run, but its result is not of the type that was asked for: {place}: {reason}"
    raise InvalidResponseError(
        failed.beginning(text), function_name=function_name, place=failed.redactor.text(place), **error_details(failed)
    )


def _place_and_reason(error: Exception) -> tuple[str, str]:
    """Where a result does not fit, for example ``result.items[2].price``, and why. Of several errors, the first."""
    kind = type(error)
    if (kind.__module__.partition(".")[0], kind.__name__) == ("pydantic_core", "ValidationError"):
        # Its text would quote the value.
        first = cast("Any", error).errors(include_url=False, include_context=False, include_input=False)[0]
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]]
        return f"result{''.join(steps)}", first["msg"]
    reason, _, place = str(error).partition(" - at `$")
    return f"result{place.removesuffix('`')}", reason or type(error).__name__
