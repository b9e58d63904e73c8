"""A run in the ledger: who is at work on what, and the sign that its process lives.

A run holds a lease of its own and one of each source that it is at work on. A thread renews them for
as long as the process lives, whatever the run is doing; on this machine a file lock tells at once
that it has died, on another the lease runs out.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from filelock import FileLock, Timeout

from crawler.errors import TryLater
from crawler.progress import Progress
from flows.app import App
from storage import ledger
from storage.errors import StorageError
from storage.models import RunState

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
"""How long a machine may be silent before others take over: many heartbeats, and a database that is
away for some minutes."""
HEARTBEAT = 30.0
"""Seconds between two signs of life."""


def utc_now() -> datetime:
    """The time, when nobody gives another."""
    return datetime.now(UTC)


class Busy(TryLater):
    """Other runs are at work on every source that was asked for."""


@dataclass(frozen=True)
class Hooks:
    """How a run tells what it does: to a terminal, to Prefect, to nobody."""

    stage: Callable[[str], None] = lambda _: None
    crawled: Callable[[Progress], None] = lambda _: None
    loaded: Callable[[int, int], None] = lambda _done, _all: None
    clock: Callable[[], datetime] = utc_now


@dataclass(slots=True)
class Work:
    """A run in the making."""

    app: App
    run_id: str
    hooks: Hooks
    problems: list[str] = field(default_factory=list)
    lost: threading.Event = field(default_factory=threading.Event)
    """Set when the heartbeat finds that another run has taken over."""

    def alive(self) -> None:
        """Raise TryLater where this run's leases ran out and another has taken over: two must not
        write."""
        if self.lost.is_set():
            raise TryLater(
                f"run {self.run_id} was silent for so long that another took over; "
                "what it fetched is loaded by the next run"
            )


@contextmanager
def open_run(app: App, kind: str, parameters: dict[str, Any], hooks: Hooks) -> Iterator[Work]:
    """A run in the ledger: closed with how it ended, its leases given back."""
    with ExitStack() as signs:
        with app.database.unit_of_work() as session:
            now = hooks.clock()
            run_id = ledger.start_run(session, kind, parameters, now)
            ledger.acquire_lease(session, f"run {run_id}", run_id, now, LEASE)
            # Before others can see the run: one without a file lock is another machine's.
            signs.enter_context(_life_sign(app, run_id))
        work = Work(app, run_id, hooks)
        signs.enter_context(beating(partial(renew, work)))
        try:
            yield work
        except (Busy, KeyboardInterrupt) as error:
            _close(work, RunState.INTERRUPTED, str(error) or "it was stopped")
            raise
        except BaseException as error:
            _close(work, RunState.FAILED, str(error) or type(error).__name__)
            raise
        _close(work, RunState.COMPLETED, None)


@contextmanager
def beating(renew_all: Callable[[], None]) -> Iterator[None]:
    """Renew leases while the block runs. Not the run's own steps: one of them may take long."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT):
            renew_all()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def holding(app: App, what: str, hooks: Hooks) -> Iterator[bool]:
    """Hold the lease of something that is no source; False where somebody else does."""
    holder = uuid4().hex
    with app.database.unit_of_work() as session:
        mine = ledger.acquire_lease(session, what, holder, hooks.clock(), LEASE)
    if not mine:
        yield False
        return
    try:
        with beating(partial(renew, Work(app, holder, hooks))):
            yield True
    finally:
        with app.database.unit_of_work() as session:
            ledger.release_leases(session, holder)


def renew(work: Work) -> None:
    """Say that a run is alive; note it where another has taken over meanwhile."""
    try:
        with work.app.database.unit_of_work() as session:
            held = ledger.renew_leases(session, work.run_id, work.hooks.clock(), LEASE)
    except StorageError as error:
        # The lease outlives many heartbeats: the next one may get through.
        log.warning("no sign of life could be given", run=work.run_id, reason=str(error))
        return
    if not held:
        work.lost.set()


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
    return False


def bury(app: App, run_id: str, now: datetime) -> None:
    """Close a run whose process died and give back what it held. Its file lock goes last: without
    it, who looks in between would take the run for another machine's."""
    with app.database.unit_of_work() as session:
        ledger.release_leases(session, run_id)
        ledger.finish_run(session, run_id, RunState.INTERRUPTED, now, "its process ended")
    Path(_lock(app, run_id).lock_file).unlink(missing_ok=True)


def bury_dead(app: App, now: datetime) -> list[str]:
    """Close every run whose process died; return which they were."""
    open_runs, holders = _open_runs(app, now)
    dead = [run_id for run_id in open_runs if not _is_at_work(app, run_id, holders)]
    for run_id in dead:
        bury(app, run_id, now)
    return dead


def runs_at_work(app: App, now: datetime) -> set[str]:
    """The runs whose process lives."""
    open_runs, holders = _open_runs(app, now)
    return {run_id for run_id in {*holders, *open_runs} if _is_at_work(app, run_id, holders)}


def _open_runs(app: App, now: datetime) -> tuple[list[str], set[str]]:
    """Runs that are not closed, and who holds a lease; in this order, or a run of another machine that
    begins in between would be one without a lease."""
    with app.database.reading() as session:
        open_runs = ledger.unfinished_runs(session)
        return open_runs, ledger.live_holders(session, now)


def _close(work: Work, state: RunState, error: str | None) -> None:
    with work.app.database.unit_of_work() as session:
        ledger.release_leases(session, work.run_id)
        ledger.finish_run(session, work.run_id, state, work.hooks.clock(), error)


def leased(work: Work, sources: list[str]) -> set[str]:
    """The sources that nobody else is at work on, now held by this run."""
    now = work.hooks.clock()
    with work.app.database.unit_of_work() as session:
        free = {s for s in sources if ledger.acquire_lease(session, s, work.run_id, now, LEASE)}
    busy = sorted(set(sources) - free)
    work.problems += [f"{source}: another run is at work on it" for source in busy]
    if not free:
        raise Busy(f"other runs are at work on {', '.join(busy)}; try again when they are done")
    return free
