"""How exact, how quick and how large search is.

uv run python -m benchmarks.search recall|speed|readers --articles N --database sqlite|postgresql
"""

import argparse
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select, text

from benchmarks import search_corpus
from benchmarks.measuring import KEPT
from benchmarks.search_corpus import chosen, opened, texts
from storage import Corpus, search
from storage.database import Database
from storage.errors import BadQuestion
from storage.facets import FACETS
from storage.finding import every_match
from storage.models import FoldedText
from storage.query import parse, quoted
from storage.records import EVERYTHING, Filters

_RARE, _SOME, _MANY = "rare phrase", "in 1%", "in half"


# --- recall ---------------------------------------------------------------------------------------

_AWKWARD = (
    "宿迁市臺灣省著作\n權 ，颱風“引號”。ＧＤＰ増长８．５％，new york ㎡①𬭎_%-()\\\"':*^ OR NOT é",
    "宿遷市人民政府關於做好防汛抗旱工作的通知\n各縣區人民政府：",
)


def recall(database: Database, count: int) -> None:
    """Random substrings of what is stored, against reading every text."""
    _add_awkward(database, count)
    with database.reading() as session:
        folded = FoldedText
        query = select(folded.article_pk, folded.title, folded.body)
        stored = {row[0]: f"{row[1]}\n{row[2]}" for row in session.execute(query)}
    chance, pks = random.Random(20261124), sorted(stored)
    asked, missed, wrong, hits = 0, 0, 0, 0
    while asked < 2000:
        body = stored[chance.choice(pks)]
        start = chance.randrange(len(body))
        part = search.fold(body[start : start + chance.randint(1, 12)].partition("\n")[0])
        if not part:
            continue
        asked += 1
        expected = {pk for pk, one in stored.items() if part in one}
        with database.reading() as session:
            found = set(every_match(session, parse(quoted(part)), EVERYTHING))
        hits, missed, wrong = (
            hits + len(expected),
            missed + len(expected - found),
            wrong + len(found - expected),
        )
    print(f"{asked} substrings of 1-12 characters over {len(stored):,} articles, {hits:,} hits:")
    print(
        f"recall {1 - missed / hits:.4%}, precision {1 - wrong / max(1, hits - missed + wrong):.4%}"
    )


def _add_awkward(database: Database, count: int) -> None:
    """Articles with what is easily missed, one of them longer than a tsvector could be."""
    with database.reading() as session:
        top = session.scalar(text("SELECT max(pk) FROM article")) or 0
    if top > count:
        return
    chance = random.Random(3)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(150_000))
    bodies = [(f"標題{number}臺", body) for number, body in enumerate([*_AWKWARD, long])]
    search_corpus.store(database, count + 1, bodies, count)


# --- speed ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A search of the mix."""

    kind: str
    query: str
    filters: Filters


def questions(count: int) -> list[Question]:
    """A third rare phrases, a third words in 1% of the articles, a third words in half of them;
    half of each with a filter."""
    sample = list(texts(1, 800))
    chance = random.Random(7)
    half, some = chosen(sample, 0.5, 12), chosen(sample, 0.01, 60)
    found = []
    for number in range(count):
        kind = (_RARE, _SOME, _MANY)[number % 3]
        if kind == _RARE:
            body = search.fold(chance.choice(sample)[1])
            start = chance.randrange(len(body) - 8)
            query = quoted(body[start : start + chance.randint(4, 8)])
        else:
            query = chance.choice(some if kind == _SOME else half)
        found.append(Question(kind, query, _filters(chance) if number % 2 else EVERYTHING))
    return found


def _filters(chance: random.Random) -> Filters:
    return chance.choice(
        [
            Filters(source=f"source-{chance.randrange(12):02}"),
            Filters(topic=f"topic-{chance.randrange(20)}"),
            Filters(place=f"place-{chance.randrange(10)}"),
            Filters(since=date(chance.randrange(2017, 2026), 3, 5)),
            Filters(since=date(2019, 5, 1), until=date(2020, 9, 9)),
        ]
    )


def speed(database: Database, count: int) -> None:
    """Time the mix with all facets, beside a scan with LIKE, and weigh the index."""
    corpus = Corpus(database)
    mix = questions(240)
    for one in mix[:12]:
        corpus.search(one.query, one.filters, facets=FACETS)
    walls: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    inexact = 0
    for one in mix:
        started, used = time.perf_counter(), time.process_time()
        found = corpus.search(one.query, one.filters, facets=FACETS)
        for kind in (one.kind, "all"):
            walls.setdefault(kind, []).append(time.perf_counter() - started)
            cpu.setdefault(kind, []).append(time.process_time() - used)
        inexact += not found.exact
    print(
        f"{count:,} articles, {len(mix)} searches with all facets, load {os.getloadavg()[0]:.1f}:"
    )
    for kind, took in walls.items():
        print(
            f"  {kind:12} p50 {_at(took, 50)}  p95 {_at(took, 95)}  own CPU p95 {_at(cpu[kind], 95)}"
        )
    print(f"  estimates in {inexact} of them")
    _scan(database, mix)
    _weigh(database)


