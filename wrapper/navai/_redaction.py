"""Keeping secrets out of what people and logs see."""

from __future__ import annotations

import itertools
import re
from binascii import Error, a2b_base64
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping
from io import StringIO
from typing import Any

from navai._escapes import UNSEEN, Layers, has_blanks, has_escapes, without_part_of_character, written
from navai._json import as_object

MASK = "***"

# What OpenAI's keys (`sk-...`) and ephemeral secrets (`ek_...`) look like; a backend may repeat one anywhere.
_OPENAI_KEY = re.compile(r"\b(?:sk-|ek_)[A-Za-z0-9_-]{8,}")

# Redacting every "1" or "en" would destroy what the backend says.
_SHORTEST_SECRET = 6
# How many characters are copied, or brought to one case, together: each may take 4 bytes.
_PIECE = 1 << 18


class RedactedDict:
    """Named values that may be secret: they stand in one from the first line of a public function on.

    They are looked up, and passed on by ``**``, like those of a dict. But it is none: reports of errors walk through the dicts and
    tuples among the locals of a frame, and of everything else show the repr, which here has the names only.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | RedactedDict | None = None, /, **named: Any) -> None:
        self._values: dict[str, Any] = {**(values or {}), **named}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __or__(self, other: RedactedDict) -> RedactedDict:
        return RedactedDict(self, **other)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or else `default`."""
        return self._values.get(name, default)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def items(self) -> ItemsView[str, Any]:
        """Names and values."""
        return self._values.items()

    def __repr__(self) -> str:
        return f"<{', '.join(self._values)}>"


# The parameter by which WordPress tells one endpoint from another.
_ROUTE = "rest_route"

_USERINFO = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*@")


def redact_url(url: str) -> str:
    """A URL, or a path, as errors and log lines show it: without credentials, and of its values only ``rest_route``."""
    address, mark, query = _USERINFO.sub(r"\1//***@", url).partition("?")
    shown = [f"{name}={value if name == _ROUTE else MASK}" if equals else MASK for name, equals, value in _parameters(query)]
    return f"{address}?{'&'.join(shown)}" if mark else address


def query_secrets(url: str) -> list[str]:
    """The values of the query of a URL, or of a path, but for ``rest_route``."""
    return [value if equals else name for name, equals, value in _parameters(url.partition("?")[2]) if name != _ROUTE]


def _parameters(query: str) -> list[tuple[str, str, str]]:
    return [each.partition("=") for each in query.split("&")]


def header_secrets(name: str, value: str) -> Iterator[str]:
    """What of a header must not show: its value, and what a backend may take out of that and repeat by itself.

    That is what comes after a scheme (``Token abc``), each value of ``name=value; ...`` (``Cookie``, for example), and the password
    of basic authentication.
    """
    if name.lower() in ("accept", "user-agent"):
        return
    yield value
    scheme, _, credentials = value.partition(" ")
    credentials = credentials.strip()
    yield credentials
    yield credentials.rpartition(":")[2]
    for pair in re.split(r"[;,\s]+", value):
        yield pair.partition("=")[2].strip('"')
    if name.lower().endswith("authorization") and scheme.lower() == "basic":
        try:
            yield a2b_base64(credentials).decode().partition(":")[2]
        except (Error, UnicodeDecodeError):
            return


