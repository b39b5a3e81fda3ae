"""Keeping secrets out of what people and logs see."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from navai._escapes import UNSEEN, Layers, has_blanks, has_escapes, without_part_of_character, written
from navai._json import as_object
from navai._secrets import MASK

# What OpenAI's keys (`sk-...`) and ephemeral secrets (`ek_...`) look like; a backend may repeat one anywhere.
_OPENAI_KEY = re.compile(r"\b(?:sk-|ek_)[A-Za-z0-9_-]{8,}")

# Redacting every "1" or "en" would destroy what the backend says.
_SHORTEST_SECRET = 6
# In characters: an escaped letter takes up to a dozen, as &#x0070; does, and more if it is escaped again or next to a tag.
_LONGEST_LETTER = 100
# How many characters are copied or lower-cased at a time: each may take 4 bytes.
_PIECE = 1 << 18


class Redactor:
    """Redacts known secrets, and whatever looks like an OpenAI key, in text and in JSON values.

    A secret is found in any case, with any whitespace, and in any form that a later reader may decode to it: with the escapes of
    HTML, URLs and JSON, one on top of the other, and with tags between its characters. The time depends only on the text's length.

    Args:
        secrets: The secrets that the request carried. Those shorter than 6 characters are not redacted.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        self._numbers: set[int] = set()
        for secret in filter(is_long_enough, map(str.strip, secrets)):
            # Also with each byte of its UTF-8 read as a character, as in headers and in the repr of bytes.
            for form in {secret, secret.encode("utf-8", "surrogatepass").decode("latin-1")}:
                forms.add(form)
                if has_escapes(form) or has_blanks(form):
                    # Also as `written` by encoders: decoded, it may be too short to be redacted.
                    forms.update(written(form), *(Layers(form, unseen, single_blanks=True).texts for unseen in UNSEEN))
            if secret.isascii() and secret.isdecimal() and secret[0] != "0" and len(secret) < 50:
                self._numbers.add(int(secret))
        self._has_blanks = any(" " in form for form in forms)
        forms |= {form.replace(" ", "") for form in forms}  # WordPress accepts its passwords without blanks, too.
        self._known = {_folded(form) for form in forms if is_long_enough(form)}
        self._longest = max(map(len, self._known), default=0)

    def __repr__(self) -> str:
        return "<Redactor>"

    def text(self, text: str, *, is_cut: bool = False) -> str:
        """`text` with every secret replaced by ``***``.

        Args:
            text: Any text.
            is_cut: Whether it is the beginning of a longer text, and may therefore end within a secret.
        """
        if is_cut:
            text = self._without_a_beginning(text)
        if not has_escapes(text) and not (self._has_blanks and has_blanks(text)) and not any(self._found(text)):
            return text
        # First with tags left in, since what follows a tag does not belong to the key before it. Comments are left out last, since
        # one that is never closed swallows everything after it, including other strings of the same JSON.
        texts = [text]
        for unseen, beginning in UNSEEN.items():
            if any(beginning in each for each in texts):
                layers = Layers(text, unseen, single_blanks=self._has_blanks)
                text, texts = self._redacted(layers), layers.texts
        return text

    def _redacted(self, layers: Layers) -> str:
        text, *_ = layers.texts
        redacted = StringIO(newline="")
        end = 0
        for start, stop in layers.spans(self._found):
            redacted.writelines(_pieces(text, end, start))
            redacted.write(MASK)
            end = stop
        if not end:
            return text
        redacted.writelines(_pieces(text, end, len(text)))
        return redacted.getvalue()

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """The start and the end of each secret."""
        for piece in range(0, len(text), _PIECE):
            # Long enough for the whole of a secret that begins in this piece.
            folded = _folded(text[piece : piece + _PIECE + self._longest])
            for secret in self._known:
                start = folded.find(secret)
                while start >= 0:
                    end = start + len(secret)
                    yield piece + start, piece + end
                    start = folded.find(secret, end)
        if "sk-" in text or "ek_" in text:
            yield from (match.span() for match in _OPENAI_KEY.finditer(text))

    def _without_a_beginning(self, text: str) -> str:
        """`text`, with ``***`` in place of a secret that is cut off at its end."""
        far = max(0, len(text) - _LONGEST_LETTER * self._longest)
        for unseen, is_cut in itertools.product(UNSEEN, (False, True)):
            layers = Layers(text[far:], unseen, is_cut=is_cut, single_blanks=self._has_blanks)
            for start, _ in layers.spans(self._beginnings_at_the_end):
                return f"{text[: far + start]}{MASK}"
        return text

    def _beginnings_at_the_end(self, text: str) -> Iterator[tuple[int, int]]:
        for folded in map(_folded, (text, without_part_of_character(text))):
            for secret in self._known:
                for length in range(_SHORTEST_SECRET, min(len(secret), len(folded)) + 1):
                    if folded.endswith(secret[:length]):
                        yield len(folded) - length, len(text)

    def json_within(self, root: list[Any]) -> None:
        """Redacts the strings, keys and numbers of JSON values, in place: a copy would need more memory."""
        # Not recursive: a hostile answer may be nested thousands deep.
        containers: list[Any] = [root]
        while containers:
            container = containers.pop()
            entries = as_object(container)
            for key in range(len(container)) if entries is None else list(entries):
                container[key] = redacted = self._shallow(container[key])
                if isinstance(redacted, dict | list):
                    containers.append(redacted)

    def _shallow(self, item: Any) -> Any:
        """`item`, redacted if it is a string or a number; of an object, only the keys are redacted."""
        if isinstance(item, str):
            return self.text(item)
        if self._numbers and isinstance(item, int | float) and item in self._numbers:
            return MASK
        entries = as_object(item)
        return item if entries is None else {self.text(name): entry for name, entry in entries.items()}

    def error(self, error: BaseException) -> None:
        """Redacts the messages of an error and of its causes."""
        seen: set[int] = set()
        each: BaseException | None = error
        while each is not None and id(each) not in seen:
            seen.add(id(each))
            self.json_within(args := list(each.args))
            each.args = tuple(args)
            if isinstance(each, OSError) and each.strerror is not None:
                each.strerror = self.text(each.strerror)  # Its message is made from this.
            each = each.__cause__


def is_long_enough(secret: str) -> bool:
    """Whether a secret is long enough to be redacted."""
    return len(secret.strip()) >= _SHORTEST_SECRET


def _pieces(text: str, start: int, end: int) -> Iterator[str]:
    return (text[at : min(at + _PIECE, end)] for at in range(start, end, _PIECE))


def _folded(text: str) -> str:
    """`text` in lower case, as names of headers and hosts are, and with a blank for each +, as in forms. The length is the same."""
    # İ is the only letter whose lower case is two characters; the lower case of sigma depends on its neighbours.
    return text.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3").replace("+", " ")
