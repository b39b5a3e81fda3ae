"""JSON as JSON.parse reads it, and what a text may become: checked before the decoder sees it."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navai import ConfigurationError, _javascript
from navai._contract import payloads
from navai._contract.payloads import json_object, to_json
from navai._javascript import MAX_DEPTH, NotJSON, TooManyContainers, TooMuchMemory, parse_json

# Of values by the hundred thousand.
pytestmark = pytest.mark.usefixtures("quick_collections")

MIB = 1024 * 1024


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + "1" + closing * depth


def called_at(depth: int, function: Callable[[], Any]) -> Any:
    """What `function` returns when it is called from a stack of so many frames more."""
    return function() if depth == 0 else called_at(depth - 1, function)


# --- depth ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("around", ["%s", '["]]]]}}}}",%s]', '["[[[[",{"{\\"[":%s}]', "[%s," + "[1]," * 600 + "1]"])
def test_500_levels_are_read_and_no_more(opening: str, closing: str, around: str) -> None:
    levels = MAX_DEPTH - {"%s": 0, '["[[[[",{"{\\"[":%s}]': 2}.get(around, 1)
    assert parse_json(around % nested(levels, opening, closing)) is not None
    with pytest.raises(NotJSON, match="nested more than 500 deep"):
        parse_json(around % nested(levels + 1, opening, closing))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 501,
        "[" * 995,
        "[" * 1001,
        '{"":' * 501,
        "[" * 100_000,
        '{"":' * 100_000,
        '["' + "]" * 9000 + '",' + "[" * 9000,
        "[" * 90_000 + "\\",
    ],
)
def test_what_is_never_closed_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(_javascript, "_decode", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(NotJSON):
        parse_json(text)


def naively_outside_strings(text: str, kept: str) -> str:
    outside, is_inside, is_escaped = "", False, False
    for letter in text:
        if is_escaped:
            is_escaped = False
        elif letter == "\\":
            is_escaped = is_inside
        elif letter == '"':
            is_inside = not is_inside
        elif not is_inside and letter in kept:
            outside += letter
    return outside


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('[]{}",:\\/ aé漢🎉\n\ud800', max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}",:\\ab', max_size=4), inner, max_size=4),
    max_leaves=30,
)


@given(value=JSON, ascii_only=st.booleans(), size=st.integers(1, 40))
def test_what_stands_in_strings_does_not_count_wherever_the_pieces_end(value: Any, ascii_only: bool, size: int) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_javascript, "_PIECE", size)
        pieces = list(_javascript._structure(text, _javascript._NO_STRUCTURE))
        assert parse_json(text) == value
    assert b"".join(piece for piece, _ in pieces).decode() == naively_outside_strings(text, "[]{},:")
    assert sum(quotes for _, quotes in pieces) == text.replace("\\\\", "").replace('\\"', "").count('"')


def test_a_piece_does_not_end_within_millions_of_backslashes() -> None:
    text = json.dumps(["\\" * MIB, "[" * 600])
    assert parse_json(text) == json.loads(text)


STACK = """
import sys, threading
from navai._javascript import NotJSON, parse_json
sys.setrecursionlimit(1_000_000)  # As Python 3.13 has it for C.
threading.stack_size(1024 * 1024)
def parse():
    for text in sys.argv[1:]:
        try:
            parse_json(eval(text))
        except NotJSON as error:
            print(error)
thread = threading.Thread(target=parse)
thread.start()
thread.join()
"""


def test_18_kb_of_brackets_do_not_crash_a_thread_with_a_stack_of_1_mib() -> None:
    texts = ["'[' * 9000 + ']' * 9000", "'{\"\":' * 9000 + '1' + '}' * 9000"]
    done = subprocess.run([sys.executable, "-c", STACK, *texts], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "nested more than 500 deep\n" * 2)


def test_the_depth_of_the_callers_own_stack_does_not_matter() -> None:
    text = '{"a":[' * 225 + "1" + "]}" * 225
    room = sys.getrecursionlimit() - 300 - len_of_stack()
    value = called_at(room, lambda: parse_json(text))
    assert value == json.loads(text)
    assert called_at(room, lambda: to_json(json_object("payload", value))) == text.encode()


def test_what_finds_no_room_on_a_stack_of_its_own_either_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was tried on one more stack, and on one more, without end."""
    tries: list[object] = []

    def no_room(tried: object) -> Any:
        tries.append(tried)
        raise RecursionError if len(tries) <= 2 else AssertionError(tried)

    monkeypatch.setattr(_javascript, "_decode", no_room)
    with pytest.raises(NotJSON, match="nested too deep for the stack"):
        parse_json("[[1]]")
    tries.clear()
    monkeypatch.setattr(payloads, "_encode", no_room)
    with pytest.raises(ConfigurationError, match="flatten it"):
        to_json({"a": [1]})


def test_what_needs_room_where_there_can_be_no_thread_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: object) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("navai._background._start", no_thread)
    monkeypatch.setattr(_javascript, "_decode", lambda _: called_at(sys.getrecursionlimit(), list))
    with pytest.raises(NotJSON, match="nested too deep for the stack"):
        parse_json("[[1]]")


def len_of_stack() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


# --- memory ---------------------------------------------------------------------------------------------------------------------

