"""The answers that a test scripts, checked where it gives them. No I/O."""

import json
import re
from typing import Any

from attrs import frozen

# RFC 9110, "Field Names"; of "Field Values" only what cannot be sent: a test may want to send other values that are not valid.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile("[\0\r\n]")


@frozen
class ScriptedAnswer:
    """An answer that can be sent."""

    status: int
    content: bytes
    headers: dict[str, str]


def scripted_answer(status: Any, body: Any, headers: Any) -> ScriptedAnswer:
    """An answer made of the arguments of `LocalBackend.respond_next`.

    Raises:
        TypeError: If an argument has the wrong type, or the body is not JSON.
        ValueError: If the answer cannot be sent.
    """
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"status must be an int, for example 403, not {status!r}.")
    if not 200 <= status <= 999:
        raise ValueError(f"status must be from 200 to 999, not {status}.")
    content, defaults = _content(body)
    fields = dict(headers or {})
    for name, value in fields.items():
        _check_header(name, value)
    return ScriptedAnswer(int(status), content, defaults | fields)


def _content(body: Any) -> tuple[bytes, dict[str, str]]:
    """The bytes of a body, and the headers that describe them."""
    if isinstance(body, bytes):
        return body, {}
    if isinstance(body, str):
        return body.encode(), {}
    try:
        return json.dumps(body, allow_nan=False).encode(), {"Content-Type": "application/json"}
    except RecursionError:
        raise ValueError("body is nested too deeply.") from None


def _check_header(name: Any, value: Any) -> None:
    if not isinstance(name, str) or not isinstance(value, str):
        raise TypeError(f"headers must be a dict of strings; it has {name!r}: {value!r}.")
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(f"headers: {name!r} is not a header name.")
    if _UNSENDABLE.search(value):
        raise ValueError(f"headers: the value of {name!r} has a line break or a null character.")
    value.encode()  # Half of a surrogate pair cannot be sent.
