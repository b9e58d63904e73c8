"""How things stand: the latest runs, each source, one address."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from storage import models, tombstones
from storage.articles import possible_keys
from storage.records import (
    Explanation,
    Listed,
    RunDetails,
    RunOfSource,
    RunReason,
    RunSummary,
    SourceStatus,
    Totals,
    Visited,
    city_time,
)


def explanation(session: Session, page: models.Page) -> Explanation:
    """What the ledger knows of a page."""
    visit, placement = models.Visit, models.Placement
    visits = select(visit).where(visit.page_id == page.id).order_by(visit.at)
    lists = select(placement).where(placement.page_id == page.id).order_by(placement.seen_at)
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
        article=_article_of(session, page),
        lists=tuple(map(_placement, session.scalars(lists))),
        visits=tuple(map(_visit, session.scalars(visits))),
    )


def _article_of(session: Session, page: models.Page) -> str | None:
    """The public id of the article at a page, at that which it leads to, or moved from there."""
    article = models.Article
    pages = select(models.Page.id).where(models.Page.url == page.url)
    here = or_(article.page_id.in_(pages), article.key == page.key)
    return session.scalar(select(article.id).where(here).order_by(article.page_id != page.id))


def _placement(placement: models.Placement) -> Listed:
    return Listed(
        source=placement.source,
        column=placement.column,
        found_on=placement.found_on,
        seen_at=city_time(placement.seen_at),
        run=placement.run_id,
        left_at=city_time(placement.left_at),
    )


def _visit(visit: models.Visit) -> Visited:
    return Visited(
        run=visit.run_id,
        source=visit.source,
        outcome=visit.outcome,
        reason=visit.reason,
        at=city_time(visit.at),
        warc=visit.warc,
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


def run_summary(session: Session, run: models.Run) -> RunSummary:
    """A run and its outcomes."""
    tally = models.Tally
    query = (
        select(tally.outcome, func.sum(tally.count))
        .where(tally.run_id == run.id)
        .group_by(tally.outcome)
    )
    return RunSummary(
        id=run.id,
        kind=run.kind,
        state=run.state,
        started_at=city_time(run.started_at),
        finished_at=city_time(run.finished_at),
        error=run.error,
        outcomes={row[0]: int(row[1]) for row in session.execute(query)},
    )


def totals(session: Session) -> Totals:
    """How much there is."""
    article = models.Article
    return Totals(
        articles=session.scalar(select(func.count()).select_from(article)) or 0,
        stories=session.scalar(select(func.count(func.distinct(article.story_id)))) or 0,
        revisions=session.scalar(select(func.count()).select_from(models.Revision)) or 0,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of a source."""

    articles: int
    latest: datetime | None
    last_new: datetime | None


def stored(session: Session) -> dict[str, Stored]:
    """What is stored of each source."""
    article, newest = models.Article, aliased(models.Article)
    # By itself: with the rest, every article would be opened for it.
    last_new = select(func.max(newest.first_seen)).where(newest.source == article.source)
    query = select(
        article.source,
        func.count(),
        func.max(article.published_at),
        last_new.scalar_subquery(),
    )
    rows = session.execute(query.group_by(article.source))
    return {row[0]: Stored(row[1], row[2], row[3]) for row in rows}


def source_statuses(session: Session, known: Mapping[str, Stored]) -> Iterator[SourceStatus]:
    """How each source stands, by id; what is stored of them is `known`."""
    page = models.Page
    parked = select(page.source, func.count()).where(page.outcome == models.Outcome.PARKED)
    waiting = {row[0]: row[1] for row in session.execute(parked.group_by(page.source))}
    # A source of which nothing could be stored yet is one to look at.
    for source in sorted({*known, *_discovered(session)}):
        one = known.get(source, Stored(0, None, None))
        yield SourceStatus(
            source=source,
            articles=one.articles,
            latest=city_time(one.latest),
            last_new=city_time(one.last_new),
            parked=waiting.get(source, 0),
        )


def _discovered(session: Session) -> Iterator[str]:
    """The sources that pages are from: one look into the index for each, however many pages."""
    page, last = models.Page.source, ""
    while (found := session.scalar(select(func.min(page)).where(page > last))) is not None:
        yield found
        last = found


def run_details(session: Session, run_id: str) -> RunDetails | None:
    """A run with what each source cost in it and came to; None if there is no such run."""
    run = session.get(models.Run, run_id)
    if run is None:
        return None
    tally, cost = models.Tally, models.RunSource
    tallies = session.scalars(select(tally).where(tally.run_id == run_id)).all()
    costs = {row.source: row for row in session.scalars(select(cost).where(cost.run_id == run_id))}
    names = sorted({*costs, *(row.source for row in tallies)})
    return RunDetails(
        id=run.id,
        kind=run.kind,
        state=run.state,
        error=run.error,
        started_at=city_time(run.started_at) or "",
        finished_at=city_time(run.finished_at),
        sources=tuple(_run_source(name, costs.get(name), tallies) for name in names),
        reasons=tuple(
            RunReason(row.outcome, row.reason, row.source, row.count)
            for row in sorted(tallies, key=lambda row: (row.outcome, -row.count, row.source))
            if row.reason
        ),
    )


def _run_source(
    source: str, cost: models.RunSource | None, tallies: Iterable[models.Tally]
) -> RunOfSource:
    outcomes: Counter[str] = Counter()
    for row in tallies:
        if row.source == source:
            outcomes[row.outcome] += row.count
    return RunOfSource(
        source=source,
        discovered=cost.discovered if cost else outcomes.total(),
        requests=cost.requests if cost else 0,
        bytes=cost.bytes if cost else 0,
        seconds=cost.seconds if cost else 0.0,
        outcomes=dict(outcomes),
    )


def tag_labels(session: Session, kind: str, values: Iterable[str]) -> dict[str, str]:
    """What tags are called, by their ids; those that no article has are left out. One look into
    the index each: to read every tag for its label would take seconds in a large corpus."""
    tag = models.Tag
    found = {}
    for value in values:
        query = select(tag.label).where(tag.kind == kind, tag.value == value)
        label = session.scalar(query.order_by(tag.article_pk.desc()).limit(1))
        if label is not None:
            found[value] = label
    return found
