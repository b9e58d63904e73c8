"""A site that is redesigned in mid-year, from the alarm to known-complete again."""

from pathlib import Path

from benchmarks.redesign import story


def test_a_redesign_is_told_of_described_and_loses_nothing(tmp_path: Path) -> None:
    steps = list(story(tmp_path, 30))
    assert [one for one in steps if not one.good] == []
    assert len(steps) == 13
