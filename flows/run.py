"""A run from end to end: plan, crawl, archive, read. The flow, the command line and tests share it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crawler.crawl import require_contact, run_crawl
from crawler.errors import StopRun, TryLater
from crawler.plan import ColumnPlan, CrawlPlan, Revisit
from crawler.progress import Progress
from crawler.records import Listed, Moment, Precision
from crawler.segment import Segment, Summary, index_path, recover, warc_path
from crawler.settings import allowed_hosts
from flows.app import App
from flows.report import RunReport, SourceReport
from flows.request import Request
from flows.steps.dedupe import catch_up
from flows.steps.plan import (
    chosen_sources,
    crawlable,
    first_window,
    segment_name,
    write_known,
)
from flows.steps.read import Reader, Reading, read_entries
from storage import ledger
from storage.models import Article, Outcome, RunSource, RunState, Tally

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=15)
_RENEWAL = timedelta(minutes=5)


def utc_now() -> datetime:
    """The time, when nobody gives another."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hooks:
    """How a run tells what it does: to a terminal, to Prefect, to nobody."""

    stage: Callable[[str], None] = lambda _: None
    crawled: Callable[[Progress], None] = lambda _: None
    loaded: Callable[[int, int], None] = lambda _done, _all: None
    clock: Callable[[], datetime] = utc_now


@dataclass(slots=True)
class _Work:
    """A run in the making."""

    app: App
    run_id: str
    hooks: Hooks
    problems: list[str] = field(default_factory=list)
    renewed: datetime | None = None

    def alive(self) -> None:
        """Renew the leases now and then: who is at work keeps them."""
        now = self.hooks.clock()
        if self.renewed is None or now - self.renewed >= _RENEWAL:
            self.renewed = now
            with self.app.database.unit_of_work() as session:
                ledger.renew_leases(session, self.run_id, now, LEASE)


def ingest(app: App, request: Request, hooks: Hooks | None = None) -> RunReport:
    """Crawl what was asked for and load what is new.

    First whatever an earlier run left unfinished is brought to its end, without fetching it again.
    Raises StopRun when the request makes no sense or nothing can run, TryLater when the crawl
    died; what was fetched by then is loaded first.
    """
    hooks = hooks or Hooks()
    now = hooks.clock()
    request.check(now.date())
    sources = chosen_sources(app.catalogue, request)
    if not crawlable(sources):
        raise StopRun(
            "none of the chosen sources has a column that can be crawled; see `suqian sources list`"
        )
    require_contact(allowed_hosts(app.catalogue), app.settings.contact)
    finish_leftovers(app, hooks)
    started = time.monotonic()
    with _run(app, "ingest", _parameters(request), hooks) as work:
        free = _leased(work, [source.id for source in sources])
        plan = _plan(app, [source for source in sources if source.id in free], request, hooks)
        hooks.stage("crawl")
        failure = _crawl(work, plan)
        hooks.stage("load")
        _finish_segment(app, work, plan.segment)
        report = _report(app, work, time.monotonic() - started, [source.id for source in sources])
    if failure:
        raise failure
    return report


def load_own_segment(
    app: App, kind: str, name: str, problems: list[str], hooks: Hooks, started: float
) -> RunReport:
    """Archive and load a segment that was written here, not crawled: a run of its own."""
    with _run(app, kind, {"segment": name}, hooks) as work:
        work.problems += problems
        _mark(app, work, name)
        _finish_segment(app, work, name)
        return _report(app, work, time.monotonic() - started, [])


def _parameters(request: Request) -> dict[str, Any]:
    return {
        name: str(value) if value is not None else None for name, value in asdict(request).items()
    }


@contextmanager
def _run(app: App, kind: str, parameters: dict[str, Any], hooks: Hooks) -> Iterator[_Work]:
    """A run in the ledger: closed with how it ended, its leases given back."""
    with app.database.unit_of_work() as session:
        run_id = ledger.start_run(session, kind, parameters, hooks.clock())
    work = _Work(app, run_id, hooks)
    with _life_sign(app, run_id):
        try:
            yield work
        except BaseException as error:
            _close(work, RunState.FAILED, str(error) or type(error).__name__)
            raise
        _close(work, RunState.COMPLETED, None)


@contextmanager
def _life_sign(app: App, run_id: str) -> Iterator[None]:
    """Hold a lock that the system itself lets go when this process dies."""
    lock = _lock(app, run_id)
    Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
    with lock:
        yield
    Path(lock.lock_file).unlink(missing_ok=True)


def _lock(app: App, run_id: str) -> FileLock:
    return FileLock(app.settings.crawl_folder / f"{run_id}.lock")


def _is_at_work(app: App, run_id: str, holders: set[str]) -> bool:
    """Whether a run's process lives. Of this machine's runs the lock tells; of others the lease."""
    lock = _lock(app, run_id)
    if not Path(lock.lock_file).exists():
        return run_id in holders
    try:
        with lock.acquire(blocking=False):
            pass
    except Timeout:
        return True
    Path(lock.lock_file).unlink(missing_ok=True)
    return False


