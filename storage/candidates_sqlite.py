"""What FTS5 finds: phrases of pairs, read from the newest article down."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from storage import entries, terms
from storage.candidates import Index, Labelled
from storage.index_pages import refuse_endless
from storage.packed import Numbers
from storage.query import All, Either, Not, Text
from storage.shares import marks_of
from storage.windows import Counted, Window

_NEWEST = 1000
"""Rows that are read without a gap where there are too many matches to read them all…"""
_SPREAD = 2000
"""…and those that are read for the facets."""
_TITLES = 10_000
"""Titles with a word that are compared with what is counted, before both are asked for at once."""


class SqliteIndex(Index):
    """The search index on SQLite."""

    def newest(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Window:
        """See `Index.newest`."""
        found = self._docids(asked, limit, since=since, before=before)
        complete = limit is None or len(found) <= limit
        return replace(self.read(found[:limit]), complete=complete)

    def counted(self, asked: Any, limit: int) -> Counted:
        """See `Index.counted`. Of ten thousand rows the reading costs more than the finding."""
        docids = self._docids(asked, limit)
        if len(docids) <= limit:
            return Counted.whole(self.read(docids))
        docids = docids[:limit]
        newest, spread = docids[:_NEWEST], docids[:: max(1, limit // _SPREAD)]
        return Counted(
            docids=docids,
            newest=replace(self.read(newest), complete=False),
            spread=replace(self.read(spread), complete=False),
        )

    def titled(self, asked: Any, title: Any, counted: Counted, limit: int) -> Numbers:
        """See `Index.titled`. Who is counted is known: the words in titles alone tell the rest."""
        found = self._docids(title, _TITLES, since=counted.last)
        both = found[np.isin(found, counted.docids)][:limit]
        if len(both) == limit or len(found) <= _TITLES:
            return both
        return self._docids(All((asked, title)), limit, since=counted.last)[:limit]

    def _docids(
        self, asked: Any, limit: int | None, *, since: int = 0, before: int | None = None
    ) -> Numbers:
        """The newest docids, one more than `limit` where there are more."""
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

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:  # noqa: ARG002 - FTS5 decides
        """See `Index.verified`."""
        return set(docids)


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
