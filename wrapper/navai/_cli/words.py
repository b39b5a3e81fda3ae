"""What the client says of its Python arguments, in words of the command line."""

from __future__ import annotations

import re

from navai._errors import FunctionExecutionError, NavaiError
from navai._printable import one_line

# How much of the name of an approval is shown, in characters.
_MAX_LENGTH = 100

_IN_PYTHON = (
    (re.compile(r"\*\*WORDPRESS_PLAIN_PATHS"), "--wordpress=plain"),
    (
        re.compile(r"^(The credentials are given twice:) in auth \(or .*"),
        r"\1 with --auth (or NAVAI_AUTH, or in the URL) and in an Authorization header (--header or NAVAI_HEADERS). Leave one out.",
    ),
    (
        re.compile(r"^extra_body: 'apiKey' has an argument.*"),
        "--extra: 'apiKey' is not for a command line, which others can see: the backend has its own, or pass api_key in Python.",
    ),
    (
        re.compile(r"^extra_body: ('.*') has an argument.*"),
        r"--extra: \1 has an option or an argument of its own (see --help); use that.",
    ),
    (re.compile(r"^extra_body"), "--extra"),
)


def in_options(text: str) -> str:
    """A text of the client for somebody who has no arguments, only options."""
    for pattern, instead in _IN_PYTHON:
        text = pattern.sub(instead, text)
    return text


def message(error: NavaiError) -> str:
    """What went wrong, on one line, with the number of the approval that a call waits for."""
    text = in_options(str(error)).removeprefix("[navai] ")  # That is for logs.
    if isinstance(error, FunctionExecutionError) and error.approval_id is not None:
        text += f" (approval {one_line(str(error.approval_id), _MAX_LENGTH)})"
    return text
