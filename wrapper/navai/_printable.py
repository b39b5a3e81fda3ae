"""What somebody else wrote, made safe to show: on one line of a log, and on a terminal.

Line breaks forge lines of a log, escape sequences (ESC, and U+009B of the controls beyond ASCII) do things to a terminal, and
direction marks turn around what stands beside them. Half of a surrogate pair cannot be written at all.
"""

from __future__ import annotations

# They are no letters, but join or part those of Persian, Hindi and emoji.
_JOINERS = "\u200c\u200d"


def one_line(text: str, longest: int) -> str:
    """The beginning of `text` on one line, with a blank for each letter that cannot be printed.

    Args:
        text: Any text.
        longest: Of how many letters at most.
    """
    line = text[: longest + 1]
    if not line.isprintable():
        line = "".join(letter if _is_harmless(letter) else " " for letter in line)
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def for_terminal(text: str) -> str:
    """`text` with an escape for each letter that cannot be printed, but for line breaks. JSON stays the same JSON."""
    if text.isprintable():
        return text
    return "".join(letter if letter == "\n" or _is_harmless(letter) else _escape(letter) for letter in text)


def _is_harmless(letter: str) -> bool:
    return letter.isprintable() or letter in _JOINERS


def _escape(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
