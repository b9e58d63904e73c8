"""Every suite that attacks the system: ``make faults`` runs a seeded sample, ``make faults-full`` all of it.

Two at a time, each in a process of its own. Each has a command of its own, too, for one part or another
seed: ``python -m tests.faults.crashes --help``.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

import typer

from benchmarks import kills
from tests.faults import corruptions, crowd, fuzz, killed, patterns, requests, soaked
from tests.faults.cases import Cases
from tests.faults.crashes import rounds
from tests.faults.crashes.faults import KINDS
from tests.faults.hostile import __main__ as hostile
from tests.faults.hostile.suite import GROUPS
from tests.faults.table import show

Suite = Callable[[], Cases]
_AT_ONCE = 2
_PART = 25_000
"""Broken pages in one process."""


def sample(seed: int) -> list[Suite]:
    """Some of everything; the longest first."""
    return [
        corruptions.measure,
        *(partial(hostile.measure, group) for group in GROUPS),
        patterns.measure,
        partial(rounds.at_random, "postgresql", 8, seed),
        partial(rounds.at_random, "sqlite", 8, seed),
        partial(killed.measure, "sqlite", 4, seed, articles=60, since=date(2026, 4, 1)),
        partial(soaked.measure, 20, seed, here=True, articles=20),
        partial(soaked.measure, 4, seed, here=False, articles=20),
        partial(rounds.at_every_point, "sqlite", share=5),
        partial(fuzz.measure, 500, 20_000, seed=seed),
        partial(requests.measure, 2_000, seed=seed),
        crowd.measure,
    ]


def everything(seed: int) -> list[Suite]:
    """All of it."""
    years = partial(killed.measure, articles=300, since=kills.SINCE)
    parts = range(0, 100_000, _PART)
    return [
        partial(soaked.measure, 2000, seed, here=True),
        partial(soaked.measure, 200, seed, here=False),
        *(partial(fuzz.measure, _PART, _PART, seed=seed, first=first) for first in parts),
        *(partial(rounds.at_random, database, 80, seed) for database in KINDS),
        *(partial(years, database, 20, seed) for database in KINDS),
        *(partial(rounds.at_every_point, database) for database in KINDS),
        rounds.with_every_disk,
        rounds.gone_for_a_minute,
        corruptions.measure,
        *(partial(hostile.measure, group) for group in GROUPS),
        partial(patterns.measure, full=True),
        partial(requests.measure, 20_000, seed=seed),
        crowd.measure,
    ]


@dataclass(frozen=True)
class Done:
    """What came of a suite."""

    cases: Cases
    seconds: float

    @classmethod
    def of(cls, suite: Suite) -> "Done":
        """Run one, here."""
        began = time.monotonic()
        return cls(suite(), time.monotonic() - began)

    @property
    def row(self) -> tuple[str, ...]:
        """How it stands in the table of all."""
        good = sum(one for _, _, one in self.cases.rows)
        mark = "✓" if self.cases.good else "✗"
        return mark, self.cases.name, f"{good} of {len(self.cases.rows)}", f"{self.seconds:.0f}"


def run(suites: list[Suite]) -> Iterator[Done]:
    """Run suites, and give what came of each as soon as it has ended."""
    with ProcessPoolExecutor(
        _AT_ONCE, multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        for future in as_completed([pool.submit(Done.of, suite) for suite in suites]):
            yield future.result()


def main(
    full: Annotated[bool, typer.Option("--full", help="All of it, not a sample.")] = False,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
) -> None:
    """Attack; print the cases with their outcomes, and end with 1 where one falls short."""
    began, done = time.monotonic(), []
    for one in run(everything(seed) if full else sample(seed)):
        one.cases.show()
        done.append(one)
    title = f"seed {seed}, {time.monotonic() - began:.0f} s"
    show(title, ("", "suite", "as promised", "seconds"), [one.row for one in done])
    sys.exit(not all(one.cases.good for one in done))


if __name__ == "__main__":
    typer.run(main)