def _at(took: Sequence[float], share: int) -> str:
    return f"{1000 * float(np.percentile(took, share)):7.1f} ms"


def _scan(database: Database, mix: Sequence[Question]) -> None:
    took = []
    for one in mix[:3]:
        started = time.perf_counter()
        with database.reading() as session:
            pattern = f"%{one.query.strip(chr(34))}%"
            session.execute(
                text("SELECT count(*) FROM folded_text WHERE body LIKE :one OR title LIKE :one"),
                {"one": pattern},
            ).scalar()
        took.append(time.perf_counter() - started)
    print(f"  LIKE scan    p50 {_at(took, 50)}")


def _weigh(database: Database) -> None:
    with database.reading() as session:
        if database.engine.dialect.name == "sqlite":
            said = "length(CAST(title || body || attachments AS blob))"
            size = (
                "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search%' "
                "OR name LIKE 'ix_search%' OR name LIKE 'sqlite_autoindex_search%'"
            )
        else:
            said = "octet_length(title || body || attachments)"
            size = (
                "SELECT pg_total_relation_size('search_entry') "
                "+ pg_total_relation_size('search_label')"
            )
        whole = session.scalar(text(f"SELECT sum({said}) FROM folded_text"))
        index = session.scalar(text(size))
    print(f"  text {whole / 1e6:,.0f} MB, index {index / 1e6:,.0f} MB: {index / whole:.2f}")


# --- readers --------------------------------------------------------------------------------------

_READERS = 16
_SECONDS = 20


def readers(database: Database, count: int) -> None:
    """Sixteen readers at once, without and with a writer that loads batches."""
    mix = questions(300)
    with database.reading() as session:
        top = int(session.scalar(text("SELECT max(pk) FROM article")) or 0)
    alone = _read_together(database.url, mix, lambda stop: None)
    loaded = [0]

    def write(stop: Callable[[], bool]) -> None:
        while not stop():
            search_corpus.store(database, top + 1 + loaded[0], texts(loaded[0], 100), count)
            loaded[0] += 100

    beside = _read_together(database.url, mix, write)
    for name, (took, failed) in (("alone", alone), ("beside a writer", beside)):
        print(f"  {name:16} {len(took)} searches, p95 {_at(took, 95)}, {failed} failed")
    ratio = np.percentile(beside[0], 95) / np.percentile(alone[0], 95)
    print(f"  {loaded[0]} articles loaded meanwhile; p95 {ratio:.2f} times as long")


def _read_together(
    url: str, mix: Sequence[Question], beside: Callable[[Callable[[], bool]], None]
) -> tuple[list[float], int]:
    context = multiprocessing.get_context("fork")
    results: Any = context.Queue()
    start = context.Event()
    processes = [
        context.Process(target=_reader, args=(url, mix, number, start, results))
        for number in range(_READERS)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        results.get()  # each says that it is ready
    start.set()
    until = time.monotonic() + _SECONDS
    beside(lambda: time.monotonic() > until)
    found = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return [took for one, _ in found for took in one], sum(failed for _, failed in found)


def _reader(url: str, mix: Sequence[Question], number: int, start: Event, results: Any) -> None:
    took, failed = [], 0
    with Corpus.open(url) as corpus:
        corpus.search("宿迁", limit=1)
        results.put(None)
        start.wait()
        until = time.monotonic() + _SECONDS
        for one in _forever(mix, number):
            started = time.perf_counter()
            if time.monotonic() > until:
                break
            try:
                corpus.search(one.query, one.filters, facets=FACETS)
            except BadQuestion:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, a reader failed: it is counted
                failed += 1
            took.append(time.perf_counter() - started)
    results.put((took, failed))


def _forever(mix: Sequence[Question], number: int) -> Iterator[Question]:
    chance = random.Random(number)
    while True:
        yield chance.choice(mix)


def main() -> None:
    """Build the corpus and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["build", "recall", "speed", "readers"])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--folder", type=Path, default=KEPT)
    given = parser.parse_args()
    started = time.perf_counter()
    with opened(given.folder, given.database, given.articles) as database:
        print(f"ready after {time.perf_counter() - started:.0f} s ({given.database})")
        todo = {"recall": recall, "speed": speed, "readers": readers}
        if given.what in todo:
            todo[given.what](database, given.articles)


if __name__ == "__main__":
    main()
