"""Who may have a connection when there are more calls than connections."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import pytest

from navai._http import turns
from navai._http.turns import Turn, Turns


@pytest.fixture(autouse=True)
def _three_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_CONNECTIONS", 3)


def taken(all_turns: Turns, count: int) -> tuple[list[Turn], list[int]]:
    """Turns, in the order in which they were asked for; and the numbers of those that are woken from now on."""
    woken: list[int] = []
    found = [Turn() for _ in range(count)]
    for number, turn in enumerate(found):
        all_turns.take(turn)
        turn.wake = lambda number=number: woken.append(number)  # type: ignore[misc]
    return found, woken


def may(all_turns: Turns, found: list[Turn]) -> list[bool]:
    return [all_turns.has_come(turn) for turn in found]


@pytest.mark.parametrize("count", [1, 3])
def test_while_there_are_enough_nobody_waits(count: int) -> None:
    all_turns = Turns()
    found, woken = taken(all_turns, count)
    assert may(all_turns, found) == [True] * count
    for turn in found:
        all_turns.release(turn)
    assert woken == []


def test_whoever_comes_while_there_are_enough_hears_so_at_once() -> None:
    all_turns = Turns()
    found = [Turn() for _ in range(5)]
    assert [all_turns.take(turn) for turn in found] == [True, True, True, False, False]


def test_of_two_that_ask_at_the_same_time_only_as_many_go_as_there_are_connections() -> None:
    """The second asks after the first has drawn its number, and before it has it."""
    all_turns = Turns()
    all_turns.limit = 1
    first, second = Turn(), Turn()
    numbers = itertools.count()
    went: list[bool] = []

    class Numbers:
        def __next__(self) -> int:
            number = next(numbers)
            if number == 0:
                went.append(all_turns.take(second) or all_turns.has_come(second))
            return number

    all_turns._numbers = Numbers()  # type: ignore[assignment]
    went.append(all_turns.take(first) or all_turns.has_come(first))
    assert went == [False, True]
    assert may(all_turns, [first, second]) == [True, False]


def test_the_first_ones_go_first() -> None:
    all_turns = Turns()
    found, _ = taken(all_turns, 5)
    assert may(all_turns, found) == [True, True, True, False, False]


def test_those_whose_turn_has_come_are_woken_and_no_others() -> None:
    """All of them: of two calls that end at the same time in two threads, each may miss one."""
    all_turns = Turns()
    found, woken = taken(all_turns, 6)
    all_turns.release(found[1])
    assert woken == [0, 2, 3]
    assert may(all_turns, found[2:]) == [True, True, False, False]
    woken.clear()
    all_turns.release(found[0])
    assert woken == [2, 3, 4]
    woken.clear()
    all_turns.release(found[2])
    assert woken == [3, 4, 5]
    woken.clear()
    all_turns.release(found[3])
    assert woken == []  # Nobody waits any more.


def test_a_turn_that_is_not_given_back_ends_with_its_object() -> None:
    """An exception of a signal handler may come between any two steps."""
    all_turns = Turns()
    found: list[Any] = taken(all_turns, 4)[0]
    assert may(all_turns, found[3:]) == [False]
    found[0] = None
    gc.collect()
    assert may(all_turns, found[3:]) == [True]
    assert len(all_turns._taken) == 3


@pytest.mark.parametrize(("count", "seconds"), [(0, 0.05), (3, 0.05), (6, 0.2), (9, 0.45)])
def test_the_more_calls_wait_the_less_often_each_looks_by_itself(count: int, seconds: float) -> None:
    all_turns = Turns()
    found, _ = taken(all_turns, count)
    assert all_turns.look_again() == pytest.approx(seconds)
    assert len(found) == count


def test_a_call_that_does_not_wait_yet_is_not_woken() -> None:
    """Its turn may come between asking and waiting."""
    all_turns = Turns()
    found = [Turn() for _ in range(4)]
    for turn in found:
        all_turns.take(turn)
    all_turns.release(found[0])
    assert may(all_turns, found[1:]) == [True, True, True]
