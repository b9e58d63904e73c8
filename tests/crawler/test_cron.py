"""How long a column waits at the most, as its cron line says."""

from datetime import timedelta

import pytest

from crawler.cron import longest_gap

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("0 */2 * * *", 2 * HOUR),
        ("7,37 * * * *", HOUR / 2),
        ("25 7 * * *", 24 * HOUR),
        ("0 9-17 * * *", 16 * HOUR),
        ("0 9 * * 1-5", 72 * HOUR),
        ("0 9 * * 7", 168 * HOUR),
        ("0 9 1 * *", 31 * 24 * HOUR),
        ("0 0 29 2 *", 24 * HOUR),
    ],
)
def test_the_longest_wait_between_two_moments(line: str, gap: timedelta) -> None:
    assert longest_gap(line) == gap
