"""A backfill that is killed in four ways loses nothing and stores nothing twice."""

from datetime import date
from pathlib import Path

from benchmarks.kills import KINDS, measure, staged
from crawler.demo.world import World

IN_HAND = 8
"""Pages: what is on the wire of one host, and what waits to be written."""


def test_what_a_killed_backfill_stores_is_what_an_undisturbed_one_does(
    tmp_path: Path, small_world: World
) -> None:
    with staged(tmp_path, small_world, seed=1, since=date(2026, 4, 1)) as stage:
        result = measure(stage, list(KINDS))
    assert (result.lost, result.doubled, result.amiss) == (0, 0, [])
    assert result.left == ["ended 0\n"]
    assert all(kill.again <= IN_HAND for kill in result.kills)
