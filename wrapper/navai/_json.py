"""JSON values of unknown shape, narrowed to one type or None."""

from __future__ import annotations

from typing import Any


def as_object(value: Any) -> dict[str, Any] | None:
    """`value` if it is a JSON object."""
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]


def as_list(value: Any) -> list[Any] | None:
    """`value` if it is a JSON array."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]


def as_text(value: Any) -> str | None:
    """`value` if it is a JSON string."""
    return value if isinstance(value, str) else None


def as_number(value: Any) -> float | None:
    """`value` if it is a JSON number; a bool is none, though it is an int to Python."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
