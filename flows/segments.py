"""From a crawl's output to the corpus: archive it, read it, settle what the run adds up to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog
from filelock import FileLock
from sqlalchemy.orm import Session

from crawler import aside
from crawler.attachments.reader import FileReader
from crawler.errors import StopRun
from crawler.looks import clock_skew, looks
from crawler.segment import Segment, Summary, index_path, recover, warc_path
from flows.app import App
from flows.health.floors import Below, Judge, below_floors, usual_of
from flows.health.thresholds import rules_of
from flows.health.watching import note_looks
from flows.steps.archived import archived_segment
from flows.steps.dedupe import catch_up
from flows.steps.lists import answered, list_validators, note_lists
from flows.steps.read import read_entries
from flows.steps.reader import Reader, Reading
from flows.turns import asked_by
from flows.work import Hooks, Work, bury_dead, holding, runs_at_work
from storage import hosts, ledger, pace, walks, watch
from storage.archive import archived_name
from storage.holds import Held, held_records, hold
from storage.list_answers import note_answers
from storage.models import Run
from storage.observations import is_regular
from storage.segment_index import as_named, index_name

log = structlog.get_logger(__name__)


SAVED = {"import", "rebuild"}
"""Kinds of runs whose pages somebody saved earlier."""


def mark(app: App, work: Work, name: str) -> None:
    """Leave word which run a segment belongs to, should this process die, or the machine."""
    app.database.to_disk()
    (app.settings.crawl_folder / f"{name}.run").write_text(work.run_id, "utf-8")


# --- segments -------------------------------------------------------------------------------------


def finish_leftovers(app: App, hooks: Hooks) -> None:
    """Bring to its end what runs that died had begun: segments on the disk, then in the archive.

    One process at a time does: a run that begins meanwhile waits, since it may ask for what is there.
    """
    app.settings.crawl_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(app.settings.crawl_folder / "leftovers.lock"):
        _finish_leftovers(app, hooks)


def _finish_leftovers(app: App, hooks: Hooks) -> None:
    # What is there is listed first, then who is at work: a run that begins in between is not taken for
    # one that left something.
    markers = sorted(app.settings.crawl_folder.glob("*.run"))
    at_work = runs_at_work(app, hooks.clock())
    for marker in markers:
        run_id, name = marker.read_text("utf-8"), marker.stem
        if run_id in at_work:
            continue
        log.warning("finishing what a run left", run=run_id, segment=name)
        hooks.stage("left over")
        if warc_path(app.settings.crawl_folder, name).exists():
            recover(app.settings.crawl_folder, name)
        finish_segment(app, Work(app, run_id, hooks), name, leftover=True)
    with app.database.reading() as session:
        left = ledger.unloaded_segments(session)
    at_work = runs_at_work(app, hooks.clock())
    for name, run_id in left:
        if run_id in at_work:
            continue
        with holding(app, f"segment {name}", hooks) as mine:
            if mine:
                hooks.stage("left over")
                load_archived(app, Work(app, run_id, hooks), name, leftover=True)
    bury_dead(app, hooks.clock())


def finish_segment(app: App, work: Work, name: str, *, leftover: bool = False) -> None:
    """Archive a segment from the crawl folder, load it, and clear the folder of it."""
    folder = app.settings.crawl_folder
    if warc_path(folder, name).exists():
        _archive(app, work, folder, name)
        load_archived(app, work, name, leftover=leftover)
    # Until the ledger has it for good, what a power cut leaves is taken up from here.
    app.database.to_disk()
    for file in folder.glob(f"{name}.*"):
        file.unlink()


def _archive(app: App, work: Work, folder: Path, name: str) -> None:
    warc, index = warc_path(folder, name), index_path(folder, name)
    app.archive.put(warc, archived_name(warc.name))
    archived = index_name(app.archive, name)
    # Should this be done again by another version, the same lines may pack otherwise.
    if not app.archive.exists(archived):
        app.archive.put(as_named(index, archived), archived)
    with index.open(encoding="utf-8") as lines:
        records = sum(1 for _ in lines)
    with app.database.unit_of_work() as session:
        ledger.add_segment(
            session, name, work.run_id, records, warc.stat().st_size, work.hooks.clock()
        )


def load_archived(app: App, work: Work, name: str, *, leftover: bool = False) -> None:
    """Read every record of an archived segment, then write what the run adds up to."""
    caught_up = catch_up(app.database, work.hooks.clock())
    if caught_up:
        log.info("compared what was stored before with each other", articles=caught_up)
    with archived_segment(app.archive, name) as segment:
        summary = segment.summary()
        total = sum(cost.discovered for cost in summary.sources.values())

        def on_batch(done: int) -> None:
            work.alive()
            work.hooks.loaded(done, total)

        with app.database.reading() as session:
            live = ledger.run_kind(session, work.run_id) not in SAVED
            judge = floors_for(app, session, work, segment)
        with reader_of(
            app, work, segment, segment.answered, live=live, leftover=leftover
        ) as reader:
            reading = read_entries(reader, segment.entries(), work.hooks.clock, on_batch, judge)
        if live:
            reading.skew = clock_skew(segment)
            reading.validators = list_validators(app.catalogue, segment)
    work.problems += [*summary.problems, *reading.problems]
    _settle(app, work, segment, summary, reading)


@contextmanager
def reader_of(
    app: App, work: Work, segment: Segment, pages: int, *, live: bool, leftover: bool = False
) -> Iterator[Reader]:
    """What it takes to read so many pages of a segment in a run."""
    with FileReader() as files, aside.reading(pages) as read:
        yield Reader(
            app.database,
            app.catalogue,
            app.open_tagger,
            work.run_id,
            files,
            segment,
            live=live,
            leftover=leftover,
            read=read,
        )


def floors_for(app: App, session: Session, work: Work, segment: Segment) -> Judge | None:
    """What decides whether a source's batch is loaded; None where whatever was read is welcome."""
    run = session.get_one(Run, work.run_id)
    if not is_regular(run.kind, run.parameters):
        return None
    seen = looks(segment.notes)
    usual = usual_of(session, work.hooks.clock(), segment.summary().sources)
    begun = {
        source: Below((why.removeprefix("floor: "),), ("as the part of it that was read before",))
        for source, (_, why) in held_records(session, work.run_id).items()
    }
    rules = rules_of(app.catalogue)
    return lambda read: begun | below_floors(read, seen, usual, rules)