# A text of about so many letters, of each kind that becomes much.
SHAPES: dict[str, Callable[[int], str]] = {
    "numbers": lambda size: f"[{'257,' * (size // 4)}1]",
    "small numbers": lambda size: f"[{'-9,' * (size // 3)}1]",
    "floats": lambda size: f"[{'1e5,' * (size // 4)}1]",
    "strings": lambda size: "[" + '"ab",' * (size // 5) + "1]",
    "wide strings": lambda size: "[" + '"漢",' * (size // 4) + "1]",
    "widest strings": lambda size: "[" + '"🎉",' * (size // 4) + "1]",
    "one wide string": lambda size: '{"a":"' + "a" * size + '🎉"}',
    "one escaped string": lambda size: '{"a":"' + "\\n漢" * (size // 3) + '"}',
    "arrays": lambda size: f"[{'[],12345,' * (size // 9)}1]",
    "full arrays": lambda size: f"[{'[0,0,0,0,0],' * (size // 12)}1]",
    "nested arrays": lambda size: "[" + ("[123456," * 40 + "1" + "]" * 40 + ",") * (size // 362) + "1]",
    "objects": lambda size: "[" + '{"abc":0},' * (size // 10) + "1]",
    "larger objects": lambda size: "[" + '{"a":0,"b":0,"c":0,"d":0,"e":0,"f":0},' * (size // 38) + "1]",
    "many keys": lambda size: "{" + ",".join(f'"{number:x}":0' for number in range(size // 9)) + "}",
    "keys that end alike": lambda size: "[" + '{"id":0},' * 9 + "{" + ",".join(f'"{n:x}\\"id":0' for n in range(size // 13)) + "}]",
    "many keys of many": lambda size: "[" + ",".join(f'{{"{number:x}":0}}' for number in range(size // 11)) + "]",
}


def taken_by(text: str) -> int:
    """How many bytes a text and its values take."""
    tracemalloc.start()
    try:
        value = _javascript._decode(text)
        taken = tracemalloc.get_traced_memory()[1] + sys.getsizeof(text)
    finally:
        tracemalloc.stop()
    del value
    return taken


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_becomes_more_than_is_counted(shape: str) -> None:
    text = SHAPES[shape](MIB)
    taken = taken_by(text)
    assert taken < len(text) * _javascript._MAX_BYTES_PER_CHARACTER
    with pytest.raises(TooMuchMemory):
        _javascript._check_memory(text, taken)


def test_keys_that_end_alike_are_different_keys() -> None:
    r"""``"id":`` is not the key where a backslash stands before it: ``"1\"id":`` and ``"2\"id":`` are two."""
    text = '[{"id":0},{' + ",".join(f'"{number:x}\\"id":0' for number in range(90_000)) + "}]"
    with pytest.raises(TooMuchMemory):
        _javascript._check_memory(text, 15 * len(text))
    _javascript._check_memory("[" + '{"id":0},' * 120_000 + "0]", 31 * 9 * 120_000)


def test_a_text_that_would_become_too_much_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_javascript, "_decode", lambda _: pytest.fail("it was decoded"))
    for shape in SHAPES.values():
        with pytest.raises(TooMuchMemory):
            parse_json(shape(8 * MIB), 15 * MIB)


@pytest.mark.parametrize("element", ["[]", "{}", "[[[]]]", '{"":{}}'])
def test_many_arrays_and_objects_for_little_text_are_refused(element: str) -> None:
    """The garbage collector would go through them again and again."""
    many = 310_000 // element.count("]" if "]" in element else "}")
    with pytest.raises(TooManyContainers):
        parse_json(f"[{','.join([element] * many)}]", 256 * MIB)
    assert len(parse_json(f"[{','.join([element] * 90_000)}]", 256 * MIB)) == 90_000
    assert len(parse_json(f"[{','.join([element + ' ' * 18] * many)}]", 256 * MIB)) == many


def test_the_smallest_rows_of_a_table_are_not_too_many() -> None:
    """150,000 rows of two digits, 900 KB, were refused at the default limit."""
    for rows in (150_000, 600_000):
        text = '{"ok":true,"result":[' + ",".join(["[1,2]"] * rows) + "]}"
        assert len(parse_json(text, 7 * 32 * MIB)["result"]) == rows


@pytest.mark.parametrize("element", ["[[[]]]", "[]", '{"":[]}', "[[1],[1]]"])
def test_what_many_small_arrays_and_objects_become_is_counted(element: str) -> None:
    """They take more for each letter than others do."""
    text = f"[{','.join([element] * 50_000)}]"
    taken = taken_by(text)
    with pytest.raises(TooMuchMemory):
        parse_json(text, taken)


def test_a_small_limit_grants_what_a_small_answer_takes() -> None:
    assert len(parse_json("[" + "[]," * 9_999 + "[]]", 1000)) == 10_000


def test_listings_and_tables_of_the_full_size_are_not_too_much() -> None:
    function = '{"name":"function_%06d","description":"Does the thing number %06d, and then says so.",'
    function += '"source":"src/ai/functions-modules/m.js"},'
    functions = (function % (number, number) for number in range(32 * MIB // (len(function) + 4)))
    listing = f'{{"items":[{"".join(functions)}{{}}]}}'
    parsed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_javascript, "_decode", parsed.append)
        parse_json(listing, 7 * 32 * MIB)
    assert parsed == [listing]


# --- numbers --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [4_300, 4_301, 100_000])
def test_an_integer_of_any_length_is_read(digits: int) -> None:
    value = parse_json(f'{{"a":{"9" * digits},"b":9007199254740993}}')
    assert value == {"a": int("9" * digits) if digits <= 4_300 else float("inf"), "b": 9007199254740993}


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_does_not_have_are_refused_beside_long_integers_too(constant: str) -> None:
    with pytest.raises(NotJSON):
        parse_json(f"[{'9' * 5000},{constant}]")
