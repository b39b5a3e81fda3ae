"""The command line: ``navai``, or ``python -m navai``. Needs the extra ``navai-sdk[cli]``; ``check`` needs ``navai-sdk[check]``."""

from __future__ import annotations

import sys

try:
    from navai._cli import main
except ModuleNotFoundError as _error:
    _extra = "check" if sys.argv[1:2] == ["check"] else "cli"
    sys.exit(f"The command line needs {_error.name}: pip install 'navai-sdk[{_extra}]' (or uv tool install, or pipx install)")
except KeyboardInterrupt:
    sys.stderr.write("Error: Interrupted. Nothing was sent.\n")
    sys.exit(130)


def command() -> None:
    """The command ``navai``."""
    main(prog_name="navai")


if __name__ == "__main__":
    main(prog_name="python -m navai")
