"""A run from end to end: plan, crawl, archive, read. The flow, the command line and tests share it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crawler.attachments.reader import FileReader
from crawler.catalogue import Source
from crawler.crawl import require_contact, run_crawl
from crawler.errors import StopRun, TryLater
from crawler.listings import listed_keys, walked_columns
from crawler.plan import CrawlPlan
from crawler.progress import Progress
from crawler.records import Moment
from crawler.segment import Segment, Summary, index_path, recover, warc_path
from crawler.settings import allowed_hosts
from flows.app import App
from flows.planning import plan_ingest
from flows.report import RunReport, SourceReport
from flows.request import Request
from flows.steps.dedupe import catch_up
from flows.steps.plan import chosen_sources, crawlable
from flows.steps.read import Reader, Reading, read_entries
from storage import ledger, watch
from storage.models import Article, Outcome, RunSource, RunState, Tally

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=15)
_RENEWAL = timedelta(minutes=5)
_SAVED = {"import"}
"""Kinds of runs whose pages somebody saved earlier."""


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
    job = Job(
        "ingest", _parameters(request), sources, partial(plan_ingest, app, request, hooks.clock)
    )
    return crawl_and_load(app, job, hooks)


@dataclass(frozen=True)
class Job:
    """A crawl to make: of which sources, and what to ask of those that nobody else is at work on."""

    kind: str
    parameters: dict[str, Any]
    sources: Sequence[Source]
    plan: Callable[[list[Source]], CrawlPlan | None]
    """None: there is nothing to ask for."""


def crawl_and_load(app: App, job: Job, hooks: Hooks) -> RunReport:
    """Bring what is left over to its end, then crawl, archive and load: a run in the ledger.

    Raises TryLater when the crawl died; what was fetched by then is loaded first.
    """
    require_contact(allowed_hosts(app.catalogue), app.settings.contact)
    finish_leftovers(app, hooks)
    started = time.monotonic()
    ids = [source.id for source in job.sources]
    with open_run(app, job.kind, job.parameters, hooks) as work:
        free = _leased(work, ids)
        plan = job.plan([source for source in job.sources if source.id in free])
        failure = _crawl_and_load(app, work, plan, hooks) if plan else None
        report = _report(app, work, time.monotonic() - started, ids)
    if failure:
        raise failure
    return report


def _crawl_and_load(app: App, work: _Work, plan: CrawlPlan, hooks: Hooks) -> TryLater | None:
    hooks.stage("crawl")
    failure = _crawl(work, plan)
    hooks.stage("load")
    _finish_segment(app, work, plan.segment)
    return failure


def load_own_segment(
    app: App, kind: str, name: str, problems: list[str], hooks: Hooks, started: float
) -> RunReport:
    """Archive and load a segment that was written here, not crawled: a run of its own."""
    with open_run(app, kind, {"segment": name}, hooks) as work:
        work.problems += problems
        _mark(app, work, name)
        _finish_segment(app, work, name)
        return _report(app, work, time.monotonic() - started, [])


def _parameters(request: Request) -> dict[str, Any]:
    return {
        name: str(value) if value is not None else None for name, value in asdict(request).items()
    }


@contextmanager
def open_run(app: App, kind: str, parameters: dict[str, Any], hooks: Hooks) -> Iterator[_Work]:
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


def runs_at_work(app: App, now: datetime) -> set[str]:
    """The runs whose process lives."""
    with app.database.reading() as session:
        holders = ledger.live_holders(session, now)
        open_runs = ledger.unfinished_runs(session)
    return {run_id for run_id in {*holders, *open_runs} if _is_at_work(app, run_id, holders)}


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
    at_work = runs_at_work(app, hooks.clock())
    with app.database.reading() as session:
        dead = [run for run in ledger.unfinished_runs(session) if run not in at_work]
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

        with app.database.reading() as session:
            live = ledger.run_kind(session, work.run_id) not in _SAVED
        with FileReader() as files:
            reader = Reader(
                app.database, app.catalogue, app.tagger, work.run_id, files, segment, live=live
            )
            reading = read_entries(reader, segment.entries(), work.hooks.clock, on_batch)
    work.problems += [*summary.problems, *reading.problems]
    _settle(app, work, segment, summary, reading)


def _settle(app: App, work: _Work, segment: Segment, summary: Summary, reading: Reading) -> None:
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
        ledger.mark_loaded(session, segment.name, now)
        if ledger.run_kind(session, work.run_id) not in _SAVED:
            work.problems += _conclude(session, work, segment, now)
        wrong = ledger.sums_differ(session, work.run_id)
    if wrong:
        raise StopRun(
            f"run {work.run_id} does not add up: {wrong}; its segment {segment.name} is kept"
        )


def _conclude(session: Session, work: _Work, segment: Segment, now: datetime) -> list[str]:
    """Draw the conclusions from what was found missing: pages, and items of lists."""
    problems = watch.settle_checks(session, work.run_id, now)
    listed = listed_keys(segment.notes)
    for column in walked_columns(segment.notes):
        end_of_day = Moment.local(column.down_to + timedelta(days=1)).at
        watch.note_list(session, (column.source, column.column), end_of_day, listed, now)
    for problem in problems:
        log.warning("checks held", problem=problem)
    return problems


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
