"""Which article an answer is: the one of its address, or one that has moved there.

An address may redirect, name another as its own, lie on a host that was renamed, or take another's
place in its list with the same text. The article is then the one that it was, at a new address.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue
from crawler.records import Article, Moment, Page
from crawler.urls import canonical_key
from flows.steps.dedupe import text_digest
from storage import changes, ledger, moves
from storage.ledger import Sighting
from storage.models import ChangeKind, Outcome
from storage.models import Page as Stored
from storage.moves import Standing
from storage.search import searchable


@dataclass(frozen=True)
class Arrival:
    """An answer that is an article."""

    page: Page
    article: Article

    @property
    def key(self) -> str:
        """The key that it was asked for by."""
        return self.page.key

    @cached_property
    def final(self) -> str:
        """The key of the address that answered."""
        return _key(self.page.url) or self.page.key

    @cached_property
    def digest(self) -> str:
        """Of its folded text."""
        return text_digest(searchable(self.article.title), searchable(self.article.body))

    @property
    def own_address(self) -> str | None:
        """What the page names as its address, where that is another than it was asked for by."""
        own = self.article.canonical
        return None if _key(own) == self.key else own


def _key(url: str | None) -> str | None:
    try:
        return canonical_key(url) if url else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Identity:
    """The article that an arrival is."""

    key: str
    standing: Standing | None = None
    """As it is stored; None for a new one."""
    how: str | None = None
    """How it shows that it has moved, where it has."""
    to_url: str = ""
    """Where to, where that is another address than the arrival's own."""


@dataclass(slots=True)
class Identities:
    """What is stored that some arrivals may be."""

    listed: Container[str]
    """The keys that lists show now."""
    own: Mapping[str, str | None]
    """Arrival's key → the address that its page names as its own."""
    former: Mapping[str, list[str]]
    """Arrival's key → the keys that it had on hosts which its publisher has left."""
    stored: dict[str, Standing]
    """Key → the article that it means."""
    twins: Mapping[str, list[str]]
    """Arrival's key → the keys of articles of the same column, day and text."""

    @classmethod
    def read(
        cls,
        session: Session,
        catalogue: Catalogue,
        arrivals: Sequence[Arrival],
        listed: Container[str],
    ) -> "Identities":
        """Look up whatever these arrivals may be."""
        own = {one.key: one.own_address for one in arrivals}
        former = {
            one.key: [key for url in catalogue.former_addresses(one.page.url) if (key := _key(url))]
            for one in arrivals
        }
        named = {key for url in own.values() if (key := _key(url))}
        keys = {key for one in arrivals for key in (one.key, one.final, *former[one.key])}
        stored = moves.standing_at(session, keys | named)
        new = [one for one in arrivals if one.key == one.final and one.key not in stored]
        twins = _twins(session, [one for one in new if one.page.listed is not None], stored)
        return cls(listed, own, former, stored, twins)

    def of(self, one: Arrival) -> Identity:
        """The article that an arrival is."""
        known = self.stored.get(one.key)
        return self._arrived(one) if known is None else self._onward(one, known)

    def _onward(self, one: Arrival, known: Standing) -> Identity:
        """A known article: whether its address leads to another now, or names another as its own."""
        for how, url in (("redirect", one.page.url), ("canonical", self.own[one.key])):
            key = _key(url)
            if key is None or key in {one.key, known.page_key} or key in self.stored:
                continue
            if known.text_digest == one.digest:
                return Identity(known.key, known, how, url or "")
        return Identity(known.key, known)

    def _arrived(self, one: Arrival) -> Identity:
        """An address that is met for the first time."""
        if one.final != one.key:
            # Another address of the page that it leads to, whether that is stored or not.
            known = self.stored.get(one.final)
            return Identity(known.key if known else one.final, known)
        for key in self.former[one.key]:
            if key in self.stored:
                return Identity(self.stored[key].key, self.stored[key], "host")
        named = self.stored.get(_key(self.own[one.key]) or "")
        if named is not None and named.text_digest == one.digest:
            return Identity(named.key, named)
        taken = [self.stored[key] for key in self.twins.get(one.key, ())]
        taken = [twin for twin in taken if twin.page_key not in self.listed]
        if len(taken) == 1:
            return Identity(taken[0].key, taken[0], "text")
        return Identity(one.key)

    def moved(self, article: Standing, page: Stored) -> None:
        """Remember where an article stands from now on."""
        there = replace(article, page_id=page.id, page_key=page.key, url=page.url, moved=True)
        of_it = [key for key, one in self.stored.items() if one.pk == article.pk]
        self.stored |= dict.fromkeys([*of_it, page.key], there)


