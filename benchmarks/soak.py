"""Cycle after cycle over a replica that ages: does anything grow, and does the corpus keep step?

``python -m benchmarks.soak --cycles 200`` has a child process crawl each time, as in use; ``--here`` lets Scrapy
crawl in this very process, which is quicker and would show what a spider leaves behind. Before each cycle
something happens on the replica (in a process of its own), and the clock goes on by some hours. Every so
often memory, files, connections and what lies in the home are counted. In the end each article of the replica has to be
stored once, and to say what a corpus says that is made of the replica as it is then.
"""

import ctypes
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psutil
import structlog
import typer

from benchmarks.aging import Aging, aging
from benchmarks.crawling_here import in_this_process
from crawler.demo.catalogue import write_catalogue
from crawler.demo.world import FIRST_DAY
from crawler.urls import canonical_key
from flows.app import App, open_app
from flows.checking import Recheck, recheck
from flows.request import Request
from flows.run import ingest
from flows.verify.run import verify
from flows.work import Hooks
from storage.corpus import Article, Corpus
from storage.settings import Settings

START = datetime(2026, 7, 1, 1, tzinfo=UTC)
_WARM = 0.2
"""The part of the cycles after which everything has been met once: growth is counted from there."""
_GROWTH = 16.0
"""MB that the process may hold more at the end than when it was warm; a corpus grows, too."""
_CHECK_EVERY = 4
_STEP = timedelta(hours=4.5)
_BEHIND = timedelta(days=1), timedelta(days=2), timedelta(days=40)
"""When all is read once more, behind the last cycle. Twice at least: who is gone counts as withdrawn when
it is missed again."""


# --- what is counted ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """What a process holds after so many cycles."""

    cycles: int
    memory: float
    """MB, as `held` tells."""
    files: int
    threads: int
    connections: int
    """Of the database, that are in use between two cycles."""
    left: int
    """Files in the folder of crawls."""
    segments: int
    articles: int


def count(app: App, cycles: int) -> Counted:
    """Look at this process and its home."""
    memory, process = held(), psutil.Process()
    crawls = app.settings.crawl_folder
    return Counted(
        cycles,
        memory,
        process.num_fds(),
        threading.active_count(),
        app.database.engine.pool.checkedout(),  # type: ignore[attr-defined]
        sum(1 for file in crawls.iterdir() if file.name != "leftovers.lock"),
        sum(1 for name in app.archive.names() if name.endswith(".warc.gz")),
        Corpus(app.database).count(),
    )


def held() -> float:
    """MB that this process has in memory and in no file: pages of libraries count as its own for as long as no
    other process has them, tens of megabytes more or fewer by what else runs. Without what glibc keeps for later
    of memory that was freed, which is more or less by the order in which large and small came and went."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    memory = psutil.Process().memory_info()
    return float(round((memory.rss - memory.shared) / 2**20, 1))


@dataclass
class Soaked:
    """What came of a soak."""

    counted: list[Counted]
    happened: Counter[str]
    wrong: list[str]
    seconds: float

    @property
    def grown(self) -> list[str]:
        """What is more at the end than it was when everything was warm."""
        last = self.counted[-1]
        warm = next(one for one in self.counted if one.cycles >= last.cycles * _WARM)
        found = []
        if last.memory > warm.memory + _GROWTH:
            found.append(f"memory: {warm.memory} MB, then {last.memory} MB")
        for name in ("files", "threads", "connections", "left"):
            before, after = getattr(warm, name), getattr(last, name)
            if after > before:
                found.append(f"{name}: {before}, then {after}")
        return found


# --- cycles ---------------------------------------------------------------------------------------


def soak(cycles: int, *, here: bool = False, articles: int = 40, seed: int = 1) -> Soaked:
    """Go through so many cycles, and compare."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    found: list[Soaked] = []
    with TemporaryDirectory() as name, aging(articles, seed) as replica:
        catalogue = Path(name) / "catalogue"
        write_catalogue(catalogue, replica.port)

        def work() -> None:
            found.append(_soak(Path(name), catalogue, replica, cycles))

        if here:
            in_this_process(work)
        else:
            work()
    return found[0]


