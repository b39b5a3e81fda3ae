"""Which room of the wrapper may import which, imports inside functions and names of modules in strings included.

`CONTRIBUTING.md` draws the house. Knowledge (`_options`, `_contract`) does no I/O, and the engine (`_http`) knows nothing of Navai.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WRAPPER = Path(__file__).resolve().parents[2] / "wrapper"

# The rooms, by what the names of their modules begin with, the longest first.
ROOMS = {
    "navai._options": "options",
    "navai._contract": "contract",
    "navai._http.messages": "messages",
    "navai._http.redirects": "messages",
    "navai._http.retries": "messages",
    "navai._http.decoders": "light",
    "navai._http.headers": "light",
    "navai._http.hosts": "light",
    "navai._http.timeouts": "light",
    "navai._http": "engine",
    "navai._check": "check",
    "navai._cli": "cli",
    "navai.agents": "agents",
    "navai.testing": "testing",
    "navai.tools": "tools",
    "navai_sdk": "generated",
    **dict.fromkeys(("navai", "navai._async_client", "navai._client", "navai._raw_response", "navai._results"), "public"),
    **dict.fromkeys(("navai._errors", "navai._failures", "navai._redacted_dict"), "errors"),
    **dict.fromkeys(
        (
            "navai._async_driver",
            "navai._base_client",
            "navai._call",
            "navai._driver",
            "navai._lazy",
            "navai._loading",
            "navai._sdk",
        ),
        "client",
    ),
    **dict.fromkeys(
        (
            "navai._background",
            "navai._escapes",
            "navai._javascript",
            "navai._json",
            "navai._models",
            "navai._outcomes",
            "navai._printable",
            "navai._redaction",
            "navai._request_id",
            "navai._secrets",
            "navai._tracebacks",
            "navai._version",
            "navai._whitespace",
            "navai._wordpress",
        ),
        "leaf",
    ),
    "navai.__main__": "cli",
    "navai._pydantic": "public",
    "navai._pytest_plugin": "testing",
}

MAY_IMPORT = {
    "leaf": {"leaf"},
    "errors": {"leaf", "errors"},
    "light": {"leaf", "errors", "light"},
    "messages": {"leaf", "errors", "light", "messages"},
    "engine": {"leaf", "errors", "light", "messages", "engine"},
    "options": {"leaf", "errors", "light", "options"},
    "contract": {"leaf", "errors", "messages", "contract", "generated"},
    "client": {"leaf", "errors", "light", "messages", "engine", "options", "contract", "generated", "client"},
    "public": {"leaf", "errors", "engine", "client", "public"},
    "tools": {"leaf", "errors", "public", "tools"},
    "agents": {"leaf", "errors", "public", "tools", "agents"},
    "testing": {"leaf", "errors", "public", "contract", "options", "testing"},
    "check": {"leaf", "errors", "public", "contract", "messages", "check"},
    "cli": {"leaf", "errors", "public", "check", "cli"},
}

# Beyond these rules, and why.
EXCEPTIONS = {
    ("navai._options.settings", "navai"),  # The public name of `Timeout`, in an annotation.
    ("navai._contract.operations", "navai._results"),  # What operations return.
    ("navai._contract.responses", "navai._results"),
    ("navai._call", "navai._results"),
    ("navai._base_client", "navai"),  # Public names, in annotations.
    ("navai._driver", "navai"),
    ("navai._async_driver", "navai"),
    ("navai._http.timeouts", "navai._http.messages"),  # In an annotation.
    ("navai", "navai._http.timeouts"),  # The home of `Timeout`.
    ("navai", "navai._contract.voice_settings"),  # The home of `VoiceSettings`.
    ("navai.agents._session", "navai._contract.operations"),  # To check what each synthesis of a session is to be like.
    ("navai.tools._extra", "navai._contract.payloads"),  # To refuse what is no JSON before a session begins.
    ("navai._check.asking", "navai._call"),  # The seam that a client offers.
}

# What only the engine and the clients may know.
LIBRARIES = {"anyio", "h11", "httpcore", "httptools", "httpx", "httpx2", "socket", "ssl"}
KNOWING = {"engine", "client", "public"}

MODULES = {
    ".".join(path.relative_to(WRAPPER).with_suffix("").parts).removesuffix(".__init__"): path for path in WRAPPER.rglob("*.py")
}


def room(module: str) -> str:
    """The room of a module: that of its longest prefix which is a package with one, or of its own name."""
    name = module
    while name not in ROOMS:
        name = name.rpartition(".")[0]
        assert name not in ("", "navai"), f"{module} is in no room: add it to one, or to ROOMS."
    return ROOMS[name]


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            yield from submodules or {node.module}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in MODULES and "." in node.value:
            yield node.value


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_imports_only_what_it_may(module: str) -> None:
    own = room(module)
    for other in set(imported(MODULES[module])) - {module}:
        top = other.partition(".")[0]
        if top in LIBRARIES:
            assert own in KNOWING or (own == "testing" and top == "socket"), f"{module} imports {other}"
        elif top in ("navai", "navai_sdk") and (module, other) not in EXCEPTIONS:
            assert room(other) in MAY_IMPORT[own], f"{module} ({own}) imports {other} ({room(other)})"


def test_each_exception_is_needed() -> None:
    assert {(module, other) for module, other in EXCEPTIONS if other not in set(imported(MODULES[module]))} == set()


def test_each_rule_is_about_something() -> None:
    assert {room(module) for module in MODULES} | {"generated"} == set(ROOMS.values())
    assert {name for name in ROOMS if name != "navai_sdk" and name not in MODULES} == set()


def test_files_in_private_packages_have_plain_names() -> None:
    private = [path for path in MODULES.values() if re.match(r"_\w", path.parent.name)]
    assert private
    assert [path.name for path in private if path.name.startswith("_") and path.name != "__init__.py"] == []
