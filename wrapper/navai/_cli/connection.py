"""The options of the connection to a backend, and the client that they make."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
from collections.abc import Generator
from typing import Any

import click
from click.core import ParameterSource

from navai._cli.arguments import seconds
from navai._cli.failures import note_connected
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

_URL = re.compile(r"\w+://")
# What a URL has, even one without a scheme.
_LIKE_A_URL = re.compile("[:./]")


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


def _auth(context: click.Context, _: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None or context.resilient_parsing:
        return None
    user, colon, password = value.partition(":")
    if not colon and (sys.stdin is None or not sys.stdin.isatty()):  # pyright: ignore[reportUnnecessaryComparison]
        raise click.BadParameter('write "user:password".')
    return user, password if colon else click.prompt("Password", hide_input=True, err=True)


def _api_key(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE:  # It is not shown.
        raise click.UsageError(f"--api-key is not for a command line, which others can see: use the variable {parameter.envvar}.")
    return value


api_key_option = click.option(
    "--api-key",
    is_flag=False,
    flag_value="",  # So that the hint comes without a value, too.
    metavar="",
    envvar="NAVAI_API_KEY",
    show_envvar=True,
    callback=_api_key,
    help="An OpenAI API key to use, for a backend that has none and allows it. Only in the variable: "
    "other users of this machine can see the command line.",
)

# The options that all commands share.
OPTIONS = [
    click.Option(
        ["--url", "api_base_url"],
        metavar="URL",
        envvar="NAVAI_API_URL",
        show_envvar=True,
        help="The base URL of the backend; it can also be the last argument.  [default: http://localhost:3000]",
    ),
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
        metavar="USER[:PASSWORD]",
        envvar="NAVAI_AUTH",
        show_envvar=True,
        callback=_auth,
        help="HTTP basic authentication. Leave out the password to be asked for it, or use the variable: "
        "other users of this machine can see the command line.",
    ),
    click.Option(
        ["--deadline"],
        type=seconds,
        default=60.0,
        show_default="60",
        metavar="SECONDS",
        help="The time limit, which for a check covers all its requests.",
    ),
]


class Command(click.Command):
    """A command with the options of the connection, whose last argument may be the base URL."""

    allow_extra_args = True  # The base URL; others are refused below.

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[URL]"]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options = itertools.takewhile(lambda argument: argument != "--", args)
        if sum(argument.partition("=")[0] == "--url" for argument in options) > 1 and not ctx.resilient_parsing:
            raise click.UsageError("--url is given twice: leave one out.", ctx)
        try:
            # click would take what follows for the value of an option whose value may be left out.
            super().parse_args(ctx, ["--wordpress=pretty" if argument == "--wordpress" else argument for argument in args])
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click leaves it out where an option has no value.
            raise
        if self.name == "call" and not ctx.resilient_parsing:
            _find_url(ctx)
        if ctx.args and not ctx.resilient_parsing:
            ctx.params["api_base_url"] = _url_argument(ctx)
            ctx.set_parameter_source("api_base_url", ParameterSource.COMMANDLINE)
        return []


def _find_url(ctx: click.Context) -> None:
    """Tells a base URL from the name of a function and its arguments."""
    if _URL.match(ctx.params["function_name"]):  # It is not shown, nor sent elsewhere: a URL may have a password.
        raise click.UsageError("The name of the function is missing: it comes before the URL.", ctx)
    payload = ctx.params["payload"] or ""
    if not ctx.args and _URL.match(payload):
        ctx.args, ctx.params["payload"] = [payload], None


def _url_argument(ctx: click.Context) -> str:
    """The base URL, the only argument that is left."""
    # They are not shown: a URL may have a password, and a header without quotes leaves its value here.
    takes_text = any(isinstance(parameter, click.Argument) for parameter in ctx.command.params)
    if len(ctx.args) == 1 and not takes_text and not _LIKE_A_URL.search(ctx.args[0]):
        raise click.UsageError("The URL has no scheme: write one like https://api.example.com.", ctx)
    if len(ctx.args) > 1 or not _LIKE_A_URL.search(ctx.args[0]):
        raise click.UsageError("Too many arguments: put quotes around a text, or JSON, with blanks in it. The URL comes last.", ctx)
    if ctx.get_parameter_source("api_base_url") is ParameterSource.COMMANDLINE:
        raise click.UsageError("The base URL is given twice: as an argument and with --url. Leave one out.", ctx)
    return ctx.args[0]


@contextlib.contextmanager
def connected(*, api_base_url: str | None, wordpress: str | None, **options: Any) -> Generator[NavaiBackendClient]:
    """A client with the options of the command line, which has loaded what it needs.

    Raises:
        ConfigurationError: If an option is not valid.
    """
    has_credentials = options["auth"] is not None or "@" in (api_base_url or "").partition("://")[2].partition("/")[0]
    if has_credentials and "authorization" in map(str.lower, options["headers"]):
        raise click.UsageError(
            "The credentials are given twice: with --auth (or NAVAI_AUTH, or in the URL) and in an Authorization header (--header "
            f"or {_HEADERS_VARIABLE}). Leave one out."
        )
    if wordpress is not None:
        given = {name: value for name, value in options.items() if value is not None}
        options |= _WORDPRESS[wordpress] | given
    with NavaiBackendClient(api_base_url, **options) as client:
        note_connected()
        yield client
