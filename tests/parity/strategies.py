"""Answers as Hypothesis builds them: like those of a backend, and then mutated. They shrink to a plain `Case`."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from hypothesis import strategies as st

from tests.parity.cases import BODILESS, OPERATIONS, Case
from tests.parity.corpus import BAD, CONTENT_TYPES, GOOD, PLACES, STATUSES, STRINGS, VALUES

# What JSON.stringify and Python's encoder cannot say alike: texts of numbers, of escapes, of constants.
_TOKENS = [
    *VALUES,
    *(f'"{text}"' for text in STRINGS if len(text) < 1000),
    "NaN",
    "Infinity",
    "undefined",
    "tru",
    "'a'",
    "//",
    "/* */",
    ",",
    ":",
    '"',
    "\\",
]

_KEYS = [
    "value",
    "expires_at",
    "items",
    "warnings",
    "name",
    "description",
    "source",
    "ok",
    "result",
    "error",
    "details",
    "message",
    "speech",
    "provider",
    "mimeType",
    "audioBase64",
    "",
]

_text = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(
    ["a", " ", "\ufeff", "\u0085", "\x1c", "\u00a0"]
)
_scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text
_value = st.recursive(
    _scalar,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_KEYS) | _text, inner, max_size=5),
    max_leaves=12,
)
_item = st.fixed_dictionaries({}, optional={"name": _text | _value, "description": _text | _value, "source": _value, "x": _value})

_provider = st.sampled_from(["elevenlabs", "elevenlabs", "openai", "ElevenLabs"]) | _value
_speech = st.fixed_dictionaries({}, optional={"provider": _provider})
_base64 = st.binary(max_size=8).map(lambda data: b64encode(data).decode("ascii")) | st.text("Aa0+/-_= \n", max_size=9)

_ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "secret": st.fixed_dictionaries({}, optional={"value": _text | _value, "expires_at": _value, "speech": _speech | _value}),
    "list": st.fixed_dictionaries(
        {},
        optional={
            "items": st.lists(_item | _value, max_size=4) | _value,
            "warnings": st.lists(_text | _value, max_size=3) | _value,
        },
    ),
    "execute": st.fixed_dictionaries(
        {},
        optional={
            "ok": st.just(True) | _value,
            "result": _value,
            "error": _text | _value,
            "details": _text | _value,
            "message": _value,
        },
    ),
    "speech": st.fixed_dictionaries(
        {}, optional={"provider": _provider, "mimeType": _text | _value, "audioBase64": _base64 | _text | _value}
    ),
}


@st.composite
def _bodies(draw: st.DrawFn, operation: str) -> bytes:
    kind = draw(st.sampled_from(["answer", "answer", "place", "value", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=40))
    if kind == "place":
        text = draw(st.sampled_from(PLACES[operation])).replace("@", draw(st.sampled_from(_TOKENS)))
    else:
        answer = draw(_ANSWERS[operation] if kind == "answer" else _value)
        text = json.dumps(answer, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    encoding = draw(st.sampled_from(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"]))
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


@st.composite
def _mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """Up to three pieces put in, taken out or exchanged."""
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 4)))
        piece = draw(
            st.sampled_from(_TOKENS).map(lambda token: token.encode("utf-8", "surrogatepass")[:200]) | st.binary(max_size=4)
        )
        body = body[:start] + piece + body[end:]
    return body


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """One answer to one operation."""
    operation = draw(st.sampled_from(OPERATIONS))
    body = draw(_mutated(draw(_bodies(operation) | st.sampled_from([GOOD[operation].encode(), BAD.encode()]))))
    status = draw(st.sampled_from([200] * 8 + [201, 202, 299]) | st.sampled_from(STATUSES))
    return Case(operation, b"" if status in BODILESS else body, status, draw(st.sampled_from(CONTENT_TYPES)))
