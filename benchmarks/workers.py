"""Reading an archive again in one process, in several, and on a Dask cluster: how much faster, and
whether the corpus comes out the same.

    uv run python -m benchmarks.workers --workers 2 --rounds 3

Crawls the replica once. A round reads the whole archive in each way, one after the other, so that
what else the machine does falls on all of them; the figure is the median of the rounds' ratios.
Processes are started, and have read a slice, before the clock runs: that cost is shown apart.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import FIRST_DAY, World
from flows import prefect_home
from flows.app import App, for_replica, open_app
from flows.request import Request, Selection
from flows.rereading import ReadAll, here, reread, slices
from flows.run import ingest
from storage.corpus import Corpus
from storage.models import Article
from storage.origins import origins
from storage.settings import Settings


@contextmanager
def crawled(folder: Path, articles: int) -> Iterator[App]:
    """A corpus of the replica; the replica is gone when it is given."""
    with open_app(Settings.for_home(folder / "home")) as app:
        with serve(World.build(articles=articles)) as replica:
            write_catalogue(folder / "catalogue", replica.port)
            local = for_replica(app, folder / "catalogue")
            ingest(local, Request(since=FIRST_DAY))
        yield local


@contextmanager
def dask_cluster(workers: int) -> Iterator[str]:
    """The address of a cluster of processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def seconds(app: App, read_all: ReadAll, times: int) -> float:
    """How long reading takes; `times` over, so that a small archive will do."""
    with app.database.reading() as session:
        chosen = origins(session)
    jobs = [job for _ in range(times) for job in slices(app, chosen)]
    began = time.perf_counter()
    read = sum(len(results) for results in read_all(iter(jobs)))
    assert read == times * len(chosen)
    return time.perf_counter() - began


def misread(app: App) -> None:
    """Store every article as another extractor would have read it."""
    with app.database.unit_of_work() as session:
        for row in session.scalars(select(Article)):
            row.body, row.digest = f"{row.body}\n页脚", "another"


def dump(app: App) -> str:
    """The corpus as canonical text."""
    articles = [one.as_dict() for one in Corpus(app.database).articles()]
    articles.sort(key=lambda one: str(one["id"]))
    return json.dumps(articles, sort_keys=True, ensure_ascii=False)


def corrected(app: App, read_all: ReadAll) -> tuple[str, float]:
    """The corpus after all of it was put right, and how long that took."""
    misread(app)
    began = time.perf_counter()
    reread(app, Selection(), read_all=read_all)
    return dump(app), time.perf_counter() - began


def measure(app: App, workers: int, rounds: int, times: int) -> dict[str, Any]:
    """Every way, round by round. To be called in a flow."""
    from flows.scale import reading_with

    with dask_cluster(workers) as address:
        began = time.perf_counter()
        with reading_with(workers) as pool, reading_with(workers, address) as dask:
            ways: dict[str, ReadAll] = {"one": here, "pool": pool, "dask": dask}
            for read_all in (pool, dask):
                seconds(app, read_all, 1)
            started = time.perf_counter() - began
            taken = [
                {name: seconds(app, read_all, times) for name, read_all in ways.items()}
                for _ in range(rounds)
            ]
            written = {name: corrected(app, read_all) for name, read_all in ways.items()}
    return {
        "workers": workers,
        "start_and_first_pass_seconds": round(started, 1),
        "reading_seconds": [{name: round(s, 2) for name, s in one.items()} for one in taken],
        "faster": {
            name: round(statistics.median(one["one"] / one[name] for one in taken), 2)
            for name in ("pool", "dask")
        },
        "writing_everything_seconds": {name: round(s, 1) for name, (_, s) in written.items()},
        "same_corpus": len({text for text, _ in written.values()}) == 1,
    }


def measured(workers: int, rounds: int, times: int) -> dict[str, Any]:
    """The same, as a flow."""
    from prefect import flow

    return flow(name="workers", persist_result=False)(_measured)(workers, rounds, times)


def _measured(workers: int, rounds: int, times: int) -> dict[str, Any]:
    from flows.under_prefect import opened

    with opened() as (app, _):
        return measure(app, workers, rounds, times)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--times", type=int, default=2)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        crawled(Path(folder), options.articles) as app,
    ):
        prefect_home.prepare(app.settings)
        from flows.under_prefect import given
        from flows.work import Hooks

        with given(app, Hooks()):
            print(json.dumps(measured(options.workers, options.rounds, options.times), indent=2))


if __name__ == "__main__":
    main()
