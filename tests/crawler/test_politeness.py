"""Hosts that are hard to be polite to, for some minutes of a clock that jumps."""

import json
import subprocess
import sys


def test_no_host_is_asked_faster_than_allowed_or_against_its_robots_txt() -> None:
    """In a process of its own: it has the reactor's clock for itself."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.politeness", "--minutes", "3", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = {one["host"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0, found
    assert found["decent"]["requests"] > 60
    assert found["busy-for-hours"]["requests"] == 11
    assert found["asks-for-an-hour"]["requests"] == found["forbids-us"]["requests"] == 1
