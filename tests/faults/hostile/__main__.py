"""Prints what became of every case, and fails when one falls short.

uv run python -m tests.faults.hostile [GROUP | CASE …]
"""

import subprocess
import sys
from collections.abc import Sequence

from tests.faults.cases import Cases
from tests.faults.hostile.case import Case
from tests.faults.hostile.run import crawl
from tests.faults.hostile.suite import GROUPS

_MEMORY = 500
"""Megabytes that a crawl of hostile pages may take at the most."""


def main(names: Sequence[str]) -> int:
    """Crawl a group or the cases that were named, or each group in a process of its own."""
    if not names:
        return max(_apart(name) for name in GROUPS)
    cases = measure(names[0]) if names[0] in GROUPS else _measured(" ".join(names), _named(names))
    cases.show()
    return int(not cases.good)


def _named(names: Sequence[str]) -> list[Case]:
    every = {case.name: case for cases in GROUPS.values() for case in cases}
    return [every[name] for name in names]


def _apart(name: str) -> int:
    """A process of its own, so that its memory is this crawl's and no other's."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.hostile", name], check=False
    ).returncode


def measure(group: str) -> Cases:
    """Crawl a group."""
    return _measured(group, GROUPS[group])


def _measured(name: str, chosen: Sequence[Case]) -> Cases:
    crawled, cases = crawl(chosen), Cases(f"hostile server: {name}")
    for one in crawled.got:
        said = f"{one.falls_short or one.outcome}; {one.requests} requests, {one.seconds:.1f} s"
        cases.add(one.case.name, said, good=not one.falls_short)
    for said in crawled.beside:
        cases.add("the others", said, good=False)
    peak = f"{crawled.peak:.0f} MB of {_MEMORY}, {crawled.seconds:.0f} s"
    cases.add("all of them", peak, good=crawled.peak <= _MEMORY)
    return cases


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
