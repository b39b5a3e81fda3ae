"""The command line: a module for the commands, one for their connection to a backend, one for what they print."""

from navai._cli.commands import main

__all__ = ["main"]
