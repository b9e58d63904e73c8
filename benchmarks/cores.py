"""Reading pages on two cores: processes that share nothing but the pages."""

import multiprocessing

from benchmarks.extraction import ours
from benchmarks.measuring import Scale, in_turns
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import sample


def row(scale: Scale) -> Findings:
    """The same pages by one process and by two, both warm."""
    found, times = sample(), scale.of(10, 2)
    pages = found.pages * times
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as one, context.Pool(2) as two:
        for pool in (one, two):
            pool.map(_read, found.pages * 2, chunksize=len(found.pages))
        spent = in_turns(
            {
                "one": lambda: one.map(_read, pages, chunksize=20),
                "two": lambda: two.map(_read, pages, chunksize=20),
            },
            scale.rounds,
        )
    walls = {name: [each.wall for each in some] for name, some in spent.items()}
    return Findings(
        (
            ratios("speed on one core", walls["one"], walls["two"], Goal(1.8)),
            Figure("two processes", tuple(len(pages) / s for s in walls["two"]), "pages/s"),
        ),
        notes=(f"{found.note} Read {times} times. Where others use the cores, it shows here.",),
    )


def _read(page: bytes) -> int:
    return len(ours(page))
