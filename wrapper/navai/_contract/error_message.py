"""The backend's own words in an error answer, whichever framework speaks; and words for a page. Knows no HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from navai._escapes import unescape
from navai._json import as_list, as_object, as_text
from navai._printable import one_line

# Where the frameworks put the sentence for a person, most telling first: NAVAI's failures `details` and `error`, Rails
# `error`, WordPress and Laravel `message`, Django, FastAPI and RFC 9457 `detail` and `title`.
_SENTENCES = ("details", "error", "message", "detail", "title")

_LONGEST = 300

# How many invalid fields a message has.
_MAX_INVALID_FIELDS = 10

# The message of an error page stands early.
_PAGE_START = 16384
# What is never closed hides the rest, as in a browser; so no part of a page is gone through twice.
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE)
# A page has one, and may leave out where it ends.
_HEAD = re.compile(r"<head\b[^<>]*>(?:.*?</head\s*>)?", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
# What comes before it are declarations and comments.
_PAGE = re.compile(r"\s*(?:<[?!](?!doctype html)[^<>]*>\s*)*<(?:!doctype html|html)\b", re.IGNORECASE)
# Tags that stand inside a sentence; any other one ends the line.
_INLINE_TAG = re.compile(r"</?(?:a|abbr|b|code|em|i|small|span|strong|tt|u)(?:\s[^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def extract_message(body: str, json: Any, redact: Callable[[str], str]) -> str | None:
    """What an error answer says went wrong, on one line of at most 300 characters; None when it says nothing.

    Args:
        body: The answer's body as text.
        json: The body as JSON, or None where it was not JSON.
        redact: Redacts the secrets in a text, of which only the beginning matters.
    """
    words = redact(body if json is None else _sentence(json))
    if words.lstrip().startswith("<"):
        # Again: characters that tags, comments or scripts separated are adjacent now.
        words = redact(_first_line_of_page(words[:_PAGE_START]))
    return short_line(words) or None


def page_instead_of_json(body: str, url: str, redact: Callable[[str], str]) -> str:
    """Words for an HTML page where JSON was expected, with its title, and for where it comes from; empty if it is no page.

    Args:
        body: The body as text.
        url: The URL of the request, as errors show it.
        redact: Redacts the secrets in a text, of which only the beginning matters.
    """
    if _PAGE.match(body[:_PAGE_START]) is None:
        return ""
    title = short_line(_title(redact(body)[:_PAGE_START]))
    titled = f', titled "{title}"' if title else ""
    return f"An HTML page came instead of JSON{titled}{_advice(url)}."


def page_of_wordpress(body: str, url: str) -> str:
    """As `page_instead_of_json`, but also empty if the URL is not one below WordPress's ``/wp-json/``."""
    advice = _advice(url)
    return f"An HTML page came instead of JSON{advice}." if advice and _PAGE.match(body[:_PAGE_START]) else ""


def _advice(url: str) -> str:
    if "/wp-json/" not in url:
        return ""
    return ": the site may have plain permalinks, which need **WORDPRESS_PLAIN_PATHS, or no NAVAI plugin"


def short_line(text: str) -> str:
    """`text` on one line of at most 300 characters, with single blanks."""
    return one_line(" ".join(one_line(text[:_PAGE_START], _PAGE_START).split()), _LONGEST)


def _sentence(json: Any) -> str:
    if isinstance(json, str):
        return json
    answer = as_object(json) or {}
    for key in _SENTENCES:
        value = answer.get(key)
        nested = as_object(value)
        if nested is not None:
            # OpenAI nests it, `{"error": {"message": ...}}`, and so do many apps on FastAPI, `{"detail": {"msg": ...}}`.
            value = nested.get("message") or nested.get("msg")
        fields = as_list(value)
        if fields is not None:
            value = "; ".join(filter(None, map(_invalid_field, fields[:_MAX_INVALID_FIELDS])))
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _invalid_field(entry: Any) -> str:
    """What FastAPI says of one invalid field: `{"loc": ["body", "payload", "amount"], "msg": "Field required", ...}`."""
    field = as_object(entry) or {}
    place = ".".join(str(part) for part in (as_list(field.get("loc")) or []) if isinstance(part, str | int))
    message = as_text(field.get("msg")) or ""
    return f"{place}: {message}" if place and message else message


def _title(page: str) -> str:
    title = _TITLE.search(page)
    return unescape(title.group(1)) if title else ""


def _first_line_of_page(page: str) -> str:
    """The first line of text that a browser would show of an HTML page, else its title."""
    seen = _TAG.sub("\n", _INLINE_TAG.sub("", _HEAD.sub("\n", _HIDDEN.sub("", page), 1)))
    lines = [line.strip() for line in unescape(seen).splitlines()]
    return next(filter(None, [*lines, _title(page)]), "")
