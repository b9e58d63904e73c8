"""Answering a search: how many match, which are shown, in which order, and by what they differ.

What matches is read from the newest article down, up to `COUNTED`. Where that is all, totals and
facets are exact; else they are estimates, made from how far the newest of them reach. By relevance
only the newest are ranked, `RANKED` of them and as many with a word in the title; the others follow
by date. `docs/search.md` tells people.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from sqlalchemy.orm import Session

from storage import docids, facets, messages
from storage.articles import load_articles
from storage.candidates import Index, bounded, resolve
from storage.conditions import conditions
from storage.errors import BadQuestion
from storage.indexes import index_of
from storage.kept import Kept
from storage.limits import foresee
from storage.packed import Numbers
from storage.query import Days, Either, Named, Node, Query, Text, all_of
from storage.ranking import scores, titles_lead
from storage.records import Filters, Hit, SearchResult
from storage.snippets import marked
from storage.windows import Counted, Window, date_order, joined, one_a_story, part_of, story_counts

COUNTED = 10_000
"""Up to so many matches are counted."""
RANKED = 200
SORTS = ("relevance", "date")
Sort = Literal["relevance", "date"]
_PROVEN = 1.2
"""So many times `COUNTED` are to be expected before it is taken for granted that there are more."""
_CHUNK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search with all that was said about it."""

    query: Query
    filters: Filters
    limit: int = 20
    after: str | None = None
    sort: Sort = "relevance"
    reprints: bool = False
    facets: Sequence[str] = ()
    exact: bool = False

    def check(self) -> None:
        """Raise BadQuestion for what makes no sense."""
        conditions(self.filters)
        if self.limit < 0:
            raise BadQuestion(messages.NO_LIMIT, limit=self.limit)
        if self.sort not in SORTS:
            raise BadQuestion(messages.NO_ORDER, sort=self.sort, known=", ".join(SORTS))
        for name in self.facets:
            if name not in facets.FACETS:
                raise BadQuestion(messages.NO_FACET, name=name, known=", ".join(facets.FACETS))

    @property
    def node(self) -> Node | None:
        """Query and filters as one question."""
        root = [self.query.root] if self.query.root else []
        return all_of([*root, *_fields(self.filters)])


def _fields(filters: Filters) -> Iterator[Node]:
    if filters.since or filters.until:
        yield Days(filters.since, filters.until)
    if filters.source:
        yield Named("source", filters.source)
    for kind, value in filters.tags():
        yield Named(kind, value)
    if filters.open_on:
        yield Named("deadline", filters.open_on.isoformat())


def find(
    session: Session, asked: Asked, known: Window | None = None, kept: Kept | None = None
) -> SearchResult:
    """Answer a search; where it is `known` already what it finds, of that. `kept` is what searches
    of this corpus keep for each other."""
    asked.check()
    place = _Place.read(asked.after)
    return _search(session, asked, known, kept).answer(place)


def _search(
    session: Session, asked: Asked, known: Window | None = None, kept: Kept | None = None
) -> "_Search":
    index = index_of(session, kept)
    node, index.low, index.high = bounded(session, asked.node)
    return _Search(session, index, asked, resolve(session, node) if node else None, known)


def every_match(session: Session, query: Query, filters: Filters) -> list[int]:
    """The primary keys of all articles, reprints included, that a question asks for."""
    found = matching(session, query, filters).docid.tolist()
    return list(docids.articles_at(session, found).values())


def matching(session: Session, query: Query, filters: Filters) -> Window:
    """All articles, reprints included, that a question asks for, as the index has them."""
    asked = Asked(query=query, filters=filters, exact=True)
    asked.check()
    return _search(session, asked).counted().newest


# --- where a page begins --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Behind which hit a page begins: by its score while they are ranked, then by its date."""

    ranked: bool
    key: tuple[float, ...]

    @classmethod
    def read(cls, after: str | None) -> "_Place | None":
        if after is None:
            return None
        kind, *parts = after.split("_")
        try:
            key = tuple(map(float if kind == "r" else int, parts))
            known = (kind, len(key)) in {("r", 2), ("d", 2)}
            if not known or any(abs(part) > 2**62 for part in key):
                raise ValueError
        except ValueError as error:
            raise BadQuestion(messages.NO_PLACE, after=after) from error
        return cls(kind == "r", key)

    def __str__(self) -> str:
        if self.ranked:
            return f"r_{self.key[0]:.6f}_{self.key[1]:.0f}"
        return "d_" + "_".join(f"{int(part)}" for part in self.key)


