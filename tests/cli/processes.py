"""The command line in a process of its own, in a pipe or on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping

COMMAND = [sys.executable, "-m", "navai"]


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of this process, with none of our variables but those in `env`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NAVAI")} | dict(env or {})


def run(*arguments: str, given: str = "", env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """In a pipe."""
    return subprocess.run(
        [*COMMAND, *arguments], input=given, env=environment(env), capture_output=True, text=True, check=False, timeout=60
    )


def screen_of(
    *arguments: str,
    columns: int = 80,
    env: Mapping[str, str] | None = None,
    until: str = "",
    then: str | signal.Signals | Callable[[], object] = "",
) -> tuple[str, int]:
    """All that a terminal was sent, without colours, and the exit status.

    Args:
        arguments: The command line.
        columns: The width of the terminal.
        env: More variables.
        until: When it shows this text,
        then: this is typed, this signal is sent, or this function called.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = environment({"TERM": "dumb", "NO_COLOR": "1"} | dict(env or {}))
    for name in ("COLUMNS", "LINES"):
        variables.pop(name, None)
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True
    )
    os.close(theirs)
    shown = b""
    while piece := _read(ours):
        shown += piece
        if then and until in shown.decode():
            if isinstance(then, signal.Signals):
                process.send_signal(then)
            elif isinstance(then, str):
                os.write(ours, then.encode())
            else:
                then()
            then = ""
    os.close(ours)
    return shown.decode().replace("\r\n", "\n"), process.wait(60)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # So Linux tells the end of a terminal.
        return b""


def left_of(shown: str) -> str:
    """What is left on a terminal: of a line that was begun anew, what it was at the end."""
    return "\n".join(line.rpartition("\r")[2] for line in shown.split("\n"))


def on_a_terminal(*arguments: str, env: Mapping[str, str] | None = None, columns: int = 80) -> str:
    """What is left on a terminal, without colours."""
    return left_of(screen_of(*arguments, env=env, columns=columns)[0])
