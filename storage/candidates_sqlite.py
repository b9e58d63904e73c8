"""What FTS5 finds: phrases of pairs, read from the newest article down."""

from typing import Any

import numpy as np

from storage import entries, terms
from storage.candidates import Index, Labelled
from storage.index_pages import refuse_endless
from storage.packed import Numbers
from storage.query import All, Either, Not, Text
from storage.shares import marks_of
from storage.windows import Counted, Window

_TITLES = 10_000
"""Titles with a word that are compared with what is counted, before both are asked for at once."""


class SqliteIndex(Index):
    """The search index on SQLite."""

    def titled(self, asked: Any, title: Any, counted: Counted, limit: int) -> Numbers:
        """See `Index.titled`. Who is counted is known: the words in titles alone tell the rest."""
        found = self.numbers(title, _TITLES, since=counted.last)
        both = found[np.isin(found, counted.docids)][:limit]
        if len(both) == limit or len(found) <= _TITLES:
            return both
        return self.numbers(All((asked, title)), limit, since=counted.last)[:limit]

    def numbers(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Numbers:
        """See `Index.numbers`."""
        high = self.high if before is None else min(before, self.high)
        given: dict[str, Any] = {"since": max(since, self.low), "before": high}
        given["limit"] = -1 if limit is None else limit + 1
        where, source, key = "", "search_entry", "docid"
        if asked is not None:
            source, key = "search", "rowid"
            where, given["match"] = "search MATCH :match AND ", self._matching(asked)
        rows = (
            f"SELECT {key} AS docid FROM {source} WHERE {where}{key} >= :since AND {key} < :before "  # noqa: S608 - names of ours
            f"ORDER BY {key} DESC LIMIT :limit"
        )
        return entries.numbers_of(self.session, rows, given)

    def _matching(self, asked: Any) -> str:
        refuse_endless(self.session, asked)
        return _match(asked)

    def read(self, docids: Numbers) -> Window:
        """See `Index.read`."""
        return entries.read(self.session, docids)

    def share(self, since: int) -> float:
        """See `Index.share`."""
        return marks_of(self.session, self.kept).share_from(since, self.low, self.high)


def _match(node: Any) -> str:
    """A node as an FTS5 expression."""
    if isinstance(node, Text):
        phrase = terms.fts_phrase(node.folded)
        if node.in_title:
            return f"title : {phrase}"
        # No label is a pair; but one begins as a character may. To look for a column takes time.
        return phrase if len(node.folded) > 1 else f"{{body title}} : {phrase}"
    if isinstance(node, Labelled):
        return f"({' OR '.join(map(terms.fts_label, node.numbers)) or terms.NONE})"
    if isinstance(node, Either):
        return f"({' OR '.join(map(_match, node.parts))})"
    parts = node.parts if isinstance(node, All) else (node,)
    needed = [_match(part) for part in parts if not isinstance(part, Not)]
    unwanted = [_match(part.part) for part in parts if isinstance(part, Not)]
    found = f"({' AND '.join(needed) or terms.EVERY})"
    return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found
