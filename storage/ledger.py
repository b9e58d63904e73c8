"""The ledger: every discovered address, its outcome in every run, and who is at work on what."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Insert, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.among import parts
from storage.bulk import insert_missing, update_rows, upsert
from storage.models import (
    Article,
    Attachment,
    Lease,
    Outcome,
    Page,
    Run,
    RunSource,
    RunState,
    Segment,
    Tally,
    Visit,
)

# When a failed page is tried again: soon at first, for most failures pass; then ever less often.
_RETRY_AFTER = [timedelta(hours=h) for h in (1, 4, 24, 72, 168)]
UNFINISHED = "unfinished"
"""Reason of a page that a run came upon and did not get to."""
NOT_ITS_FAULT = frozenset(
    {UNFINISHED, "budget", "host-busy", "quiet-hours", "host-budget", "retry-after"}
)
"""Reasons that say nothing of a page: the next run asks for it."""
FLOW_RUN = "flow run "
"""Prefix of the lease by which the process of a flow run says that it lives, whatever it runs."""


# --- runs ---------------------------------------------------------------------------------------


def start_run(session: Session, kind: str, parameters: Mapping[str, Any], now: datetime) -> str:
    """Open a run and return its id."""
    run_id = uuid4().hex
    session.add(
        Run(
            id=run_id,
            kind=kind,
            parameters=dict(parameters),
            state=RunState.RUNNING,
            started_at=now,
        )
    )
    session.flush()
    return run_id


def run_kind(session: Session, run_id: str) -> str | None:
    """What kind of run this is."""
    return session.scalar(select(Run.kind).where(Run.id == run_id))


def finish_run(
    session: Session, run_id: str, state: RunState, now: datetime, error: str | None = None
) -> None:
    """Close a run."""
    session.execute(
        update(Run).where(Run.id == run_id).values(state=state, finished_at=now, error=error)
    )


def unfinished_runs(session: Session) -> list[str]:
    """Runs that are open: at work now, or left by a process that died."""
    query = select(Run.id).where(Run.state == RunState.RUNNING).order_by(Run.started_at)
    return list(session.scalars(query))


# --- pages and their outcomes -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An address that a run came upon, before anything became of it."""

    key: str
    url: str
    source: str
    column: str | None = None
    found_on: str | None = None
    listed_title: str | None = None
    listed_at: datetime | None = None
    listed_digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a sighted address; the last fields are those of a fetched answer."""

    key: str
    outcome: Outcome
    reason: str | None = None
    source: str | None = None
    """Under which source it counts in this run; None: its page's."""
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    fetched_at: datetime | None = None
    warc: str | None = None
    incomplete: bool = False
    """An article some of whose files could not be had: to be asked for again, a few times."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger remembers of a page."""

    id: int
    key: str
    source: str
    outcome: str
    reason: str | None
    digest: str | None
    etag: str | None
    last_modified: str | None
    attempts: int
    run_id: str
    fetched_at: datetime | None
    is_article: bool
    """Whether an article is stored of it, whatever its latest outcome."""


def known(session: Session, keys: Sequence[str]) -> dict[str, Known]:
    """What is remembered of these canonical keys."""
    columns = [getattr(Page, name) for name in list(Known.__dataclass_fields__)[:-1]]
    stored = select(*columns, Article.pk.is_not(None)).outerjoin(
        Article, Article.page_id == Page.id
    )
    found: dict[str, Known] = {}
    for some in parts(keys):
        rows = session.connection().execute(stored.where(Page.key.in_(some))).all()
        found |= {row.key: Known(*tuple(row)) for row in rows}
    return found


def sight(
    session: Session, run_id: str, sightings: Sequence[Sighting], now: datetime
) -> dict[str, int]:
    """Make sure that every address has its page; return the page ids by key.

    A page seen for the first time is parked until its outcome comes: should that never happen,
    it is tried again.
    """
    if not sightings:
        return {}
    rows = [
        {
            "key": sighting.key,
            "url": sighting.url,
            "source": sighting.source,
            "column": sighting.column,
            "discovered_at": now,
            "discovered_on": sighting.found_on,
            "outcome": Outcome.PARKED,
            "reason": UNFINISHED,
            "outcome_at": now,
            "run_id": run_id,
            "attempts": 0,
            "next_try_at": now,
        }
        | _listed(sighting)
        for sighting in sightings
    ]
    statement = upsert(session, Page)
    listed = {
        name: func.coalesce(statement.excluded[name], getattr(Page, name))
        for name in ("listed_title", "listed_at", "listed_digest")
    }
    statement = statement.on_conflict_do_update(index_elements=[Page.key], set_=listed)
    session.connection().execute(statement, rows)
    return {key: page.id for key, page in known(session, [row["key"] for row in rows]).items()}


def _listed(sighting: Sighting) -> dict[str, Any]:
    names = ("listed_title", "listed_at", "listed_digest")
    return {name: getattr(sighting, name) for name in names}


