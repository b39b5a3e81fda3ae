"""Makes text from elsewhere safe to show on one line of a log, or on a terminal.

Line breaks can forge log lines, escape sequences (ESC, and U+009B among the non-ASCII controls) can control a terminal, and
direction marks can reverse the text next to them. Half of a surrogate pair cannot be encoded at all.
"""

from __future__ import annotations

# Not printable themselves, but they join or separate characters in Persian, Hindi and emoji.
_JOINERS = "\u200c\u200d"


def one_line(text: str, max_length: int) -> str:
    """The beginning of `text` on one line, with a space for each character that cannot be printed.

    Args:
        text: Any text.
        max_length: The maximum length in characters.
    """
    line = text[: max_length + 1]
    if not line.isprintable():
        line = "".join(character if _is_harmless(character) else " " for character in line)
    return line if len(line) <= max_length else f"{line[: max_length - 3]}..."


def for_terminal(text: str) -> str:
    """`text` with each unprintable character except line breaks escaped. JSON text keeps its value."""
    if text.isprintable():
        return text
    return "".join(character if character == "\n" or _is_harmless(character) else _escape(character) for character in text)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
