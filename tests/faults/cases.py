"""Cases of one suite, and what became of each."""

import sys
from dataclasses import dataclass, field

from tests.faults.table import show


@dataclass
class Cases:
    """Cases and their outcomes; all is good when every one of them is."""

    name: str
    rows: list[tuple[str, str, bool]] = field(default_factory=list)
    """(case, outcome, whether it is the one that is promised)"""

    def add(self, case: str, outcome: str, *, good: bool) -> None:
        """Add a case, and say so at once: a suite takes long."""
        self.rows.append((case, outcome, good))
        sys.stderr.write(f"{'' if good else 'FALLS SHORT: '}{self.name}: {case}: {outcome}\n")

    @property
    def good(self) -> bool:
        """Whether no case falls short, and there is one."""
        return bool(self.rows) and all(good for _, _, good in self.rows)

    def show(self) -> None:
        """Print the cases, and how many are good."""
        rows = [("✓" if good else "✗", case, said) for case, said, good in self.rows]
        good = sum(good for _, _, good in self.rows)
        show(f"{self.name}: {good} of {len(rows)}", ("", "case", "outcome"), rows)
