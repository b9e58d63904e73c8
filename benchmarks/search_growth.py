"""How searching grows with the corpus, and how others answer the same questions.

A scan with LIKE answers them all, SQLite's trigram tokenizer those of three characters and more, and
Whoosh, a search engine in Python, those that its index of character pairs can be asked. Corpora are
kept in the folder for large data: to build that of a million takes hours.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import text

from benchmarks.measuring import Scale, peer
from benchmarks.results import Curve, Figure, Findings, Goal
from benchmarks.search import Question, questions
from benchmarks.search_corpus import opened, texts
from storage import Corpus
from storage.database import Database
from storage.facets import FACETS
from storage.folding import searchable

_LIKE = "SELECT count(*) FROM folded_text WHERE body LIKE :one OR title LIKE :one"


def row(scale: Scale) -> Findings:
    """p50 and p95 of the mix by size, beside LIKE; the trigram tokenizer and Whoosh at the least."""
    sizes = [1_000, 5_000] if scale.quick else [10_000, 100_000, *_million(scale.folder)]
    mix = questions(scale.of(240, 24))
    lines: dict[str, list[tuple[float, float]]] = {
        "suqian p50": [],
        "suqian p95": [],
        "LIKE p50": [],
    }
    for size in sizes:
        with opened(scale.folder, "sqlite", size) as database:
            took = _ours(database, mix)
            scan = _seconds(lambda one: _scan(database, one), mix[: scale.of(6, 3)])
        for name, value in zip(lines, (*_shares(took), _shares(scan)[0]), strict=True):
            lines[name].append((size, value))
    figures = [*_judged(lines), *_others(scale, sizes[0], mix)]
    curve = Curve(
        "a search with all facets", "articles", "ms", {n: tuple(p) for n, p in lines.items()}
    )
    versions = {"sqlite": sqlite3.sqlite_version, "whoosh-reloaded": _WHOOSH[-1]}
    return Findings(tuple(figures), (curve,), versions, (_NOTE,))


_NOTE = (
    "The mix: a third rare phrases, a third words in 1% of the articles, a third words in half of them; "
    "half of each with a filter; all facets counted. LIKE, the trigram tokenizer and Whoosh only count hits "
    "or give the first twenty, without filters and facets."
)
_WHOOSH: list[str] = []


def _million(folder: Path) -> list[int]:
    """The largest corpus, where somebody has built it."""
    return [1_000_000] if (folder / "sqlite-1000000.built").exists() else []


def _ours(database: Database, mix: Sequence[Question]) -> list[float]:
    corpus = Corpus(database)
    for one in mix[:6]:
        corpus.search(one.query, one.filters, facets=FACETS)
    return _seconds(lambda one: corpus.search(one.query, one.filters, facets=FACETS), mix)


def _seconds(ask: Callable[[Question], object], mix: Sequence[Question]) -> list[float]:
    took = []
    for one in mix:
        started = time.perf_counter()
        ask(one)
        took.append(time.perf_counter() - started)
    return took


def _scan(database: Database, one: Question) -> None:
    with database.reading() as session:
        session.execute(text(_LIKE), {"one": f"%{_plain(one)}%"}).scalar()


def _plain(one: Question) -> str:
    return one.query.strip('"')


def _shares(took: Sequence[float]) -> tuple[float, float]:
    """p50 and p95, in ms."""
    return (1000 * float(np.percentile(took, 50)), 1000 * float(np.percentile(took, 95)))


def _judged(lines: dict[str, list[tuple[float, float]]]) -> Iterator[Figure]:
    middle, tail, scan = (lines[name] for name in ("suqian p50", "suqian p95", "LIKE p50"))
    for (size, p50), (_, p95), (_, like) in zip(middle, tail, scan, strict=True):
        judged = size >= 1_000_000
        faster, quick = Goal(100), Goal(100, at_least=False)
        yield Figure(f"{size:,.0f} articles: p50", (p50,), "ms")
        yield Figure(f"{size:,.0f} articles: p95", (p95,), "ms", quick if judged else None)
        name = f"{size:,.0f} articles: LIKE's p50 by ours"
        yield Figure(name, (like / p50,), "×", faster if judged else None)


# --- others ---------------------------------------------------------------------------------------


def _others(scale: Scale, size: int, mix: Sequence[Question]) -> Iterator[Figure]:
    words = [_plain(one) for one in mix]
    with _trigrams(size) as connection:
        asked = [one for one in mix if len(_plain(one)) >= 3]
        took = _seconds(lambda one: _trigram(connection, one), asked)
    answered = len(asked) / len(mix)
    yield Figure(f"trigram tokenizer, {size:,} articles: p95", (_shares(took)[1],), "ms")
    yield Figure("trigram tokenizer: of the mix answered", (answered,), "")
    part = scale.of(2_000, 300)
    task = {"texts": [list(one) for one in _folded(part)], "queries": words}
    answer = peer("search_whoosh.py", ["whoosh-reloaded"], task)
    _WHOOSH.append(answer["version"])
    yield Figure(f"Whoosh, {part:,} articles: p95", (_shares(answer["seconds"])[1],), "ms")
    yield Figure("Whoosh: indexing an article", (1000 * answer["indexing"] / part,), "ms")


def _folded(count: int) -> Iterator[tuple[str, str]]:
    return ((searchable(title), searchable(body)) for title, body in texts(1, count))


@contextmanager
def _trigrams(count: int) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE found USING fts5(title, body, tokenize='trigram')")
        connection.executemany("INSERT INTO found VALUES (?, ?)", _folded(count))
        yield connection
    connection.close()


def _trigram(connection: sqlite3.Connection, one: Question) -> None:
    quoted = _plain(one).replace('"', '""')
    query = "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rank LIMIT 20"
    connection.execute(query, (f'"{quoted}"',)).fetchall()
