"""Options and arguments of several commands."""

from __future__ import annotations

import json
import sys
from typing import Any, cast

import click

url_option = click.option(
    "--url",
    metavar="URL",
    envvar="NAVAI_API_URL",
    show_envvar=True,
    help="The base URL of the backend.  [default: http://localhost:3000]",
)

extra_option = click.option(
    "--extra",
    metavar="JSON",
    help='More fields of the request, as an object, for example WordPress\'s {"session_key": "..."}.',
)


# What Python calls a value that JSON calls otherwise.
_KINDS = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


def json_argument(text: str | None, option: str = "JSON") -> dict[str, Any] | None:
    """The payload of a call, or more fields, from JSON; None if it is null.

    Args:
        text: The JSON, or "-" for standard input; None if it is not given.
        option: Where it stands on the command line.
    """
    if text is None:
        return None
    if text == "-" and sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        raise click.BadParameter("standard input is closed.", param_hint=option)
    try:
        value = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=option) from None
    except OSError as error:
        raise click.BadParameter(f"standard input could not be read: {error.strerror}.", param_hint=option) from None
    except RecursionError:
        raise click.BadParameter("nested too deeply.", param_hint=option) from None
    if type(value) in _KINDS:
        raise click.BadParameter(
            f'must be an object, for example {{"name": "value"}}, not {_KINDS[type(value)]}.', param_hint=option
        )
    return cast("dict[str, Any] | None", value)
