"""What people see on a terminal, and programs in a pipe: JSON on the standard output, everything else on the standard error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.markup import escape
from rich.table import Table

from navai._printable import for_terminal, one_line
from navai._results import BackendFunctionsResult

if TYPE_CHECKING:
    from navai._check.asking import Finding


# A string as a whole, or what Python writes for a number that is too large for a double, and JSON does not have.
_STRING_OR_INFINITY = re.compile(r'"(?:[^"\\]|\\.)*"|Infinity')


def _json_text(value: Any) -> str:
    """A value that came as JSON, as JSON again; a number too large for a double as one that is too large, as it came."""
    text = json.dumps(value)
    return _STRING_OR_INFINITY.sub(lambda found: "1e999" if found[0] == "Infinity" else found[0], text)


# Of what is told on one line, in letters.
_LONGEST = 2000


def _line(text: str) -> str:
    return escape(one_line(text, _LONGEST))


def flush() -> None:
    """Writes what is still in a buffer.

    Raises:
        OSError: If it cannot be written.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
            stream.flush()


def discard_output() -> None:
    """Lets nothing more be written to the standard output, so that Python does not fail to do so at its end."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)


class Output:
    """Where a command writes to.

    Args:
        as_json: Write JSON also on a terminal.
    """

    def __init__(self, *, as_json: bool) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # Not every terminal has every letter.
        self.for_people = sys.stdout is not None and sys.stdout.isatty() and not as_json  # pyright: ignore[reportUnnecessaryComparison]
        self._console = Console(highlight=False)
        self._errors = Console(stderr=True, highlight=False)

    def json(self, value: Any) -> None:
        """A JSON value: coloured on a terminal, one line in a pipe."""
        if self.for_people:
            text = for_terminal(json.dumps(value, indent=2, ensure_ascii=False))
            self._console.print(JSONHighlighter()(text), soft_wrap=True)
        else:
            print(_json_text(value))  # noqa: T201 (this is the output)

    def note(self, text: str) -> None:
        """A line for people, which no program reads."""
        self._errors.print(_line(text), style="yellow", soft_wrap=True)

    def functions(self, found: BackendFunctionsResult) -> None:
        """A listing."""
        for warning in found.warnings:
            self.note(warning)
        if not self.for_people:
            listed = [
                {"name": each.name, "description": each.description, "source": each.source, **each.extra}
                for each in found.functions
            ]
            self.json({"functions": listed, "warnings": found.warnings})
        elif found.error is None:
            table = Table(box=None, pad_edge=False, header_style="bold")
            for heading in ("name", "description", "source"):
                table.add_column(heading, overflow="fold")
            for each in found.functions:
                table.add_row(_line(each.name), escape(for_terminal(each.description or "")), _line(each.source or ""))
            self._console.print(table)

    def findings(self, url: str, findings: Iterable[Finding], unasked: list[str]) -> list[Finding]:
        """A check, told while it goes on; gives back what was found."""
        found: list[Finding] = []
        if self.for_people:
            self._console.print(_line(url), style="bold", soft_wrap=True)
        for finding in findings:
            found.append(finding)
            if self.for_people:
                self._finding(finding)
        wrong = sum(1 for finding in found if finding.deviations)
        if self.for_people:
            for note in unasked:
                self._console.print(f"[dim]-[/dim] {_line(note)}", style="dim", soft_wrap=True)
            if wrong:
                self._console.print(f"[red]{wrong} of {len(found)} answers deviate from the contract.[/red]")
            else:
                self._console.print(f"[green]All {len(found)} answers conform to the contract.[/green]")
        else:
            self.json({"url": url, "conforms": not wrong, "answers": [finding.as_json() for finding in found]})
        return found

    def _finding(self, finding: Finding) -> None:
        mark = "[red]✗[/red]" if finding.deviations else "[green]✓[/green]"
        status = "" if finding.status is None else f"  [dim]{finding.status}[/dim]"
        self._console.print(f"{mark} {finding.operation}: {_line(finding.what)}{status}", soft_wrap=True)
        for each in finding.deviations:
            self._console.print(f"    [bold]{_line(each.where)}[/bold] {_line(each.what)}", soft_wrap=True)
