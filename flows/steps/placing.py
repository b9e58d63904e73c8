"""What was read, placed: which article each answer is, and whose validators it belies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from crawler.records import Page
from flows.steps.moves import Arrival, Identities, Placed, place
from flows.steps.outcomes import ARTICLES
from flows.steps.reader import Read, Reader
from storage import moves
from storage.ledger import Result
from storage.models import Outcome


def arrivals_of(read: Sequence[Read]) -> list[Arrival]:
    """The answers that are articles."""
    return [
        Arrival(one.entry, one.articles[-1])
        for one in read
        if isinstance(one.entry, Page) and one.articles
    ]


def placed_by(
    session: Session,
    reader: Reader,
    read: Sequence[Read],
    page_ids: Mapping[str, int],
    now: datetime,
) -> Placed:
    """Which article each answer is; what has moved is noted."""
    arrivals = arrivals_of(read)
    found = Identities.read(session, reader.catalogue, arrivals, reader.listed)
    return place(session, found, arrivals, page_ids, now)


def article_key(one: Read, placed: Placed) -> str:
    """The key of the article that an entry is."""
    return placed.keys.get(one.entry.key, one.entry.key)


def identified(one: Read, placed: Placed) -> Read:
    """The same, its articles by the keys under which they are stored."""
    key = article_key(one, placed)
    article = replace(one.article, key=key) if one.article else None
    return replace(one, article=article, earlier=tuple(replace(a, key=key) for a in one.earlier))


def without_moved(
    results: Sequence[Result], placed: Placed, page_ids: Mapping[str, int]
) -> list[Result]:
    """The results, those of addresses whose article is looked for elsewhere as what they are."""
    return [
        replace(one, outcome=Outcome.DROPPED, reason=moves.MOVED)
        if one.outcome in ARTICLES and placed.is_elsewhere(one.key, page_ids)
        else one
        for one in results
    ]


def belied(read: Sequence[Read], results: Sequence[Result]) -> Iterator[Page]:
    """The pages that read otherwise than before under the same validators: whoever had asked for them
    conditionally would have been told that they are as they were."""
    for one, result in zip(read, results, strict=True):
        if not isinstance(one.entry, Page) or one.known is None or one.late:
            continue
        if result.outcome is Outcome.CHANGED:
            now = one.entry.etag, one.entry.last_modified
            if any(now) and now == (one.known.etag, one.known.last_modified):
                yield one.entry
