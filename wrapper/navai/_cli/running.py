"""How a command runs: its options, its failures, and its exit status."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from navai._cli.connection import OPTIONS, Command
from navai._cli.failures import INTERRUPTED, KINDS_BY_NAME, Failure
from navai._cli.output import Output, discard_output, flush
from navai._errors import ConfigurationError, NavaiError

_EPILOG = (
    "Exit status: 0 success, 1 the backend refused or broke the contract, 2 usage error (nothing was sent), 3 no answer, "
    "130 interrupted."
)

_OUTPUT_OPTIONS = [
    click.Option(["--json", "as_json"], is_flag=True, help="Print JSON on a terminal too, as in a pipe."),
    click.Option(
        ["-v", "--verbose"], is_flag=True, help="Print each attempt on standard error: what was sent, and what came of it."
    ),
]


class Group(click.Group):
    """A group whose output may fail to be written."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> Any:
        """Runs a command, and exits."""
        status = None
        try:
            status = self._run(args, *rest, **settings)
            flush()
        except OSError as error:
            discard_output()
            if error.errno != errno.EPIPE:
                with contextlib.suppress(OSError):
                    click.echo(f"Error: Could not write the output: {error.strerror}", err=True)
            status = status or 1  # A command that had failed before keeps its status.
        sys.exit(status)

    def _run(self, args: Sequence[str] | None, *rest: Any, **settings: Any) -> Any:
        """The exit status. Commands report what happens while they run; here are the mistakes that click finds before."""
        settings["standalone_mode"] = False
        try:
            return super().main(args, *rest, **settings)
        except SystemExit as ended:
            return ended.code
        except click.UsageError as error:
            if error.ctx is None:
                error.show()
                return error.exit_code
            return _report(self._placed(error), error.ctx, as_json="--json" in (sys.argv if args is None else args))
        except click.Abort:  # Ctrl-C before a command runs, or again while it reports the first one.
            click.echo("Error: Interrupted.", err=True)
            return INTERRUPTED

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # On a terminal, click shows the help.
        if not args and not ctx.resilient_parsing and not Output(as_json=False).is_formatted:
            raise click.UsageError("Missing command.", ctx)
        return super().parse_args(ctx, args)

    def _placed(self, error: click.UsageError) -> click.UsageError:
        """The error; for an option of a command that stands before it, one that says where it belongs."""
        if isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.command is self:
            option, commands = error.option_name, self.commands.values()
            names = [each.name for each in commands if any(option in parameter.opts for parameter in each.params)]
            if names:
                name = names[0] if len(names) == 1 else "COMMAND"
                return click.UsageError(f"{option} comes after the command: navai {name} {option}", error.ctx)
        return error


def command(group: click.Group, *, executes: bool = False, **settings: Any) -> Callable[[Callable[..., None]], click.Command]:
    """Decorates a function: makes it a command with the options of the connection and of the output.

    The function gets the `Output`, its own options, and those for `connected`. Its errors are reported.

    Args:
        group: The group that gets the command.
        executes: Whether the command executes a function.
        settings: Those of the click command.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def reporting(*, as_json: bool, verbose: bool, **given: Any) -> None:
            if verbose:
                _log_attempts()
            try:
                function(Output(as_json=as_json), **given)
            except (NavaiError, click.UsageError, KeyboardInterrupt) as error:
                sys.exit(_report(error, click.get_current_context(), as_json=as_json, executes=executes))

        made = group.command(cls=Command, epilog=_EPILOG, **settings)(reporting)
        made.params += [*OPTIONS, *_OUTPUT_OPTIONS]  # After the command's own options.
        return made

    return decorate


def _report(error: BaseException, context: click.Context, *, as_json: bool, executes: bool = False) -> int:
    """Prints what went wrong: a line to standard error, and JSON to standard output. Returns the exit status."""
    failure, output = Failure(error, executes=executes), Output(as_json=as_json)
    file = context.params.get("file")  # It is none of click's either, while click reads the other options.
    has_file = isinstance(file, Path) and file != Path("-")
    is_for_audio = context.command.name == "speech" and not as_json and not has_file
    if not output.is_formatted and not is_for_audio:
        with contextlib.suppress(OSError):  # It is raised again by `flush`, after the line has been written.
            output.json({"error": failure.as_json()})
    if isinstance(error, ConfigurationError):
        error = click.UsageError(failure.message(), context)
    if isinstance(error, click.UsageError):
        error.ctx = context
        error.show()
    else:
        output.error(failure)
    return failure.status


class _Formatter(logging.Formatter):
    """Writes the kind of an error for its Python name."""

    def format(self, record: logging.LogRecord) -> str:
        text, name = record.getMessage(), getattr(record, "navai_error", None)
        if sys.stderr.isatty():
            text = f"\r{text}"  # Over the line of `progress`, which is shorter.
        return text if name is None else text.replace(f": {name} in ", f": {KINDS_BY_NAME[name]} error in ")


def _log_attempts() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logger = logging.getLogger("navai")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
