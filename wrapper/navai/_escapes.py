"""Decodes text as later readers may: undoes the escapes of HTML, URLs and JSON, leaves out tags, and keeps track of positions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from urllib.parse import quote, quote_plus, unquote

# How HTML, URLs, JSON, JavaScript and Python escape a character.
_ESCAPE = r"""
    &(?: \#0{0,20}\d{1,7} | \#[xX]0{0,20}[0-9A-Fa-f]{1,6} | [A-Za-z][A-Za-z0-9]{1,31} );?
  | %(?: [CcDd][0-9A-Fa-f]%[89ABab][0-9A-Fa-f] | [Ee][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){2}
       | [Ff][0-7](?:%[89ABab][0-9A-Fa-f]){3} | [0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} )
  | \\(?: u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2} | u[0-9A-Fa-f]{4} | u\{[0-9A-Fa-f]{1,6}\} | x[0-9A-Fa-f]{2}
       | [0-3][0-7]{0,2} | [4-7][0-7]? | [bfnrt] | (?!&\#?\w{1,32};)[^0-9A-Za-z] )
"""
_TAG = r"<[^<>]*>"
# What may stand unseen between the letters of a page: nothing, tags, or tags and comments, of which the last may be cut off.
# With what each begins that those before do not leave out.
UNSEEN = {"": "", _TAG: "<", rf"<!--.*?(?:-->|\Z) | {_TAG}": "<!--"}
_HINT = re.compile(r"[&%\\<]")
# Whitespace other than a single space, also as forms write it, and what else `one_line` shows as a space.
_BLANK = r"\x00-\x1f\x7f-\xa0\xad\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_BLANKS = re.compile(rf"[{_BLANK}][ +{_BLANK}]*+|[ +][ +{_BLANK}]++")
# An escape, or a tag, that was cut off.
_CUT_OFF = r"""(
    &[#\w]{0,30} | %(?: u[0-9A-Fa-f]{0,3} | [0-9A-Fa-f]? )
  | \\(?: u[0-9A-Fa-f]{0,3} | u\{[0-9A-Fa-f]{0,6} | x[0-9A-Fa-f]? | [0-7]{1,2} )?
)\Z"""
_CUT_OFF_TAG = r"(<[^<>]*)\Z"
# A character that was cut off: its first bytes read as Latin-1 (some are whitespace), half a surrogate pair, or U+FFFD.
_PART_OF_CHARACTER = re.compile(r"(?:[\xc2-\xf4][ \x80-\xbf]{0,2}|[\ud800-\udbff]|\ufffd)\Z")

# How many layers of escapes are undone: HTML in JSON, twice over.
_DEEPEST = 4


# One mark per character of a text: `_FIRST` at the start of a span, `_FURTHER` in the rest. Millions of spans take no more memory.
_FIRST, _FURTHER = 2, b"\x01"
_MARKED = re.compile(rb"[\x01\x02]")
_SPAN = re.compile(rb"\x02\x01*")


class Layers:
    """A text, that text decoded, the result decoded again, and so on until nothing changes.

    Args:
        text: Any text.
        unseen: What decoding leaves out, one of `UNSEEN`.
        is_cut: Whether it also leaves out an escape or tag that was cut off at the end.
        single_blanks: Whether whitespace, including line breaks, finally becomes a single space.

    Attributes:
        texts: All of these texts, `text` first.
    """

    def __init__(self, text: str, unseen: str = "", *, is_cut: bool = False, single_blanks: bool = False) -> None:
        self.texts = [text]
        # The pattern that was decoded in each text to get the next.
        self._undone: list[re.Pattern[str]] = []
        escapes = _escapes(unseen, is_cut)
        while len(self.texts) <= _DEEPEST and has_escapes(self.texts[-1]) and self._undo(escapes):
            pass
        if single_blanks:
            self._undo(_BLANKS)

    def _undo(self, escapes: re.Pattern[str]) -> bool:
        """Decodes the last text and adds the result. Returns False if nothing changes."""
        text = self.texts[-1]
        # Not with `sub`, which collects the pieces between the escapes: up to 17 times as much memory as the text.
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
        """The spans of `texts[0]` in which `find` finds something, in any of the texts. In order, merged where they overlap."""
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
    """The marks of `text`, given the marks of what it decodes to."""
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
            # What decodes to nothing, such as a tag, belongs to a span only if it is inside it, not before or after it.
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
    """Whether `text` may contain escapes or tags."""
    return _HINT.search(text) is not None


def has_blanks(text: str) -> bool:
    """Whether there is whitespace other than single spaces."""
    return _BLANKS.search(text) is not None


def without_part_of_character(text: str) -> str:
    """`text` without a character that was cut off at its end."""
    return _PART_OF_CHARACTER.sub("", text)


def unescape(text: str) -> str:
    """`text` with the entities of HTML decoded. `html.unescape` raises ValueError for a number of more than 4,300 digits."""
    return re.sub(r"&#?\w{1,32};?", _read, text)


def written(text: str) -> Iterator[str]:
    """`text` as it is escaped for HTML and URLs, and for JSON by several languages."""
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
    # Compiled only once something has gone wrong, so that building a client does not wait for it.
    cut_off = [_CUT_OFF, *([_CUT_OFF_TAG] if unseen else [])] if is_cut else []
    return re.compile(" | ".join([*cut_off, *filter(None, [unseen]), _ESCAPE]), re.VERBOSE | re.DOTALL)


class _Letters(dict[str, str]):
    """What escapes, tags and whitespace decode to; frequent escapes are cached."""

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
    if "\\" in digits:  # A surrogate pair.
        return bytes.fromhex(digits.replace("\\u", "")).decode("utf-16-be")
    return chr(min(int(digits, 16), 0x10FFFF))