def _hold(session: Session, work: Work, segment: Segment, reading: Reading, now: datetime) -> None:
    """Note what was held, for whoever looks."""
    records = held_records(session, work.run_id)
    for source, below in reading.below.items():
        count = records.get(source, (0, ""))[0]
        if not count:
            continue  # below its floors, but there was nothing to load
        held = Held(work.run_id, source, segment.name, below.floors, below.evidence, count)
        hold(session, held, now)
        log.warning("batch held", source=source, run=work.run_id, evidence=below.evidence)
        work.problems.append(
            f"{source}: {count} records held, none loaded: {'; '.join(below.evidence)}; "
            f"look, then: suqian runs release|discard {work.run_id[:8]}"
        )


def _settle(app: App, work: Work, segment: Segment, summary: Summary, reading: Reading) -> None:
    now = work.hooks.clock()
    with app.database.unit_of_work() as session:
        costs = [
            ledger.Cost(
                source, cost.discovered, cost.requests, cost.list_pages, cost.bytes, cost.seconds
            )
            for source, cost in summary.sources.items()
        ]
        ledger.settle_run(session, work.run_id, costs, reading.unwritten)
        back_to = {column: day for column, day in summary.walks.items() if day is not None}
        walks.set_walks(session, back_to, now)
        _hold(session, work, segment, reading, now)
        ledger.mark_loaded(session, segment.name, now)
        if ledger.run_kind(session, work.run_id) not in SAVED:
            work.problems += _conclude(session, work, now)
            hosts.note_asked(session, asked_by(segment.notes))
            note_lists(session, work.app.catalogue, work.run_id, segment.notes, now)
            note_answers(session, answered(segment), now)
            for at, validators in reading.validators.items():
                pace.note_validators(session, *at, *validators)
            note_looks(session, segment.notes, reading.skew, now, rules_of(app.catalogue))
        wrong = ledger.sums_differ(session, work.run_id)
    if wrong:
        raise StopRun(
            f"run {work.run_id} does not add up: {wrong}; its segment {segment.name} is kept"
        )


def _conclude(session: Session, work: Work, now: datetime) -> list[str]:
    """Draw the conclusions from the pages that were found missing."""
    problems = watch.settle_checks(session, work.run_id, now)
    for problem in problems:
        log.warning("checks held", problem=problem)
    return problems
