"""`make parity N=50000`: the corpus, then N generated answers, to the published client and to both of ours.

Prints progress and a summary. A difference is shrunk, saved as a case of the corpus (found.json), shown, and exits with 1.
"""

from __future__ import annotations

import argparse
import sys
import time

from hypothesis import HealthCheck, Phase, given, settings

from tests.parity.cases import Case, to_json
from tests.parity.clients import Difference, Parity
from tests.parity.corpus import FOUND, corpus, found
from tests.parity.strategies import cases


class Differs(AssertionError):
    """A generated case of which the clients make different things."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__("\n".join(map(described, differences)))
        self.differences = differences


def described(difference: Difference) -> str:
    """A difference for a person."""
    case = difference.case
    return (
        f"{difference.client} {case.operation}, status {case.status}, {case.content_type}: {case.body[:200]!r}\n"
        f"  TypeScript: {str(difference.typescript)[:300]}\n"
        f"  Python:     {str(difference.python)[:300]}"
    )


def generated(parity: Parity, number: int, *, always_the_same: bool = False) -> int:
    """Compares `number` generated cases; how many different ones there were.

    Args:
        parity: The clients to compare.
        number: How many cases.
        always_the_same: Whether each run generates the same ones.

    Raises:
        Differs: For the smallest case found that differs.
    """
    seen: set[Case] = set()
    began = time.monotonic()

    # No database: a run owes nothing to another. No deadline: the machine may be busy.
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        derandomize=always_the_same,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def compare(case: Case) -> None:
        seen.add(case)
        if sys.stdout.isatty() or len(seen) % 1000 == 0:
            print(
                f"\r  {len(seen):>7} different cases, {time.monotonic() - began:5.0f} s",
                end="" if sys.stdout.isatty() else "\n",
                flush=True,
            )
        differences = parity.differences([case])
        if differences:
            raise Differs(differences)

    compare()
    return len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, help="how many cases to generate")
    number = parser.parse_args().number
    fixed = corpus()
    with Parity() as parity:
        began = time.monotonic()
        print(f"Corpus: {len(fixed)} different cases ...", flush=True)
        differences = parity.differences(fixed)
        print(f"  {len(differences)} differences, {time.monotonic() - began:.0f} s")
        if differences:
            sys.exit("\n".join(map(described, differences[:20])))
        print(f"Generated: {number} ...", flush=True)
        try:
            different = generated(parity, number)
        except Differs as error:
            FOUND.write_text(to_json(list(dict.fromkeys([*found(), error.differences[0].case]))), "utf-8")
            sys.exit(f"\n{error}\nSaved as a case of {FOUND.name}.")
    total = len(fixed) + different
    print(f"\n0 differences in {total} different cases for each kind of client, in {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
