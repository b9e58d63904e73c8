"""Two machines' worth of work on one PostgreSQL: two processes that each load a segment."""

import multiprocessing
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks import archived
from benchmarks.measuring import Scale
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import replica, sample
from benchmarks.stored import databases
from crawler.aside import ENOUGH


def row(scale: Scale) -> Findings:
    """Pages a second of one process and of two, each from its own segment, in turns."""
    found = sample()
    # Not so many that a process has others read for it: one alone would have both cores.
    extra = replica(scale.of(ENOUGH - 1 - len(found.pages), 40)).pages
    pages = [*found.pages, *extra]
    rates: dict[int, list[float]] = {1: [], 2: []}
    with databases("postgresql") as make:
        for number in range(scale.of(3, 1)):
            for workers, into in rates.items():
                url = make(f"round{number}_{workers}")
                into.append(_rate(url, [pages[at::workers] for at in range(workers)]))
    note = (
        f"{len(pages)} pages: those of the evaluation and {len(extra)} of the replica's. The server "
        "runs on the same cores: with two of them it takes its part from the processes."
    )
    return Findings(
        (
            ratios("speed of one process", rates[2], rates[1], Goal(1.8)),
            Figure("two processes", tuple(rates[2]), "pages/s"),
            Figure("one process", tuple(rates[1]), "pages/s"),
        ),
        notes=(note,),
    )


def _rate(url: str, parts: list[list[bytes]]) -> float:
    """Pages a second from when all are ready until the last has done."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(len(parts) + 1)
    with tempfile.TemporaryDirectory() as folder:
        with archived.opened(Path(folder) / "made", url):
            pass
        processes = [
            context.Process(target=_load, args=(Path(folder) / f"{at}", url, part, at, ready))
            for at, part in enumerate(parts)
        ]
        for process in processes:
            process.start()
        ready.wait(timeout=300)
        started = time.perf_counter()
        for process in processes:
            process.join()
        seconds = time.perf_counter() - started
    if any(process.exitcode for process in processes):
        raise SystemExit("a process that loads failed")
    return sum(map(len, parts)) / seconds


def _load(home: Path, url: str, pages: list[bytes], number: int, ready: Barrier) -> None:
    with archived.opened(home, url) as app:
        app.tagger.tag("宿迁市", "宿迁市人民政府关于王立新同志任职的通知")
        name = archived.segment(app, archived.addressed(pages, 1_000_000 * number))
        ready.wait()
        archived.load(app, name)
