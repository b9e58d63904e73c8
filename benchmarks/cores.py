"""Reading pages on two cores: the processes in which a run has its pages read, one beside two."""

from collections.abc import Sequence
from functools import partial

from benchmarks.extraction import page_of
from benchmarks.measuring import Scale, in_turns
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import sample
from crawler.aside import Processes
from crawler.records import Page


def row(scale: Scale) -> Findings:
    """The same pages by one process and by two, both warm."""
    found, times = sample(), scale.of(10, 2)
    once = [page_of(body) for body in found.pages]
    pages = once * times
    with Processes(1) as one, Processes(2) as two:
        for processes in (one, two):
            _read(processes, once * 2)
        spent = in_turns(
            {"one": partial(_read, one, pages), "two": partial(_read, two, pages)}, scale.rounds
        )
    walls = {name: [each.wall for each in some] for name, some in spent.items()}
    # The processes that read still run: what is counted is ours.
    handing = tuple(1000 * each.cpu / len(pages) for each in spent["two"])
    return Findings(
        (
            ratios("speed on one core", walls["one"], walls["two"], Goal(1.8)),
            Figure("two processes", tuple(len(pages) / s for s in walls["two"]), "pages/s"),
            Figure("handing a page out, processor time", handing, "ms a page"),
        ),
        notes=(f"{found.note} Read {times} times. Where others use the cores, it shows here.",),
    )


def _read(processes: Processes, pages: Sequence[Page]) -> None:
    for outcome in [processes.read(page, None) for page in pages]:
        outcome()
