"""The output: formatted on a terminal, JSON in a pipe. Notes and errors go to standard error."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.markup import escape
from rich.table import Table

from navai._cli.arguments import advice_in_options
from navai._cli.failures import NO_ANSWER, REFUSED, Failure, note_answered
from navai._cli.progress import progress
from navai._printable import for_terminal, one_line
from navai._results import BackendFunctionsResult

if TYPE_CHECKING:
    from navai._check.asking import Finding


# A whole string, or what Python writes for a number that is too large for a double, which is not JSON.
_STRING_OR_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity')


def _json_text(value: Any) -> str:
    """A decoded value as JSON again. A number that was too large for a double is written as one that is too large."""
    text = json.dumps(value)
    return _STRING_OR_INFINITY.sub(lambda match: "1e999" if match[0] == "Infinity" else match[0], text)


# The maximum length of a line, in characters.
_MAX_LENGTH = 2000


def _line(text: str) -> str:
    return escape(one_line(text, _MAX_LENGTH))


def flush() -> None:
    """Flushes standard output and standard error.

    Raises:
        OSError: If the rest of the output cannot be written.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
            stream.flush()


def discard_output() -> None:
    """Redirects standard output to nowhere, so that Python does not fail to flush it at exit."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def _awaited(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings, with a line on the terminal while each of them is awaited."""
    while True:
        with progress():
            finding = next(findings, None)
        if finding is None:
            return
        note_answered()
        yield finding


class Output:
    """The output of a command.

    Args:
        as_json: Whether to print JSON on a terminal too.
    """

    def __init__(self, *, as_json: bool) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # Not every terminal can show every character.
        self.as_json = as_json
        is_open = sys.stdout is not None  # pyright: ignore[reportUnnecessaryComparison]
        self.is_formatted = is_open and sys.stdout.isatty() and not as_json
        self._console = Console(highlight=False)
        self._errors = Console(stderr=True, highlight=False)

    def json(self, value: Any) -> None:
        """Prints a JSON value, coloured on a terminal, on one line in a pipe.

        Raises:
            OSError: If it cannot be written.
        """
        if self.is_formatted:
            text = for_terminal(json.dumps(value, indent=2, ensure_ascii=False))
            self._console.print(JSONHighlighter()(text), soft_wrap=True)
        elif sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
            raise OSError(errno.EBADF, "Standard output is closed")
        else:
            print(_json_text(value))  # noqa: T201 (this is the output)

    def error(self, failure: Failure) -> None:
        """Prints the line about a failure to standard error."""
        click.echo(f"Error: {failure.message()}", err=True)

    def note(self, text: str) -> None:
        """Prints a note to standard error."""
        self._errors.print(_line(text), style="yellow", soft_wrap=True)

    def functions(self, result: BackendFunctionsResult, failure: Failure | None) -> None:
        """Prints a listing, and in a pipe why there is none."""
        if failure is None:  # Otherwise the one warning repeats the error.
            for warning in result.warnings:
                self.note(warning)
        if not self.is_formatted:
            listed = [
                {"name": function.name, "description": function.description, "source": function.source, **function.extra}
                for function in result.functions
            ]
            error = {} if failure is None else {"error": failure.as_json()}
            self.json({"functions": listed, "warnings": result.warnings} | error)
        elif failure is None:
            width = self._console.width
            longest = max((len(function.name) for function in result.functions), default=0)
            table = Table(box=None, pad_edge=False, header_style="bold")
            # Names are copied: they are folded only if they take more than half of the line.
            table.add_column("name", overflow="fold", width=max(4, min(longest, width // 2)))
            table.add_column("description", overflow="fold", min_width=11)
            table.add_column("source", overflow="fold", max_width=max(6, width // 4))
            for function in result.functions:
                description = escape(for_terminal(function.description or ""))
                table.add_row(_line(function.name), description, _line(function.source or ""))
            self._console.print(table)

    def findings(self, url: str, findings: Iterator[Finding], skipped: list[str]) -> int:
        """Prints the findings of a check as they come, and returns the exit status.

        Raises:
            APIConnectionError: If not even the first request could be sent.
        """
        printed: list[Finding] = []
        for finding in _awaited(findings):
            if finding.error is not None and not printed:
                raise finding.error
            printed.append(finding if finding.says is None else evolve(finding, says=advice_in_options(finding.says)))
            if self.is_formatted:
                if len(printed) == 1:
                    self._console.print(_line(url), style="bold", soft_wrap=True)
                self._finding(printed[-1])
        wrong = sum(1 for finding in printed if finding.deviations)
        blocked = sum(1 for finding in printed if finding.obstacle is not None)
        if self.is_formatted:
            for note in skipped:
                self._console.print(f"- {_line(note)}", style="dim", soft_wrap=True)
            if blocked:
                self._console.print(f"[yellow]{blocked} of {len(printed)} answers could not be checked.[/yellow]")
            if wrong:
                self._console.print(f"[red]{wrong} of {len(printed)} answers deviate from the contract.[/red]")
            elif not blocked:
                self._console.print(f"[green]All {len(printed)} answers conform to the contract.[/green]")
        else:
            conforms = None if blocked and not wrong else not wrong
            self.json({"url": url, "conforms": conforms, "answers": [finding.as_json() for finding in printed]})
        if all(finding.status is None for finding in printed):
            return NO_ANSWER
        return REFUSED if wrong or blocked else 0

    def _finding(self, finding: Finding) -> None:
        mark = "[red]✗[/red]" if finding.deviations else "[green]✓[/green]" if finding.obstacle is None else "[yellow]?[/yellow]"
        status = "" if finding.status is None else f"  [dim]{finding.status}[/dim]"
        self._console.print(f"{mark} {finding.operation}: {_line(finding.what)}{status}", soft_wrap=True)
        if finding.obstacle is not None:
            self._console.print(f"    {_line(finding.obstacle)}", soft_wrap=True)
        for deviation in finding.deviations:
            self._console.print(f"    [bold]{_line(deviation.where)}[/bold] {_line(deviation.what)}", soft_wrap=True)
        if finding.says is not None:
            self._console.print(f"    [dim]{_line(finding.says)}[/dim]", soft_wrap=True)
