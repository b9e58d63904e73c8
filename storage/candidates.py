"""What the search index finds, the newest first, on each database.

A question comes with its fields resolved to the numbers of labels. On SQLite what FTS5 finds is
what matches. On PostgreSQL the terms of a text of more than two characters are found, which may
stand apart: such candidates are to be verified on the folded text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage import labels, terms
from storage.index_pages import refuse_endless
from storage.kept import Kept
from storage.limits import hurried
from storage.query import All, Days, Either, Named, Node, Not, Text
from storage.shares import marks_of
from storage.windows import Counted, Window


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with one of these labels."""

    numbers: tuple[int, ...]


def resolve(session: Session, node: Node | Labelled) -> Any:
    """A node with its fields as the labels that they mean: there is no `Named` and no `Days` in it."""
    if isinstance(node, Named):
        if node.kind == "deadline":
            return Labelled(tuple(labels.open_on(session, date.fromisoformat(node.value))))
        return Labelled(tuple(labels.named(session, node.kind, node.value)))
    if isinstance(node, Days):
        return Labelled(tuple(labels.within(session, node.since, node.until)))
    if isinstance(node, Not):
        return Not(resolve(session, node.part))
    if isinstance(node, All | Either):
        return type(node)(tuple(resolve(session, part) for part in node.parts))
    return node


_COLUMNS = "e.docid, e.at, e.story, e.duplicate, e.labels"


