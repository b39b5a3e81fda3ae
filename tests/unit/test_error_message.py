"""The backend's own words, whichever framework speaks."""

from __future__ import annotations

import time
from typing import Any

import pytest

from navai._contract import error_message
from navai._contract.error_message import extract_message
from navai._javascript import NotJSON, parse_json

# As FastAPI 0.165 responds to a payload that does not fit, with status 422.
FASTAPI = (
    '{"detail":[{"type":"int_parsing","loc":["body","payload","amount"],"msg":"Input should be a valid integer","input":"x"},'
    '{"type":"missing","loc":["body","payload","name"],"msg":"Field required","input":{"amount":"x"}}]}'
)


def words(body: str) -> str | None:
    value: Any
    try:
        value = parse_json(body)
    except NotJSON:
        value = None
    return extract_message(body, value, str)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"error": "Express."}', "Express."),
        ('{"code": "rest_forbidden", "message": "WordPress.", "data": {"status": 403}}', "WordPress."),
        ('{"message": "Laravel.", "exception": "X"}', "Laravel."),
        ('{"detail": "Django."}', "Django."),
        ('{"type": "about:blank", "title": "RFC 9457.", "status": 403}', "RFC 9457."),
        ('{"error": {"message": "OpenAI.", "type": "x"}}', "OpenAI."),
        ('{"detail": {"msg": "An HTTPException.", "code": 5}}', "An HTTPException."),
        ('{"error": {"msg": "Less.", "message": "More."}}', "More."),
        (FASTAPI, "body.payload.amount: Input should be a valid integer; body.payload.name: Field required"),
        ('{"detail": [{"type": "json_invalid", "loc": ["body", 1], "msg": "JSON decode error"}]}', "body.1: JSON decode error"),
        ('{"detail": [{"msg": "No place."}, {"loc": 5, "msg": "Odd."}, {"loc": ["body"]}, {"msg": 5}, 5]}', "No place.; Odd."),
        ('{"detail": [5], "title": "Of no use."}', "Of no use."),
        ('{"detail": [' + '{"msg": "m"},' * 999 + '{"msg": "m"}]}', "; ".join("m" * 10)),
        ('{"ok": false, "error": "Kind.", "details": "What exactly."}', "What exactly."),
        ('{"error": "", "message": "Not the blank one."}', "Not the blank one."),
        (
            '{"message": "<p>There has been a <b>critical</b> error.</p><p><a href=\\"x\\">Learn</a> more</p>"}',
            "There has been a critical error.",
        ),
        ('"only a string"', "only a string"),
        ("{}", None),
        ("[1]", None),
        ("null", "null"),
        ("", None),
        (" \r\n ", None),
        ("upstream connect error\n  or disconnect", "upstream connect error or disconnect"),
        (
            "<html><head><title>502</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>nginx</body></html>",
            "502 Bad Gateway",
        ),
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
            "<pre>Error: kaboom &lt;1&gt;<br> &nbsp; &nbsp;at fails (file:///x.js:2:9)</pre>\n</body>\n</html>\n",
            "Error: kaboom <1>",
        ),
        ("<html><head><title>Only a title</title></head><body></body></html>", "Only a title"),
        ("<html><style>p {color: red}</style><script>alert(1)</script><!-- no --><p>Seen</p>", "Seen"),
        ("<![if foo]><p>Odd", "Odd"),
        ("<head><meta><title>No end of the head</title><body><p>Seen", "No end of the head"),
        ("<br />\n<b>Warning</b>: in x.php<br />\n<html><head>\n<title>502</title></head><body>No", "Warning: in x.php"),
        ("<html><head lang=en><TITLE>Cut</TITLE><style>p { color: red }", "Cut"),
        ("<header>Top</header><p>Below", "Top"),
        ("<head><title>The head</title></head><head>No other</head>", "No other"),
    ],
)
def test_the_sentence_for_a_person_is_found(body: str, expected: str | None) -> None:
    assert words(body) == expected


def test_words_cannot_move_a_terminals_cursor() -> None:
    assert words("\x1b[2Jgone\x00\x9b5m\u2028 \u202edetrever \ud800") == "[2Jgone 5m detrever"


def test_words_are_cut_to_a_line() -> None:
    found = words("x " * 1000)
    assert found is not None
    assert len(found) == 300
    assert found.endswith("...")


@pytest.mark.parametrize("piece", ["<style>", "<", "<!--", "<p", "&", "<script></style>", "<title>"])
def test_a_hostile_page_takes_no_time(piece: str) -> None:
    began = time.process_time()
    words("<" + piece * 1_000_000)
    assert time.process_time() - began < 5  # A quadratic reading of it takes hours.


@pytest.mark.parametrize(
    "piece", ["<!--", "<script>", "<style ", "<head>", "<head>x</head>", "</head", "<template", "<b ", "<title>", "<title ", "<"]
)
def test_a_page_is_read_in_time_that_grows_with_it_only(piece: str) -> None:
    """20 KB of what is never closed held an event loop for up to a second: each beginning was followed to the end."""
    began = time.process_time()
    error_message._first_line_of_page(piece * (128 * 1024 // len(piece)))
    assert time.process_time() - began < 4  # A quadratic reading of it takes 10 to 50 s.


@pytest.mark.parametrize(("body", "words"), [(" \n<p>Not found</p>", "Not found"), ("<p></p>", None), ("<title></title>", None)])
def test_a_page_says_what_is_seen_of_it(body: str, words: str | None) -> None:
    assert extract_message(body, None, str) == words


@pytest.mark.parametrize(("length", "shown"), [(299, "x" * 299), (300, "x" * 300), (301, "x" * 297 + "...")])
def test_words_of_300_letters_are_shown_in_full(length: int, shown: str) -> None:
    assert extract_message("x" * length, None, str) == shown


def test_a_letter_of_more_digits_than_python_converts_is_left_alone() -> None:
    """`html.unescape` raises ValueError for it."""
    assert words(f"<p>Letter &#{'1' * 5000}; and &#65;</p>") is not None
    assert words("<p>Letter &#65;&#x42;&lt;</p>") == "Letter AB<"


@pytest.mark.parametrize("page", ["<p>Key plan<!-- --><b>ted</b>", "<p>Key plan<script>x</script>ted", "<p>Key plan&#116;ed"])
def test_a_secret_that_stands_together_only_on_the_page_is_redacted(page: str) -> None:
    assert extract_message(page, None, lambda text: text.replace("planted", "***")) == "Key ***"