@dataclass(frozen=True, slots=True)
class _Found:
    """A hit on its way to the page."""

    docid: int
    place: _Place
    reprints: int
    score: float = 0.0


# --- one search -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Search:
    session: Session
    index: Index
    asked: Asked
    node: Any
    known: Window | None

    def answer(self, place: _Place | None) -> SearchResult:
        counted = self.counted()
        newest, exact = counted.newest, counted.newest.complete
        shown = self._collapsed(newest)
        spread = shown if counted.spread is newest else self._collapsed(counted.spread)
        factor = 1.0 if exact else 1 / self.index.share(counted.last)
        total = len(counted.docids) * factor * len(shown) / max(1, len(newest))
        page = self._page(counted, shown, place)
        hits = page[: self.asked.limit]
        more = len(page) > len(hits) and hits
        names, times = self.asked.facets, total / max(1, len(spread))
        return SearchResult(
            total=_rounded(total, exact=exact),
            exact=exact,
            hits=self._hits(hits),
            facets=facets.count(self.session, spread.labels, names, times) if names else {},
            next=str(hits[-1].place) if more else None,
        )

    def _collapsed(self, window: Window) -> Window:
        return window if self.asked.reprints else one_a_story(window)

    def counted(self) -> Counted:
        """The newest matches: verified where their number depends on it."""
        if self.known is not None:
            return Counted.whole(self.known)
        if self.asked.exact:
            found = Counted.whole(self.index.newest(self.node, None))
        else:
            found = self.index.counted(self.node, COUNTED)
        window = found.newest
        if window.sure or (not window.complete and self._are_many(window)):
            return found
        if window.complete:
            return Counted.whole(self._only_verified(window))
        return Counted.whole(self._verified_window(window))

    def _are_many(self, window: Window) -> bool:
        """Whether a sample tells that more than `COUNTED` match."""
        sample = window.docid[:RANKED].tolist()
        rate = len(self.index.verified(self.node, sample)) / len(sample)
        expected = rate * len(window) / self.index.share(int(window.docid[-1]))
        return rate > 0.5 and expected > _PROVEN * COUNTED

    def _only_verified(self, window: Window) -> Window:
        kept = self.index.verified(self.node, window.docid.tolist())
        mask = np.isin(window.docid, np.fromiter(kept, np.int64, len(kept)))
        return replace(part_of(window, np.flatnonzero(mask)), sure=True)

    def _verified_window(self, window: Window) -> Window:
        """As many matches as are counted, all verified, however many candidates that takes."""
        found = [self._only_verified(window)]
        while not window.complete and sum(map(len, found)) <= COUNTED:
            foresee(self.session, self._done(window, sum(map(len, found))))
            window = self.index.newest(self.node, COUNTED, before=int(window.docid[-1]))
            found.append(self._only_verified(window))
        whole = joined(found)
        if len(whole) <= COUNTED:
            return replace(whole, complete=window.complete)
        return replace(part_of(whole, np.arange(COUNTED)), complete=False)

    def _done(self, window: Window, found: int) -> float:
        """Which share of the candidates was looked at, or of the matches found that are counted."""
        looked = self.index.share(int(window.docid[-1])) if len(window) else 1.0
        return max(looked, found / COUNTED)

    # --- the page ---

    def _page(self, counted: Counted, shown: Window, place: _Place | None) -> list[_Found]:
        """One hit more than asked for, from a place on."""
        counts = story_counts(counted.newest)
        by_score = self.asked.sort == "relevance"
        ranked = self._ranked(counted, shown, first=place is None) if by_score else {}
        page: list[_Found] = []
        if place is None or place.ranked:
            keys = sorted(((score, docid) for docid, (score, _) in ranked.items()), reverse=True)
            left = [key for key in keys if place is None or key < place.key]
            page = [
                _Found(
                    docid=docid,
                    place=_Place(ranked=True, key=(score, docid)),
                    reprints=counts.get(ranked[docid][1], 1) - 1,
                    score=score,
                )
                for score, docid in left[: self.asked.limit + 1]
            ]
        if len(page) <= self.asked.limit:
            behind = None if place is None or place.ranked else place
            passed = set(ranked) if self.asked.reprints else {story for _, story in ranked.values()}
            windows = self._windows(counted.newest, shown, behind)
            for one in self._by_date(windows, behind, passed, counts):
                page.append(one)
                if len(page) > self.asked.limit:
                    break
        return page[: self.asked.limit + 1]

    def _ranked(
        self, counted: Counted, shown: Window, *, first: bool
    ) -> dict[int, tuple[float, int]]:
        """The newest and those with a word in the title: score and story of each; of a first page
        those alone that fill it, where that is known beforehand."""
        texts = [text for text in self.asked.query.texts if text.folded]
        if not texts or not len(shown):
            return {}
        pool, wanted, titled = shown, shown.docid[:RANKED], None
        if len(shown) > RANKED:
            title = Either(tuple(Text(text.folded, in_title=True) for text in texts))
            titled = self.index.titled(self.node, title, counted, RANKED)
            farther = titled[~np.isin(titled, counted.newest.docid)]
            if len(farther):
                pool = self._collapsed(joined([shown, self.index.read(farther)]))
            wanted = np.concatenate([wanted, titled])
        at = np.flatnonzero(np.isin(pool.docid, wanted))
        if first and titled is not None and len(titled) < RANKED and len(texts) == 1:
            at = self._leading(pool, at, titled)
        stories = dict(zip(pool.docid[at].tolist(), pool.story[at].tolist(), strict=True))
        chosen = stories.keys() if shown.sure else self.index.verified(self.node, stories)
        found = scores(self.session, sorted(chosen), texts)
        return {docid: (score, stories[docid]) for docid, score in found.items()}

    def _leading(self, pool: Window, at: Numbers, titled: Numbers) -> Numbers:
        """Of what is to be ranked what has the only word in its title, where that fills a page and the
        others cannot come before it: their texts need not be read."""
        leads = np.isin(pool.docid[at], titled)
        some, others = at[leads], at[~leads]
        full = pool.sure and len(some) > self.asked.limit
        return some if full and titles_lead(pool.at[some], pool.at[others]) else at

    def _by_date(
        self,
        windows: Iterable[Window],
        place: _Place | None,
        passed: set[int],
        counts: dict[int, int],
    ) -> Iterator[_Found]:
        """The hits behind a place, the newest first, without those that have `passed`: articles, or
        whole stories where they collapse."""
        for window in windows:
            own = window.docid if self.asked.reprints else window.story
            order = date_order(window)
            rows = zip(
                *(one[order].tolist() for one in (window.at, window.docid, own)), strict=True
            )
            left = [
                at
                for at, (*key, name) in zip(order.tolist(), rows, strict=True)
                if (place is None or tuple(key) < place.key) and name not in passed
            ]
            for at in self._verified_in_order(window, left):
                key = (int(window.at[at]), int(window.docid[at]))
                others = counts.get(int(window.story[at]), 1) - 1
                yield _Found(int(window.docid[at]), _Place(ranked=False, key=key), others)

    def _verified_in_order(self, window: Window, places: Sequence[int]) -> Iterator[int]:
        for start in range(0, len(places), _CHUNK):
            some = places[start : start + _CHUNK]
            if window.sure:
                yield from some
                continue
            kept = self.index.verified(self.node, [int(window.docid[at]) for at in some])
            yield from (at for at in some if int(window.docid[at]) in kept)

    def _windows(self, newest: Window, shown: Window, place: _Place | None) -> Iterator[Window]:
        """What is shown of the newest, then what is older: each window with all that is not older than
        it. An article that found no room in its day was met too early and is held back until that day
        comes."""
        last = int(newest.docid[-1]) if len(newest) else 0
        start = docids.behind(self.session, int(place.key[0]), int(place.key[1])) if place else None
        held, complete = shown, shown.complete
        if start is not None and start <= last:
            held, complete, last = part_of(shown, np.arange(0)), False, start
        while True:
            ready = (held.at >= docids.floor(last)) | complete
            yield part_of(held, np.flatnonzero(ready))
            if complete:
                return
            window = self.index.newest(self.node, RANKED * 4, before=last)
            complete, last = window.complete, int(window.docid[-1]) if len(window) else last
            part = self._collapsed(window)
            if not self.asked.reprints:
                part = part_of(part, np.flatnonzero(~np.isin(part.story, shown.story)))
            held = joined([part_of(held, np.flatnonzero(~ready)), part])

    def _hits(self, found: Sequence[_Found]) -> tuple[Hit, ...]:
        wanted = [one.docid for one in found]
        pks = docids.articles_at(self.session, wanted)
        articles = load_articles(self.session, [pks[docid] for docid in wanted])
        texts = self.asked.query.texts
        return tuple(
            marked(article, texts, one.reprints, one.score)
            for article, one in zip(articles, found, strict=True)
        )


def _rounded(count: float, *, exact: bool) -> int:
    """An estimate in two figures, so that it does not look like more."""
    return round(count) if exact else int(float(f"{count:.2g}"))