def record(session: Session, run_id: str, results: Sequence[Result], now: datetime) -> None:
    """Write what became of sighted pages in this run: once each, however often it is called."""
    pages = known(session, [result.key for result in results])
    done = visited(session, run_id, [page.id for page in pages.values()])
    fresh = [result for result in results if pages[result.key].id not in done]
    if not fresh:
        return
    visits = [
        {
            "page_id": pages[result.key].id,
            "run_id": run_id,
            "source": result.source or pages[result.key].source,
            "outcome": result.outcome,
            "reason": result.reason,
            "at": now,
            "warc": result.warc,
        }
        for result in fresh
    ]
    insert_missing(session, Visit, visits)
    updates = [_page_update(result, pages[result.key], run_id, now) for result in fresh]
    update_rows(session, Page, updates)


def _page_update(result: Result, page: Known, run_id: str, now: datetime) -> dict[str, Any]:
    parked = result.outcome is Outcome.PARKED
    failed = (parked and result.reason not in NOT_ITS_FAULT) or result.incomplete
    attempts = page.attempts + failed if parked or result.incomplete else 0
    again = parked or (result.incomplete and attempts <= len(_RETRY_AFTER))
    wait = _RETRY_AFTER[min(attempts, len(_RETRY_AFTER)) - 1] if failed else timedelta()
    values: dict[str, Any] = {
        "id": page.id,
        "outcome": result.outcome,
        "reason": result.reason,
        "outcome_at": now,
        "run_id": run_id,
        "attempts": attempts,
        "next_try_at": now + wait if again else None,
    }
    if result.fetched_at is not None:
        names = ("status", "etag", "last_modified", "digest", "fetched_at", "warc")
        values |= {name: getattr(result, name) for name in names}
    return values


def visited(session: Session, run_id: str, page_ids: Sequence[int]) -> set[int]:
    """Which of these pages have their outcome in this run already."""
    found: set[int] = set()
    for some in parts(page_ids):
        query = select(Visit.page_id).where(Visit.run_id == run_id, Visit.page_id.in_(some))
        found.update(session.scalars(query))
    return found


def known_addresses(session: Session, now: datetime) -> Iterator[tuple[str, str | None]]:
    """Every page that need not be fetched again unless its list says something new:
    (key, digest of what the list said). Streams.

    A parked page counts while its next try is not due. A skipped one never does: the reason to
    skip it is looked at again each time.
    """
    waits = and_(Page.outcome == Outcome.PARKED, Page.next_try_at > now)
    settled = or_(Page.outcome.notin_([Outcome.PARKED, Outcome.SKIPPED]), waits)
    yield from _streamed(session, select(Page.key, Page.listed_digest).where(settled))


@dataclass(frozen=True, slots=True)
class Due:
    """A page to ask for again."""

    source: str
    column: str | None
    url: str
    etag: str | None
    last_modified: str | None
    listed_title: str | None
    listed_at: datetime | None
    listed_digest: str | None
    discovered_on: str | None


def due_again(session: Session, sources: Sequence[str], now: datetime) -> list[Due]:
    """Pages of these sources whose time for another try has come: parked ones, and articles whose
    files could not be had."""
    return _due(session, Page.source.in_(sources), Page.next_try_at <= now)


def known_files(session: Session) -> Iterator[tuple[str, str | None, str | None]]:
    """Every attachment whose bytes were fetched once: (address, etag, last modified). Streams."""
    file = Attachment
    query = select(file.url, file.etag, file.last_modified).where(file.digest.is_not(None))
    yield from _streamed(session, query)


