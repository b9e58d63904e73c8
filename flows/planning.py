"""From what the ledger knows to what a crawl is asked to do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from crawler.catalogue import Source
from crawler.plan import ColumnPlan, CrawlPlan, Revisit
from crawler.records import Listed, Moment, Precision
from flows.app import App
from flows.request import Request
from flows.steps.plan import (
    crawlable,
    first_window,
    segment_name,
    start_of,
    write_files,
    write_known,
)
from storage import ledger, tombstones, walks


def plan_ingest(
    app: App, request: Request, clock: Callable[[], datetime], sources: Sequence[Source]
) -> CrawlPlan:
    """What an ingest asks for: the columns, what is parked and due, and for a recheck what is
    stored."""
    now = clock()
    plan = new_plan(app, now)
    ids = [source.id for source in sources]
    known_file = Path(plan.folder) / f"{plan.segment}.known.jsonl"
    with app.database.reading() as session:
        write_known(known_file, ledger.known_addresses(session, now))
        walked = walks.walks(session)
        due = ledger.due_again(session, ids, now)
        if request.recheck:
            due += ledger.stored_pages(session, ids, *_window(request), request.unseen_since)
    columns = tuple(
        ColumnPlan(
            source=source,
            column=column,
            since=request.since or first_window(now, walked.get((source, column))),
            until=request.until,
            walked_back_to=None if request.whole_window else walked.get((source, column)),
        )
        for source, column in crawlable(sources, named=bool(request.sources))
        if not request.columns or column in request.columns
    )
    if request.columns:
        due = [page for page in due if page.column in request.columns]
    return replace(
        plan,
        columns=columns,
        revisits=tuple(map(revisit, due)),
        known=str(known_file),
        starts={one: start_of(one, request.spread_minutes) for one in ids},
    )


def new_plan(app: App, now: datetime) -> CrawlPlan:
    """A plan that asks for nothing yet."""
    name = segment_name(now)
    files = app.settings.crawl_folder / f"{name}.files.jsonl"
    with app.database.reading() as session:
        forgotten = tombstones.forgotten_ids(session)
        write_files(files, ledger.known_files(session))
    return CrawlPlan(
        segment=name,
        files=str(files),
        folder=str(app.settings.crawl_folder),
        catalogue=tuple(map(str, app.catalogue_folders)),
        forgotten=tuple(forgotten),
        contact=app.settings.contact,
        limits=app.limits,
        private_hosts=app.private_hosts,
    )


def _window(request: Request) -> tuple[datetime | None, datetime | None]:
    since = Moment.local(request.since).at if request.since else None
    until = Moment.local(request.until + timedelta(days=1)).at if request.until else None
    return since, until


def revisit(due: ledger.Due) -> Revisit:
    """A page of the ledger's as one to ask for again."""
    listed = None
    if due.discovered_on is not None:
        published = Moment(due.listed_at, Precision.DAY) if due.listed_at else None
        listed = Listed(due.discovered_on, due.listed_title, published, known_as=due.listed_digest)
    return Revisit(
        source=due.source,
        column=due.column,
        url=due.url,
        etag=due.etag,
        last_modified=due.last_modified,
        listed=listed,
    )
