"""Loading articles, beside bare `executemany` of the same rows into the same tables.

    uv run python -m benchmarks.load [--articles N] [--database sqlite|postgresql] [--profile]

Ours is all that a batch of the load does: ledger, rows, folded text, tags, signatures and stories,
search index, change feed. The bare statements write what came of it, the rows of `article` and of the
search index, from lists that are ready in memory: the database's own rate. Both take turns, a thousand
articles at a time.
"""

import argparse
import cProfile
import pstats
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, select, text
from sqlalchemy.orm import Session

from benchmarks.dedupe import _cpu
from benchmarks.measuring import Scale, Spent, clocked
from benchmarks.results import Curve, Figure, Findings, Goal, ratios
from benchmarks.stock import NOW, articles
from benchmarks.stored import databases
from flows.steps.load import Tagged, load
from flows.steps.read import BATCH
from storage import ledger
from storage.database import Database
from storage.models import Article, Base, Outcome, Page, Run, SearchEntry, Story
from storage.search import INSERT_WORDS, _fts_row, _indexed

CHUNK = 1_000
_TABLES: tuple[type[Base], ...] = (Article, SearchEntry)
_TERMS = '"terms"'


@dataclass
class Turns:
    """What each chunk of articles took."""

    ours: list[Spent] = field(default_factory=list)
    bare: list[Spent] = field(default_factory=list)


def row(scale: Scale) -> Findings:
    """The load on both databases, and how it grows."""
    figures: list[Figure] = []
    lines: dict[str, tuple[tuple[float, float], ...]] = {}
    for backend, full in (("sqlite", 100_000), ("postgresql", 20_000)):
        turns = compare(backend, scale.of(full, 2_000))
        ours, bare = turns.ours, turns.bare
        for clock, what in (("cpu", "processor time"), ("wall", "time by the clock")):
            above, below = ([getattr(one, clock) for one in some] for some in (ours, bare))
            name = f"{backend}: {what} of executemany"
            figures.append(ratios(name, above, below, Goal(2, at_least=False)))
        each = tuple(1000 * one.cpu / CHUNK for one in ours)
        figures.append(Figure(f"{backend}: an article", each, "ms"))
        lines[backend] = tuple((CHUNK * (at + 1), value) for at, value in enumerate(each))
    curve = Curve("an article's load as the corpus grows", "articles stored", "ms", lines)
    return Findings(tuple(figures), (curve,), notes=(_NOTE,))


_NOTE = (
    "Turn by turn, 1,000 articles each; the values of a figure are the turns'. On PostgreSQL the "
    "processor time of the server's process counts. `executemany` writes the rows of `article` and of "
    "the search index only, in one transaction a turn."
)


def compare(backend: str, count: int, profile: cProfile.Profile | None = None) -> Turns:
    """Load so many articles, both ways."""
    turns = Turns()
    with databases(backend) as make:
        database = Database.open(make("ours"), create=True)
        bare = Database.open(make("bare"), create=True)
        with database.unit_of_work() as session:
            run = ledger.start_run(session, "ingest", {}, NOW)
            runs: dict[type[Base], list[Any]] = {Run: _rows(session, Run, "id", [run])}
        with bare.unit_of_work() as session:
            _executemany(session, runs)
        for first in range(1, count + 1, CHUNK):
            batch = articles(first, CHUNK)
            with clocked(turns.ours, lambda: _cpu(database)):
                if profile:
                    profile.enable()
                store(database, run, batch)
                if profile:
                    profile.disable()
                with database.unit_of_work() as session:
                    _index_now(session)
            _write_bare(database, bare, first, turns)
        for one in (database, bare):
            one.close()
    return turns


def store(database: Database, run: str, batch: Sequence[Tagged]) -> None:
    """What a run does with articles that were read and tagged."""
    for start in range(0, len(batch), BATCH):
        part = batch[start : start + BATCH]
        with database.unit_of_work() as session:
            pages = ledger.sight(session, run, [_sighting(one) for one in part], NOW)
            placed = [_placed(one, pages[one.article.key]) for one in part]
            outcomes = load(session, placed, NOW)
            ledger.record(session, run, [_result(one, outcomes) for one in part], NOW)


def _sighting(tagged: Tagged) -> ledger.Sighting:
    article = tagged.article
    return ledger.Sighting(key=article.key, url=article.url, source=article.source)


def _placed(tagged: Tagged, page: int) -> Tagged:
    return Tagged(tagged.article, page, 1, tagged.lang, tagged.tags, tagged.taxonomy)


