"""Values of unknown shape: narrowed to one type or None, and shown."""

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


def short_repr(value: object) -> str:
    """A value for a message: the beginning of its repr."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 (it may do anything; that of an integer of more than 4,300 digits is an error)
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:97]}..."
