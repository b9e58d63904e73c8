"""Articles and earlier versions that the tables have lost, out of the archive."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crawler.records import Article as Record
from flows.app import App
from flows.segments import SAVED
from flows.steps.attach import complete
from flows.steps.extracted import tagged
from flows.steps.load import Tagged, load
from flows.steps.reread.comparing import whole_articles
from flows.steps.reread.reading import Slice, Wanted, read_slice
from flows.steps.tag import tag_row
from flows.steps.versions import place_earlier, version_of
from flows.work import utc_now
from storage import changes
from storage.models import Article, ChangeKind, Outcome, Page, Run, Visit, Watch
from storage.verify import Finding

_VERSIONS = (Outcome.NEW, Outcome.DUPLICATE, Outcome.CHANGED)
"""Outcomes of visits that brought a version."""


def load_missing(app: App, findings: Sequence[Finding]) -> None:
    """Load articles that are not there, version by version, as their pages were fetched."""
    for finding in findings:
        versions = list(_versions(app, finding.subject))
        if versions:
            with app.database.unit_of_work() as session:
                page = select(Page.id).where(Page.key == finding.subject)
                session.execute(delete(Watch).where(Watch.page_id.in_(page)))
        for record, at in versions:
            with app.database.unit_of_work() as session:
                [whole] = complete(session, [record])
                item = replace(_tagged(app, session, whole), captured_at=at)
                load(session, [item], utc_now())


def place_missing(app: App, findings: Sequence[Finding]) -> None:
    """Put earlier versions that are not there where they belong."""
    for finding in findings:
        with app.database.reading() as session:
            key = session.scalar(select(Article.key).where(Article.id == finding.subject))
        versions = list(_versions(app, key)) if key else []
        with app.database.unit_of_work() as session:
            changes.hold(session)
            placed = [_place(app, session, finding.subject, *version) for version in versions]
            happened = [(finding.subject, ChangeKind.REREAD)] if any(placed) else []
            changes.record_changes(session, happened, utc_now())


def _place(app: App, session: Session, article: str, record: Record, at: datetime) -> bool:
    query = whole_articles().add_columns(Watch.seen_at)
    query = query.outerjoin(Watch, Watch.page_id == Article.page_id)
    row = session.execute(query.where(Article.id == article)).one()
    if record.warc == row.warc:
        return False
    item = _tagged(app, session, record)
    tags = [tag_row(tag, item.taxonomy) for tag in item.tags]
    version = replace(version_of(record, tags, item.lang), seen_at=at, seen_until=at)
    return place_earlier(session, row, version)


def _tagged(app: App, session: Session, record: Record) -> Tagged:
    page = session.scalar(select(Page.id).where(Page.key == record.key)) or 0
    return tagged(app.catalogue, app.tagger, record, page, live=False)


def _versions(app: App, key: str) -> Iterator[tuple[Record, datetime]]:
    """What the archive has of an article's versions, in their order, and when each was seen."""
    with app.database.reading() as session:
        query = (
            select(Visit.warc, Visit.at, Run.kind)
            .join(Page, Page.id == Visit.page_id)
            .join(Run, Run.id == Visit.run_id)
            .where(Page.key == key, Visit.outcome.in_(_VERSIONS), Visit.warc.is_not(None))
        )
        found = session.execute(query.order_by(Visit.at)).all()
    for warc, at, kind in found:
        segment = str(warc).rpartition("@")[0]
        wanted = (Wanted(key, str(warc)),)
        for one in read_slice(Slice(app.settings.archive, segment, wanted, app.catalogue)):
            if one.article is not None:
                # What somebody saved was there when he saved it.
                yield one.article, one.article.fetched_at if kind in SAVED else at
