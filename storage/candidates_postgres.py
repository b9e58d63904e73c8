"""What a GIN index over arrays of terms finds: articles that have all that a text is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from storage import docids, terms
from storage.candidates import Index, Labelled
from storage.limits import hurried
from storage.packed import Numbers
from storage.query import All, Either, Not, Text
from storage.windows import Counted, Window

_COLUMNS = "e.docid, e.at, e.story, e.duplicate, e.labels"
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
        high = self.high if before is None else min(before, self.high)
        since = max(since, self.low)
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

    def titled(self, asked: Any, title: Any, counted: Counted, limit: int) -> Numbers:
        """See `Index.titled`."""
        return self.newest(All((asked, title)), limit, since=counted.last).docid

    def read(self, docids: Numbers) -> Window:
        """See `Index.read`."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM unnest(CAST(:docids AS bigint[])) WITH ORDINALITY AS w (docid, place) "  # noqa: S608 - names of ours
            "JOIN search_entry e USING (docid) ORDER BY w.place",
            {"docids": docids.tolist()},
        )
        return Window.of(rows, complete=True)

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

    def _window(self, rows: Sequence[Any], limit: int | None, *, sure: bool = True) -> Window:
        complete = limit is None or len(rows) <= limit
        return Window.of(rows[:limit], complete=complete, sure=sure)

    def _rows(self, sql: str, given: Mapping[str, Any]) -> Sequence[Any]:
        # Plain tuples, as the driver gives them: there are ten thousand in many a search.
        found: Sequence[Any] = self.session.connection().execute(text(sql), given).cursor.fetchall()
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
        # Only what bounds anything: to PostgreSQL each condition makes it fewer.
        top = [f"docid < {self.high:d}"] if self.high < docids.END else []
        bottom = [f"docid >= {self.low:d}"] if self.low else []
        newer, every = (
            self._rows(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM search_entry{_where(some)}", {})[0][0]  # noqa: S608 - numbers
            for some in ([f"docid >= {since:d}", *top], [*bottom, *top])
        )
        rows = [float(plan[0]["Plan"]["Plan Rows"]) for plan in (newer, every)]
        return min(1.0, max(1.0, rows[0]) / max(1.0, rows[1]))


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


_BLOCKS = 1000
_SCANS = (
    "SELECT set_config('enable_seqscan', :scans, true), "
    "set_config('enable_indexscan', :scans, true), set_config('jit', 'off', true)"
)
