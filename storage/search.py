"""Exact substring search in Chinese: folding, overlapping terms, and verification on the text.

Text is cut into overlapping pairs of characters, and the last character of each run stands alone:
so every character begins some term, a query of one character is a prefix query, and the index
finds every article that can hold the query. What the index finds is then verified on the folded
text, so that nothing is found that does not hold it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from storage.folding import fold, searchable
from storage.models import FoldedText

__all__ = ["Entry", "fold", "index", "searchable", "terms", "unindex"]

_RUN = re.compile(r"[^\W_]+")
# A tsvector holds at most 1 MB; an article beyond that is always a candidate instead.
_MAX_TSVECTOR_BYTES = 600_000


def terms(folded: str) -> Iterator[str]:
    """The index terms of a folded text, in order."""
    for run in _RUN.findall(folded):
        yield from (run[at : at + 2] for at in range(len(run)))


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's folded text, to be found by."""

    article_pk: int
    title: str
    body: str
    attachments: str = ""


def index(session: Session, entries: Iterable[Entry]) -> None:
    """Add articles to the index. Each must not be in it, or have been taken out by `unindex`."""
    _write(session, entries, _INSERT)


def unindex(session: Session, article_pks: Sequence[int]) -> None:
    """Take articles out of the index, while their folded text still stands in `folded_text`."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("DELETE FROM search WHERE article_pk = ANY(:pks)"), {"pks": list(article_pks)}
        )
        return
    rows = session.execute(
        select(
            FoldedText.article_pk, FoldedText.title, FoldedText.body, FoldedText.attachments
        ).where(FoldedText.article_pk.in_(article_pks))
    )
    # The FTS5 table keeps no content of its own: it is told what to forget.
    _write(session, [Entry(*row) for row in rows], _DELETE)


_INSERT = {
    "sqlite": "INSERT INTO search (rowid, title, body) VALUES (:pk, :title, :body)",
    "postgresql": "INSERT INTO search (article_pk, terms) VALUES (:pk, array_to_tsvector(:terms))",
}
_DELETE = {
    "sqlite": "INSERT INTO search (search, rowid, title, body) VALUES ('delete', :pk, :title, :body)"
}


def _write(session: Session, entries: Iterable[Entry], statements: dict[str, str]) -> None:
    dialect = session.get_bind().dialect.name
    row = _tsvector_row if dialect == "postgresql" else _fts_row
    rows = [row(entry) for entry in entries]
    if rows:
        session.execute(text(statements[dialect]), rows)


def _fts_row(entry: Entry) -> dict[str, object]:
    title, body, attachments = (
        " ".join(terms(part)) for part in (entry.title, entry.body, entry.attachments)
    )
    # What attachments say goes in with the body: the folded text tells them apart.
    return {"pk": entry.article_pk, "title": title, "body": f"{body} {attachments}".strip()}


def _tsvector_row(entry: Entry) -> dict[str, object]:
    found = sorted({*terms(entry.title), *terms(entry.body), *terms(entry.attachments)})
    fits = sum(len(term.encode()) + 6 for term in found) <= _MAX_TSVECTOR_BYTES
    return {"pk": entry.article_pk, "terms": found if fits else None}
