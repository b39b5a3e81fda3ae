"""The command line, ``python -m navai``. Needs the extra ``navai-sdk[cli]``."""

from __future__ import annotations

import sys

try:
    from navai._cli import main
except ModuleNotFoundError as _error:
    sys.exit(f"python -m navai needs {_error.name}: pip install 'navai-sdk[cli]'")

if __name__ == "__main__":
    main(prog_name="python -m navai")
