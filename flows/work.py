"""A run in the ledger: who is at work on what, and the sign that its process lives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from crawler.errors import TryLater
from crawler.progress import Progress
from flows.app import App
from storage import ledger
from storage.models import RunState

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
class Work:
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


@contextmanager
def open_run(app: App, kind: str, parameters: dict[str, Any], hooks: Hooks) -> Iterator[Work]:
    """A run in the ledger: closed with how it ended, its leases given back."""
    with app.database.unit_of_work() as session:
        run_id = ledger.start_run(session, kind, parameters, hooks.clock())
    work = Work(app, run_id, hooks)
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


def _close(work: Work, state: RunState, error: str | None) -> None:
    with work.app.database.unit_of_work() as session:
        ledger.release_leases(session, work.run_id)
        ledger.finish_run(session, work.run_id, state, work.hooks.clock(), error)


def leased(work: Work, sources: list[str]) -> set[str]:
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
