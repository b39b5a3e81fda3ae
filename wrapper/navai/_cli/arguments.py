"""Options and arguments of several commands."""

from __future__ import annotations

import json
import sys
from typing import Any

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


def json_argument(text: str | None, option: str = "JSON") -> Any:
    """The payload of a call, or more fields, from JSON.

    Args:
        text: The JSON, or "-" for standard input; None if it is not given.
        option: Where it stands on the command line.
    """
    if text is None:
        return None
    if text == "-" and sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        raise click.BadParameter("standard input is closed.", param_hint=option)
    try:
        return json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint=option) from None
    except OSError as error:
        raise click.BadParameter(f"standard input could not be read: {error.strerror}.", param_hint=option) from None
    except RecursionError:
        raise click.BadParameter("nested too deeply.", param_hint=option) from None