class Redactor:
    """Redacts known secrets, and whatever looks like an OpenAI key, in text and in JSON values.

    A secret is found as it stands, in any case, with other blanks, and in each form that a later reader makes it of again: with the
    escapes of HTML, URLs and JSON, one over the other, and with tags between its characters, in time that grows with the text only.

    Args:
        secrets: The secrets that the request carried. Those shorter than 6 characters are not redacted.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        self._numbers: set[int] = set()
        for secret in filter(is_long_enough, map(str.strip, secrets)):
            # Also with each byte of its UTF-8 taken for a character, as in headers and in the repr of bytes.
            for form in {secret, secret.encode("utf-8", "surrogatepass").decode("latin-1")}:
                forms.add(form)
                if has_escapes(form) or has_blanks(form):
                    # As `written` too: it may be read as something too short to be redacted.
                    forms.update(written(form), *(Layers(form, unseen, single_blanks=True).texts for unseen in UNSEEN))
            if secret.isascii() and secret.isdecimal() and secret[0] != "0" and len(secret) < 50:
                self._numbers.add(int(secret))
        self._has_blanks = any(" " in form for form in forms)
        forms |= {form.replace(" ", "") for form in forms}  # WordPress takes its passwords without them too.
        self._known = sorted({_folded(form) for form in forms if is_long_enough(form)}, key=len, reverse=True)

    def __repr__(self) -> str:
        return "<Redactor>"

    def text(self, text: str, *, is_cut: bool = False) -> str:
        """`text` with every secret replaced by ``***``.

        Args:
            text: Any text.
            is_cut: Whether it is the beginning of a longer one: then it may end with the beginning of a secret.
        """
        if is_cut:
            text = self._without_a_beginning(text)
        if not has_escapes(text) and not (self._has_blanks and has_blanks(text)) and not any(self._found(text)):
            return text
        # Tags stay at first, since what follows one does not belong to the key before it. Comments stay longest, since one that is
        # never closed takes all that follows along, in JSON also the other strings.
        for unseen, more in zip(UNSEEN, ("<", "<!--", None), strict=True):
            layers = Layers(text, unseen, single_blanks=self._has_blanks)
            text = self._redacted(layers)
            if more is None or not any(more in each for each in layers.texts):
                break
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
        """Where the secrets stand."""
        longest = max(map(len, self._known), default=1)
        for piece in range(0, len(text), _PIECE):
            # With the characters of a secret that begins in it.
            folded = _folded(text[piece : piece + _PIECE + longest - 1])
            for secret in self._known:
                start = folded.find(secret)
                while start >= 0:
                    end = start + len(secret)
                    yield piece + start, piece + end
                    start = folded.find(secret, end)
        if "sk-" in text or "ek_" in text:
            yield from (match.span() for match in _OPENAI_KEY.finditer(text))

    def _without_a_beginning(self, text: str) -> str:
        """`text` without the beginning of a secret at its end."""
        # A letter takes up to a dozen, as %25 and &#x0070; do, escapes of escapes and a tag beside it more.
        far = max(0, len(text) - 100 * max(map(len, self._known), default=0))
        for unseen, is_cut in itertools.product(UNSEEN, (False, True)):
            layers = Layers(text[far:], unseen, is_cut=is_cut, single_blanks=self._has_blanks)
            for start, _ in layers.spans(self._beginnings_at_the_end):
                return f"{text[: far + start]}{MASK}"
        return text

    def _beginnings_at_the_end(self, text: str) -> Iterator[tuple[int, int]]:
        for folded in map(_folded, (text, without_part_of_character(text))):
            for secret in self._known:
                lengths = range(min(len(secret), len(folded)), _SHORTEST_SECRET - 1, -1)
                if length := next((length for length in lengths if folded.endswith(secret[:length])), 0):
                    yield len(folded) - length, len(text)

    def json_within(self, root: list[Any]) -> None:
        """Replaces every secret in a string or a key of JSON values, and the numbers that are one, in place: a copy takes room."""
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
        """`item` redacted if it is a string or a number; if it is an object, one with the keys redacted."""
        if isinstance(item, str):
            return self.text(item)
        if self._numbers and isinstance(item, int | float) and item in self._numbers:
            return MASK
        entries = as_object(item)
        return item if entries is None else {self.text(name): entry for name, entry in entries.items()}

    def error(self, error: BaseException) -> None:
        """Redacts the message of an error, and of those that led to it."""
        seen: set[int] = set()
        each: BaseException | None = error
        while each is not None and id(each) not in seen:
            seen.add(id(each))
            self.json_within(args := list(each.args))
            each.args = tuple(args)
            if isinstance(each, OSError) and each.strerror is not None:
                each.strerror = self.text(each.strerror)  # What its text is made of.
            each = each.__cause__


def is_long_enough(secret: str) -> bool:
    """Whether a secret is redacted."""
    return len(secret.strip()) >= _SHORTEST_SECRET


def _pieces(text: str, start: int, end: int) -> Iterator[str]:
    return (text[at : min(at + _PIECE, end)] for at in range(start, end, _PIECE))


def _folded(text: str) -> str:
    """`text` in lower case, as the names of headers and hosts are, with the blanks that forms write as +; no longer or shorter."""
    # İ, the one letter whose lower case is two, and the sigma, the one whose lower case depends on what stands beside it.
    return text.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3").replace("+", " ")
