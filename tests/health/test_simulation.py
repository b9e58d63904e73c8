"""Some weeks of publishers under an injected clock: nothing missed, nothing cried, told in time.

`benchmarks/simulated_year.py` is the same for a whole year and more of them.
"""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.simulated_publishers import Cast
from benchmarks.simulated_year import simulate

CAST = Cast(
    start=datetime(2026, 3, 2, 1, tzinfo=UTC),
    days=45,
    past=150,
    healthy=("office", "news", "bureau"),
    failures=(
        "goes silent",
        "lists empty after a redesign",
        "dates gone or in the future",
        "403",
        "flood of copies",
    ),
    onsets=(0.15, 0.4),
    relapses=False,
)


def test_failures_are_told_within_two_intervals_and_nothing_else_is(tmp_path: Path) -> None:
    result = simulate(tmp_path, 7, CAST)
    assert {one.failure: one.state for one in result.told} == {
        "goes silent": "silent",
        "lists empty after a redesign": "broken",
        "dates gone or in the future": "broken",
        "403": "blocked",
        "flood of copies": "broken",
    }
    assert result.false_alarms == []
    assert max(one.intervals or 0 for one in result.told) <= 2
