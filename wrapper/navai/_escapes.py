"""What a later reader makes of a text: escapes of HTML, URLs and JSON undone, tags left out, and where each letter stood before."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from urllib.parse import quote, quote_plus, unquote

# How HTML, URLs, JSON, JavaScript and Python write a letter as something else.
_ESCAPE = r"""
    &(?: \#0{0,20}\d{1,7} | \#[xX]0{0,20}[0-9A-Fa-f]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} );?
  | %(?: [CcDd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f] | [Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}
       | [Ff][0-7](?:%[89ABab][0-9A-Fa-f]){3} | [0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} )
  | \\(?: u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} | u\{[0-9A-Fa-f]{1,6}\} | x[0-9A-Fa-f]{2}
       | [0-3][0-7]{0,2} | [4-7][0-7]? | [bfnrt] | (?!&\#?\w{1,32};)[^0-9A-Za-z] )
"""
_TAG = r"<[^<>]*>"
# What stands between the letters of a page without being seen: nothing, tags, or comments too, also those that are cut off.
UNSEEN = ("", _TAG, rf"<!--.*?(?:-->|\Z) | {_TAG}")
_HINT = re.compile(r"[&%\\<]")
# Blanks but for a single space, also as forms write them, and what `one_line` shows as blanks: the line of a log has one for them.
_BLANK = r"\x00-\x1f\x7f-\xa0\xad\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_BLANKS = re.compile(rf"[{_BLANK}][ +{_BLANK}]*+|[ +][ +{_BLANK}]++")
# An escape that was cut off, and a tag.
_CUT_OFF = r"""(
    &[#\w]{0,30} | %(?: u[0-9A-Fa-f]{0,3} | [0-9A-Fa-f]? )
  | \\(?: u[0-9A-Fa-f]{0,3} | u\{[0-9A-Fa-f]{0,6} | x[0-9A-Fa-f]? | [0-7]{1,2} )?
)\Z"""
_CUT_OFF_TAG = r"(<[^<>]*)\Z"
# The first bytes of a character, taken for Latin-1 (some count as blanks) or replaced, or half of it.
_PART_OF_CHARACTER = re.compile(r"(?:[\xc2-\xf4][ \x80-\xbf]{0,2}|[\ud800-\udbff]|\ufffd)\Z")

# How often escapes may be escaped again: HTML in JSON, twice over.
_DEEPEST = 4


# A mark for each letter of a text: those of a span are marked, the first of them as such. Millions of spans take no more room.
_FIRST, _FURTHER = 2, b"\x01"
_MARKED = re.compile(rb"[\x01\x02]")
_SPAN = re.compile(rb"\x02\x01*")


class Layers:
    """A text, what a reader makes of it, what another one makes of that, and so on until nothing changes.

    Args:
        text: Any text.
        unseen: What they leave out, one of `UNSEEN`.
        is_cut: Whether they leave out the escape or tag at the end that was cut off.
        single_blanks: Whether the last one takes several blanks, and line breaks, for a blank.

    Attributes:
        texts: All of them, `text` first.
    """

    def __init__(self, text: str, unseen: str = "", *, is_cut: bool = False, single_blanks: bool = False) -> None:
        self.texts = [text]
        # What was undone of each to get the next.
        self._undone: list[re.Pattern[str]] = []
        escapes = _escapes(unseen, is_cut)
        while len(self.texts) <= _DEEPEST and has_escapes(self.texts[-1]) and self._undo(escapes):
            pass
        if single_blanks:
            self._undo(_BLANKS)

    def _undo(self, escapes: re.Pattern[str]) -> bool:
        """Adds what is read of the last text; False if it is the same."""
        text = self.texts[-1]
        # Not by `sub`, which keeps all that stands between escapes in pieces: up to 17 times the text.
        read = StringIO(newline="")
        end = 0
        for match in escapes.finditer(text):
            start = match.start()
            if start > end:
                read.write(text[end:start])
            read.write(_read(match))
            end = match.end()
        if not end:
            return False
        read.write(text[end:])
        if (next_text := read.getvalue()) == text:
            return False
        self.texts.append(next_text)
        self._undone.append(escapes)
        return True

    def spans(self, find: Callable[[str], Iterable[tuple[int, int]]]) -> Iterator[tuple[int, int]]:
        """Where in `texts[0]` stands what `find` finds in any of them, in order; what overlaps is one. None may be empty."""
        marks: bytearray | None = None
        for text, escapes in zip(reversed(self.texts), [_BLANKS, *reversed(self._undone)], strict=True):
            if marks is not None:
                marks = _marks_before(text, escapes, marks)
            for start, end in find(text):
                marks = marks or bytearray(len(text))
                marks[start] = marks[start] or _FIRST
                marks[start + 1 : end] = _FURTHER * (end - start - 1)
        return (match.span() for match in _SPAN.finditer(marks or b""))


def _marks_before(text: str, escapes: re.Pattern[str], marks: bytearray) -> bytearray:
    """The marks of `text`, by those of what is read of it."""
    found = bytearray(len(text))
    end = read_end = 0
    marked = _next_mark(marks, 0)
    for match in escapes.finditer(text):
        letters = _read(match)
        if letters == match[0]:  # It only looks like an entity, as &key does in a query.
            continue
        start, stop = match.span()
        read_start = read_end + start - end
        read_stop = read_start + len(letters)
        if marked <= read_stop:
            found[end:start] = marks[read_end:read_start]
            marked_letters = marks[read_start:read_stop].lstrip(b"\x00")
            # What reads as nothing belongs to a span within; tags before and behind it stay.
            is_within = read_start == read_stop and marks.startswith(_FURTHER, read_stop)
            if marked_letters or is_within:
                found[start:stop] = (marked_letters[:1] or _FURTHER) + _FURTHER * (stop - start - 1)
            marked = _next_mark(marks, read_stop)
            if marked == len(marks):
                return found
        end, read_end = stop, read_stop
    found[end:] = marks[read_end:]
    return found


def _next_mark(marks: bytearray, start: int) -> int:
    mark = _MARKED.search(marks, start)
    return len(marks) if mark is None else mark.start()


def has_escapes(text: str) -> bool:
    """Whether a reader may make something else of `text`."""
    return _HINT.search(text) is not None


def has_blanks(text: str) -> bool:
    """Whether there are several blanks, or one that is not a space."""
    return _BLANKS.search(text) is not None


def without_part_of_character(text: str) -> str:
    """`text` without the character at its end that was cut off."""
    return _PART_OF_CHARACTER.sub("", text)


def unescape(text: str) -> str:
    """`text` as HTML is read. Python's own `html.unescape` raises ValueError for a letter of more than 4,300 digits."""
    return re.sub(r"&#?\w{1,32};?", _read, text)


def written(text: str) -> Iterator[str]:
    """`text` as HTML, URLs and the JSON of several languages write it."""
    import html  # noqa: PLC0415 (rarely needed)
    import json  # noqa: PLC0415

    yield html.escape(text)
    yield quote(text, safe="")
    yield quote_plus(text)
    escaped = json.dumps(text)[1:-1]
    yield escaped
    yield escaped.replace("/", "\\/")
    for letters in ("<>&", "<>&'", "<>&'+\""):  # Go, Rails, .NET.
        plain = escaped.replace('\\"', '"') if '"' in letters else escaped
        yield re.sub(f"[{letters}]", lambda letter: f"\\u{ord(letter[0]):04x}", plain)


@functools.cache
def _escapes(unseen: str, is_cut: bool) -> re.Pattern[str]:
    # Compiled when something has gone wrong: a program that only builds a client does not wait for it.
    cut_off = [_CUT_OFF, *([_CUT_OFF_TAG] if unseen else [])] if is_cut else []
    return re.compile(" | ".join([*cut_off, *filter(None, [unseen]), _ESCAPE]), re.VERBOSE | re.DOTALL)


class _Letters(dict[str, str]):
    """What is read for an escape or a tag, for those that come often."""

    def __missing__(self, escape: str) -> str:
        if escape[0] == "<":
            return ""
        if escape[0] not in "&%\\":
            return " "
        if len(self) > 1000:
            self.clear()
        letter = self[escape] = _letter(escape)
        return letter


_LETTERS = _Letters()


def _read(match: re.Match[str]) -> str:
    return _LETTERS[match[0]] if match.lastindex is None else ""  # Only what was cut off has a group.


def _letter(escape: str) -> str:
    if escape[0] == "&":
        import html  # noqa: PLC0415 (as above)

        return html.unescape(escape)
    if escape[0] == "%" and escape[1] != "u":
        return unquote(escape) if len(escape) > 3 else chr(int(escape[1:], 16))
    if escape[1] in "01234567":
        return chr(int(escape[1:], 8))
    if escape[1] not in "ux":
        return {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}.get(escape[1], escape[1])
    digits = escape[2:].strip("{}")
    if "\\" in digits:  # Two halves of one letter.
        return bytes.fromhex(digits.replace("\\u", "")).decode("utf-16-be")
    return chr(min(int(digits, 16), 0x10FFFF))
