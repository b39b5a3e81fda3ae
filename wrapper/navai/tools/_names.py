"""The names of functions, and which of them become tools. No I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from attrs import evolve

from navai._results import BackendFunction
from navai._whitespace import trim
from navai._wordpress import runs_in_browser

RESERVED = frozenset({"navigate_to", "execute_app_function"})

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# Limits to what a backend may add to the instructions, where the published code has none: the number of functions, and the
# characters in the line about each. More would leave the model no room for the conversation.
MAX_FUNCTIONS = 500
MAX_LINE_LENGTH = 500

# Line breaks and other control characters, direction marks, invisible characters and lone surrogates, but not joiners.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """`text` as one line of at most 500 characters, so that it cannot begin another line of the instructions."""
    if not text.isprintable():
        characters = text[: MAX_LINE_LENGTH + 1]
        text = "".join(
            " " if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS else character
            for character in characters
        )
    return text if len(text) <= MAX_LINE_LENGTH else f"{text[: MAX_LINE_LENGTH - 3]}..."


def reduced(name: str, text: str, warnings: list[str]) -> str:
    """What a model is told of a function, as one line. `warnings` gets one if that changes it."""
    line = one_line(text)
    if line != text:
        warnings.append(f'[navai] The description of "{name}" was reduced to one line of at most {MAX_LINE_LENGTH} characters.')
    return line


def normalized(name: str) -> str:
    """A function's name as the published code writes it: ``createOrder`` becomes ``create_order``."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-zA-Z0-9]+", "_", words).strip("_").lower()


def key_of(name: str) -> str:
    """The key under which a function is looked up, for the name that a model or a backend gives."""
    return trim(one_line(name)).lower()


def unique_name(name: str, taken: set[str], warnings: list[str]) -> str:
    """The name that a local function gets, which is added to `taken`."""
    base = normalized(name) or "fn"
    unique, number = base, 2
    while unique in taken:
        unique, number = f"{base}_{number}", number + 1
    taken.add(unique)
    if unique != normalized(name):
        warnings.append(f'[navai] Renamed duplicated function "{name}" to "{unique}".')
    return unique


def allowed_backend_functions(
    functions: Iterable[BackendFunction], local: Mapping[str, object], warnings: list[str]
) -> dict[str, BackendFunction]:
    """The backend's functions by the names under which the agent knows them. Local functions take precedence.

    Functions that the backend does not run itself are left out: a model would say that they have run.
    """
    allowed: dict[str, BackendFunction] = {}
    for function in functions:
        name, shown = key_of(function.name), one_line(function.name)
        if not name:
            continue
        if name in local:
            warnings.append(f'[navai] Ignored backend function "{shown}": name conflicts with a frontend function.')
        elif name in allowed:
            warnings.append(f'[navai] Ignored duplicated backend function "{shown}".')
        elif runs_in_browser(function.source, function.extra.get("metadata")):
            reason = "it is JavaScript for the browser widget, and runs only there"
            warnings.append(f'[navai] Ignored backend function "{shown}": {reason}.')
        else:
            if shown != function.name:
                warnings.append(f'[navai] Renamed backend function to "{name}": its own name is not one short line.')
            own = trim(function.name).lower()
            allowed[name] = function if function.name == own else evolve(function, name=own)
    return allowed


def tool_names(names: Iterable[str], warnings: list[str], reserved: Collection[str] = RESERVED) -> list[str]:
    """The names of the functions that become tools, which other tools have not `reserved`."""
    tools: list[str] = []
    for name in dict.fromkeys(names):
        only = f'[navai] Function "{name}" is available only via execute_app_function because its name '
        if name in reserved:
            warnings.append(f"{only}conflicts with a built-in tool.")
        elif not _TOOL_NAME.fullmatch(name):
            warnings.append(f"{only}is not a valid tool id.")
        else:
            tools.append(name)
    return tools
