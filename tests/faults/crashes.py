"""Loads that are killed, run out of disk, lose their database or meet a mad clock; seeded.

``python -m tests.faults.crashes --kills 200`` crawls a replica once and dies before anything is archived.
From there each round starts anew: a forked process takes the segment up, and meets a fault; another one
takes up what that left, until the round's faults are spent and one goes through undisturbed. Then `verify`
finds nothing, and the corpus says what an undisturbed load of the same segment says.
"""

import json
import logging
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import structlog
import typer
from sqlalchemy import event

from crawler.demo.catalogue import write_catalogue
from crawler.demo.server import serve
from crawler.demo.world import FIRST_DAY, World
from flows.app import App, open_app
from flows.request import Request
from flows.run import ingest
from flows.segments import finish_leftovers
from flows.verify.run import verify
from flows.work import Hooks
from storage.corpus import Corpus
from storage.errors import StorageError
from storage.settings import Settings
from tests.faults.cases import Cases

POINTS = (
    "storage.archive:Archive.put",
    "storage.ledger:add_segment",
    "storage.ledger:sight",
    "storage.ledger:record",
    "storage.ledger:settle_run",
    "storage.ledger:set_walk",
    "storage.ledger:mark_loaded",
    "storage.ledger:finish_run",
    "storage.ledger:release_leases",
    "storage.watch:begin",
    "storage.watch:settle_checks",
    "storage.changes:record_changes",
    "storage.search:index",
    "flows.steps.dedupe.relatives:enter",
    "flows.steps.dedupe.stories:settle",
    "flows.segments:archived_segment",
)
"""Functions before or behind which a process dies: the boundaries of archive, ledger, load and search."""
KINDS = ("point", "statement", "commit", "moment", "disk full", "connection", "clock")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
_DONE, _FAILED, _BROKEN = 0, 3, 4
_PER_ROUND = 10


@dataclass
class Fault:
    """One fault to meet."""

    kind: str
    random: Random
    said: str = ""

    def arm(self, app: App) -> Hooks:
        """Prepare this process for it."""
        match self.kind:
            case "point":
                self._at_a_point()
            case "statement":
                _on(app, "before_cursor_execute", self.random.randrange(1, 900), _die)
            case "commit":
                _on(app, "commit", self.random.randrange(1, 8), _die)
            case "moment":
                signal.setitimer(signal.ITIMER_REAL, self.random.uniform(0.05, 3.0))
                signal.signal(signal.SIGALRM, lambda *_: _die())
            case "disk full":
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                size = self.random.randrange(1 << 16, 2 << 20)
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            case "connection":
                number = self.random.randrange(1, 900)
                _on(app, "before_cursor_execute", number, _drop)
            case "clock":
                days = self.random.choice((-4000, -1, 1, 4000))
                return Hooks(clock=lambda: NOW + timedelta(days=days))
        return Hooks(clock=lambda: NOW)

    def _at_a_point(self) -> None:
        name = self.random.choice(POINTS)
        before, left = self.random.random() < 0.5, self.random.randrange(1, 4)
        module_name, _, path = name.partition(":")
        owner: Any = import_module(module_name)
        *outer, attribute = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        setattr(owner, attribute, _dying(getattr(owner, attribute), left, before=before))


def _dying(function: Callable[..., Any], left: int, *, before: bool) -> Callable[..., Any]:
    calls = iter(range(left, 0, -1))

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        last = next(calls, 0) == 1
        if last and before:
            _die()
        answer = function(*args, **kwargs)
        if last:
            _die()
        return answer

    return wrapped


def _on(app: App, name: str, number: int, act: Callable[..., None]) -> None:
    """Act at the nth event of the database."""
    left = iter(range(number, 0, -1))

    def hear(*args: Any) -> None:
        if next(left, 0) == 1:
            act(*args)

    event.listen(app.database.engine, name, hear)


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _drop(connection: Any, *_: Any) -> None:
    """The connection is gone in the middle of a transaction."""
    if connection.dialect.name == "sqlite":
        connection.connection.dbapi_connection.interrupt()
        raise StorageError("the connection is gone")
    connection.connection.dbapi_connection.close()


# --- processes ------------------------------------------------------------------------------------


def in_a_fork(work: Callable[[], None], seconds: float = 300) -> int:
    """Run something in a process of its own; its exit code, negative for the signal it died of."""
    pid = os.fork()
    if pid == 0:
        code = _BROKEN
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            work()
            code = _DONE
        except (StorageError, OSError):
            code = _FAILED
        except BaseException:  # noqa: BLE001 - a process's edge
            traceback.print_exc()
        finally:
            os._exit(code)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return _BROKEN


