"""Where in the archive the bytes lie of everything that was read: to read it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.among import parts
from storage.conditions import conditions
from storage.models import Article, Attachment, Outcome, Page, Revision
from storage.moves import MOVED
from storage.records import Filters


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """An archived answer: ``segment@offset``, and the canonical key that it was an answer for."""

    warc: str
    key: str

    @property
    def segment(self) -> str:
        """The segment's name."""
        return self.warc.rpartition("@")[0]

    @property
    def offset(self) -> int:
        """Where its record begins in the segment, in bytes."""
        return int(self.warc.rpartition("@")[2])


def origins(
    session: Session,
    *,
    sources: Sequence[str] = (),
    days: tuple[date | None, date | None] = (None, None),
    ids: Sequence[str] = (),
    unread: bool = True,
) -> list[Origin]:
    """What every version of the chosen articles was read from, in the order of the archive.

    `days` are the first and the last one of publication. With `unread` also the good answers that
    no article came of; they have neither day nor id, so that a choice by these leaves them out.
    """
    where = _chosen(days, ids)
    where += [Article.source.in_(sources)] if sources else []
    queries: list[Any] = [
        select(Article.warc, Article.key).where(*where),
        select(Revision.warc, Article.key).join(Article, Article.pk == Revision.article_pk),
    ]
    queries[1] = queries[1].where(*where)
    if unread and not ids and days == (None, None):
        queries.append(_unread(sources))
    found = {Origin(*row) for query in queries for row in session.execute(query)}
    return sorted(
        (one for one in found if one.segment), key=lambda one: (one.segment, one.offset, one.key)
    )


def sources_of(
    session: Session,
    *,
    days: tuple[date | None, date | None] = (None, None),
    ids: Sequence[str] = (),
) -> list[str]:
    """The ids of the publishers that chosen articles are of, in order."""
    query = select(Article.source).where(*_chosen(days, ids))
    return list(session.scalars(query.distinct().order_by("source")))


def _chosen(days: tuple[date | None, date | None], ids: Sequence[str]) -> list[Any]:
    of_ids = [Article.id.in_(ids)] if ids else []
    return [*conditions(Filters(since=days[0], until=days[1])), *of_ids]


def _unread(sources: Sequence[str]) -> Any:
    """Pages that were fetched well and dropped or parked all the same."""
    query = (
        select(Page.warc, Page.key)
        .outerjoin(Article, Article.page_id == Page.id)
        .where(
            Article.pk.is_(None),
            Page.warc.is_not(None),
            Page.status == 200,
            Page.outcome.in_([Outcome.DROPPED, Outcome.PARKED]),
            # What leads on to another address has that one's answer.
            or_(Page.reason.is_(None), Page.reason != MOVED),
        )
    )
    return query.where(Page.source.in_(sources)) if sources else query


def files_of(session: Session, keys: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """(address, ``segment@offset``) of the fetched files of stored articles, by canonical key."""
    found: dict[str, list[tuple[str, str]]] = {}
    columns = (Article.key, Attachment.url, Attachment.warc)
    query = select(*columns).join(Article, Article.pk == Attachment.article_pk)
    for some in parts(sorted(set(keys))):
        fetched = query.where(Article.key.in_(some), Attachment.warc.is_not(None))
        for key, url, warc in session.execute(fetched.order_by(Article.pk, Attachment.position)):
            found.setdefault(key, []).append((url, warc or ""))
    return found


def current(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """What the current version of each stored article was read from, by canonical key."""
    found: dict[str, str] = {}
    for some in parts(sorted(set(keys))):
        query = select(Article.key, Article.warc).where(Article.key.in_(some))
        found |= {row.key: row.warc for row in session.execute(query)}
    return found
