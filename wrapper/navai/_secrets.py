"""Keeping secrets out of what people and logs see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from navai._json import as_list, as_object

MASK = "***"

# What OpenAI's keys (`sk-...`) and ephemeral secrets (`ek_...`) look like. A backend may repeat one in an error, and an answer
# that is not a valid secret may still hold one.
_OPENAI_KEY = re.compile(r"\b(?:sk-|ek_)[A-Za-z0-9_-]{8,}")

# Shorter strings are left alone: masking every "1" or "en" would destroy what the backend says.
_SHORTEST_SECRET = 6


class Hidden(dict[str, Any]):
    """A dict whose repr shows its keys only: what may be secret stands in one, from the first line of a public function on."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


class Masker:
    """Masks known secrets, and whatever looks like an OpenAI key, in text and in JSON values.

    Args:
        secrets: The secrets that the request carried.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        import json  # noqa: PLC0415 (a program that only builds a client does not need it)

        forms: set[str] = set()
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                escaped = json.dumps(secret)[1:-1]
                unescaped = json.dumps(secret, ensure_ascii=False)[1:-1]
                # As it stands, and as encoders put it into JSON; PHP's escapes the slash.
                for form in (secret, escaped, unescaped):
                    forms |= {form, form.replace("/", "\\/")}
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __repr__(self) -> str:
        return "<Masker>"

    def text(self, text: str) -> str:
        """`text` with every secret replaced by ``***``."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return _OPENAI_KEY.sub(MASK, text)

    def json(self, value: Any) -> Any:
        """A copy of a JSON value with every secret in a string or a key replaced by ``***``."""
        # Not recursive: a hostile answer may be nested thousands deep.
        root = [value]
        containers: list[Any] = [root]
        while containers:
            container = containers.pop()
            entries = as_object(container)
            for key in list(range(len(container)) if entries is None else entries):
                container[key] = copy = self._shallow(container[key])
                if isinstance(copy, dict | list):
                    containers.append(copy)
        return root[0]

    def _shallow(self, item: Any) -> Any:
        """`item` masked if it is a string; a copy if it is a container, in which the keys are masked."""
        if isinstance(item, str):
            return self.text(item)
        entries = as_object(item)
        if entries is not None:
            return {self.text(name): entry for name, entry in entries.items()}
        elements = as_list(item)
        return item if elements is None else elements.copy()