def _close(work: _Work, state: RunState, error: str | None) -> None:
    with work.app.database.unit_of_work() as session:
        ledger.release_leases(session, work.run_id)
        ledger.finish_run(session, work.run_id, state, work.hooks.clock(), error)


def _leased(work: _Work, sources: list[str]) -> set[str]:
    """The sources that nobody else is at work on, now held by this run."""
    now = work.hooks.clock()
    work.renewed = now
    with work.app.database.unit_of_work() as session:
        free = {s for s in sources if ledger.acquire_lease(session, s, work.run_id, now, LEASE)}
    busy = sorted(set(sources) - free)
    work.problems += [f"{source}: another run is at work on it" for source in busy]
    if not free:
        raise TryLater(f"other runs are at work on {', '.join(busy)}; try again when they are done")
    return free


def _plan(app: App, sources: list[Any], request: Request, hooks: Hooks) -> CrawlPlan:
    now = hooks.clock()
    name = segment_name(now)
    folder = app.settings.crawl_folder
    known_file = folder / f"{name}.known.jsonl"
    ids = [source.id for source in sources]
    with app.database.reading() as session:
        write_known(known_file, ledger.known_addresses(session, now))
        walked = ledger.walks(session)
        due = ledger.due_again(session, ids, now)
        if request.recheck:
            due += ledger.stored_pages(session, ids, *_window(request))
    columns = tuple(
        ColumnPlan(
            source=source,
            column=column,
            since=request.since or first_window(now, walked.get((source, column))),
            until=request.until,
            walked_back_to=walked.get((source, column)),
        )
        for source, column in crawlable(sources)
    )
    return CrawlPlan(
        segment=name,
        folder=str(folder),
        catalogue=tuple(map(str, app.catalogue_folders)),
        columns=columns,
        revisits=tuple(map(_revisit, due)),
        known=str(known_file),
        contact=app.settings.contact,
        limits=app.limits,
        private_hosts=app.private_hosts,
    )


def _window(request: Request) -> tuple[datetime | None, datetime | None]:
    since = Moment.local(request.since).at if request.since else None
    until = Moment.local(request.until + timedelta(days=1)).at if request.until else None
    return since, until


def _revisit(due: ledger.Due) -> Revisit:
    listed = None
    if due.discovered_on is not None:
        published = Moment(due.listed_at, Precision.DAY) if due.listed_at else None
        listed = Listed(due.discovered_on, due.listed_title, published)
    return Revisit(
        source=due.source,
        column=due.column,
        url=due.url,
        etag=due.etag,
        last_modified=due.last_modified,
        listed=listed,
    )


def _crawl(work: _Work, plan: CrawlPlan) -> TryLater | None:
    """Crawl; a crawl that died is reported after what it brought home is safe."""

    def progress(state: Progress) -> None:
        work.alive()
        work.hooks.crawled(state)

    _mark(work.app, work, plan.segment)
    try:
        run_crawl(plan, progress)
    except TryLater as error:
        work.problems.append(str(error))
        return error
    return None


def _mark(app: App, work: _Work, name: str) -> None:
    """Leave word which run a segment belongs to, should this process die."""
    (app.settings.crawl_folder / f"{name}.run").write_text(work.run_id, "utf-8")


# --- segments -------------------------------------------------------------------------------------


def finish_leftovers(app: App, hooks: Hooks) -> None:
    """Bring to its end what runs that died had begun: segments on the disk, then in the archive."""
    with app.database.reading() as session:
        holders = ledger.live_holders(session, hooks.clock())
        open_runs = ledger.unfinished_runs(session)
    at_work = {run_id for run_id in {*holders, *open_runs} if _is_at_work(app, run_id, holders)}
    dead = [run_id for run_id in open_runs if run_id not in at_work]
    for marker in sorted(app.settings.crawl_folder.glob("*.run")):
        run_id, name = marker.read_text("utf-8"), marker.stem
        if run_id in at_work:
            continue
        log.warning("finishing what a run left", run=run_id, segment=name)
        if warc_path(app.settings.crawl_folder, name).exists():
            recover(app.settings.crawl_folder, name)
        _finish_segment(app, _Work(app, run_id, hooks), name)
    with app.database.reading() as session:
        left = [
            (name, run) for name, run in ledger.unloaded_segments(session) if run not in at_work
        ]
    for name, run_id in left:
        _load(app, _Work(app, run_id, hooks), name)
    with app.database.unit_of_work() as session:
        for run_id in dead:
            ledger.release_leases(session, run_id)
            ledger.finish_run(
                session, run_id, RunState.INTERRUPTED, hooks.clock(), "its process ended"
            )


def _finish_segment(app: App, work: _Work, name: str) -> None:
    """Archive a segment from the crawl folder, load it, and clear the folder of it."""
    folder = app.settings.crawl_folder
    if warc_path(folder, name).exists():
        _archive(app, work, folder, name)
        _load(app, work, name)
    for file in folder.glob(f"{name}.*"):
        file.unlink()


