"""The search index: an entry for every article, saying what the tables say, word by word.

SQLite's FTS5 table keeps no text. What it holds is summed up article by article by one statement, and
the same statement sums up a table in memory into which the texts that it must hold were put.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from storage import search
from storage.models import Article, SearchEntry
from storage.verify.findings import Finding, Kind

_BATCH = 200
_PRIME = 2147483647
_TERM = "unicode(term)"
for _place in range(2, 9):
    _TERM = f"(({_TERM}) * 65599 + coalesce(unicode(substr(term, {_place}, 1)), 0)) % {_PRIME}"
_SUMS = f"SELECT doc, col, count(*), sum(({_TERM}) * (offset % 1021 + 1)) FROM temp.words GROUP BY doc, col"  # noqa: S608
"""What each column of each document holds, in two numbers: how many terms, and which of them where."""

_VOCABULARY = "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, instance)"

_Sums = dict[tuple[int, str], tuple[int, int]]


def entries(session: Session) -> Iterator[Finding]:
    """Articles that the index does not know, or knows otherwise; entries of nothing."""
    if session.get_bind().dialect.name == "sqlite":
        yield from _damaged(session)
    yield from _missing(session)
    words = _Words(session)
    last = -1
    while True:
        query = select(SearchEntry).where(SearchEntry.docid > last).order_by(SearchEntry.docid)
        rows = session.scalars(query.limit(_BATCH)).all()
        if not rows:
            break
        yield from _out_of_step(session, rows, words)
        last = rows[-1].docid
        session.expunge_all()
    if words.left:
        yield _finding("", f"the index holds words of {words.left} articles that are not there")


def make_again(session: Session, _findings: Sequence[Finding]) -> None:
    """Make the whole index again: nothing else is known to be right about it."""
    search.clear(session)
    search.rebuild(session)


def _damaged(session: Session) -> Iterator[Finding]:
    """What FTS5 says of its own pages."""
    try:
        with session.begin_nested():
            session.execute(text("INSERT INTO search (search) VALUES ('integrity-check')"))
    except DatabaseError as error:
        yield _finding("", f"its pages are damaged: {error.orig}")


def _missing(session: Session) -> Iterator[Finding]:
    query = select(Article.id).outerjoin(SearchEntry, SearchEntry.article_pk == Article.pk)
    for article in session.scalars(query.where(SearchEntry.docid.is_(None)).order_by(Article.pk)):
        yield _finding(article, f"article {article} is not in the search index")


def _out_of_step(
    session: Session, rows: Sequence[SearchEntry], words: "_Words"
) -> Iterator[Finding]:
    stored = {row.docid: (row.at, row.story, row.duplicate, row.labels) for row in rows}
    wanted = list(search.wanted(session, {row.article_pk: row.docid for row in rows}))
    right = words.right(wanted)
    names = _ids(session, [row.docid for row in rows])
    for one in wanted:
        name = names[one.docid]
        if stored[one.docid] != one.row:
            yield _finding(name, f"the search index knows article {name} by other facts")
        elif one.docid not in right:
            yield _finding(name, f"the search index knows article {name} by other words")


def _ids(session: Session, docids: Sequence[int]) -> dict[int, str]:
    query = select(SearchEntry.docid, Article.id).join(
        Article, Article.pk == SearchEntry.article_pk
    )
    rows = session.execute(query.where(SearchEntry.docid.in_(docids)))
    return {row.docid: row.id for row in rows}


def _finding(article: str, said: str) -> Finding:
    return Finding(Kind.SEARCH, article or "search", said)


# --- words ----------------------------------------------------------------------------------------


class _Words:
    """What the index holds of each article's words."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._sqlite = session.get_bind().dialect.name == "sqlite"
        self._held: _Sums = {}
        if self._sqlite:
            self._schema: str = session.execute(
                text("SELECT sql FROM sqlite_master WHERE name = 'search'")
            ).scalar_one()
            session.execute(text(_VOCABULARY))
            try:
                self._held = _sums(session.execute(text(_SUMS)))
            except DatabaseError:
                self._held = {}  # its pages are damaged, which is said already
            session.execute(text("DROP TABLE temp.words"))

    @property
    def left(self) -> int:
        """How many documents were never asked for."""
        return len({docid for docid, _ in self._held})

    def right(self, wanted: Sequence[search.Wanted]) -> set[int]:
        """Which of these documents hold the words that they must."""
        if not self._sqlite:
            return self._right_terms(wanted)
        must = self._made(wanted)
        columns: dict[int, dict[str, tuple[int, int]]] = {one.docid: {} for one in wanted}
        for (docid, column), held in must.items():
            columns[docid][column] = held
        names = {column for _, column in must}
        return {
            docid
            for docid, must_hold in columns.items()
            if {n: s for n in names if (s := self._held.pop((docid, n), None))} == must_hold
        }

    def _made(self, wanted: Sequence[search.Wanted]) -> _Sums:
        """What a table has into which just these were put."""
        memory = sqlite3.connect(":memory:")
        try:
            memory.execute(self._schema)
            memory.execute(_VOCABULARY)
            memory.executemany(search.INSERT_WORDS, [one.words for one in wanted])
            return _sums(memory.execute(_SUMS))
        finally:
            memory.close()

    def _right_terms(self, wanted: Sequence[search.Wanted]) -> set[int]:
        rows = self._session.execute(
            text("SELECT docid, terms FROM search_entry WHERE docid = ANY(:docids)"),
            {"docids": [one.docid for one in wanted]},
        )
        held = {row.docid: row.terms for row in rows}
        return {one.docid for one in wanted if held.get(one.docid) == one.words["terms"]}


def _sums(rows: Any) -> _Sums:
    return {(doc, column): (count, total) for doc, column, count, total in rows}
