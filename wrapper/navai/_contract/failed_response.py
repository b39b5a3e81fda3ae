"""An answer as text and as JSON, and what an error shows of it.

Bodies are read as `Response.json()` of the Fetch standard reads them: UTF-8 whatever the headers say, strict JSON.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections.abc import Iterator
from typing import Any

from navai._escapes import has_escapes
from navai._http.messages import Headers, RequestInfo, Response
from navai._http.retries import retry_after
from navai._javascript import NotJSON, parse_json
from navai._json import as_object, as_text
from navai._redaction import Redactor, is_long_enough

# How many times `max_response_bytes` an answer may take of memory, as bytes, text and values together.
MEMORY = 8

# How much of what the backend says is looked at for the text of an error.
_BEGINNING = 65536


def response_text(response: Response) -> str:
    """The body as `Response.text()` gives it: UTF-8 with invalid bytes replaced, without a byte order mark."""
    # fetch gives an answer with "Reset Content" no body, even if one came (Fetch standard, "null body status").
    body = b"" if response.status == 205 else response.body
    # Twice: Node's fetch cuts one byte order mark off the bytes, and its decoder another.
    return body.decode("utf-8", "replace").removeprefix("\ufeff").removeprefix("\ufeff")


def response_json(response: Response, text: str, info: RequestInfo) -> Any:
    """The body as JSON.

    Args:
        response: The response.
        text: Its body as text.
        info: The request.

    Raises:
        NotJSON: If it is not JSON.
        TooMuchMemory: If it would take too much memory.
        TooManyContainers: If it has too many arrays and objects.
    """
    max_bytes = info.max_response_bytes
    return parse_json(text, None if max_bytes is None else MEMORY * max_bytes - sys.getsizeof(response.body))


_UNREAD: Any = object()

# A new secret, in the form of the contract and in OpenAI's older ones, also as JSON in JSON and in the repr of a dict.
_NEW_SECRET = re.compile(r"""["'](?:value|client_secret)\\*["']\s*:\s*\\*["']((?:[^"'\\]|\\[^"'])+)""")
# How many of them are looked for: each takes time that grows with the body.
_MAX_NEW_SECRETS = 16


# What stands for one character in them.
_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}|\\.")


def find_new_secrets(text: str) -> Iterator[str]:
    """The new client secrets in the text of a response."""
    for match in itertools.islice(_NEW_SECRET.finditer(text), _MAX_NEW_SECRETS):
        if is_long_enough(_ESCAPE.sub("x", match[1])):  # Its escapes may make something too short seem long enough.
            yield match[1]


class FailedResponse:
    """A response without a result, and what its error shows of it, computed when someone looks.

    Args:
        response: The response.
        info: The request, whose secrets are redacted.
        value: The body as JSON, if it was parsed already; None if it is not JSON.
        text: The body as text, if there is one already: a second one would take as much memory again.
    """

    def __init__(self, response: Response, info: RequestInfo, value: Any = _UNREAD, text: str | None = None) -> None:
        self.response, self.info = response, info
        self.text = response_text(response) if text is None else text
        secrets = [*info.secrets, *response.more_secrets(), *(find_new_secrets(self.text) if info.creates_secret else ())]
        self.redactor = Redactor(secrets)
        self._longest_secret = max(map(len, secrets), default=0)
        if value is not _UNREAD:
            self.value = value

    def __repr__(self) -> str:
        return "<FailedResponse>"

    @functools.cached_property
    def value(self) -> Any:
        """The body as JSON, with its secrets; None if it is not JSON."""
        return self._read()

    def _read(self) -> Any:
        try:
            return response_json(self.response, self.text, self.info)
        except NotJSON:
            return None

    def beginning(self, text: str) -> str:
        """The beginning of `text`, for people."""
        if len(text) <= _BEGINNING:
            return self.redactor.text(text, is_cut=self.response.truncated)
        # A secret that is cut in half is not recognised. JSON writes one character as six.
        redacted = self.redactor.text(text[:_BEGINNING], is_cut=True)
        return redacted[: max(0, len(redacted) - self._longest_secret * 6)]

    def body(self) -> str:
        """The body, for people."""
        return self.redactor.text(self.text, is_cut=self.response.truncated)

    def json(self) -> Any:
        """The body as JSON, for people."""
        # Strings without escapes stand in the text as they are; tags may begin in one and end in another.
        is_clean = not has_escapes(self.text) and self.redactor.text(self.text) == self.text
        if is_clean or self.value is None:
            return self.value
        # In place, since a copy would take as much again; whoever needs it as it was, or looks meanwhile, reads the text again.
        value = vars(self).pop("value", _UNREAD)
        root = [self._read() if value is _UNREAD else value]
        self.redactor.json_within(root)
        return root[0]

    def field(self, name: str) -> Any:
        """A function that makes a text of the JSON object, for people; None without it."""
        text = as_text((as_object(self.value) or {}).get(name))
        return None if text is None else lambda: self.redactor.text(text)


def error_details(failed: FailedResponse) -> dict[str, Any]:
    """The attributes that every `APIError` has of its response, without the secrets of the request."""
    response = failed.response
    return {
        "status_code": response.status,
        "headers": Headers([(failed.redactor.text(name), failed.redactor.text(value)) for name, value in response.headers.items()]),
        "body": failed.body,
        "json": failed.json,
        "method": failed.info.method,
        "url": failed.info.url,
        "retry_after": retry_after(response.headers),
    }
