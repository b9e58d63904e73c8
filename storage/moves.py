"""Articles that moved: which article an address means, and what is noted when one is found elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from storage.among import parts
from storage.models import Article, Move, Outcome, Page, Watch
from storage.watch import next_check

MOVED = "moved"
"""Reason of a page that leads to an article which stands elsewhere, or has left for there."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stored article, and where it stands."""

    pk: int
    id: str
    key: str
    url: str
    source: str
    column: str | None
    text_digest: str
    published_at: datetime | None
    page_id: int
    page_key: str
    moved: bool
    """Whether it has moved before."""


def standing_at(session: Session, keys: Iterable[str]) -> dict[str, Standing]:
    """Canonical key → the article that it means: of that key, or moved to it."""
    found: dict[str, Standing] = {}
    for some in parts(sorted(set(keys))):
        named = select(Move.to_key, Move.article_pk).where(Move.to_key.in_(some))
        moved = {row.article_pk: row.to_key for row in session.execute(named)}
        for article in _standing(session, Article.pk.in_(moved)):
            found[moved[article.pk]] = article
        found |= {one.key: one for one in _standing(session, Article.key.in_(some))}
    return found


def of_text(session: Session, source: str, digests: Sequence[str]) -> list[Standing]:
    """The articles of a source that tell one of these texts."""
    wanted = (Article.source == source) & Article.text_digest.in_(digests)
    return list(_standing(session, wanted))


def same_pages(session: Session, keys: Iterable[str]) -> set[str]:
    """The canonical keys of all addresses that lead to the articles at these keys' pages."""
    urls = select(Page.url).where(Page.key.in_(sorted(keys)))
    articles = select(Page.url).join(Article, Article.page_id == Page.id)
    there = articles.where(Page.url.in_(urls))
    return set(session.scalars(select(Page.key).where(Page.url.in_(there))))


def all_keys(session: Session, pks: Sequence[int]) -> set[str]:
    """The canonical keys of every address that articles have moved to, and of the pages where they
    stand."""
    moved = select(Move.to_key).where(Move.article_pk.in_(pks))
    pages = select(Page.key).join(Article, Article.page_id == Page.id).where(Article.pk.in_(pks))
    return {*session.scalars(moved), *session.scalars(pages)}


def _standing(session: Session, wanted: ColumnElement[bool]) -> Iterator[Standing]:
    moves = select(func.count()).select_from(Move).where(Move.article_pk == Article.pk)
    columns = [getattr(Article, name) for name in list(Standing.__dataclass_fields__)[:-2]]
    query: Select[Any] = select(*columns, Page.key, moves.scalar_subquery())
    rows = session.execute(query.join(Page, Page.id == Article.page_id).where(wanted)).all()
    return (Standing(*row[:-1], bool(row[-1])) for row in rows)  # type: ignore[call-arg]


def move(session: Session, article: Standing, to: Page, how: str, now: datetime) -> None:
    """Note that an article stands at another page's address from now on."""
    count = select(func.count()).select_from(Move).where(Move.article_pk == article.pk)
    session.execute(
        insert(Move).values(
            article_pk=article.pk,
            number=(session.scalar(count) or 0) + 1,
            from_url=article.url,
            to_url=to.url,
            to_key=to.key,
            how=how,
            moved_at=now,
        )
    )
    settle_at(session, article, to, now)


def settle_at(session: Session, article: Standing, page: Page, now: datetime) -> None:
    """Make a page the one at which an article is looked for. It was seen there now: what its old
    address says of it does not count any more."""
    session.execute(
        update(Article).where(Article.pk == article.pk).values(page_id=page.id, url=page.url)
    )
    left = {"outcome": Outcome.DROPPED, "reason": MOVED, "outcome_at": now, "next_try_at": None}
    session.execute(update(Page).where(Page.id == article.page_id).values(**left))
    session.execute(delete(Watch).where(Watch.page_id == page.id))
    since = session.scalar(select(Watch.since).where(Watch.page_id == article.page_id))
    withdrawn = session.scalar(select(Article.withdrawn_at).where(Article.pk == article.pk))
    # One that counts as withdrawn is restored by the next check, as it would be anywhere.
    due = now if withdrawn is not None else next_check(since or now, now)
    session.execute(
        update(Watch)
        .where(Watch.page_id == article.page_id)
        .values(
            page_id=page.id,
            host=urlsplit(page.url).hostname or "",
            seen_at=now,
            checked_at=now,
            check_at=due,
            gone_since=None,
            unlisted_at=None,
        )
    )
