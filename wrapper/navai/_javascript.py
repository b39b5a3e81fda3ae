"""JSON as `JSON.parse` reads it, within limits that are checked before Python's decoder sees the text.

The decoder knows no limits of its own: it follows brackets until the stack overflows, and two letters of text (``[]``) can become
a hundred bytes of memory.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NoReturn

from navai._background import on_fresh_stack

# How deep arrays and objects may be nested. PHP stops at 512. Python's decoder takes 128 KiB of the stack for it.
MAX_DEPTH = 500

# An array or object for fewer letters than this is too much once there are more than so many: Python's garbage collector, which
# goes through them again and again while they are made, would hold up an event loop for more than 0.1 s per MiB. The smallest rows
# of a table, `[1,2],`, take six.
_MIN_CHARACTERS_EACH = 6
_ALWAYS_ALLOWED = 300_000

# What a small text becomes is not counted: less than this, in bytes.
_FREE_MEMORY = 1024 * 1024

# More than a letter can become, in bytes, where no array or object stands for fewer letters than this.
_MAX_BYTES_PER_CHARACTER = 32
_SPARSE = 8


class NotJSON(ValueError):
    """The text is not JSON as `JSON.parse` takes it, or nested more than `MAX_DEPTH` deep."""


class TooMuchMemory(NotJSON):
    """The values of the text would take more memory than they may."""


class TooManyContainers(NotJSON):
    """There are too many arrays and objects for so little text."""


def parse_json(text: str, max_memory: int | None = None) -> Any:
    """The value of a JSON text as `JSON.parse` gives it, but with exact integers.

    Args:
        text: The text.
        max_memory: How many bytes of memory the text and its values may take, by what they can take at most; less than 1 MiB is
            always granted. None: any.

    Raises:
        NotJSON: See there.
        TooMuchMemory: See there.
        TooManyContainers: See there.
    """
    # One bracket may be all that there is of a level.
    containers = _check_brackets(text) if len(text) > MAX_DEPTH else 0
    if max_memory is not None:
        most = max(max_memory, _FREE_MEMORY)
        # Many small arrays and objects may become more for each letter.
        if len(text) * _MAX_BYTES_PER_CHARACTER > (_FREE_MEMORY if containers * _SPARSE > len(text) else most):
            _check_memory(text, most)
    try:
        try:
            return _decode(text)
        except RecursionError:
            return on_fresh_stack(lambda: _decode(text))
    except RuntimeError:  # Nor is there room on a stack of its own (`sys.setrecursionlimit`), or there can be no thread.
        raise NotJSON("nested deeper than there is room for") from None
    except ValueError as error:
        raise NotJSON(str(error)) from None


def _decode(text: str) -> Any:
    try:
        # Nearly every answer begins and ends with its value, and need not be searched for blanks around it.
        value, end = _DECODER.raw_decode(text) if text[:1] == "{" else (None, -1)
        return value if end == len(text) else _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # An integer of more digits than Python converts. To ask for each would slow all answers down.
        return _BIG_INTEGER_DECODER.decode(text)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSON(name)  # Python's decoder takes NaN and Infinity, JSON.parse does not.


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # Python converts at most 4,300 digits; JSON.parse gives Infinity for so many.
        return float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_BIG_INTEGER_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_integer)


# --- what a text will become ----------------------------------------------------------------------------------------------------

# How many letters are looked at together.
_PIECE = 1 << 18

_REST_OF_ESCAPE = re.compile(r"\\*.?", re.DOTALL)
_ESCAPED = re.compile(rb'\\["\\]')


def _all_bytes_except(kept: bytes) -> bytes:
    return bytes(code for code in range(256) if code not in kept)


_NO_BRACKETS = _all_bytes_except(b'"[]{}')
_NO_STRUCTURE = _all_bytes_except(b'"[]{},:')


def _structure(text: str, dropped: bytes) -> Iterator[tuple[bytes, int]]:
    """What stands outside the strings of a JSON text, less `dropped`; and how many quotation marks stood there. Piece by piece.

    Where the text is not JSON, it is right up to the place where the decoder gives up.
    """
    start, is_inside = 0, False
    while start < len(text):
        end = start + _PIECE
        if text[end - 1 : end] == "\\":  # No piece ends within an escape.
            end = _REST_OF_ESCAPE.match(text, end).end()  # type: ignore[union-attr] # It matches everywhere.
        piece = text[start:end].encode("utf-8", "surrogatepass")
        if b"\\" in piece and _ESCAPED.search(piece):
            piece = piece.replace(rb"\\", b"").replace(rb"\"", b"")
        piece = piece.translate(None, dropped)
        length = len(piece)
        # Strings without brackets; whether the rest is inside one stays the same. Many at once are gone sooner.
        piece = piece.replace(b'""' * 6, b"").replace(b'""' * 2, b"").replace(b'""', b"")
        quotes = length - len(piece)
        if is_inside or b'"' in piece:
            parts = piece.split(b'"')
            piece = b"".join(parts[is_inside::2])
            quotes += len(parts) - 1
            is_inside ^= len(parts) % 2 == 0
        yield piece, quotes
        start = end


_OPENING = bytes.maketrans(b"{}", b"[]")
_STEPS = bytes.maketrans(b"[]", b"\x01\xff")

# How many brackets are looked at together.
_BLOCK = 128


def _check_brackets(text: str) -> int:
    """How many arrays and objects the text has at most, once they are known to be neither too deep nor too many."""
    if len(text) <= _PIECE and (count := text.count("[") + text.count("{")) <= MAX_DEPTH:
        return count
    most = max(_ALWAYS_ALLOWED, len(text) // _MIN_CHARACTERS_EACH)
    depth = containers = 0
    for piece, _ in _structure(text, _NO_BRACKETS):
        brackets = piece.translate(_OPENING)
        for start in range(0, len(brackets), _BLOCK):
            block = brackets[start : start + _BLOCK]
            opening = block.count(b"[")
            if depth + opening > MAX_DEPTH:  # Perhaps: some are closed before others open.
                steps = memoryview(block.translate(_STEPS)).cast("b")
                if max(accumulate(steps, initial=depth)) > MAX_DEPTH:
                    raise NotJSON(f"nested more than {MAX_DEPTH} deep")
            depth += 2 * opening - len(block)
            containers += opening
        if containers > most:
            raise TooManyContainers
    return containers


# What values take in CPython 3.11 to 3.13 on a 64-bit machine, in bytes, with their place in the container around them, and lists
# with room for four values. A comma stands for a number.
_OBJECT, _ARRAY, _NUMBER, _STRING, _WIDE_STRING = 164, 106, 43, 48, 64
# What a key takes beyond that when it comes for the first time: the decoder remembers it.
_NEW_KEY = 172

_KEY = re.compile(r'"(\w+)":')


def _check_memory(text: str, most: int) -> None:
    memory, keys = (9 if "\\" in text else 8) * sys.getsizeof(text) // 4, 0
    string = _STRING if text.isascii() else _WIDE_STRING
    for piece, quotes in _structure(text, _NO_STRUCTURE):
        memory += _OBJECT * piece.count(b"{") + _ARRAY * piece.count(b"[") + _NUMBER * piece.count(b",") + string * quotes // 2
        keys += piece.count(b":")
        if memory > most:
            raise TooMuchMemory
    if memory + keys * _NEW_KEY > most:
        # Most answers repeat a few keys. (Behind a backslash, it is the end of another one.)
        repeated = [f'"{key}":' for key, _ in Counter(_KEY.findall(text, 0, _PIECE)).most_common(20)]
        new = keys + len(repeated) - sum(text.count(key) - text.count(f"\\{key}") for key in repeated)
        if memory + new * _NEW_KEY > most:
            raise TooMuchMemory