def _streamed(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Rows as tuples: a million that come by way of the ORM take it more than twice the time."""
    yield from session.connection().execute(query, execution_options={"yield_per": 5000})


def stored_pages(
    session: Session,
    sources: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    before: datetime | None = None,
) -> list[Due]:
    """The pages of stored articles of these sources, published in a window; the newest first.

    With `before`, only those that nobody has looked at since then.
    """
    window = [Page.source.in_(sources), Article.page_id == Page.id]
    if before is not None:
        window.append(Page.outcome_at < before)
    if since is not None:
        window.append(or_(Article.published_at >= since, Article.published_at.is_(None)))
    if until is not None:
        window.append(or_(Article.published_at < until, Article.published_at.is_(None)))
    return _due(session, *window)


def _due(session: Session, *conditions: Any) -> list[Due]:
    columns = [getattr(Page, name) for name in Due.__dataclass_fields__]
    rows = session.execute(
        select(*columns).where(*conditions).order_by(Page.listed_at.desc(), Page.id)
    )
    return [Due(*row) for row in rows]


# --- what a run adds up to ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cost:
    """What the crawl of one source took, and how many addresses it came upon."""

    source: str
    discovered: int
    requests: int = 0
    list_pages: int = 0
    bytes: int = 0
    seconds: float = 0.0


def settle_run(
    session: Session,
    run_id: str,
    costs: Iterable[Cost],
    unwritten: Mapping[tuple[str, Outcome, str], int],
) -> None:
    """Write a run's tallies: its visits, and `unwritten`, the outcomes that leave none.

    May be called again: what it wrote before is replaced.
    """
    for table in (Tally, RunSource):
        session.execute(delete(table).where(table.run_id == run_id))
    counts = Counter(dict(unwritten))
    query = (
        select(Visit.source, Visit.outcome, Visit.reason, func.count())
        .where(Visit.run_id == run_id)
        .group_by(Visit.source, Visit.outcome, Visit.reason)
    )
    for source, outcome, reason, count in session.execute(query):
        counts[source, Outcome(outcome), reason or ""] += count
    tallies = [
        {"run_id": run_id, "source": source, "outcome": outcome, "reason": reason, "count": count}
        for (source, outcome, reason), count in counts.items()
        if count
    ]
    spent = [
        {"run_id": run_id} | {n: getattr(c, n) for n in Cost.__dataclass_fields__} for c in costs
    ]
    for table_, rows in ((Tally, tallies), (RunSource, spent)):
        if rows:
            session.execute(insert(table_), rows)


def sums_differ(session: Session, run_id: str) -> dict[str, tuple[int, int]]:
    """The sources of a run for which discovered is not the sum of the outcomes: source → both."""
    query = select(RunSource.source, RunSource.discovered).where(RunSource.run_id == run_id)
    discovered = {row.source: row.discovered for row in session.execute(query)}
    summed: Counter[str] = Counter()
    query_sums = select(Tally.source, func.sum(Tally.count)).where(Tally.run_id == run_id)
    for source, total in session.execute(query_sums.group_by(Tally.source)):
        summed[source] = total
    return {
        source: (discovered.get(source, 0), summed[source])
        for source in sorted({*discovered, *summed})
        if discovered.get(source, 0) != summed[source]
    }


# --- leases -------------------------------------------------------------------------------------


def acquire_lease(
    session: Session, source: str, holder: str, now: datetime, ttl: timedelta
) -> bool:
    """Take or renew the lease of a source; False while another holder's has not run out."""
    statement: Insert = upsert(session, Lease).values(
        source=source, holder=holder, expires_at=now + ttl
    )
    free = or_(Lease.holder == holder, Lease.expires_at <= now)
    taken = session.execute(
        statement.on_conflict_do_update(  # type: ignore[attr-defined]
            index_elements=[Lease.source],
            set_={"holder": holder, "expires_at": now + ttl},
            where=free,
        ).returning(Lease.source)
    )
    return taken.first() is not None


def renew_leases(session: Session, holder: str, now: datetime, ttl: timedelta) -> bool:
    """Say that a holder is alive: all its leases run on. False where it holds none any more."""
    renewed = session.execute(
        update(Lease)
        .where(Lease.holder == holder)
        .values(expires_at=now + ttl)
        .returning(Lease.source)
    )
    return renewed.first() is not None


def end_leases(session: Session) -> None:
    """Take every lease from its holder."""
    session.execute(delete(Lease))


def release_leases(session: Session, holder: str) -> None:
    """Give all leases of a holder back."""
    session.execute(delete(Lease).where(Lease.holder == holder))


def is_held(session: Session, source: str, now: datetime) -> bool:
    """Whether somebody holds the lease of a source."""
    query = select(Lease.source).where(Lease.source == source, Lease.expires_at > now)
    return session.scalar(query) is not None


def live_holders(session: Session, now: datetime) -> set[str]:
    """The runs that hold a lease which has not run out."""
    ours = ~Lease.holder.startswith(FLOW_RUN)
    return set(session.scalars(select(Lease.holder).where(Lease.expires_at > now, ours)))


def flow_runs(session: Session) -> dict[str, datetime]:
    """The flow runs that have said that they live, and until when that counts."""
    query = select(Lease.holder, Lease.expires_at).where(Lease.holder.startswith(FLOW_RUN))
    return {holder.removeprefix(FLOW_RUN): until for holder, until in session.execute(query)}


# --- segments -----------------------------------------------------------------------------------


def add_segment(
    session: Session, name: str, run_id: str, records: int, size: int, now: datetime
) -> None:
    """Note that a segment is in the archive; again for the same name does nothing."""
    row = {"name": name, "run_id": run_id, "records": records, "bytes": size, "stored_at": now}
    session.execute(upsert(session, Segment).values(**row).on_conflict_do_nothing())


def mark_loaded(session: Session, name: str, now: datetime) -> None:
    """Note that every record of a segment has its outcome."""
    session.execute(update(Segment).where(Segment.name == name).values(loaded_at=now))


def loaded_segments(session: Session) -> set[str]:
    """The names of segments every record of which has its outcome."""
    return set(session.scalars(select(Segment.name).where(Segment.loaded_at.is_not(None))))


def unloaded_segments(session: Session) -> list[tuple[str, str]]:
    """(segment name, run id) of archived segments that were not loaded to their end."""
    query = select(Segment.name, Segment.run_id).where(Segment.loaded_at.is_(None))
    return [(row.name, row.run_id) for row in session.execute(query.order_by(Segment.name))]
