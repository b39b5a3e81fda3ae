"""What somebody else wrote, on one line and on a terminal."""

from __future__ import annotations

import json
import unicodedata

import pytest

from navai import APIConnectionError, ConfigurationError, FunctionExecutionError, NavaiError
from navai._http.messages import Headers
from navai._json import short_repr
from navai._printable import for_terminal, one_line

# Every letter of Unicode that breaks a line, commands a terminal, changes the direction of the text, is half of one, or is unseen.
UNPRINTABLE = [
    letter
    for letter in map(chr, range(0x110000))
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") and letter not in "\u200c\u200d"
]
HOSTILE = "one\ntwo\r\nERROR root forged\u2028three\x1b]0;title\x07\x9b31mred\u202eder\u2066x\u061c\ud800"


def test_the_letters_in_question_are_many() -> None:
    assert len(UNPRINTABLE) > 2000
    assert {*"\n\r\x1b\x7f\x9b\u2028\u2029\u202e\u2066\u200e\ud800"} <= set(UNPRINTABLE)


def test_one_line_has_a_blank_for_each_letter_that_cannot_be_printed() -> None:
    assert one_line("".join(UNPRINTABLE), 10**6) == " " * len(UNPRINTABLE)
    text = "Señal ✓ 👩\u200d🚀 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert one_line(text, 100) == for_terminal(text) == text
    assert one_line("x" * 100, 10) == "xxxxxxx..."
    assert one_line("x" * 10, 10) == "x" * 10


def test_a_terminal_is_shown_escapes_and_json_stays_the_same() -> None:
    shown = for_terminal(HOSTILE)
    assert [letter for letter in shown if not letter.isprintable()] == ["\n", "\n"]
    assert "\\u001b]0;title\\u0007\\u009b31mred\\u202eder" in shown
    for value in ([" ".join(UNPRINTABLE)], {HOSTILE: HOSTILE}, "\U000e0041"):
        text = for_terminal(json.dumps(value, indent=2, ensure_ascii=False))
        text.encode()
        assert all(letter.isprintable() or letter == "\n" for letter in text)
        assert json.loads(text) == value


@pytest.mark.parametrize(
    "error",
    [
        NavaiError(HOSTILE),
        ConfigurationError(HOSTILE),
        APIConnectionError(HOSTILE, request_sent=False, method="GET", url="u"),
        FunctionExecutionError(
            HOSTILE,
            function_name="f",
            error=HOSTILE,
            details=HOSTILE,
            pending_approval=False,
            status_code=200,
            headers=Headers(),
            body="",
            json=None,
            method="POST",
            url="u",
        ),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_one_printable_line_and_its_details_stay_as_sent(error: NavaiError) -> None:
    assert str(error).isprintable()
    assert str(error).startswith("one two  ERROR root forged three ")
    if isinstance(error, FunctionExecutionError):
        assert error.details == error.error == HOSTILE


def test_what_an_error_says_is_bounded() -> None:
    assert len(str(NavaiError("x" * 10**7))) == 2000


class Unshowable:
    def __repr__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 98, f"'{'x' * 98}'"),
        ("x" * 99, f"'{'x' * 96}..."),
        (Unshowable(), "an object of type Unshowable"),
    ],
)
def test_a_value_is_shown_in_up_to_100_letters(value: object, shown: str) -> None:
    assert short_repr(value) == shown