def _soak(folder: Path, catalogue: Path, replica: Aging, cycles: int) -> Soaked:
    began, now, counted, step = time.monotonic(), START, [], _step(cycles)
    with _opened(folder / "home", catalogue) as app:
        ingest(app, Request(since=FIRST_DAY), hooks_at(START))
        for number in range(1, cycles + 1):
            now += step * replica.random.uniform(0.2, 1.8)
            replica.age(now)
            _cycle(app, number, now)
            if number % max(1, cycles // 20) == 0:
                counted.append(count(app, number))
                sys.stderr.write(f"{counted[-1]} {time.monotonic() - began:.0f} s\n")
        for later in _BEHIND:
            now += later
            ingest(app, Request(since=FIRST_DAY, recheck=True), hooks_at(now))
        wrong = [*_compared(app, folder / "new", catalogue, replica, now)]
        wrong += [one.said for one in verify(app).found]
    return Soaked(counted, replica.happened, wrong, time.monotonic() - began)


def _step(cycles: int) -> timedelta:
    """Between two cycles: pages are fetched by this machine's clock, and what says that it was published
    behind that has no day, as the floors of a batch see it."""
    return min(_STEP, (datetime.now(UTC) - START - sum(_BEHIND, timedelta())) / cycles)


def hooks_at(time: datetime) -> Hooks:
    """A run at some time."""
    return Hooks(clock=lambda: time)


def _cycle(app: App, number: int, now: datetime) -> None:
    ingest(app, Request(), hooks_at(now))
    if number % _CHECK_EVERY == 0:
        recheck(app, Recheck(), hooks_at(now))


@contextmanager
def _opened(home: Path, catalogue: Path) -> Iterator[App]:
    with open_app(Settings.for_home(home).model_copy(update={"replica": catalogue})) as app:
        yield app


def _compared(
    app: App, home: Path, catalogue: Path, replica: Aging, now: datetime
) -> Iterator[str]:
    """What the corpus says otherwise than the replica, and than a corpus made of it only now."""
    stored = _standing(app)
    truth = replica.keys(replica.world.truth())
    keys = {_key(article) for article in stored}
    if len(keys) != len(stored):
        yield f"{len(stored) - len(keys)} articles are there twice"
    yield from (f"{key} is lost" for key in sorted(truth - keys))
    yield from (f"{key} is gone and stands here still" for key in sorted(keys - truth))
    with _opened(home, catalogue) as other:
        ingest(other, Request(since=FIRST_DAY), hooks_at(now))
        anew = {_key(article): article for article in _standing(other)}
    # A counter on a page makes no edit; who reads the page only now may take it for text.
    noisy = replica.keys(post for post in replica.world.posts if post.noise)
    for article in stored:
        fresh = anew.get(_key(article))
        if fresh and fresh.title != article.title:
            yield f"{article.url} is called {article.title!r}, not {fresh.title!r}"
        if fresh and fresh.body != article.body and _key(article) not in noisy:
            yield f"{article.url} says {_difference(article.body, fresh.body)}"


def _difference(said: str, told: str) -> str:
    pairs = enumerate(zip_longest(said, told))
    place = next(number for number, (before, after) in pairs if before != after)
    before, after = (text[max(0, place - 5) : place + 40] for text in (said, told))
    return f"at {place} {before!r}, not {after!r}"


def _standing(app: App) -> list[Article]:
    return [article for article in Corpus(app.database).articles() if article.withdrawn_at is None]


def _key(article: Article) -> str:
    return canonical_key(article.url).replace("/moved/", "/")


app = typer.Typer(help=__doc__, add_completion=False)


@app.command()
def run(
    cycles: Annotated[int, typer.Option(help="How many.")] = 200,
    here: Annotated[bool, typer.Option("--here", help="Crawl in this process.")] = False,
    articles: Annotated[int, typer.Option(help="Size of the replica.")] = 40,
    seed: Annotated[int, typer.Option(help="Of what happens.")] = 1,
) -> None:
    """Soak, and print what was counted."""
    soaked = soak(cycles, here=here, articles=articles, seed=seed)
    print("| cycles | MB | files | threads | connections | left | segments | articles |")
    for one in soaked.counted:
        figures = (one.memory, one.files, one.threads, one.connections, one.left)
        print(
            f"| {one.cycles} | {' | '.join(map(str, figures))} | {one.segments} | {one.articles} |"
        )
    load = os.getloadavg()[0]
    print(json.dumps({"happened": soaked.happened, "seconds": round(soaked.seconds), "load": load}))
    print(json.dumps({"grown": soaked.grown, "wrong": soaked.wrong}, ensure_ascii=False))
    sys.exit(bool(soaked.grown or soaked.wrong))


if __name__ == "__main__":
    app()
