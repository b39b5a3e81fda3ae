"""A line on the terminal while a command waits."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Generator


@contextlib.contextmanager
def progress() -> Generator[None]:
    """Shows on standard error for how long the command has been waiting, from the first second on, and erases it afterwards.

    Only on a terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():  # pyright: ignore[reportUnnecessaryComparison] (it is None where the file is closed)
        yield
        return
    is_over = threading.Event()
    line = threading.Thread(target=_count, args=(is_over,), daemon=True)
    line.start()
    try:
        yield
    finally:
        is_over.set()
        line.join()


def _count(is_over: threading.Event) -> None:
    text = ""
    for seconds in itertools.count(1):
        if is_over.wait(1):
            break
        text = f"Waiting for the backend, {seconds} s"
        _write(f"\r{text}")
    if text:
        _write(f"\r{' ' * len(text)}\r")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):  # The terminal is gone.
        sys.stderr.write(text)
        sys.stderr.flush()
