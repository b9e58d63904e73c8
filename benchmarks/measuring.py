"""Taking the time, of the clock and of the processors, and the most memory of a process."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = Path(tempfile.gettempdir()) / "suqian-benchmarks"
PEERS = Path(__file__).with_name("peers")


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a benchmark is to be."""

    quick: bool = False
    folder: Path = KEPT
    """Where what takes long to build is kept for the next run."""

    def of(self, full: int, quick: int) -> int:
        """A count of something."""
        return quick if self.quick else full

    @property
    def rounds(self) -> int:
        """How often each measurement is repeated."""
        return self.of(5, 2)


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the processors: ours in several threads, and of the children."""

    wall: float
    cpu: float


@contextmanager
def measured(into: list[Spent]) -> Iterator[None]:
    """Add what the block took."""
    with clocked(into, processors):
        yield


@contextmanager
def clocked(into: list[Spent], cpu: Callable[[], float]) -> Iterator[None]:
    """The same, by another reading of processor time."""
    wall, used = time.perf_counter(), cpu()
    yield
    into.append(Spent(time.perf_counter() - wall, cpu() - used))


def processors() -> float:
    """Seconds that this process and its children that have ended have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def own_peak() -> float:
    """The most memory of this process, in MB. What `getrusage` says of it starts with the peak of the
    process that started it, which may have filled a database."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def in_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[Spent]]:
    """Measure each of several ways, once a round: all of a round see the same machine."""
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with measured(spent[name]):
                way()
    return spent


def compiled(folder: Path) -> dict[str, str]:
    """Variables with which Python keeps what it has compiled in a folder: who starts a program for the
    second time compiles nothing, whatever this machine's settings."""
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def peer(script: str, packages: Sequence[str], task: dict[str, Any]) -> dict[str, Any]:
    """What a script of `peers` answers to a task, run with packages of PyPI that are ours nowhere else.

    An answer has at least ``version``.
    """
    command = ["uv", "run", "--quiet", "--isolated", "--no-project", "--python", sys.executable]
    command += [part for package in packages for part in ("--with", package)]
    done = subprocess.run(
        [*command, "python", str(PEERS / script)],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{script} with {', '.join(packages)} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