def _archive(app: App, work: _Work, folder: Path, name: str) -> None:
    warc, index = warc_path(folder, name), index_path(folder, name)
    for file in (warc, index):
        app.archive.put(file, archived_name(file.name))
    with index.open(encoding="utf-8") as lines:
        records = sum(1 for _ in lines)
    with app.database.unit_of_work() as session:
        ledger.add_segment(
            session, name, work.run_id, records, warc.stat().st_size, work.hooks.clock()
        )


def archived_name(file_name: str) -> str:
    """Where a segment's file lies in the archive: by year and month."""
    return f"{file_name[:4]}/{file_name[4:6]}/{file_name}"


def _load(app: App, work: _Work, name: str) -> None:
    """Read every record of an archived segment, then write what the run adds up to."""
    caught_up = catch_up(app.database, work.hooks.clock())
    if caught_up:
        log.info("compared what was stored before with each other", articles=caught_up)
    with (
        app.archive.open(archived_name(f"{name}.warc.gz")) as warc,
        app.archive.open(archived_name(f"{name}.index.jsonl")) as index,
    ):
        segment = Segment.load(name, warc, index)
        summary = segment.summary()
        total = sum(cost.discovered for cost in summary.sources.values())

        def on_batch(done: int) -> None:
            work.alive()
            work.hooks.loaded(done, total)

        reader = Reader(app.database, app.catalogue, app.tagger, work.run_id)
        reading = read_entries(reader, segment.entries(), work.hooks.clock, on_batch)
    work.problems += summary.problems
    _settle(app, work, name, summary, reading)


def _settle(app: App, work: _Work, name: str, summary: Summary, reading: Reading) -> None:
    now = work.hooks.clock()
    with app.database.unit_of_work() as session:
        costs = [
            ledger.Cost(
                source, cost.discovered, cost.requests, cost.list_pages, cost.bytes, cost.seconds
            )
            for source, cost in summary.sources.items()
        ]
        ledger.settle_run(session, work.run_id, costs, reading.unwritten)
        for (source, column), back_to in summary.walks.items():
            if back_to is not None:
                ledger.set_walk(session, source, column, back_to, now)
        ledger.mark_loaded(session, name, now)
        wrong = ledger.sums_differ(session, work.run_id)
    if wrong:
        raise StopRun(f"run {work.run_id} does not add up: {wrong}; its segment {name} is kept")


# --- reporting ------------------------------------------------------------------------------------


def _report(app: App, work: _Work, seconds: float, sources: Iterable[str]) -> RunReport:
    with app.database.reading() as session:
        return build_report(session, work.run_id, seconds, work.problems, sources)


def build_report(
    session: Session, run_id: str, seconds: float, problems: list[str], sources: Iterable[str]
) -> RunReport:
    """What a run comes to, from the ledger."""
    outcomes: dict[str, dict[Outcome, int]] = {}
    reasons: dict[str, int] = {}
    for tally in session.scalars(select(Tally).where(Tally.run_id == run_id)):
        of_source = outcomes.setdefault(tally.source, {})
        outcome = Outcome(tally.outcome)
        of_source[outcome] = of_source.get(outcome, 0) + tally.count
        if tally.reason:
            name = f"{outcome}:{tally.reason}"
            reasons[name] = reasons.get(name, 0) + tally.count
    spent = {
        row.source: row
        for row in session.scalars(select(RunSource).where(RunSource.run_id == run_id))
    }
    held = _held(session)
    names = [name for name in dict.fromkeys([*sources, *spent, *outcomes]) if name]
    articles = sum(count for count, _ in held.values())
    return RunReport(
        run_id=run_id,
        sources=tuple(_source_report(name, spent.get(name), outcomes, held) for name in names),
        reasons=reasons,
        articles=articles,
        stories=session.scalar(select(func.count(func.distinct(Article.story_id)))) or 0,
        seconds=seconds,
        problems=tuple(problems),
    )


def _held(session: Session) -> dict[str, tuple[int, int]]:
    """Source → how many articles the corpus holds of it, in how many stories."""
    query = select(
        Article.source,
        func.count().label("articles"),
        func.count(func.distinct(Article.story_id)).label("stories"),
    ).group_by(Article.source)
    return {row.source: (row.articles, row.stories) for row in session.execute(query)}


def _source_report(
    name: str,
    spent: RunSource | None,
    outcomes: dict[str, dict[Outcome, int]],
    held: dict[str, tuple[int, int]],
) -> SourceReport:
    articles, stories = held.get(name, (0, 0))
    return SourceReport(
        source=name,
        discovered=spent.discovered if spent else 0,
        outcomes=outcomes.get(name, {}),
        articles=articles,
        stories=stories,
        requests=spent.requests if spent else 0,
        list_pages=spent.list_pages if spent else 0,
        seconds=spent.seconds if spent else 0.0,
    )
