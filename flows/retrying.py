"""Reading archived pages again: held batches that are released, parked pages that may do better now."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.catalogue import Source
from crawler.errors import StopRun
from crawler.plan import CrawlPlan
from crawler.records import Page
from flows.app import App
from flows.planning import new_plan, revisit
from flows.report import RunReport
from flows.run import Job, crawl_and_load
from flows.segments import reader_of
from flows.steps.archived import archived_segment
from flows.steps.read import read_entries
from flows.tallies import report_of
from flows.work import Hooks, Work, leased, open_run
from storage import ledger, parked, validators
from storage.holds import (
    DISCARDED,
    OPEN,
    RELEASED,
    discard_pages,
    find_holds,
    held_keys,
    settle_hold,
)
from storage.ledger import Cost
from storage.models import Hold, Outcome
from storage.parked import Parked, Which


def open_hold(app: App, run_id: str, source: str | None = None) -> list[Hold]:
    """The held batches of a run that wait for a person. Raises StopRun where there are none, or
    where the id could mean several runs."""
    with app.database.reading() as session:
        found = list(find_holds(session, run_id or None, source, OPEN))
    if not found:
        raise StopRun(f"no held batch of run {run_id!r}; `suqian runs list --held` shows them")
    runs = sorted({hold.run_id for hold in found})
    if len(runs) > 1:
        raise StopRun(f"{run_id!r} begins {len(runs)} runs: {', '.join(runs)}; write more of it")
    return found


def release(
    app: App, run_id: str, source: str | None = None, hooks: Hooks | None = None
) -> RunReport:
    """Load what a run has held, from the archive: a run of its own. What a later run has found out
    more of is passed over, and what died half-way goes on where it was."""
    hooks, started = hooks or Hooks(), time.monotonic()
    holds = open_hold(app, run_id, source)
    sources = [hold.source for hold in holds]
    parameters = {"run": holds[0].run_id, "sources": sources}
    with open_run(app, "release", parameters, hooks) as work:
        free = leased(work, sources)
        mine = [hold for hold in holds if hold.source in free]
        with app.database.reading() as session:
            keys = {hold.segment: set[str]() for hold in mine}
            for hold in mine:
                keys[hold.segment] |= held_keys(session, hold)
        reread(app, work, keys)
        with app.database.unit_of_work() as session:
            for hold in mine:
                settle_hold(session, hold, RELEASED, hooks.clock())
        return report_of(app, work, time.monotonic() - started, sources)


def discard(app: App, run_id: str, note: str, source: str | None = None) -> int:
    """Leave what a run has held in the archive only; its pages are asked for again. Returns how
    many there are."""
    with app.database.unit_of_work() as session:
        count, now = 0, Hooks().clock()
        for hold in open_hold(app, run_id, source):
            count += discard_pages(session, hold, note, now)
            settle_hold(session, hold, DISCARDED, now, note)
    return count


def reread(app: App, work: Work, keys: Mapping[str, set[str]]) -> None:
    """Read the pages with these keys again from their segments, and load them: as of when they were
    fetched. Writes what the run adds up to."""
    counts: Counter[str] = Counter()
    unwritten: Counter[tuple[str, Outcome, str]] = Counter()
    for name, wanted in sorted(keys.items()):
        with (
            archived_segment(app.archive, name) as segment,
            reader_of(app, work, segment, len(wanted), live=False) as reader,
        ):
            pages = [entry for entry in segment.entries(wanted) if isinstance(entry, Page)]
            reading = read_entries(reader, pages, work.hooks.clock, lambda _: work.alive())
        unwritten.update(reading.unwritten)
        counts.update(page.source for page in pages)
    with app.database.unit_of_work() as session:
        costs = [Cost(source, count) for source, count in counts.items()]
        ledger.settle_run(session, work.run_id, costs, unwritten)


# --- parked pages ---------------------------------------------------------------------------------


def retry(app: App, which: Which, hooks: Hooks | None = None) -> list[RunReport]:
    """Try parked pages again: what was fetched is read from the archive, what was not is asked for.

    Raises StopRun where nothing that is parked is meant.
    """
    hooks = hooks or Hooks()
    with app.database.reading() as session:
        pages = parked.find(session, which)
    if not pages:
        raise StopRun("nothing that is parked is meant; `suqian parked list` shows what is")
    archived = [page for page in pages if page.is_readable]
    missing = [page for page in pages if not page.is_readable]
    reports = [_read_again(app, archived, hooks)] if archived else []
    return reports + ([_ask_again(app, missing, hooks)] if missing else [])


def _read_again(app: App, pages: Sequence[Parked], hooks: Hooks) -> RunReport:
    started = time.monotonic()
    keys: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        keys[(page.warc or "").partition("@")[0]].add(page.key)
    with open_run(app, "parked-retry", {"pages": len(pages)}, hooks) as work:
        sources = leased(work, sorted({page.source for page in pages}))
        reread(app, work, keys)
        return report_of(app, work, time.monotonic() - started, sources)


def _ask_again(app: App, pages: Sequence[Parked], hooks: Hooks) -> RunReport:
    known = {page.source for page in pages if page.source in app.catalogue.sources}
    if not known:
        raise StopRun(f"{pages[0].url} and what else is meant is of no source of the catalogue")
    sources = [app.catalogue.sources[source] for source in sorted(known)]

    def plan(free: list[Source]) -> CrawlPlan | None:
        ids = {source.id for source in free}
        wanted = {page.url for page in pages if page.source in ids}
        with app.database.unit_of_work() as session:
            parked.make_due(session, [page.id for page in pages], hooks.clock())
            due = ledger.due_again(session, sorted(ids), hooks.clock())
            lying = validators.distrusted(session)
        revisits = tuple(revisit(app.catalogue, lying, one) for one in due if one.url in wanted)
        return replace(new_plan(app, hooks.clock()), revisits=revisits) if revisits else None

    job = Job("parked-retry", {"pages": len(pages)}, sources, plan, named=True)
    return crawl_and_load(app, job, hooks)


def drop(app: App, which: Which, note: str, hooks: Hooks | None = None) -> RunReport:
    """Give parked pages up: ``dropped``, with who says so as the reason, and never tried again."""
    hooks, started = hooks or Hooks(), time.monotonic()
    with app.database.reading() as session:
        pages = parked.find(session, which)
    if not pages:
        raise StopRun("nothing that is parked is meant; `suqian parked list` shows what is")
    with open_run(app, "parked-drop", {"note": note, "pages": len(pages)}, hooks) as work:
        with app.database.unit_of_work() as session:
            results = [
                ledger.Result(key=p.key, outcome=Outcome.DROPPED, reason=f"by hand: {note}")
                for p in pages
            ]
            ledger.record(session, work.run_id, results, hooks.clock())
            counts = Counter(page.source for page in pages)
            costs = [Cost(source, count) for source, count in counts.items()]
            ledger.settle_run(session, work.run_id, costs, {})
        return report_of(app, work, time.monotonic() - started, sorted(counts))
