"""Every suite that attacks the system, one after the other: ``make faults``, ``make faults-full``.

Each has a command of its own for one part or another seed: ``python -m tests.faults.crashes --help``.
"""

import sys
from typing import Annotated

import typer

from tests.faults import corruptions, crashes, fuzz, patterns
from tests.faults.cases import Cases
from tests.faults.hostile.__main__ import main as hostile


def suites(*, full: bool, seed: int) -> list[Cases]:
    """Run all of them, or a seeded sample."""
    kills, pages, questions = (200, 100_000, 100_000) if full else (20, 500, 20_000)
    return [
        corruptions.measure(),
        patterns.measure(),
        fuzz.measure(pages, questions, seed=seed),
        crashes.measure(kills, seed)[0],
    ]


def main(
    full: Annotated[bool, typer.Option("--full", help="All of it, not a sample.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
) -> None:
    """Attack; print the cases with their outcomes, and end with 1 where one falls short."""
    found = suites(full=full, seed=seed)
    for cases in found:
        cases.show()
    # Last, since all of it is run in either case.
    failed = hostile(())
    sys.exit(bool(failed) or not all(cases.good for cases in found))


if __name__ == "__main__":
    typer.run(main)
