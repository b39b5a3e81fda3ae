"""What a later reader makes of a text: escapes of HTML, URLs and JSON undone, tags left out, and where each letter stood before."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

# How HTML, URLs, JSON, JavaScript and Python write a letter as something else.
_ESCAPE = r"""
    &(?: \#0{0,20}\d{1,7} | \#[xX]0{0,20}[0-9A-Fa-f]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} );?
  | %(?: [CcDd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f] | [Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}
       | [Ff][0-7](?:%[89ABab][0-9A-Fa-f]){3} | [0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} )
  | \\(?: u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} | u\{[0-9A-Fa-f]{1,6}\} | x[0-9A-Fa-f]{2}
       | [bfnrt] | [^\w\s] )
"""
# What stands between the letters of a page without being seen: comments and tags, also those that are cut off.
_UNSEEN = r"<!--.*?(?:-->|\Z) | <[^<>]*>"
_HINT = re.compile(r"[&%\\<]")
# An escape or a tag that was cut off.
_UNFINISHED = re.compile(r"(?:&[#\w]{0,30}|%[0-9A-Fa-f]?|\\(?:u[0-9A-Fa-f]{0,3}|u\{[0-9A-Fa-f]{0,6}|x[0-9A-Fa-f]?)?|<[^<>]*)\Z")

# How often escapes may be escaped again: HTML in JSON, twice over.
_DEEPEST = 4


class _Place(NamedTuple):
    """Where an escape stands in a text, and where its letters do in what is read."""

    start: int
    end: int
    read_start: int
    read_end: int


class Layers:
    """A text, what a reader makes of it, what another one makes of that, and so on until nothing changes.

    Args:
        text: Any text.
        without_tags: Whether they leave out tags and comments.

    Attributes:
        texts: All of them, `text` first.
    """

    def __init__(self, text: str, *, without_tags: bool = False) -> None:
        self.texts = [text]
        self._escapes = _escapes(without_tags)
        while len(self.texts) <= _DEEPEST and has_escapes(self.texts[-1]):
            read = self._escapes.sub(_read, self.texts[-1])
            if read == self.texts[-1]:
                break
            self.texts.append(read)

    def trace(self, number: int, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where in `texts[0]` stands what became `spans` of `texts[number]`; none of them empty."""
        found = list(spans)
        for text in reversed(self.texts[:number] if found else []):
            places = self._places(text)
            starts = [place.read_start for place in places]
            # By the last letter, not by the end: tags behind it stay.
            found = [(_before(places, starts, start)[0], _before(places, starts, end - 1)[1]) for start, end in found]
        return found

    def _places(self, text: str) -> list[_Place]:
        found: list[_Place] = []
        end = read_end = 0
        for match in self._escapes.finditer(text):
            read_start = read_end + match.start() - end
            end, read_end = match.end(), read_start + len(_read(match))
            found.append(_Place(match.start(), end, read_start, read_end))
        return found


def has_escapes(text: str) -> bool:
    """Whether a reader may make something else of `text`."""
    return _HINT.search(text) is not None


def without_unfinished(text: str) -> str:
    """`text` without the escape or tag at its end that is cut off."""
    return _UNFINISHED.sub("", text)


def unescape(text: str) -> str:
    """`text` as HTML is read. Python's own `html.unescape` raises ValueError for a letter of more than 4,300 digits."""
    return re.sub(r"&#?\w{1,32};?", _read, text)


@functools.cache
def _escapes(without_tags: bool) -> re.Pattern[str]:
    # Compiled when something has gone wrong: a program that only builds a client does not wait for it.
    return re.compile(f"{_UNSEEN} | {_ESCAPE}" if without_tags else _ESCAPE, re.VERBOSE | re.DOTALL)


class _Letters(dict[str, str]):
    """What is read for an escape or a tag, for those that come often."""

    def __missing__(self, escape: str) -> str:
        if escape[0] == "<":
            return ""
        if len(self) > 1000:
            self.clear()
        letter = self[escape] = _letter(escape)
        return letter


_LETTERS = _Letters()


def _read(match: re.Match[str]) -> str:
    return _LETTERS[match[0]]


def _letter(escape: str) -> str:
    if escape[0] == "&":
        import html  # noqa: PLC0415 (as above)

        return html.unescape(escape)
    if escape[0] == "%" and escape[1] != "u":
        return unquote(escape) if len(escape) > 3 else chr(int(escape[1:], 16))
    if escape[1] not in "ux":
        return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(escape[1], escape[1])
    digits = escape[2:].strip("{}")
    if "\\" in digits:  # Two halves of one letter.
        return bytes.fromhex(digits.replace("\\u", "")).decode("utf-16-be")
    return chr(min(int(digits, 16), 0x10FFFF))


def _before(places: list[_Place], starts: list[int], letter: int) -> tuple[int, int]:
    """Where the letter of what is read begins and ends in the text that it was read from."""
    index = bisect_right(starts, letter) - 1
    if index < 0:
        return letter, letter + 1
    place = places[index]
    if letter < place.read_end:
        return place.start, place.end
    start = place.end + letter - place.read_end
    return start, start + 1