def _twins(
    session: Session, new: Sequence[Arrival], stored: dict[str, Standing]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in {one.article.source for one in new}:
        mine = {one.digest: one for one in new if one.article.source == source}
        for twin in moves.of_text(session, source, list(mine)):
            one = mine[twin.text_digest]
            if twin.column == one.article.column and _same_day(twin, one.article):
                stored[twin.key] = twin
                found.setdefault(one.key, []).append(twin.key)
    return found


def _same_day(twin: Standing, article: Article) -> bool:
    if twin.published_at is None or article.published is None:
        return twin.published_at is None and article.published is None
    return Moment(twin.published_at, article.published.precision).day == article.published.day


# --- noting it ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Placed:
    """Which articles a batch of arrivals is, and where each is looked for."""

    keys: dict[str, str] = field(default_factory=dict)
    """Arrival's key → the article's."""
    pages: dict[str, int] = field(default_factory=dict)
    """Article's key → id of its page."""

    def is_elsewhere(self, key: str, ids: Mapping[str, int]) -> bool:
        """Whether an arrival's article is looked for at another page than the arrival's own."""
        return key in self.keys and self.pages[self.keys[key]] != ids[key]


def place(
    session: Session,
    found: Identities,
    arrivals: Sequence[Arrival],
    ids: Mapping[str, int],
    now: datetime,
) -> Placed:
    """Note what has moved; `ids` are those of the pages by key."""
    placed, happened = Placed(), []
    for one in arrivals:
        identity = found.of(one)
        there = _settle(session, found, one, identity, ids[one.key], now)
        placed.keys[one.key] = identity.key
        if identity.key == one.key or identity.key not in placed.pages:
            placed.pages[identity.key] = there
        if identity.how is not None and identity.standing is not None:
            happened.append((identity.standing.id, ChangeKind.MOVED))
    changes.record_changes(session, happened, now)
    return placed


def _settle(
    session: Session, found: Identities, one: Arrival, is_: Identity, page_id: int, now: datetime
) -> int:
    """Note where an article is; return the id of the page at which it is looked for."""
    known = is_.standing
    if known is None:
        return page_id
    if is_.how is not None:
        page = session.get_one(Stored, page_id)
        there = _page_at(session, page, is_.to_url, one, now) if is_.to_url else page
        moves.move(session, known, there, is_.how, now)
        found.moved(known, there)
        return there.id
    if known.key == one.key == one.final and not known.moved and known.page_id != page_id:
        # It was first met by an address that leads here.
        moves.settle_at(session, known, session.get_one(Stored, page_id), now)
        return page_id
    return known.page_id


def _page_at(session: Session, page: Stored, url: str, one: Arrival, now: datetime) -> Stored:
    """The page at the address where an article was found, as it answered."""
    seen = Sighting(key=canonical_key(url), url=url, source=page.source, column=page.column)
    there = session.get_one(Stored, ledger.sight(session, page.run_id, [seen], now)[seen.key])
    there.outcome, there.reason, there.next_try_at = Outcome.UNCHANGED, None, None
    for name in ("status", "etag", "last_modified", "digest", "fetched_at", "warc"):
        setattr(there, name, getattr(one.page, name))
    session.flush()
    return there
