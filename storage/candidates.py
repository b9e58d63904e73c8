"""What the search index finds, the newest first: what `candidates_sqlite` and `candidates_postgres`
make of it.

A question comes with its fields resolved to the numbers of labels. On SQLite what FTS5 finds is
what matches. On PostgreSQL the terms of a text of more than two characters are found, which may
stand apart: such candidates are to be verified on the folded text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from storage import docids, labels
from storage.kept import Kept
from storage.packed import Numbers
from storage.query import All, Days, Either, Named, Node, Not, all_of
from storage.windows import Counted, Window

_NEWEST = 1000
"""Entries that are read without a gap where there are too many matches to read them all…"""
_SPREAD = 2000
"""…and those that are read for the facets."""


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


def bounded(session: Session, node: Node | None) -> tuple[Node | None, int, int]:
    """What is left of a question where its days are told by docids, from which on, and below which.
    Articles are numbered by their days: to look for the labels of each would take far longer."""
    low, high, others = 0, docids.END, []
    for part in _parts(node) if node else ():
        found = docids.of_days(session, part.since, part.until) if isinstance(part, Days) else None
        if found is None:
            others.append(part)
        else:
            low, high = max(low, found[0]), min(high, found[1])
    return all_of(others), low, high


def _parts(node: Node) -> Iterator[Node]:
    """What must be together."""
    if isinstance(node, All):
        for part in node.parts:
            yield from _parts(part)
    else:
        yield node


@dataclass
class Index:
    """The search index of one database, or what lies from one docid to another of it."""

    session: Session
    kept: Kept = field(default_factory=Kept)
    low: int = 0
    high: int = docids.END
    """Nothing from here on is looked at, and nothing below `low`."""

    def numbers(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Numbers:
        """The docids of the newest candidates from docid `since` on and below docid `before`: one more
        than `limit` where there are more, or all of them. `asked` is a resolved node, or None for every
        article."""
        raise NotImplementedError

    def sure(self, asked: Any) -> bool:  # noqa: ARG002 - SQLite's always is
        """Whether all candidates match."""
        return True

    def newest(
        self, asked: Any, limit: int | None, *, before: int | None = None, since: int = 0
    ) -> Window:
        """The entries of the newest candidates from docid `since` on and below docid `before`: up to
        `limit`, or all of them."""
        found = self.numbers(asked, limit, since=since, before=before)
        complete = limit is None or len(found) <= limit
        return replace(self.read(found[:limit]), complete=complete, sure=self.sure(asked))

    def counted(self, asked: Any, limit: int) -> Counted:
        """The newest candidates, up to `limit`, as far as a search has to read them: of ten thousand
        entries the reading costs more than the finding."""
        found = self.numbers(asked, limit)
        sure, docids = self.sure(asked), found[:limit]
        if len(found) <= limit or not sure:
            complete = len(found) <= limit
            return Counted.whole(replace(self.read(docids), complete=complete, sure=sure))
        newest, spread = docids[:_NEWEST], docids[:: max(1, limit // _SPREAD)]
        return Counted(
            docids=docids,
            newest=replace(self.read(newest), complete=False),
            spread=replace(self.read(spread), complete=False),
        )

    def titled(self, asked: Any, title: Any, counted: Counted, limit: int) -> Numbers:
        """The docids of the newest candidates, up to `limit` of those that are counted, which are what
        `title` asks for, too."""
        raise NotImplementedError

    def read(self, docids: Numbers) -> Window:
        """The entries with these docids, which are in order, the newest first."""
        raise NotImplementedError

    def verified(self, asked: Any, docids: Iterable[int]) -> set[int]:  # noqa: ARG002 - FTS5 decides
        """Which of the candidates match."""
        return set(docids)

    def share(self, since: int) -> float:
        """About which share of all articles that are looked at has a docid from `since` on."""
        raise NotImplementedError
