"""Parses JSON as `JSON.parse` does, within limits that are checked before Python's decoder sees the text.

The decoder has no limits of its own: it follows brackets until the stack overflows, and two characters of text (``[]``) can take a
hundred bytes of memory.
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

# How deep arrays and objects may be nested. PHP stops at 512. Python's decoder needs 128 KiB of stack for this.
MAX_DEPTH = 500

# Beyond the number that is always allowed, there must be this many characters for each array or object: Python's garbage collector,
# which scans them again and again while they are created, would otherwise block an event loop for more than 0.1 s per MiB. The
# smallest row of a table, `[1,2],`, has six.
_MIN_CHARACTERS_EACH = 6
_ALWAYS_ALLOWED = 300_000

# Memory in bytes that is always granted, so that small texts need no count.
_FREE_MEMORY = 1024 * 1024

# An upper bound for the memory per character, in bytes, if there are at least this many characters for each array or object.
_MAX_BYTES_PER_CHARACTER = 32
_SPARSE = 8


class NotJSON(ValueError):
    """The text is not JSON that `JSON.parse` accepts, or it is nested more than `MAX_DEPTH` deep."""


class TooMuchMemory(NotJSON):
    """The values of the text would take more memory than allowed."""


class TooManyContainers(NotJSON):
    """There are too many arrays and objects for the length of the text."""


def parse_json(text: str, max_memory: int | None = None) -> Any:
    """Parses a JSON text as `JSON.parse` does, but with exact integers.

    Args:
        text: The text.
        max_memory: How many bytes of memory the text and its values may take, by an upper estimate; 1 MiB is always granted. None
            for no limit.

    Raises:
        NotJSON: If the text is not JSON, or is nested too deep.
        TooMuchMemory: If it would take too much memory.
        TooManyContainers: If it has too many arrays and objects.
    """
    if len(text) > MAX_DEPTH:  # Each level takes at least one bracket; and a text this short takes less than is always granted.
        _check_size(text, max_memory)
    try:
        try:
            return _decode(text)
        except RecursionError:
            return on_fresh_stack(lambda: _decode(text))
    except RuntimeError:  # Even a fresh stack is too small (`sys.setrecursionlimit`), or no thread can be started.
        raise NotJSON("nested too deep for the stack") from None
    except ValueError as error:
        raise NotJSON(str(error)) from None


def _check_size(text: str, max_memory: int | None) -> None:
    containers = _check_brackets(text)
    if max_memory is not None:
        max_memory = max(max_memory, _FREE_MEMORY)
        # Many small arrays and objects may take more per character.
        if len(text) * _MAX_BYTES_PER_CHARACTER > (_FREE_MEMORY if containers * _SPARSE > len(text) else max_memory):
            _check_memory(text, max_memory)


def _decode(text: str) -> Any:
    try:
        # Nearly every response has no white space around its value, so skip the search for it.
        value, end = _DECODER.raw_decode(text) if text[:1] == "{" else (None, -1)
        return value if end == len(text) else _DECODER.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # An integer with more digits than Python converts. Always checking would slow down all responses.
        return _BIG_INTEGER_DECODER.decode(text)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJSON(name)  # Python's decoder accepts NaN and Infinity; JSON.parse does not.


def _integer(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:  # Python converts at most 4,300 digits; JSON.parse returns Infinity for that many.
        return float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_BIG_INTEGER_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_integer)


# --- how much memory a text takes ---------------------------------------------------------------------------------------------

# How many characters to process at once.
_PIECE = 1 << 18

_REST_OF_ESCAPE = re.compile(r"\\*.?", re.DOTALL)
_ESCAPED = re.compile(rb'\\["\\]')


def _all_bytes_except(kept: bytes) -> bytes:
    return bytes(code for code in range(256) if code not in kept)


_NO_BRACKETS = _all_bytes_except(b'"[]{}')
_NO_STRUCTURE = _all_bytes_except(b'"[]{},:')


def _structure(text: str, dropped: bytes) -> Iterator[tuple[bytes, int]]:
    """The parts of a JSON text outside its strings, without the bytes in `dropped`, each with its number of quotation marks.

    If the text is not JSON, they are right up to the place where the decoder fails.
    """
    start, is_inside = 0, False
    while start < len(text):
        end = start + _PIECE
        if text[end - 1 : end] == "\\":  # A piece must not end within an escape.
            end = _REST_OF_ESCAPE.match(text, end).end()  # type: ignore[union-attr] # It matches everywhere.
        piece = text[start:end].encode("utf-8", "surrogatepass")
        if b"\\" in piece and _ESCAPED.search(piece):
            piece = piece.replace(rb"\\", b"").replace(rb"\"", b"")
        piece = piece.translate(None, dropped)
        length = len(piece)
        # Drop empty pairs, which do not change whether the rest is inside a string; longer runs first, which is faster.
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

# How many brackets to process at once.
_BLOCK = 128


def _check_brackets(text: str) -> int:
    """Checks the depth and the number of arrays and objects, and returns an upper bound for their number."""
    if len(text) <= _PIECE and (count := text.count("[") + text.count("{")) <= MAX_DEPTH:
        return count
    max_containers = max(_ALWAYS_ALLOWED, len(text) // _MIN_CHARACTERS_EACH)
    depth = containers = 0
    for piece, _ in _structure(text, _NO_BRACKETS):
        brackets = piece.translate(_OPENING)
        for start in range(0, len(brackets), _BLOCK):
            block = brackets[start : start + _BLOCK]
            opening = block.count(b"[")
            if depth + opening > MAX_DEPTH:  # Too deep only if none is closed before others open.
                steps = memoryview(block.translate(_STEPS)).cast("b")
                if max(accumulate(steps, initial=depth)) > MAX_DEPTH:
                    raise NotJSON(f"nested more than {MAX_DEPTH} deep")
            depth += 2 * opening - len(block)
            containers += opening
        if containers > max_containers:
            raise TooManyContainers
    return containers


# The memory that values take in CPython 3.11 to 3.14 on a 64-bit machine, in bytes, including their slot in the container around
# them, and room for four values in a list. Each comma is counted as a number.
_OBJECT, _ARRAY, _NUMBER, _STRING, _WIDE_STRING = 164, 106, 43, 48, 64
# What a key takes in addition when it first occurs, since the decoder caches it.
_NEW_KEY = 172

_KEY = re.compile(r'"(\w+)":')


def _check_memory(text: str, max_memory: int) -> None:
    memory, keys = (9 if "\\" in text else 8) * sys.getsizeof(text) // 4, 0
    string = _STRING if text.isascii() else _WIDE_STRING
    for piece, quotes in _structure(text, _NO_STRUCTURE):
        memory += _OBJECT * piece.count(b"{") + _ARRAY * piece.count(b"[") + _NUMBER * piece.count(b",") + string * quotes // 2
        keys += piece.count(b":")
        if memory > max_memory:
            raise TooMuchMemory
    if memory + keys * _NEW_KEY > max_memory:
        # Most responses repeat a few keys. (After a backslash, it is the end of another key.)
        repeated = [f'"{key}":' for key, _ in Counter(_KEY.findall(text, 0, _PIECE)).most_common(20)]
        new = keys + len(repeated) - sum(text.count(key) - text.count(f"\\{key}") for key in repeated)
        if memory + new * _NEW_KEY > max_memory:
            raise TooMuchMemory