@dataclass
class Stage:
    """A home in which a segment waits to be loaded."""

    home: Path
    catalogue: Path
    truth: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def met(self) -> int:
        """How many faults were met."""
        return self.counts.total()

    def settings(self, home: Path) -> Settings:
        return Settings.for_home(home).model_copy(update={"replica": self.catalogue})

    def copy(self, home: Path) -> Settings:
        """The same in another place; the run's lock is gone with its process."""
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.home, home)
        return self.settings(home)


@contextmanager
def staged(folder: Path, articles: int) -> Iterator[Stage]:
    """Crawl a replica, and die before the segment is archived."""
    stage = Stage(folder / "home", folder / "catalogue")
    with serve(World.build(articles=articles)) as replica:
        write_catalogue(stage.catalogue, replica.port)
        settings = stage.settings(stage.home)

        def crawl() -> None:
            from storage.archive import Archive

            Archive.put = _dying(Archive.put, 1, before=True)  # type: ignore[method-assign]
            with open_app(settings) as app:
                ingest(app, Request(since=FIRST_DAY), Hooks(clock=lambda: NOW))

        assert in_a_fork(crawl) == -signal.SIGKILL
    whole = stage.copy(folder / "whole")
    assert in_a_fork(lambda: take_up(whole)) == _DONE
    stage.truth = said(whole)
    yield stage


def take_up(settings: Settings, fault: Fault | None = None) -> None:
    """Load what was left, and meet a fault on the way."""
    with open_app(settings) as app:
        hooks = fault.arm(app) if fault else Hooks(clock=lambda: NOW)
        finish_leftovers(app, hooks)


def said(settings: Settings) -> str:
    """What the corpus says, but for when it was seen."""
    with open_app(settings) as app:
        corpus = Corpus(app.database)
        found = []
        for one in corpus.articles():
            history = corpus.history(one.id)
            texts = [(v.title, v.body) for v in history.versions] if history else []
            tags = sorted((tag.kind, tag.value) for tag in one.tags)
            row = (one.id, one.url, one.source, one.published_at, one.duplicate_of, texts, tags)
            found.append(row)
        changes = [(change.seq, change.kind) for change in corpus.changes(limit=100_000)]
    return json.dumps([sorted(found, key=str), len(changes)], ensure_ascii=False, default=str)


def run_round(stage: Stage, folder: Path, seed: int, kinds: tuple[str, ...]) -> str:
    """Meet faults one after the other; say what is wrong in the end, if anything is."""
    random, settings = Random(seed), stage.copy(folder / "round")
    for _ in range(_PER_ROUND):
        fault = Fault(random.choice(kinds), Random(random.random()))
        code = in_a_fork(lambda fault=fault: take_up(settings, fault))  # type: ignore[misc]
        if code == _BROKEN:
            return f"{fault.kind}: failed in another way than it may"
        if code == _DONE and fault.kind != "clock":
            break
        stage.counts[fault.kind] += 1
        if code == _DONE:
            break
    if in_a_fork(lambda: take_up(settings)) != _DONE:
        return "what was left cannot be taken up"
    with open_app(settings) as app:
        left = verify(app).found
    if left:
        return "; ".join(one.said for one in left[:3])
    return "" if said(settings) == stage.truth else "the corpus is another one"


def measure(
    kills: int, seed: int = 1, articles: int = 24, kinds: tuple[str, ...] = KINDS
) -> tuple[Cases, Counter[str]]:
    """Rounds until so many faults were met."""
    cases = Cases("crashes")
    # A run that a fault meets complains of it, as it should.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory() as name, staged(Path(name), articles) as stage:
        number = 0
        while stage.met < kills:
            before = stage.met
            wrong = run_round(stage, Path(name), seed * 1000 + number, kinds)
            case = f"round {number} of seed {seed}: {stage.met - before} faults"
            cases.add(case, wrong or "as undisturbed", good=not wrong)
            number += 1
        return cases, stage.counts


def main(
    kills: Annotated[int, typer.Option(help="How many faults.")] = 200,
    seed: Annotated[int, typer.Option(help="Of kinds, places and moments.")] = 1,
) -> None:
    """Meet faults and print what became of each round."""
    cases, counts = measure(kills, seed)
    cases.show()
    sys.stdout.write(f"{json.dumps(counts)}\n")
    sys.exit(not cases.good)


if __name__ == "__main__":
    typer.run(main)
