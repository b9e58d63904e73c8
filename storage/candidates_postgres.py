"""What a GIN index over arrays of terms finds: articles that have all that a text is made of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import text

from storage import docids, entries, terms
from storage.arrays import int4_array
from storage.candidates import Index
from storage.limits import hurried
from storage.packed import Numbers
from storage.query import All
from storage.term_conditions import Sql, unsure
from storage.windows import Counted, Window

_STEP = 12_000
"""Articles, the newest, that are looked through first: they tell how far to go."""
_FAR = 100_000
"""Farther than that all that are left are looked through at once…"""
_FAR_SECONDS = 1.0
"""…which who may not ask for long has so much time for."""
_BLOCKS = 1000
"""In more of them at once articles are looked for by their numbers."""
PLANS = (
    # A scan of the table, or of an index in order, would read every array of terms.
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), "
    # For what is left out: a million numbers in a table of hashes.
    "set_config('work_mem', '64MB', true)"
)
"""What a transaction is told before it searches."""


class PostgresIndex(Index):
    """A GIN index over arrays of terms, in steps from the newest articles down."""

    def numbers(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Numbers:
        """See `Index.numbers`."""
        high = self.high if before is None else min(before, self.high)
        since = max(since, self.low)
        if asked is None:
            return self._between(All(()), since, high, limit)
        if limit is None:
            return self._between(asked, since, high, None)
        found = np.array([], np.int64)
        step, looked = _STEP, 0
        while high > since and len(found) <= limit:
            left = limit - len(found)
            if step <= _FAR:
                low = max(since, self._behind(high, step))
                more = self._between(asked, low, high, left)
            else:
                low = since
                with hurried(self.session, _FAR_SECONDS):
                    more = self._between(asked, low, high, left)
            found = np.concatenate([found, more])
            high, looked = low, looked + step
            rate = max(len(found) / looked, 1e-9)
            step = max(_STEP, int(1.2 * (limit + 1 - len(found)) / rate))
        return found

    def sure(self, asked: Any) -> bool:
        """See `Index.sure`."""
        return unsure(asked) is None

    def titled(self, asked: Any, title: Any, counted: Counted, limit: int) -> Numbers:
        """See `Index.titled`."""
        # What is counted is bounded, and so is what of it has a word in its title: it is asked for at once.
        low = max(counted.last, self.low)
        return self._between(All((asked, title)), low, self.high, limit)[:limit]

    def read(self, docids: Numbers) -> Window:
        """See `Index.read`."""
        return entries.read(self.session, docids)

    def _behind(self, high: int, step: int) -> int:
        """Where a block begins with so many articles, or a few more, from there to a docid."""
        found = self._rows(
            "SELECT docid FROM search_entry WHERE docid < :high "
            "ORDER BY docid DESC OFFSET :step LIMIT 1",
            {"high": high, "step": step},
        )
        return terms.first_of_block(found[0][0]) if found else 0

    def _between(self, asked: Any, low: int, high: int, limit: int | None) -> Numbers:
        more = None if limit is None else limit + 1
        near = low > 0 and terms.block_of(high) - terms.block_of(low) <= _BLOCKS
        blocks = terms.block_terms(low, high) if near else ()
        sql = Sql({"low": low, "high": high, "limit": more}, blocks)
        rows = f"SELECT docid FROM ({sql.candidates(asked)}) AS e ORDER BY docid DESC LIMIT :limit"  # noqa: S608 - names of ours
        return entries.numbers_of(self.session, rows, sql.given)

    def _rows(self, sql: str, given: Mapping[str, Any]) -> Sequence[Any]:
        # Plain tuples, as the driver gives them: there are ten thousand in many a search.
        found: Sequence[Any] = self.session.connection().execute(text(sql), given).cursor.fetchall()
        return found

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:
        """See `Index.verified`."""
        open_ = unsure(asked)
        if open_ is None:
            return set(docids)
        sql = Sql({"docids": int4_array(docids)})
        rows = (
            "SELECT e.docid FROM search_entry e "  # noqa: S608 - names of ours
            "JOIN folded_text f ON f.article_pk = e.article_pk "
            f"WHERE e.docid = ANY(CAST(:docids AS integer[])) AND {sql.exactly(open_)}"
        )
        return set(entries.numbers_of(self.session, rows, sql.given).tolist())

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
