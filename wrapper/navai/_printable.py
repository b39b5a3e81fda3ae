"""What somebody else wrote, made safe to show: on one line of a log, and on a terminal.

Line breaks forge lines of a log, escape sequences (ESC, and U+009B of the controls beyond ASCII) do things to a terminal, and
direction marks turn around what stands beside them. Half of a surrogate pair cannot be written at all.
"""

from __future__ import annotations

# They are no letters, but join or part those of Persian, Hindi and emoji.
_JOINERS = "\u200c\u200d"


def one_line(text: str, max_length: int) -> str:
    """The beginning of `text` on one line, with a blank for each character that cannot be printed.

    Args:
        text: Any text.
        max_length: Of how many letters at most.
    """
    line = text[: max_length + 1]
    if not line.isprintable():
        line = "".join(character if _is_harmless(character) else " " for character in line)
    return line if len(line) <= max_length else f"{line[: max_length - 3]}..."


def for_terminal(text: str) -> str:
    """`text` with an escape for each character that cannot be printed, but for line breaks. JSON stays the same JSON."""
    if text.isprintable():
        return text
    return "".join(character if character == "\n" or _is_harmless(character) else _escape(character) for character in text)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