@dataclass
class Index:
    """The search index of one database."""

    session: Session
    kept: Kept = field(default_factory=Kept)

    def newest(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Window:
        """The newest candidates from docid `since` on and below docid `before`: up to `limit`, or
        all of them. `asked` is a resolved node, or None for every article."""
        raise NotImplementedError

    def counted(self, asked: Any, limit: int) -> Counted:
        """The newest candidates, up to `limit`, as far as a search has to read them."""
        return Counted.whole(self.newest(asked, limit))

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:
        """Which of the candidates match."""
        raise NotImplementedError

    def share(self, since: int) -> float:
        """About which share of all articles has a docid from `since` on."""
        raise NotImplementedError

    def _window(self, rows: Sequence[Any], limit: int | None, *, sure: bool = True) -> Window:
        complete = limit is None or len(rows) <= limit
        return Window.of(rows[:limit], complete=complete, sure=sure)

    def _rows(self, sql: str, given: Mapping[str, Any]) -> Sequence[Any]:
        # Plain tuples, as the driver gives them: there are ten thousand in many a search.
        found: Sequence[Any] = self.session.connection().execute(text(sql), given).cursor.fetchall()
        return found


def index_of(session: Session, kept: Kept | None = None) -> Index:
    """The index of a session's database; what it finds out of the whole corpus is `kept`."""
    if session.get_bind().dialect.name == "sqlite":
        return SqliteIndex(session, kept or Kept())
    # The statements of a search see one state of the corpus, as they do on SQLite anyway. It can only
    # be said at the beginning of a transaction; who searches twice in one has said it already.
    if not session.in_transaction():
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    return PostgresIndex(session, kept or Kept())


# --- SQLite ---------------------------------------------------------------------------------------


_NEWEST = 1000
"""Rows that are read without a gap where there are too many matches to read them all…"""
_SPREAD = 2000
"""…and those that are read for the facets."""


class SqliteIndex(Index):
    """FTS5: phrases of pairs, read from the newest docid down."""

    def newest(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Window:
        """See `Index.newest`."""
        given: dict[str, Any] = {"limit": -1 if limit is None else limit + 1, "since": since}
        given["before"] = 2**62 if before is None else before
        if asked is None:
            source, key = "search_entry e", "e.docid"
            where = ""
        else:
            source, key = (
                "search CROSS JOIN search_entry e ON e.docid = search.rowid",
                "search.rowid",
            )
            where, given["match"] = "search MATCH :match AND ", self._matching(asked)
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM {source} WHERE {where}{key} >= :since AND {key} < :before "  # noqa: S608 - names of ours
            f"ORDER BY {key} DESC LIMIT :limit",
            given,
        )
        return self._window(rows, limit)

    def counted(self, asked: Any, limit: int) -> Counted:
        """See `Index.counted`. Of ten thousand rows the reading costs more than the finding."""
        given: dict[str, Any] = {"limit": limit + 1}
        where, source, key = "", "search_entry", "docid"
        if asked is not None:
            source, key = "search", "rowid"
            where, given["match"] = "WHERE search MATCH :match", self._matching(asked)
        found = self._rows(
            f"SELECT {key} FROM {source} {where} ORDER BY {key} DESC LIMIT :limit",  # noqa: S608 - names of ours
            given,
        )
        docids = [docid for (docid,) in found]
        if len(docids) <= limit:
            return Counted.whole(self._read(docids, complete=True))
        del docids[limit:]
        newest, spread = docids[:_NEWEST], docids[:: max(1, limit // _SPREAD)]
        return Counted(
            count=limit,
            last=docids[-1],
            newest=self._read(newest, complete=False),
            spread=self._read(spread, complete=False),
        )

    def _matching(self, asked: Any) -> str:
        refuse_endless(self.session, asked)
        return _match(asked)

    def _read(self, docids: Sequence[int], *, complete: bool) -> Window:
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM json_each(:docids) AS wanted "  # noqa: S608 - names of ours
            "CROSS JOIN search_entry e ON e.docid = wanted.value",
            {"docids": json.dumps(docids)},
        )
        return Window.of(rows, complete=complete)

    def share(self, since: int) -> float:
        """See `Index.share`."""
        return marks_of(self.session, self.kept).share_from(since)

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:  # noqa: ARG002 - FTS5 decides
        """See `Index.verified`."""
        return set(docids)


def _match(node: Any) -> str:
    """A node as an FTS5 expression."""
    if isinstance(node, Text):
        phrase = terms.fts_phrase(node.folded)
        return f"{'title' if node.in_title else '{body title}'} : {phrase}"
    if isinstance(node, Labelled):
        return f"({' OR '.join(map(terms.fts_label, node.numbers)) or terms.NONE})"
    if isinstance(node, Either):
        return f"({' OR '.join(map(_match, node.parts))})"
    parts = node.parts if isinstance(node, All) else (node,)
    needed = [_match(part) for part in parts if not isinstance(part, Not)]
    unwanted = [_match(part.part) for part in parts if isinstance(part, Not)]
    found = f"({' AND '.join(needed) or terms.EVERY})"
    return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found


# --- PostgreSQL -----------------------------------------------------------------------------------

_STEP = 12_000
"""Articles, the newest, that are looked through first: they tell how far to go."""
_FAR = 100_000
"""Farther than that all that are left are looked through at once…"""
_FAR_SECONDS = 1.0
"""…which who may not ask for long has so much time for."""


@dataclass
class _Sql:
    """Conditions under way, with what they are given."""

    given: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """A parameter with a value."""
        name = f"p{len(self.given)}"
        self.given[name] = value
        return f":{name}"

    def terms(self, operator: str, found: Sequence[int]) -> str:
        """A comparison with an article's terms."""
        return f"e.terms {operator} CAST({self.bind(list(found))} AS integer[])"

    def candidates(self, node: Any) -> str:
        """What the index can say of a node: true for all that match."""
        if isinstance(node, Text):
            return self.terms("@>", _wanted(node))
        if isinstance(node, Labelled):
            return self.terms("&&", terms.label_terms(node.numbers)) if node.numbers else "FALSE"
        if isinstance(node, Not):
            return "TRUE" if _has_text(node.part) else f"NOT {self.candidates(node.part)}"
        if isinstance(node, Either):
            return f"({' OR '.join(map(self.candidates, node.parts))})"
        return self._all(node)

    def _all(self, node: All) -> str:
        """All that must be there in one comparison: the index starts with the rarest of them."""
        needed: set[int] = set()
        others = []
        for part in node.parts:
            if isinstance(part, Text):
                needed.update(_wanted(part))
            elif isinstance(part, Labelled) and len(part.numbers) == 1:
                needed.update(terms.label_terms(part.numbers))
            else:
                others.append(self.candidates(part))
        together = [self.terms("@>", sorted(needed))] if needed else []
        return f"({' AND '.join([*together, *others])})"

    def exactly(self, node: Any) -> str:
        """A node as a condition on the folded text and the labels."""
        if isinstance(node, Text):
            parts = ("title",) if node.in_title else ("title", "body", "attachments")
            word = self.bind(node.folded)
            return f"({' OR '.join(f'strpos(f.{part}, {word}) > 0' for part in parts)})"
        if isinstance(node, Not):
            return f"NOT {self.exactly(node.part)}"
        if isinstance(node, All | Either):
            join = " AND " if isinstance(node, All) else " OR "
            return f"({join.join(map(self.exactly, node.parts))})"
        return self.candidates(node)


def _wanted(node: Text) -> list[int]:
    return terms.wanted_in_title(node.folded) if node.in_title else terms.wanted(node.folded)


def _has_text(node: Any) -> bool:
    if isinstance(node, All | Either):
        return any(map(_has_text, node.parts))
    return isinstance(node, Text) or (isinstance(node, Not) and _has_text(node.part))


def _unsure(node: Any) -> Any:
    """The part of a node that the index does not decide; None for none."""
    if isinstance(node, Text):
        return node if node.in_title or not terms.decides(node.folded) else None
    if isinstance(node, All):
        parts = tuple(part for part in map(_unsure, node.parts) if part is not None)
        return All(parts) if parts else None
    if isinstance(node, Not):
        return node if _has_text(node.part) else None
    if isinstance(node, Either):
        return node if any(_unsure(part) is not None for part in node.parts) else None
    return None


class PostgresIndex(Index):
    """A GIN index over arrays of terms, in steps from the newest articles down."""

    def newest(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Window:
        """See `Index.newest`."""
        high = 2**31 - 1 if before is None else before
        if asked is None:
            return self._window(self._browse(limit, high, since), limit)
        sure = _unsure(asked) is None
        if limit is None:
            return self._window(self._between(asked, since, high, None), None, sure=sure)
        rows: list[Any] = []
        step, looked = _STEP, 0
        while high > since and len(rows) <= limit:
            wanted = limit + 1 - len(rows)
            if step <= _FAR:
                low = max(since, self._behind(high, step))
                rows += self._between(asked, low, high, wanted)
            else:
                low = since
                with hurried(self.session, _FAR_SECONDS):
                    rows += self._between(asked, low, high, wanted)
            high, looked = low, looked + step
            rate = max(len(rows) / looked, 1e-9)
            step = max(_STEP, int(1.2 * (limit + 1 - len(rows)) / rate))
        return self._window(rows, limit, sure=sure)

    def _browse(self, limit: int | None, high: int, since: int) -> Sequence[Any]:
        return self._rows(
            f"SELECT {_COLUMNS} FROM search_entry e WHERE e.docid >= :since AND e.docid < :high "  # noqa: S608 - names of ours
            "ORDER BY e.docid DESC LIMIT :limit",
            {"since": since, "high": high, "limit": None if limit is None else limit + 1},
        )

    def _behind(self, high: int, step: int) -> int:
        """Where a block begins with so many articles, or a few more, from there to a docid."""
        found = self._rows(
            "SELECT docid FROM search_entry WHERE docid < :high "
            "ORDER BY docid DESC OFFSET :step LIMIT 1",
            {"high": high, "step": step},
        )
        return terms.first_of_block(found[0][0]) if found else 0

    def _between(self, asked: Any, low: int, high: int, limit: int | None) -> Sequence[Any]:
        sql = _Sql({"low": low, "high": high, "limit": limit})
        where = sql.candidates(asked)
        if low > 0 and terms.block_of(high) - terms.block_of(low) <= _BLOCKS:
            where += f" AND {sql.terms('&&', terms.block_terms(low, high))}"
        # A scan of the table would read every array of terms.
        self._rows(_SCANS, {"scans": "off"})
        found = self._rows(
            f"SELECT {_COLUMNS} FROM search_entry e WHERE {where} "  # noqa: S608 - names of ours
            "AND e.docid >= :low AND e.docid < :high ORDER BY e.docid DESC LIMIT :limit",
            sql.given,
        )
        self._rows(_SCANS, {"scans": "on"})
        return found

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:
        """See `Index.verified`."""
        open_ = _unsure(asked)
        if open_ is None:
            return set(docids)
        sql = _Sql({"docids": list(docids)})
        rows = self._rows(
            "SELECT e.docid FROM search_entry e "  # noqa: S608 - names of ours
            "JOIN folded_text f ON f.article_pk = e.article_pk "
            f"WHERE e.docid = ANY(:docids) AND {sql.exactly(open_)}",
            sql.given,
        )
        return {docid for (docid,) in rows}

    def share(self, since: int) -> float:
        """See `Index.share`: from the statistics that PostgreSQL keeps."""
        every, newer = (
            self._rows(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM search_entry {where}", {})[0][0]  # noqa: S608 - a number
            for where in ("", f"WHERE docid >= {since:d}")
        )
        rows = [float(plan[0]["Plan"]["Plan Rows"]) for plan in (newer, every)]
        return min(1.0, max(1.0, rows[0]) / max(1.0, rows[1]))


_BLOCKS = 1000
_SCANS = (
    "SELECT set_config('enable_seqscan', :scans, true), "
    "set_config('enable_indexscan', :scans, true), set_config('jit', 'off', true)"
)
