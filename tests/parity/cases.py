"""A case: one answer of a backend to one operation."""

from __future__ import annotations

import base64
import json
from typing import Any

from attrs import asdict, frozen

OPERATIONS = ("secret", "list", "execute", "speech")

# Statuses whose answer has no body on the wire, so no Content-Length either (RFC 9110 section 8.6).
BODILESS = frozenset({204, 304})


@frozen
class Case:
    """What a backend answers.

    Attributes:
        operation: ``"secret"``, ``"list"``, ``"execute"`` or ``"speech"``.
        body: The bytes of the answer's body.
        status: The HTTP status.
        content_type: The header of that name; None leaves it out.
    """

    operation: str
    body: bytes
    status: int = 200
    content_type: str | None = "application/json"

    def wire(self) -> bytes:
        """The whole answer, as it goes over the connection."""
        head = f"HTTP/1.1 {self.status} Odd\r\n"
        if self.content_type is not None:
            head += f"Content-Type: {self.content_type}\r\n"
        if self.status in BODILESS:
            return f"{head}\r\n".encode("latin-1")
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode("latin-1") + self.body


def to_json(cases: list[Case]) -> str:
    """Cases as a text to keep in a file."""
    rows = [asdict(case) | {"body": base64.b64encode(case.body).decode("ascii")} for case in cases]
    return json.dumps(rows, indent=1) + "\n"


def from_json(text: str) -> list[Case]:
    """What `to_json` wrote."""
    rows: list[dict[str, Any]] = json.loads(text)
    return [Case(**row | {"body": base64.b64decode(row["body"])}) for row in rows]
