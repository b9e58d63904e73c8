"""The search index as revisions 0001 to 0005 had it: for going back to them."""

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

_RUN = re.compile(r"[^\W_]+")
_MAX_BYTES = 600_000
_BATCH = 500

Row = tuple[int, str, str, str]
"""Key of the article, folded title, body and attachments."""

_INSERT = {
    "sqlite": "INSERT INTO search (rowid, title, body) VALUES (:pk, :title, :body)",
    "postgresql": "INSERT INTO search (article_pk, terms) VALUES (:pk, array_to_tsvector(:terms))",
}
_FORGET = "INSERT INTO search (search, rowid, title, body) VALUES ('delete', :pk, :title, :body)"


def create(connection: Connection) -> None:
    """Make the tables, with everything that is in `folded_text`."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("CREATE TABLE search (article_pk integer PRIMARY KEY, terms tsvector)")
        )
        connection.execute(text("CREATE INDEX ix_search_terms ON search USING gin (terms)"))
    else:
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE search USING fts5 "
                "(title, body, content='', tokenize='unicode61 remove_diacritics 0')"
            )
        )
    last = 0
    while rows := _after(connection, last):
        add(connection, rows)
        last = rows[-1][0]


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Add articles."""
    dialect = connection.dialect.name
    make = _tsvector_row if dialect == "postgresql" else _fts_row
    if rows:
        connection.execute(text(_INSERT[dialect]), [make(*row) for row in rows])


def remove(connection: Connection, pks: Sequence[int]) -> None:
    """Take articles out, while `folded_text` still has what the index has."""
    for pk in pks:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DELETE FROM search WHERE article_pk = :pk"), {"pk": pk})
            continue
        query = (
            "SELECT article_pk, title, body, attachments FROM folded_text WHERE article_pk = :pk"
        )
        row = connection.execute(text(query), {"pk": pk}).one()
        connection.execute(text(_FORGET), _fts_row(*row))


def _after(connection: Connection, pk: int) -> list[Row]:
    query = (
        "SELECT article_pk, title, body, attachments FROM folded_text "
        "WHERE article_pk > :pk ORDER BY article_pk LIMIT :count"
    )
    rows = connection.execute(text(query), {"pk": pk, "count": _BATCH})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _terms(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        yield from (run[at : at + 2] for at in range(len(run)))


def _fts_row(pk: int, title: str, body: str, attachments: str) -> dict[str, object]:
    shown = [" ".join(_terms(part)) for part in (title, body, attachments)]
    return {"pk": pk, "title": shown[0], "body": f"{shown[1]} {shown[2]}".strip()}


def _tsvector_row(pk: int, *parts: str) -> dict[str, object]:
    found = sorted({term for part in parts for term in _terms(part)})
    fits = sum(len(term.encode()) + 6 for term in found) <= _MAX_BYTES
    return {"pk": pk, "terms": found if fits else None}
