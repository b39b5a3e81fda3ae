"""The options of the connection to a backend, and the client that they make."""

from __future__ import annotations

import os
from typing import Any

import click

from navai._client import NavaiBackendClient
from navai._wordpress import WORDPRESS_PATHS, WORDPRESS_PLAIN_PATHS

# The options for the paths, and what is done there. Other backends than WordPress have them below /navai.
_ENDPOINTS = {
    "client-secret": ("/realtime/client-secret", "client secrets are created"),
    "functions-list": ("/functions", "functions are listed"),
    "functions-execute": ("/functions/execute", "functions are executed"),
    "speech-synthesize": ("/speech/synthesize", "speech is synthesized"),
}

# By the kind of permalinks that the site has.
_WORDPRESS = {"pretty": WORDPRESS_PATHS, "plain": WORDPRESS_PLAIN_PATHS}

# Not click's `envvar`, which would be split at blanks, and ignored if there is a --header too.
_HEADERS_VARIABLE = "NAVAI_HEADERS"


def _headers(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """The headers of the variable and of the command line, which replace those of the same name."""
    lines = [line for line in os.environ.get(_HEADERS_VARIABLE, "").splitlines() if line.strip()]
    headers = dict(_header(line, f'write "Name: value" in each line of {_HEADERS_VARIABLE}.') for line in lines)
    for value in values:
        name, content = _header(value, 'write "Name: value".')
        headers = {other: headers[other] for other in headers if other.lower() != name.lower()} | {name: content}
    return headers


def _header(text: str, instead: str) -> tuple[str, str]:
    name, colon, content = text.partition(":")
    if not colon:  # The text is not shown: it may be a secret.
        raise click.BadParameter(instead)
    return name.strip(), content.strip()


def _auth(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    user, colon, password = value.partition(":")
    if not colon:
        raise click.BadParameter('write "user:password".')
    return user, password


# The options that all commands share.
OPTIONS = [
    click.Option(
        ["--wordpress"],
        metavar="[=plain]",
        type=click.Choice(list(_WORDPRESS)),
        help="Use the paths of the NAVAI plugin for WordPress, below /wp-json/navai/v1; "
        "with --wordpress=plain those of a site with plain permalinks, /?rest_route=/navai/v1/...",
    ),
    *(
        click.Option([f"--{name}-path"], metavar="PATH", help=f"Where {done}.  [default: /navai{path}]")
        for name, (path, done) in _ENDPOINTS.items()
    ),
    click.Option(
        ["--header", "headers"],
        multiple=True,
        metavar='"NAME: VALUE"',
        callback=_headers,
        help=f"An additional header. Put headers with secrets in the variable {_HEADERS_VARIABLE}, one per line: "
        "other users of this machine can see the command line.",
    ),
    click.Option(
        ["--auth"],
        metavar="USER:PASSWORD",
        envvar="NAVAI_AUTH",
        show_envvar=True,
        callback=_auth,
        help="HTTP basic authentication. Use the variable: other users of this machine can see the command line.",
    ),
    click.Option(
        ["--deadline"],
        type=float,
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="The time limit, which for a check covers all its requests.",
    ),
]


class Command(click.Command):
    """A command with the options of the connection."""

    allow_extra_args = True  # They are refused below.

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # click would take what follows for the value of an option whose value may be left out.
        super().parse_args(ctx, ["--wordpress=pretty" if argument == "--wordpress" else argument for argument in args])
        if ctx.args and not ctx.resilient_parsing:
            if "://" in ctx.args[0]:  # It is not shown: it may have a password.
                raise click.UsageError("The base URL is not an argument of this command: use --url URL.", ctx)
            raise click.UsageError(f"Got unexpected extra arguments ({' '.join(ctx.args)}).", ctx)
        return ctx.args


def connected(url: str | None, *, wordpress: str | None, **options: Any) -> NavaiBackendClient:
    """A client with the options of the command line.

    Raises:
        ConfigurationError: If an option is not valid.
    """
    if wordpress is not None:
        given = {name: value for name, value in options.items() if value is not None}
        options |= _WORDPRESS[wordpress] | given
    return NavaiBackendClient(url, **options)
