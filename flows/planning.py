"""From what the ledger knows to what a crawl is asked to do."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue, Source
from crawler.known import as_in_list, write_files, write_known
from crawler.plan import Archived, ColumnPlan, CrawlPlan, Revisit, conditions
from crawler.records import Listed, Moment, Precision
from crawler.urls import host_of
from flows.app import App
from flows.request import Request
from flows.steps.plan import (
    crawlable,
    first_window,
    segment_name,
    start_of,
)
from storage import ledger, list_answers, pace, tombstones, validators, walks
from storage.archive import archived_name
from storage.list_answers import Answered

_WHOLE_EVERY = timedelta(hours=24)
"""How long a list may be "as it was" before it is read all the same."""


def plan_ingest(
    app: App, request: Request, clock: Callable[[], datetime], sources: Sequence[Source]
) -> CrawlPlan | None:
    """What an ingest asks for: the columns, what is parked and due, and for a recheck what is
    stored. None where nothing is due."""
    now = clock()
    ids = [source.id for source in sources]
    with app.database.reading() as session:
        columns = tuple(_columns(session, app.catalogue, request, sources, now))
        due = ledger.due_again(session, ids, now)
        if request.recheck:
            due += ledger.stored_pages(session, ids, *_window(request), request.unseen_since)
        lying = validators.distrusted(session)
    if request.columns:
        due = [page for page in due if page.column in request.columns]
    if not (columns or due):
        return None
    plan = new_plan(app, now)
    known_file = Path(plan.folder) / f"{plan.segment}.known.npy"
    with app.database.reading() as session:
        write_known(known_file, _known(session, now))
    return replace(
        plan,
        columns=columns,
        revisits=tuple(revisit(app.catalogue, lying, page) for page in due),
        known=str(known_file),
        starts={one: start_of(one, _spread(app, request)) for one in ids},
    )


def _known(session: Session, now: datetime) -> Iterator[tuple[str, str | None]]:
    yield from ledger.known_addresses(session, now)
    for source, column, key, digest in walks.said_by_lists(session):
        yield as_in_list(source, column, key), digest


def _spread(app: App, request: Request) -> int:
    """Within how many minutes the sources are asked: those of a replica, which nobody else asks, at once."""
    return 0 if app.private_hosts else request.spread_minutes


def _columns(
    session: Session,
    catalogue: Catalogue,
    request: Request,
    sources: Sequence[Source],
    now: datetime,
) -> Iterator[ColumnPlan]:
    walked, asked = walks.walks(session), pace.paces(session)
    expected, lying = walks.expected(session), validators.distrusted(session)
    # What a list has left out of an earlier look is not what is asked for now.
    ordinary = request.since is None and request.until is None and not request.whole_window
    for source, column in crawlable(sources, named=bool(request.sources)):
        back_to = walked.get((source, column))
        if request.columns and column not in request.columns:
            continue
        if request.due_only and not _is_due(catalogue, asked, (source, column), now):
            continue
        yield ColumnPlan(
            source=source,
            column=column,
            since=request.since or first_window(now, back_to),
            until=request.until,
            walked_back_to=None if request.whole_window else back_to,
            expected=expected.get((source, column)),
            conditions=_conditions(asked.get((source, column)), now)
            if ordinary and host_of(catalogue.source(source).columns[column].start) not in lying
            else {},
        )


def _conditions(asked: pace.Paced | None, now: datetime) -> dict[str, str]:
    """What lets a list's server say that it is as it was. Once a day it is read as a whole: should its
    validators lie, and for whoever looks whether it is well."""
    if asked is None or now - asked.asked_at >= _WHOLE_EVERY:
        return {}
    return conditions(asked.etag, asked.last_modified)


def new_plan(app: App, now: datetime) -> CrawlPlan:
    """A plan that asks for nothing yet."""
    name = segment_name(now)
    files = app.settings.crawl_folder / f"{name}.files.jsonl"
    with app.database.reading() as session:
        forgotten = tombstones.forgotten_ids(session)
        write_files(files, ledger.known_files(session))
        archived = list_answers.answers(session, now)
    return CrawlPlan(
        segment=name,
        archived=_archived(app, archived),
        files=str(files),
        folder=str(app.settings.crawl_folder),
        catalogue=tuple(map(str, app.catalogue_folders)),
        forgotten=tuple(forgotten),
        contact=app.settings.contact,
        limits=app.limits,
        private_hosts=app.private_hosts,
        turns=True,
    )


def _archived(app: App, answers: Sequence[Answered]) -> dict[str, Archived]:
    """The answers of lists that can be referred to: those that the archive still has."""
    files = {one.segment: archived_name(f"{one.segment}.warc.gz") for one in answers}
    there = {segment for segment, file in files.items() if app.archive.exists(file)}
    return {
        one.url: Archived(one.digest, one.at, one.warc) for one in answers if one.segment in there
    }


def _window(request: Request) -> tuple[datetime | None, datetime | None]:
    since = Moment.local(request.since).at if request.since else None
    until = Moment.local(request.until + timedelta(days=1)).at if request.until else None
    return since, until


def _is_due(
    catalogue: Catalogue,
    asked: Mapping[tuple[str, str], pace.Paced],
    column: tuple[str, str],
    now: datetime,
) -> bool:
    """Whether a column is to be asked now. What shows its newest items only cannot wait."""
    source, name = column
    kind = catalogue.source(source).columns[name].kind
    return kind != "listing" or pace.is_due(asked.get(column), now)


def revisit(catalogue: Catalogue, lying: Collection[str], due: ledger.Due) -> Revisit:
    """A page of the ledger's as one to ask for again: where it is now, should its host have been
    renamed, and conditionally where the validators of its host have not lied."""
    url = catalogue.present_address(due.url)
    same = url == due.url and host_of(url) not in lying
    listed = None
    if due.discovered_on is not None:
        published = Moment(due.listed_at, Precision.DAY) if due.listed_at else None
        listed = Listed(due.discovered_on, due.listed_title, published, known_as=due.listed_digest)
    return Revisit(
        source=due.source,
        column=due.column,
        url=url,
        etag=due.etag if same else None,
        last_modified=due.last_modified if same else None,
        listed=listed,
    )
