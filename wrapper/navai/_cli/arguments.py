"""Options and arguments of several commands, and how their values are read."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn, cast

import click
from click.core import ParameterSource

extra_option = click.option(
    "--extra",
    "extra_body",
    metavar="JSON",
    help='More fields of the request, as an object, for example WordPress\'s {"session_key": "..."}. '
    'Use "-" to read them from standard input, for example if one is secret.',
)


def number(text: str) -> float:
    """A finite number, as the type of an option.

    Raises:
        click.BadParameter: If it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise click.BadParameter(f"must be a number, not {text}.")
    return value


def seconds(text: str) -> float:
    """A positive number, as the type of an option.

    Raises:
        click.BadParameter: If it is none.
    """
    if (value := number(text)) <= 0:
        raise click.BadParameter(f"must be a positive number, not {text}.")
    return value


def number_between(least: float, most: float) -> Callable[[str], float]:
    """A number that may be as small as `least` and as large as `most`, as the type of an option."""

    def read(text: str) -> float:
        if not least <= (value := number(text)) <= most:
            raise click.BadParameter(f"must be from {least} to {most}, not {text}.")
        return value

    return read


# What Python calls a value that JSON calls otherwise.
_KINDS = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}: use null or a string.")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"{text[:20]} is too large for a number: use a string.")
    return number


def _whole(text: str) -> int:
    if len(text) > sys.get_int_max_str_digits() > 0:
        raise ValueError(f"a number of {len(text)} digits is too large: use a string.")
    return int(text)


def json_argument(text: str | None, place: str = "JSON") -> dict[str, Any] | None:
    """The payload of a call, or more fields, from JSON; None if it is null.

    Args:
        text: The JSON, or "-" for standard input; None if it is not given.
        place: Where it stands on the command line.
    """
    if text is None:
        return None
    try:
        value = json.loads(
            _standard_input() if text == "-" else text,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise click.BadParameter(f"not JSON ({where}): write an object such as '{{\"a\": 1}}'.", param_hint=place) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=place) from None
    except OSError as error:
        raise click.BadParameter(f"standard input could not be read: {error.strerror}.", param_hint=place) from None
    except RecursionError:
        raise click.BadParameter("nested too deeply.", param_hint=place) from None
    if type(value) in _KINDS:
        raise click.BadParameter(
            f'must be an object, for example {{"name": "value"}}, not {_KINDS[type(value)]}.', param_hint=place
        )
    return cast("dict[str, Any] | None", value)


def _standard_input() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        raise ValueError("standard input is closed.")
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise ValueError("standard input is not UTF-8.") from None


# The first word of a refusal, a name of Python's, and what is assigned.
_NAME = re.compile(r"^\w+|\w+_\w+|\w+(?==)")


def refusal_in_options(text: str) -> str:
    """What the client says of its arguments, for somebody who has only the options of the running command.

    Options have the names of the arguments that they are passed as: `deadline=10` becomes `--deadline=10`.
    """
    context = click.get_current_context()
    names = {str(parameter.name): shown_name(parameter, context) for parameter in context.command.params}
    return _NAME.sub(lambda match: names.get(match[0], match[0]), text)


def advice_in_options(text: str) -> str:
    """What the client says of an answer, which may quote the backend."""
    return text.replace("**WORDPRESS_PLAIN_PATHS", "--wordpress=plain")


def shown_name(parameter: click.Parameter, context: click.Context) -> str:
    """An option or an argument, as it is written on the command line, or the variable that it comes from."""
    if context.get_parameter_source(str(parameter.name)) is ParameterSource.ENVIRONMENT:
        return str(parameter.envvar)
    if isinstance(parameter, click.Argument) or parameter.name == "api_base_url":  # This is an argument, too.
        return str(parameter.metavar).strip("[]")
    return parameter.opts[0]
