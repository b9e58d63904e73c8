"""The most memory of the four processes: crawl child, extractor, loader, web, with much stored."""

import multiprocessing
import resource
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import crawl
from benchmarks.extraction import ours
from benchmarks.load import CHUNK, store
from benchmarks.measuring import Scale, own_peak
from benchmarks.results import Figure, Findings, Goal
from benchmarks.samples import sample
from benchmarks.search import questions
from benchmarks.search_corpus import opened
from benchmarks.stock import NOW, articles
from benchmarks.stored import databases, filled
from storage import Corpus, ledger
from storage.database import Database
from storage.facets import FACETS

_GOAL = Goal(300, at_least=False)


def row(scale: Scale) -> Findings:
    """Peaks in MB, each with few and with many articles stored or addresses known."""
    few, many = scale.of(10_000, 500), scale.of(1_000_000, 2_000)
    figures: list[Figure] = []
    with databases("sqlite") as make:
        for size in (few, many):
            filled(make(f"n{size}"), size, [0]).close()
            peak = _peak(_loading, make(f"n{size}"))
            figures.append(Figure(f"loader, {size:,} stored", (peak,), "MB", _GOAL))
    for size in (scale.of(10_000, 1_000), *_large(scale)):
        with opened(scale.folder, "sqlite", size) as database:
            peak = _peak(_answering, database.url)
        figures.append(Figure(f"web, {size:,} stored", (peak,), "MB", _GOAL))
    figures += [
        Figure("extractor, each page five times", (_peak(_extracting, 5),), "MB", _GOAL),
        Figure("extractor, each page once", (_peak(_extracting, 1),), "MB", _GOAL),
    ]
    for known in (0, many):
        figures.append(
            Figure(f"crawl child, {known:,} known", (_peak(_crawling, known),), "MB", _GOAL)
        )
    return Findings(
        tuple(figures), notes=("Peak resident memory of a process that does only this.",)
    )


def _large(scale: Scale) -> list[int]:
    return [1_000_000] if (scale.folder / "sqlite-1000000.built").exists() else []


def _peak(work: Callable[..., None], *given: Any) -> float:
    """The peak of a fresh process that does some work, or of its child, in MB."""
    ours_end, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_telling, args=(theirs, work, given))
    process.start()
    theirs.close()
    try:
        return float(ours_end.recv())
    except EOFError:
        raise SystemExit(f"{work.__name__} died") from None
    finally:
        process.join()


def _telling(answer: Connection, work: Callable[..., None], given: tuple[Any, ...]) -> None:
    work(*given)
    of_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    answer.send(of_child if work is _crawling else own_peak())


def _loading(url: str) -> None:
    database = Database.open(url)
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "ingest", {}, NOW)
    store(database, run, articles(2_000_000, CHUNK))
    database.close()


def _answering(url: str) -> None:
    from fastapi.testclient import TestClient

    from storage.web.app import create_app

    with Corpus.open(url) as corpus:
        client = TestClient(create_app(corpus), base_url="http://127.0.0.1")
        for one in questions(24):
            corpus.search(one.query, one.filters, facets=FACETS)
            client.get("/api/v1/search", params={"q": one.query}).raise_for_status()


def _extracting(times: int) -> None:
    for page in sample().pages * times:
        ours(page)


def _crawling(known: int) -> None:
    with crawl.serving(1_000) as (port, _), tempfile.TemporaryDirectory() as folder:
        crawl.knowing(Path(folder), crawl.catalogue_at(Path(folder), port), known)
