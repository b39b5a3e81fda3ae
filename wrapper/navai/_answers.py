"""An answer as text and as JSON, and what an error shows of it.

Bodies are read as `Response.json()` of the Fetch standard reads them: UTF-8 whatever the headers say, strict JSON.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

from attrs import field, frozen

from navai._javascript import NotJSON, parse_json
from navai._json import as_object, as_text
from navai._messages import Headers, Reply
from navai._retries import retry_after
from navai._secrets import Masker

# How many times `max_response_bytes` an answer may take of memory, as bytes, text and values together.
MEMORY = 8

# How much of what the backend says is looked at for the text of an error.
_BEGINNING = 65536


@frozen
class Sent:
    """What the reader of an answer must know of the request: to name it in errors, and to keep its secrets out of them."""

    method: str
    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    # The client's option, which also bounds what becomes of the answer; None: any.
    max_response_bytes: int | None = None


def text_of(reply: Reply) -> str:
    """The body as `Response.text()` gives it: UTF-8 with invalid bytes replaced, without a byte order mark."""
    # fetch gives an answer with "Reset Content" no body, even if one came (Fetch standard, "null body status").
    body = b"" if reply.status == 205 else reply.body
    # Twice: Node's fetch cuts one byte order mark off the bytes, and its decoder another.
    return body.decode("utf-8", "replace").removeprefix("\ufeff").removeprefix("\ufeff")


def value_of(reply: Reply, text: str, sent: Sent) -> Any:
    """The body as JSON.

    Args:
        reply: The answer.
        text: Its body as text.
        sent: What it answers.

    Raises:
        NotJSON: It is not JSON.
        TooMuch: It would become too much.
        TooMany: It has too many arrays and objects.
    """
    most = sent.max_response_bytes
    return parse_json(text, None if most is None else MEMORY * most - sys.getsizeof(reply.body))


_UNREAD: Any = object()


class Answer:
    """An answer that makes no result, and what an error shows of it, which is made when somebody looks.

    Args:
        reply: The answer.
        sent: The request, whose secrets are not shown.
        value: The body as JSON, if it was read already; None where it is not JSON.
    """

    def __init__(self, reply: Reply, sent: Sent, value: Any = _UNREAD) -> None:
        self.reply, self.sent = reply, sent
        self.mask = Masker(sent.secrets)
        self.text = text_of(reply)
        if value is not _UNREAD:
            self.value = value

    def __repr__(self) -> str:
        return "<what an answer said>"

    @functools.cached_property
    def value(self) -> Any:
        """The body as JSON, None where it is not JSON; secrets included."""
        return self._read()

    def _read(self) -> Any:
        try:
            return value_of(self.reply, self.text, self.sent)
        except NotJSON:
            return None

    def beginning(self, text: str) -> str:
        """The beginning of `text`, for people."""
        if len(text) <= _BEGINNING:
            return self.mask.text(text, is_cut=self.reply.truncated)
        # What is cut in half is not known for a secret. JSON writes one letter as six.
        longest = max(map(len, self.sent.secrets), default=0) * 6
        masked = self.mask.text(text[:_BEGINNING], is_cut=True)
        return masked[: max(0, len(masked) - longest)]

    def body(self) -> str:
        """The body, for people."""
        return self.mask.text(self.text, is_cut=self.reply.truncated)

    def json(self) -> Any:
        """The body as JSON, for people."""
        # Strings without escapes stand in the text as they are.
        is_clean = "\\" not in self.text and self.mask.text(self.text) == self.text
        if is_clean or self.value is None:
            return self.value
        # In place, since a copy would take as much again; whoever needs it as it was, or looks meanwhile, reads the text again.
        value = vars(self).pop("value", _UNREAD)
        root = [self._read() if value is _UNREAD else value]
        self.mask.json_within(root)
        return root[0]

    def field(self, name: str) -> Any:
        """A text of the JSON object, for people, None without it; a function that makes it, if that takes long."""
        text = as_text((as_object(self.value) or {}).get(name))
        if text is None or len(text) <= _BEGINNING:
            return text and self.mask.text(text)
        return lambda: self.mask.text(text)


def facts_of(answer: Answer) -> dict[str, Any]:
    """What every `APIError` tells of its answer, free of the request's secrets."""
    reply = answer.reply
    return {
        "status_code": reply.status,
        "headers": Headers([(answer.mask.text(name), answer.mask.text(value)) for name, value in reply.headers.items()]),
        "body": answer.body,
        "json": answer.json,
        "method": answer.sent.method,
        "url": answer.sent.url,
        "retry_after": retry_after(reply.headers),
    }