def _result(tagged: Tagged, outcomes: dict[str, Outcome]) -> ledger.Result:
    key = tagged.article.key
    return ledger.Result(
        key=key,
        outcome=outcomes[key],
        source=tagged.article.source,
        status=200,
        digest=f"{abs(hash(key)):x}",
        fetched_at=NOW,
        warc=tagged.article.warc,
    )


# --- the bare statements --------------------------------------------------------------------------


def _write_bare(ours: Database, bare: Database, first: int, turns: Turns) -> None:
    """Write what `ours` has got since `first` into another database of the same schema."""
    with ours.reading() as session:
        pks = list(session.scalars(select(Article.pk).where(Article.pk >= first)))
        before = {
            table: _rows(session, table, "id", _ids(session, table, pks)) for table in _BEFORE
        }
        found = {table: _rows(session, table, _key(table), pks) for table in _TABLES}
        words = [_fts_row(*one) for one in _indexed(session, pks)] if _is_sqlite(ours) else []
    with bare.unit_of_work() as session:
        _executemany(session, before)
    with clocked(turns.bare, lambda: _cpu(bare)), bare.unit_of_work() as session:
        _executemany(session, found)
        if words:
            session.execute(text(INSERT_WORDS), words)
        _index_now(session)


def _index_now(session: Session) -> None:
    """Have PostgreSQL do the work of its index that it puts off, for whoever has it do."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT gin_clean_pending_list('ix_search_entry_terms')"))


_BEFORE: tuple[type[Base], ...] = (Page, Story)
"""What rows of articles refer to: written before the clock runs."""


def _is_sqlite(database: Database) -> bool:
    return database.engine.dialect.name == "sqlite"


def _key(table: type[Base]) -> str:
    return "article_pk" if table is SearchEntry else "pk"


def _ids(session: Session, table: type[Base], pks: Sequence[int]) -> list[Any]:
    """The pages, or the stories that are not there yet, of articles."""
    column = Article.page_id if table is Page else Article.id
    return list(session.scalars(select(column).where(Article.pk.in_(pks))))


def _rows(session: Session, table: type[Base], key: str, values: Sequence[Any]) -> list[Any]:
    """Rows as the driver takes them."""
    columns = table.__table__.columns
    names = [f'"{name}"' for name in _names(session, table)]
    marks = ", ".join(_literal(value) for value in values)
    # The driver takes an array as text in no time, and as a list in milliseconds.
    wanted = ", ".join(f"{name}::text" if name == _TERMS else name for name in names)
    raw = session.connection().exec_driver_sql(
        f'SELECT {wanted} FROM {table.__tablename__} WHERE "{key}" IN ({marks}) ORDER BY 1'
    )
    if session.get_bind().dialect.name == "sqlite":
        return [tuple(one) for one in raw]
    from psycopg.types.json import Json

    packed = [isinstance(column.type, JSON) for column in columns]
    packed += [False] * (len(names) - len(packed))
    return [
        tuple(
            Json(value) if is_json and value is not None else value
            for value, is_json in zip(one, packed, strict=True)
        )
        for one in raw
    ]


def _names(session: Session, table: type[Base]) -> list[str]:
    """The columns of a table, with the one that SQLAlchemy does not know."""
    names = [column.name for column in table.__table__.columns]
    is_indexed = table is SearchEntry and session.get_bind().dialect.name == "postgresql"
    return [*names, "terms"] if is_indexed else names


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _executemany(session: Session, found: Mapping[type[Base], list[Any]]) -> None:
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    for table, rows in found.items():
        names = [f'"{name}"' for name in _names(session, table)]
        marks = ", ".join(mark for _ in names)
        statement = f"INSERT INTO {table.__tablename__} ({', '.join(names)}) VALUES ({marks})"
        raw: Any = session.connection().connection.dbapi_connection
        raw.cursor().executemany(statement, rows)


def main() -> None:
    """Print the ratio, or a profile of ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    profile = cProfile.Profile(time.process_time) if given.profile else None
    turns = compare(given.database, given.articles, profile)
    for ours, bare in zip(turns.ours, turns.bare, strict=True):
        print(
            f"ours {1000 * ours.cpu / CHUNK:.2f} ms an article, bare {1000 * bare.cpu / CHUNK:.2f}: "
            f"{ours.cpu / bare.cpu:.2f}× by processor time, {ours.wall / bare.wall:.2f}× by the clock"
        )
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)


if __name__ == "__main__":
    main()
