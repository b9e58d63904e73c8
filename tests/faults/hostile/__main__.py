"""Prints what became of every case, and fails when one falls short.

uv run python -m tests.faults.hostile [GROUP | CASE …]
"""

import subprocess
import sys
from collections.abc import Sequence

from tests.faults.hostile.run import Crawled, crawl
from tests.faults.hostile.suite import GROUPS
from tests.faults.table import show

_MEMORY = 500
"""Megabytes that a crawl of hostile pages may take at the most."""
_COLUMNS = ("case", "defined", "got", "requests", "seconds", "")


def main(names: Sequence[str]) -> int:
    """Crawl a group or the cases that were named, or each group in a process of its own."""
    if not names:
        return max(_apart(name) for name in GROUPS)
    every = {case.name: case for cases in GROUPS.values() for case in cases}
    cases = GROUPS[names[0]] if names[0] in GROUPS else tuple(every[name] for name in names)
    crawled = crawl(cases)
    _show(" ".join(names), crawled)
    return int(bool(crawled.short) or crawled.peak > _MEMORY)


def _apart(name: str) -> int:
    """A process of its own, so that its memory is this crawl's and no other's."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.hostile", name], check=False
    ).returncode


def _show(name: str, crawled: Crawled) -> None:
    rows = [
        (one.case.name, one.case.expected, one.outcome, one.requests, f"{one.seconds:.1f}",
         one.falls_short and "FALLS SHORT")
        for one in crawled.got
    ]  # fmt: skip
    good = sum(1 for one in crawled.got if not one.falls_short)
    title = (
        f"{name}: {good} of {len(rows)} as defined, {crawled.seconds:.0f} s, peak {crawled.peak:.0f} MB "
        f"(of {_MEMORY}), {crawled.bystanders} articles of the source beside them"
    )
    show(title, _COLUMNS, rows)
    for line in crawled.short:
        sys.stdout.write(f"falls short: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
