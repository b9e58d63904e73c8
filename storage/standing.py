"""How things stand: the latest runs, each source, one address."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage import models, tombstones
from storage.articles import possible_keys
from storage.records import (
    Explanation,
    FacetValue,
    SourceStatus,
    city_time,
)


def explanation(page: models.Page, article: str | None, visits: list[models.Visit]) -> Explanation:
    """What the ledger knows of a page; `article` is the public id of what became of it."""
    return Explanation(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        discovered_at=city_time(page.discovered_at) or "",
        discovered_on=page.discovered_on,
        outcome=page.outcome,
        reason=page.reason,
        outcome_at=city_time(page.outcome_at) or "",
        next_try_at=city_time(page.next_try_at),
        article=article,
        visits=tuple(
            {
                "run": v.run_id,
                "source": v.source,
                "outcome": v.outcome,
                "reason": v.reason,
                "at": city_time(v.at),
                "warc": v.warc,
            }
            for v in visits
        ),
    )


def forgotten(session: Session, which: str) -> Explanation | None:
    """What a tombstone says: that there was something, and why it is not there."""
    stones = ((key, tombstones.find(session, key)) for key in possible_keys(which))
    key, stone = next((pair for pair in stones if pair[1]), (which, None))
    if stone is None:
        return None
    return Explanation(
        url=which,
        key=key,
        source="",
        column=None,
        discovered_at="",
        discovered_on=None,
        outcome=models.Outcome.SKIPPED,
        reason=f"forgotten: {stone.reason}",
        outcome_at=city_time(stone.forgotten_at) or "",
        next_try_at=None,
        article=None,
        visits=(),
    )


def run_summary(session: Session, run: models.Run) -> dict[str, Any]:
    """A run and its outcomes, as JSON values."""
    tally = models.Tally
    query = (
        select(tally.outcome, func.sum(tally.count))
        .where(tally.run_id == run.id)
        .group_by(tally.outcome)
    )
    return {
        "id": run.id,
        "kind": run.kind,
        "state": run.state,
        "started_at": city_time(run.started_at),
        "finished_at": city_time(run.finished_at),
        "error": run.error,
        "outcomes": {row[0]: int(row[1]) for row in session.execute(query)},
    }


def topics(session: Session) -> Iterator[FacetValue]:
    """The topics that articles have, the commonest first."""
    tag = models.Tag
    count = func.count()
    query = select(tag.value, func.max(tag.label), count).where(tag.kind == "topic")
    for value, label, articles in session.execute(
        query.group_by(tag.value).order_by(count.desc(), tag.value)
    ):
        yield FacetValue(value, label, articles)


def source_statuses(session: Session) -> Iterator[SourceStatus]:
    """How each source stands, by id."""
    article, page = models.Article, models.Page
    query = select(
        article.source,
        func.count().label("articles"),
        func.max(article.published_at).label("latest"),
        func.max(article.first_seen).label("last_new"),
    ).group_by(article.source)
    stored = {row.source: row for row in session.execute(query)}
    parked = select(page.source, func.count()).where(page.outcome == models.Outcome.PARKED)
    waiting = {row[0]: row[1] for row in session.execute(parked.group_by(page.source))}
    # A source of which nothing could be stored yet is one to look at.
    for source in sorted({*stored, *session.scalars(select(page.source).distinct())}):
        row = stored.get(source)
        yield SourceStatus(
            source=source,
            articles=row.articles if row else 0,
            latest=city_time(row.latest) if row else None,
            last_new=city_time(row.last_new) if row else None,
            parked=waiting.get(source, 0),
        )
