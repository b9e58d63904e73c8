"""Running benchmarks, each in a process of its own: what one leaves in memory slows no other."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measuring import Scale
from benchmarks.results import Findings, Result, load, save
from benchmarks.rows import Row


def run(names: Iterable[str], scale: Scale, output: Path) -> dict[str, Result | None]:
    """Measure and keep each; None for those that failed."""
    return {name: _apart(name, scale, output) for name in names}


def _apart(name: str, scale: Scale, output: Path) -> Result | None:
    """Measure one in a process of its own. What went wrong there is on its standard error."""
    command = [sys.executable, "-m", "benchmarks", name, "--here", "--output", str(output)]
    command += ["--folder", str(scale.folder), *(["--quick"] if scale.quick else [])]
    if subprocess.run(command, check=False).returncode:
        return None
    return next(result for result in load(output) if result.name == name)


def here(row: Row, scale: Scale, output: Path) -> Result:
    """Measure one in this process and keep the result."""
    before, started = os.getloadavg()[0], time.perf_counter()
    found = row.measure(scale)
    result = Result(
        name=row.name,
        command=f"python -m benchmarks {row.name}{' --quick' if scale.quick else ''}",
        at=datetime.now(UTC),
        seconds=time.perf_counter() - started,
        load=(before, os.getloadavg()[0]),
        machine=f"{os.cpu_count()} cores {platform.machine()}, Python {platform.python_version()}",
        quick=scale.quick,
        findings=_with_own_version(found),
    )
    save(result, output)
    return result


def _with_own_version(found: Findings) -> Findings:
    versions = {"suqian": version("suqian")} | found.versions
    return Findings(found.figures, found.curves, versions, found.notes)
