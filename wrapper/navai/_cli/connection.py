"""The options that say which backend a command talks to, and the client made of them."""

from __future__ import annotations

import os
from typing import Any

import click

from navai._client import NavaiBackendClient

# Where the NAVAI plugin has its endpoints (the contract, "What real backends add"); others have them below /navai.
_WORDPRESS = "/wp-json/navai/v1"
_ENDPOINTS = {
    "client-secret": ("/realtime/client-secret", "secrets are minted"),
    "functions-list": ("/functions", "functions are listed"),
    "functions-execute": ("/functions/execute", "functions are executed"),
}

# Not by click's `envvar`: it would split at blanks, and be overlooked when there is a --header too.
_HEADERS_VARIABLE = "NAVAI_HEADERS"


def _headers(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Those of the variable, then those of the command line, which replace one of the same name."""
    lines = [line for line in os.environ.get(_HEADERS_VARIABLE, "").splitlines() if line.strip()]
    headers = dict(_header(line, f'write "Name: value" in each line of {_HEADERS_VARIABLE}.') for line in lines)
    for value in values:
        name, content = _header(value, 'write "Name: value".')
        headers = {other: kept for other, kept in headers.items() if other.lower() != name.lower()} | {name: content}
    return headers


def _header(text: str, instead: str) -> tuple[str, str]:
    name, colon, content = text.partition(":")
    if not colon:  # The text is not shown: it may be the secret alone.
        raise click.BadParameter(instead)
    return name.strip(), content.strip()


def _auth(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    user, colon, password = value.partition(":")
    if not colon:
        raise click.BadParameter('write "user:password".')
    return user, password


# Shared by all commands.
OPTIONS = [
    click.Option(["--wordpress"], is_flag=True, help=f"The paths of the NAVAI plugin for WordPress, below {_WORDPRESS}."),
    *(
        click.Option([f"--{name}-path"], metavar="PATH", help=f"Where {done}.  [default: /navai{path}]")
        for name, (path, done) in _ENDPOINTS.items()
    ),
    click.Option(
        ["--header", "headers"],
        multiple=True,
        metavar='"NAME: VALUE"',
        callback=_headers,
        help=f"One more header. Those with secrets better stand in the variable {_HEADERS_VARIABLE}, one a line: "
        "there, other users of this machine do not see them.",
    ),
    click.Option(
        ["--auth"],
        metavar="USER:PASSWORD",
        envvar="NAVAI_AUTH",
        show_envvar=True,
        callback=_auth,
        help="HTTP basic authentication. In the variable, other users of this machine do not see it.",
    ),
    click.Option(
        ["--deadline"],
        type=float,
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="Give up after so long; a check with all that it asks.",
    ),
]


def connected(url: str | None, *, wordpress: bool, **options: Any) -> NavaiBackendClient:
    """A client made of the options.

    Raises:
        ConfigurationError: They cannot be right.
    """
    if wordpress:
        for name, (path, _) in _ENDPOINTS.items():
            option = f"{name.replace('-', '_')}_path"
            options[option] = options[option] or _WORDPRESS + path
    return NavaiBackendClient(url, **options)
