"""The command line: the commands, their connection to a backend, and their output."""

from navai._cli.commands import main

__all__ = ["main"]
