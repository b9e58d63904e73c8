"""Days as China works them, and time counted on some of them."""

from datetime import date, datetime

import pytest

from crawler.records import CITY_TIME
from flows.health.days import EVERY_DAY, DayKind, day_kind, days_between, hours_between, known_until

WORK = frozenset({DayKind.WORK})


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-11-24", DayKind.WORK),
        ("2026-11-28", DayKind.WEEKEND),
        ("2026-02-17", DayKind.FESTIVAL),  # the first day of the year of the horse
        ("2026-10-10", DayKind.WORK),  # a Saturday, worked for a day of the National holiday
        ("2026-10-07", DayKind.HOLIDAY),
    ],
)
def test_holidays_and_swapped_weekends_are_known(day: str, kind: DayKind) -> None:
    assert day_kind(date.fromisoformat(day)) is kind


def test_beyond_the_calendar_weekends_and_fixed_holidays_are_known_still() -> None:
    year = known_until().year + 3
    assert day_kind(date(year, 10, 1)) is DayKind.HOLIDAY
    kinds = {day_kind(date(year, 6, day)) for day in range(1, 8)}
    assert kinds == {DayKind.WORK, DayKind.WEEKEND}


def test_a_weekend_is_no_workday_between_a_friday_and_a_monday() -> None:
    assert days_between(date(2026, 11, 20), date(2026, 11, 23), WORK) == 1
    assert days_between(date(2026, 11, 20), date(2026, 11, 23), EVERY_DAY) == 3


def test_hours_are_counted_on_the_days_of_the_city_only() -> None:
    friday = datetime(2026, 11, 20, 18, tzinfo=CITY_TIME)
    monday = datetime(2026, 11, 23, 9, tzinfo=CITY_TIME)
    assert hours_between(friday, monday, WORK) == 6 + 9
    assert hours_between(friday, monday, EVERY_DAY) == 63
    assert hours_between(monday, friday, WORK) == 0
