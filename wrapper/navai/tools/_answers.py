"""What a tool returns to the model: the JSON of whatever a function returned. No I/O."""

from __future__ import annotations

import json
import math
import re
from typing import Any, cast

from navai._json import as_list
from navai._outcomes import describe_error, text_of

# The maximum length of an answer in characters, which is more than any realtime model accepts, and the maximum depth of a result.
MAX_LENGTH = 1_000_000
_MAX_DEPTH = 100
# How much of each string is kept if an answer is too long.
_SHORTENED_LENGTH = 10_000

_SURROGATE = re.compile("[\ud800-\udfff]")


class _TooLongError(Exception):
    """The answer is longer than any model accepts."""


def answer_text(answer: dict[str, Any], max_result_length: int = MAX_LENGTH) -> str:
    """The JSON of an answer. A ``result`` that cannot be read is left out, one that is too long is cut; a ``warning`` says so.

    Args:
        answer: The answer.
        max_result_length: The maximum length of the JSON of its result in characters. A longer one becomes text that ends there.
            It is also the maximum length of each other text.
    """
    try:
        return _json_of(_cut(answer, max_result_length))
    except _TooLongError:
        reason = f"as JSON it has more than {MAX_LENGTH:,} characters"
    except Exception as error:  # noqa: BLE001 (a result may be an object of any class, or still be changed by its function)
        reason = describe_error(error)
    left_out = {"result": None, "warning": f"The result is left out: {reason}."} if "result" in answer else {}
    return _json_of(_shortened(answer | left_out, min(max_result_length, _SHORTENED_LENGTH)))


def _cut(answer: dict[str, Any], max_result_length: int) -> dict[str, Any]:
    """The answer, with a result, texts and lists that are not too long."""
    if max_result_length >= MAX_LENGTH:
        return answer
    cut = _shortened(answer, max_result_length)
    if "result" not in answer:
        return cut
    result = _json_of(answer["result"])
    if len(result) <= max_result_length:
        return cut | {"result": answer["result"]}
    warning = f"The result is cut: as JSON it has {len(result):,} characters, of which these are the first {max_result_length:,}."
    return cut | {"result": result[:max_result_length], "warning": warning}


def _shortened(answer: dict[str, Any], length: int) -> dict[str, Any]:
    """The answer, with the beginning of each text and of each list of texts; a result is left to the caller."""
    return {key: value if key == "result" else _beginning(value, length) for key, value in answer.items()}


def _beginning(value: Any, length: int) -> Any:
    if isinstance(value, str) and len(value) > length:
        return f"{value[:length]}..."
    texts = as_list(value)
    if texts is None:
        return value
    kept: list[Any] = []
    for text in texts:
        length -= len(str(text)) + len('"", ')
        if length < 0:
            break
        kept.append(text)
    return kept


def _json_of(value: Any) -> str:
    """The JSON of a value. What JSON cannot represent becomes a string, which a model can read as well.

    Raises:
        _TooLongError: If it is too long.
    """
    text = json.dumps(_Plain().of(value), ensure_ascii=False)
    if len(text) > MAX_LENGTH:
        raise _TooLongError
    # As JSON.stringify does: a lone surrogate cannot be encoded in UTF-8.
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class _Plain:
    """Converts one value to what `json.dumps` accepts."""

    def __init__(self) -> None:
        self._inside: list[int] = []
        self._left = MAX_LENGTH

    def of(self, value: Any) -> Any:
        """A copy of `value` that consists of what JSON can represent.

        Raises:
            _TooLongError: If it becomes too long, as even a small value does if it holds the same list many times.
        """
        if not isinstance(value, dict | list | tuple):
            return self._counted(_scalar(value))
        if id(cast("object", value)) in self._inside or len(self._inside) == _MAX_DEPTH:
            return self._counted("...")
        self._inside.append(id(cast("object", value)))
        plain: Any
        if isinstance(value, dict):
            plain = {self._counted(_key(key)): self.of(entry) for key, entry in cast("dict[Any, Any]", value).items()}
        else:
            plain = [self.of(element) for element in cast("list[Any]", value)]
        self._inside.pop()
        return self._counted(plain)

    def _counted(self, plain: Any) -> Any:
        self._left -= len(plain) if isinstance(plain, str) else 1
        if self._left < 0:
            raise _TooLongError
        return plain


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    plain = _scalar(key)
    # As `json.dumps` writes them: null, true, 1.5.
    return plain if isinstance(plain, str) else json.dumps(plain)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else float.__repr__(value)
    if not isinstance(value, int):
        return text_of(value, f"<{type(value).__name__}>")
    try:
        int.__repr__(value)
    except ValueError:  # Python writes at most 4,300 digits in decimal.
        return hex(value)
    return value
