"""Makes the sync client of the async one, so that their methods, options and docstrings are written once.

python openapi/sync_clients.py            write wrapper/navai/_client.py and _driver.py anew
python openapi/sync_clients.py --check    compare; exit 1 on any difference
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

WRAPPER = Path(__file__).resolve().parent.parent / "wrapper" / "navai"

HEADER = "# Generated from {} by `make generate`. Never edit by hand: `make check-generated` would fail.\n"

# What differs beyond `await`, by the module that is written: text of the async one, which must be there, and of the sync one.
TEXTS = {
    "_client.py": {
        "Use it as an async context manager, or await `aclose` when done. One client can serve any number of tasks.": (
            "Use it as a context manager, or call `close` when done. It is thread-safe."
        ),
    },
    "_driver.py": {
        "import sys\n": "import sys\nimport time\n",
        "                import anyio  # noqa: PLC0415 (loaded with the HTTP library; most calls never wait)\n\n": "",
        "anyio.sleep": "time.sleep",
        "wait_async": "wait",
        "is_async=True": "is_async=False",
        """\
            # Cancellation: the caller may turn it into a timeout error, which would keep the frames. There may be no event loop any
            # more that could tell: a task that never ended is closed with GeneratorExit.
""": "            # A signal handler may have raised it anywhere.\n",
    },
}

WORDS = {
    r"\basync def ": "def ",
    r"\bawait ": "",
    r"\bAsync(?=[A-Z])": "",
    r"_async_(?=driver)": "_",
    r"\basyncio(?=_| functions)": "sync",
    r"\basynchronous\b": "synchronous",
    r"\baclose\b": "close",
    r"\b__a(?=enter__|exit__)": "__",
}


def sync(module: str) -> str:
    """The code of a module of the sync client."""
    code = (WRAPPER / f"_async{module}").read_text("utf-8")
    for text, replacement in TEXTS[module].items():
        if text not in code:
            sys.exit(f"_async{module} does not have what openapi/sync_clients.py replaces: {text}")
        code = code.replace(text, replacement)
    for pattern, replacement in WORDS.items():
        code = re.sub(pattern, replacement, code)
    command: list[str | Path] = [sys.executable, "-m", "ruff", "format", "--stdin-filename", WRAPPER / module, "-"]
    code = subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout
    return HEADER.format(f"_async{module}") + code


def main() -> None:
    """Writes the modules, or compares them."""
    made = {module: sync(module) for module in TEXTS}
    if "--check" not in sys.argv[1:]:
        for module, code in made.items():
            (WRAPPER / module).write_text(code, "utf-8")
    elif differing := [module for module, code in made.items() if (WRAPPER / module).read_text("utf-8") != code]:
        sys.exit(f"{', '.join(differing)}: not what the async client makes: edit that, and run `make generate`.")


if __name__ == "__main__":
    main()
