"""The fixed corpus: operations x statuses x content types x bodies, every JSON value at every place, texts that are hardly JSON.

`found.json` beside it holds what `make parity` has found; nothing is ever taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.parity.cases import OPERATIONS, Case, from_json

FOUND = Path(__file__).parent / "found.json"

# fetch treats these in its own way (docs/parity.md): proxy authentication, and "ask again over another connection".
FETCH_KEEPS_FOR_ITSELF = frozenset({407, 421})
STATUSES = [status for status in (*range(200, 600), 600, 666, 700, 799, 999) if status not in FETCH_KEEPS_FOR_ITSELF]

GOOD = {
    "secret": '{"value": "s", "expires_at": 5}',
    "list": '{"items": [{"name": "a", "description": "d", "source": "s"}], "warnings": ["w"]}',
    "execute": '{"ok": true, "result": {"a": [1]}}',
    "speech": '{"provider": "elevenlabs", "mimeType": "audio/mpeg", "audioBase64": "SUQz"}',
}
BAD = '{"ok": false, "error": "é", "message": "m"}'

CONTENT_TYPES = [
    None,
    "",
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-16",
    "application/json; charset=iso-8859-1",
    "application/json; charset=windows-1252",
    "application/json; charset=nonsense",
    "application/json; charset=",
    "application/problem+json",
    "text/html; charset=utf-16le",
    "text/plain; charset=shift_jis",
    "text/html; charset=us-ascii",
    "multipart/form-data; boundary=x",
    "image/png",
    "not a type",
]

# Base64, and hardly base64.
BASE64 = [
    "AA==",
    "AA=",
    "AA",
    "AAA=",
    "AAA",
    "AAAA",
    "A",
    "A===",
    "=",
    "====",
    "AAAA====",
    "AA==AA==",
    "A=A=",
    " A A\\n=\\t= ",
    "A\\u000bA==",
    "-_-_",
    "+/+/",
    "AB==",
    "ABC=",
]

STRINGS = [
    "", " ", "a", " a ", "\\t\\n", "\\u00a0", "\\ufeff", "\\ufeffa", "\\u0085", "\\u001c", "\\u001f", "\\u200b", "\\u2028", "\\u3000", "\\u180e",
    "\\u1680", "\\u0000", "\\ud800", "\\udc00\\ud800", "\\ud83c\\udf89", "é", "漢", "🎉", "\u2029", "\u007f", "\\/", "\\\"", "x" * 100_000, "***", "true",
    "__proto__", "NaN", "<p>", "toString", "elevenlabs", "ElevenLabs", "openai", *BASE64,
]  # fmt: skip
NUMBERS = [
    "0", "-0", "-0.0", "1", "1.0", "1.5", "-1", "1e3", "1E+3", "1e-7", "1e999", "-1e999", "1e-999", "9007199254740991", "9007199254740993",
    "-9007199254740993", "18446744073709551616", "123456789012345678901234567890", "0.1", "3.141592653589793238462643", "1" + "0" * 400,
    "9" * 5000, "0." + "0" * 400 + "1",
]  # fmt: skip
VALUES = [
    "null", "true", "false", *NUMBERS, *(f'"{text}"' for text in STRINGS), "[]", "[[]]", "[null]", '["a"]', "[1, true]", "{}", '{"a": {}}',
    '{"name": "n"}', '{"ok": true}', '{"value": "v"}', '{"length": 1, "0": "a"}', '{"__proto__": {"ok": true, "name": "n", "value": "v"}}',
]  # fmt: skip

# The place is where @ stands.
PLACES = {
    "secret": [
        "@",
        '{"value": @}',
        '{"value": "s", "expires_at": @}',
        '{"value": "s", "x": @}',
        '{"value": "s", "speech": @}',
        '{"value": "s", "speech": {"provider": @}}',
        '{"value": @, "value": "s"}',
        "[@]",
    ],
    "list": [
        "@",
        '{"items": @}',
        '{"warnings": @}',
        '{"items": [@, {"name": "a"}, @]}',
        '{"warnings": [@, "w", @]}',
        '{"items": [{"name": @}]}',
        '{"items": [{"name": "a", "description": @}]}',
        '{"items": [{"name": "a", "source": @, "x": @}]}',
        '{"items": [{"name": "a", "name": @}], "items": [{"name": @}]}',
        '[{"items": @}]',
    ],
    "execute": [
        "@",
        '{"ok": @}',
        '{"ok": @, "result": 1, "error": "e"}',
        '{"ok": true, "result": @}',
        '{"ok": true, "result": {"execution_mode": "client_js", "code": @}}',
        '{"ok": true, "result": {"execution_mode": @, "code": ""}}',
        '{"ok": false, "error": "e", "validation_errors": ["v", @]}',
        '{"ok": false, "error": "e", "validation_errors": @}',
        '{"ok": false, "error": "e", "guardrail": {"scope": "output", "trace_id": @}}',
        '{"ok": false, "error": "e", "guardrail": {"scope": @}}',
        '{"ok": true, "result": {"a": [@, {"b": @}]}}',
        '{"ok": false, "details": @}',
        '{"ok": false, "error": @}',
        '{"ok": false, "error": "e", "details": @}',
        '{"ok": false, "error": @, "details": @, "message": @}',
        '{"ok": false, "ok": @}',
        '{"OK": true, "ok ": true, "result": @}',
        "[@]",
    ],
    "speech": [
        "@",
        '{"provider": @, "mimeType": "a/b", "audioBase64": "SUQz"}',
        '{"provider": "elevenlabs", "mimeType": @, "audioBase64": "SUQz"}',
        '{"provider": "elevenlabs", "mimeType": "a/b", "audioBase64": @}',
        '{"provider": "elevenlabs", "mimeType": "a/b", "audioBase64": "SUQz", "x": @}',
        '{"provider": "elevenlabs", "audioBase64": @}',
        "[@]",
    ],
}

DEEP = 200


def texts(good: str) -> Iterator[bytes]:
    """Bodies around a good text: hardly JSON, or in another encoding."""
    yield from (
        b"",
        b" ",
        b"\n",
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf",
        b"null ",
        b"undefined",
        b"NaN",
        b"-",
    )
    for text in (
        f" \t\r\n{good}\n ", f"\v{good}", f"\f{good}", f"\u00a0{good}", f"{good}\u2028", f"{good}\x00", f"\ufeff{good}", f"\ufeff\ufeff{good}",
        f" \ufeff{good}", f"{good}\ufeff", f"{good}{good}", f"{good},", f"{good};", f"{good} x", f"// x\n{good}", f"/* x */{good}", f"{good}// x",
        f"[{good}", f"{good[:-1]}", f"{good[:-1]},}}", f"{good[1:]}", good.replace('"', "'"), good.replace(":", " :\t"), good.replace(":", "="),
        good.replace("true", "True"), good.replace('"value"', "value"), f")]}}',\n{good}", f"callback({good})", f'"{good}', f"Warning: x\n{good}",
        good[:-1] + ', "a": NaN}', good[:-1] + ', "a": Infinity}', good[:-1] + ', "a": -Infinity}', good[:-1] + ', "a": nan}', good[:-1] + ', "a": 01}',
        good[:-1] + ', "a": 1.}', good[:-1] + ', "a": .5}', good[:-1] + ', "a": +1}', good[:-1] + ', "a": 0x1}', good[:-1] + ', "a": 1e}',
        good[:-1] + ', "a": 1_000}', good[:-1] + ', "a": "\n"}', good[:-1] + ', "a": "\t"}', good[:-1] + ', "a": "\x1f"}', good[:-1] + ', "a": "\x7f"}',
        good[:-1] + ', "a": "\\x41"}', good[:-1] + ', "a": "\\u12"}', good[:-1] + ', "a": "\\u00G0"}', good[:-1] + ', "a": "\\u+041"}',
        good[:-1] + ', "a": "\\u 041"}', good[:-1] + ', "a": "\\ud83c\\u0041"}', good[:-1] + ', "a": "\\\'"}', good[:-1] + ', "a": [1,]}',
        good[:-1] + ', "a": [,1]}', good[:-1] + ", a: 1}", good[:-1] + ', "a": tru}', good[:-1] + ', "a": nul}', good[:-1] + ', "a": None}',
        good[:-1] + ', "": 1}', good[:-1] + ', 1: 1}', good[:-1] + ', "a" 1}', good[:-1] + f', "a": {"[" * DEEP}{"]" * DEEP}}}',
        good[:-1] + ', "a": ' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
        good[:-1] + f', "a": {"[" * DEEP}}}', "[" * 100_000, '{"a":' * 100_000,
    ):  # fmt: skip
        yield text.encode("utf-8", "surrogatepass")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7"):
        yield good.encode(encoding)
    accented = good[:-1] + ', "ü": "é漢🎉"}'
    yield accented.encode()
    yield good.replace("s", "ü").encode("latin-1", "replace")
    whole = accented.encode()
    for cut in (b"\x80", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
                b"\xfe", b"\xff", b"\xe6\xbc", b"\xf0\x9f\x8e", b"\xc3(", b"\xe2\x82(", b"\xf0\x9f(", b"\xf0\x9f\x8e("):  # fmt: skip
        yield whole.replace(b"s", cut, 1)
        yield whole[:-1] + b', "a": "' + cut + b'"}'
        yield whole + cut


def corpus() -> list[Case]:
    """All cases, each once."""
    cases: list[Case] = []
    for operation in OPERATIONS:
        good = GOOD[operation]
        for status in STATUSES:
            cases += [Case(operation, body.encode(), status) for body in (good, BAD)]
            cases.append(Case(operation, b"<h1>\xff</h1>", status, "text/html"))
        for content_type in CONTENT_TYPES:
            for body in (good.encode(), BAD.encode(), BAD.encode("latin-1"), good.encode("utf-16"), b"", b"[]"):
                cases += [Case(operation, body, status, content_type) for status in (200, 404)]
        for place in PLACES[operation]:
            cases += [Case(operation, place.replace("@", value).encode("utf-8", "surrogatepass")) for value in VALUES]
        cases += [Case(operation, body, status) for body in texts(good) for status in (200, 500)]
    return list(dict.fromkeys([*cases, *found()]))


def found() -> list[Case]:
    """The cases that were once found to differ."""
    return from_json(FOUND.read_text("utf-8")) if FOUND.exists() else []
