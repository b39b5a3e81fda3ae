"""Narrowing JSON values to one type, and showing values in messages."""

from __future__ import annotations

from typing import Any


def as_object(value: Any) -> dict[str, Any] | None:
    """`value` if it is a JSON object, else None."""
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]


def as_list(value: Any) -> list[Any] | None:
    """`value` if it is a JSON array, else None."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]


def as_text(value: Any) -> str | None:
    """`value` if it is a JSON string, else None."""
    return value if isinstance(value, str) else None


def as_number(value: Any) -> float | None:
    """`value` if it is a JSON number, else None. A bool is not a number, though it is an int in Python."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def short_repr(value: object) -> str:
    """The beginning of a value's repr, for a message."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 (a repr may raise anything; that of an int of more than 4,300 digits does)
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:97]}..."
