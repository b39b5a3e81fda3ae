"""What functions are called, and which of them become tools of their own. No I/O."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from attrs import evolve

from navai._results import BackendFunction
from navai._whitespace import trim

RESERVED = frozenset({"navigate_to", "execute_app_function"})

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# How much a backend may say to the model, where the published code sets no bound: so many functions, each on a line of so many
# letters. More would not leave a model room for the conversation.
MOST_FUNCTIONS = 500
LONGEST_LINE = 500

# Line breaks and other controls, direction marks and letters that nobody sees, halves of letters; but not what joins letters.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"


def one_line(text: str) -> str:
    """`text` as one line of instructions of at most 500 letters, so that it cannot begin a line of its own."""
    if not text.isprintable():
        letters = text[: LONGEST_LINE + 1]
        text = "".join(" " if unicodedata.category(each) in _UNSEEN and each not in _JOINERS else each for each in letters)
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 3]}..."


def normalized(name: str) -> str:
    """A function's name as the published code writes it: ``createOrder`` becomes ``create_order``."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-zA-Z0-9]+", "_", words).strip("_").lower()


def key_of(name: str) -> str:
    """How a function is looked up by the name that a model or a backend gives."""
    return trim(one_line(name)).lower()


def unique_name(name: str, taken: set[str], warnings: list[str]) -> str:
    """The name that a local function gets; is then taken."""
    wanted = normalized(name) or "fn"
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}_{number}", number + 1
    taken.add(found)
    if found != normalized(name):
        warnings.append(f'[navai] Renamed duplicated function "{name}" to "{found}".')
    return found


def allowed_backend_functions(
    functions: Iterable[BackendFunction], local: Mapping[str, object], warnings: list[str]
) -> dict[str, BackendFunction]:
    """The backend's functions by the names that the agent knows them by; local functions go before them."""
    allowed: dict[str, BackendFunction] = {}
    for function in functions:
        name, shown = key_of(function.name), one_line(function.name)
        if not name:
            continue
        if name in local:
            warnings.append(f'[navai] Ignored backend function "{shown}": name conflicts with a frontend function.')
        elif name in allowed:
            warnings.append(f'[navai] Ignored duplicated backend function "{shown}".')
        else:
            if shown != function.name:
                warnings.append(f'[navai] Backend function "{name}" is called so here: its own name is not one short line.')
            own = trim(function.name).lower()
            allowed[name] = function if function.name == own else evolve(function, name=own)
    return allowed


def tool_names(names: Iterable[str], warnings: list[str]) -> list[str]:
    """Those of the functions that become tools of their own."""
    found: list[str] = []
    for name in dict.fromkeys(names):
        only = f'[navai] Function "{name}" is available only via execute_app_function because its name '
        if name in RESERVED:
            warnings.append(f"{only}conflicts with a built-in tool.")
        elif not _TOOL_NAME.fullmatch(name):
            warnings.append(f"{only}is not a valid tool id.")
        else:
            found.append(name)
    return found
