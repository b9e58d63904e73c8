"""Rounds: faults one after the other, then everything as if nothing had been."""

import logging
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from flows.verify.run import verify
from storage.settings import Settings
from tests.faults.cases import Cases
from tests.faults.crashes import points
from tests.faults.crashes.faults import DISK_FULL, KINDS, POWER_CUT, Fault, fill_disk
from tests.faults.crashes.processes import BROKEN, DONE, in_a_fork
from tests.faults.crashes.stage import Stage, staged

_PER_ROUND = 10
_DISK_STEP = 1 << 16
_SURVIVED = {"clock", "locked", "server"}
"""Kinds that a load may well survive."""


@dataclass
class Met:
    """How often each fault was met, and how many processes died of SIGKILL."""

    kinds: Counter[str] = field(default_factory=Counter)
    killed: int = 0

    def note(self, kind: str, code: int) -> None:
        """Note how a process ended that a fault was prepared for."""
        self.killed += code == -signal.SIGKILL
        if code != DONE or kind in _SURVIVED:
            self.kinds[kind] += 1

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} × {kind}" for kind, count in sorted(self.kinds.items()))
        return f"{self.killed} killed; {kinds}"


@contextmanager
def on_stage(database: str, articles: int) -> Iterator[tuple[Stage, Path]]:
    """A stage in a folder that goes again."""
    # A run that a fault meets complains of it, as it should.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory() as name, staged(Path(name), database, articles) as stage:
        yield stage, Path(name)


def at_random(database: str, kills: int, seed: int, articles: int = 24) -> Cases:
    """Rounds until so many processes were killed."""
    cases, met, number = Cases(f"crashes on {database}"), Met(), 0
    with on_stage(database, articles) as (stage, folder):
        while met.killed < kills:
            before = met.kinds.total()
            wrong = _round(stage, folder, seed * 1000 + number, met)
            case = f"round {number} of seed {seed}: {met.kinds.total() - before} faults"
            cases.add(case, wrong or "as undisturbed", good=not wrong)
            number += 1
    cases.add("all of them", str(met), good=True)
    return cases


def _round(stage: Stage, folder: Path, seed: int, met: Met) -> str:
    """Meet faults one after the other; say what is wrong in the end, if anything is."""
    random, settings = Random(seed), stage.copy(folder / "round")
    kinds = KINDS["postgresql" if stage.postgres else "sqlite"]
    for _ in range(_PER_ROUND):
        kind = random.choice(kinds)
        fault = stage.fault(kind, Random(random.random()), settings)
        code = _met(stage, settings, fault)
        if code == BROKEN:
            return f"{kind}: failed in another way than it may"
        met.note(kind, code)
        if code == DONE:
            break
        if kind == DISK_FULL:
            # SQLite may have stopped in the middle of writing its log back; before it begins that
            # it waits for the log to be on the disk, and no power cut takes it any more.
            kinds = tuple(one for one in kinds if one != POWER_CUT)
    return after(stage, settings)


def _met(stage: Stage, settings: Settings, fault: Fault) -> int:
    code = in_a_fork(lambda: stage.take_up(settings, fault), fault.meanwhile)
    if code != DONE:
        fault.afterwards()
    return code


def after(stage: Stage, settings: Settings) -> str:
    """Take up what was left, undisturbed; say what is wrong then, if anything is."""
    if in_a_fork(lambda: stage.take_up(settings)) != DONE:
        return "what was left cannot be taken up"
    with stage.opened(settings) as app:
        left = verify(app).found
    if left:
        return "; ".join(one.said for one in left[:3])
    return "" if stage.said(settings) == stage.truth else "the corpus is another one"


# --- one after the other --------------------------------------------------------------------------


def at_every_point(database: str, articles: int = 24, share: int = 1) -> Cases:
    """Die before and behind every point, or every nth of these; each has to be met."""
    cases = Cases(f"points on {database}")
    places = [(point, before) for point in points.POINTS for before in (True, False)][::share]
    with on_stage(database, articles) as (stage, folder):
        for point, before in places:

            def die(settings: Settings, point: str = point, before: bool = before) -> None:
                points.arm(point, before=before)
                stage.take_up(settings)

            wrong = _disturbed(stage, folder, die, killed=True)
            case = f"{'before' if before else 'behind'} {point}"
            cases.add(case, wrong or "as undisturbed", good=not wrong)
    return cases


def with_every_disk(articles: int = 24, sizes: Sequence[int] = ()) -> Cases:
    """Let no file grow beyond each of these sizes; by steps from nothing to enough."""
    cases = Cases("disk full on sqlite")
    with on_stage("sqlite", articles) as (stage, folder):
        for size in sizes or range(0, 64 * _DISK_STEP, _DISK_STEP):

            def fill(settings: Settings, size: int = size) -> None:
                fill_disk(size)
                stage.take_up(settings)

            wrong = _disturbed(stage, folder, fill)
            cases.add(f"files of {size >> 10:,} KB", wrong or "as undisturbed", good=not wrong)
    return cases


def _disturbed(
    stage: Stage,
    folder: Path,
    work: Callable[[Settings], None],
    *,
    killed: bool = False,
) -> str:
    """One disturbance and what came of it; with `killed`, the process has to die of it."""
    settings = stage.copy(folder / "round")
    code = in_a_fork(lambda: work(settings))
    if code == BROKEN:
        return "failed in another way than it may"
    if killed and code != -signal.SIGKILL:
        return "was never met"
    return after(stage, settings)


def gone_for_a_minute(articles: int = 24) -> Cases:
    """PostgreSQL dies while a load is at work, and comes back a minute later."""
    cases = Cases("database gone for a minute")
    with on_stage("postgresql", articles) as (stage, folder):
        settings = stage.copy(folder / "round")
        fault = stage.fault("server gone for a minute", Random(1), settings)
        code = _met(stage, settings, fault)
        wrong = "failed in another way" if code == BROKEN else after(stage, settings)
        cases.add("a load is at work", wrong or "as undisturbed", good=not wrong)
    return cases
