"""The expected interval of a source, learned from the days on which it published."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.records import CITY_TIME
from flows.health.days import EVERY_DAY, DayKind, day_kind
from flows.health.rhythm import Spell, learn
from flows.health.thresholds import thresholds

RULES = thresholds().rhythm
START = date(2026, 3, 2)


def days(count: int, published: Callable[[date], bool]) -> list[date]:
    span = (START + timedelta(days=n) for n in range(count))
    return [day for day in span if published(day)]


def is_workday(day: date) -> bool:
    return day_kind(day) is DayKind.WORK


def test_an_office_is_expected_every_workday_and_not_on_weekends_and_holidays() -> None:
    rhythm = learn(days(120, is_workday), None, RULES)
    assert rhythm.learned
    assert (rhythm.expected_days, rhythm.kinds) == (1, frozenset({DayKind.WORK}))
    before_holiday = datetime(2026, 9, 30, 17, tzinfo=CITY_TIME)
    after = datetime(2026, 10, 8, 12, tzinfo=CITY_TIME)
    assert rhythm.waited(before_holiday, after) < rhythm.silent_hours(RULES)


def test_a_daily_paper_is_expected_on_weekends_too() -> None:
    rhythm = learn(days(120, lambda _: True), None, RULES)
    assert (rhythm.expected_days, rhythm.kinds) == (1, EVERY_DAY - {DayKind.FESTIVAL})


def test_a_paper_that_rests_at_the_spring_festival_only_is_not_silent_then() -> None:
    year = [date(2025, 3, 1) + timedelta(days=n) for n in range(352)]
    rhythm = learn([day for day in year if day_kind(day) is not DayKind.FESTIVAL], None, RULES)
    before = datetime(2026, 2, 14, 8, tzinfo=CITY_TIME)
    after = datetime(2026, 2, 24, 7, tzinfo=CITY_TIME)
    assert rhythm.waited(before, after) < rhythm.silent_hours(RULES)


def test_one_old_silence_does_not_make_a_source_slow() -> None:
    broke = (START + timedelta(days=60), START + timedelta(days=200))
    published = days(300, lambda day: not broke[0] <= day < broke[1])
    assert learn(published, None, RULES).expected_days == 2


def test_two_failures_that_were_told_leave_the_rhythm_as_it_was() -> None:
    broke = [(START + timedelta(days=a), START + timedelta(days=a + 60)) for a in (60, 180)]
    published = days(300, lambda day: not any(a <= day < b for a, b in broke))
    told = [Spell(begun + timedelta(days=2), end) for begun, end in broke]
    assert learn(published, None, RULES).expected_days > 50
    assert learn(published, None, RULES, told).expected_days <= 3


def test_one_failure_that_was_told_is_no_habit_and_the_second_is() -> None:
    weekly = [START + timedelta(weeks=n) for n in range(30)]
    failed = [weekly[-1] + timedelta(weeks=8 * n) for n in (1, 2)]
    told = [Spell(day - timedelta(weeks=6), day) for day in failed]
    assert learn([*weekly, failed[0]], None, RULES, told).expected_days == 7
    two_weeks = 10  # of its days: by now it is known to rest at weekends
    assert learn([*weekly, *failed], None, RULES, told).expected_days == two_weeks


def test_a_source_that_slows_down_is_learned_from_the_second_alarm_on() -> None:
    weekly = [START + timedelta(weeks=n) for n in range(30)]
    slower = [weekly[-1] + timedelta(weeks=2 * n) for n in range(1, 5)]
    told = [Spell(day - timedelta(days=3), day) for day in slower[:2]]
    before, after = (learn(weekly + slower[:n], None, RULES, told).expected_days for n in (0, 2))
    assert (before, after) == (7, 10)


def half_of_it_dead(until: int) -> tuple[list[date], Spell]:
    """An office of which little comes in from its 200th day on, which is told a week later."""
    published = days(
        280,
        lambda day: is_workday(day) and (not 200 <= (day - START).days < until or day.day % 5 == 0),
    )
    return published, Spell(START + timedelta(days=207), START + timedelta(days=until))


def test_nothing_is_learned_from_what_comes_in_while_half_of_a_source_is_dead() -> None:
    published, spell = half_of_it_dead(260)
    assert learn(published, None, RULES).expected_days >= 4
    assert learn(published, None, RULES, [spell]).expected_days <= 2


def test_nothing_is_learned_from_the_time_before_the_alarm_either() -> None:
    """One column goes on with every fifth day; the other is known to be dead a week later."""
    rare = days(280, lambda day: is_workday(day) and day.day % 5 == 0)
    daily = [day for day in days(200, is_workday) if day not in rare]
    again = [day for day in days(280, is_workday) if day > START + timedelta(days=260)]
    columns = [[*daily, *again], rare]
    published = sorted({*columns[0], *columns[1]})
    spells = [
        Spell(START + timedelta(days=alarm), START + timedelta(days=well))
        for alarm, well in ((214, 235), (249, 260))  # in between it was taken to be well again
    ]
    assert learn(published, None, RULES, spells).expected_days >= 4
    told = [one.reaching_back(columns) for one in spells]
    assert {one.onset for one in told} == {daily[-1]}
    assert learn(published, None, RULES, told).expected_days <= 2


def test_a_column_that_is_only_slow_reaches_back_to_nothing() -> None:
    daily, monthly = days(280, is_workday), days(280, lambda day: day.day == 6)
    spell = Spell(START + timedelta(days=200), START + timedelta(days=204))
    assert spell.reaching_back([daily, monthly]) == spell
    assert spell.reaching_back([[], daily[:1]]) == spell


def test_what_has_been_so_for_longer_than_a_failure_is_how_the_source_is_now() -> None:
    weekly = [START + timedelta(weeks=n) for n in range(30)]
    slower = [weekly[-1] + timedelta(weeks=3 * n) for n in range(1, 12)]
    spell = [Spell(weekly[-1] + timedelta(days=10), date.max)]
    assert learn([*weekly, *slower[:4]], None, RULES, spell).expected_days == 7
    assert learn([*weekly, *slower], None, RULES, spell).expected_days > 14


def test_a_monthly_source_is_silent_when_what_is_declared_has_passed() -> None:
    monthly = [date(2026, month, day) for month in range(1, 11) for day in (6, 8)]
    host_gone = Spell(date(2026, 6, 20), date(2026, 8, 20))
    known = [day for day in monthly if not host_gone.begins < day < host_gone.ends]
    rhythm = learn(known, 60, RULES, [host_gone])
    last = datetime(2026, 10, 8, 18, tzinfo=CITY_TIME)
    assert rhythm.waited(last, last + timedelta(days=59)) < rhythm.silent_hours(RULES)
    assert rhythm.waited(last, last + timedelta(days=61)) > rhythm.silent_hours(RULES)


def test_a_monthly_source_that_has_left_out_months_is_silent_within_two_of_its_intervals() -> None:
    """Its host is gone for a while, then it goes silent: the failure leaves its interval as it was."""
    monthly = ("2025-06-06", "2025-07-08", "2025-08-06", "2025-09-09", "2025-10-09", "2025-12-08")
    later = ("2025-12-09", "2026-01-07", "2026-03-09", "2026-07-08", "2026-07-09")
    known = [date.fromisoformat(day) for day in (*monthly, *later)]
    host_gone = Spell(date(2026, 4, 15), date(2026, 6, 13))
    before, now = learn(known[:-2], 60, RULES), learn(known, 60, RULES, [host_gone])
    assert before.expected_days == now.expected_days == 43
    last = datetime(2026, 7, 9, 18, tzinfo=CITY_TIME)
    assert now.waited(last, last + timedelta(days=110)) < now.silent_hours(RULES)
    assert now.waited(last, last + timedelta(days=140)) > now.silent_hours(RULES)


def test_who_publishes_in_bursts_is_given_the_time_between_them() -> None:
    rhythm = learn(days(300, lambda day: day.toordinal() % 20 < 4), None, RULES)
    assert 10 <= rhythm.expected_days <= 17


def test_too_short_a_past_leaves_the_catalogue_to_say() -> None:
    few = days(5, is_workday)
    assert learn(few, 60, RULES).expected_days == 60
    assert learn(few, None, RULES).expected_days == RULES.default_silence_days
    assert not learn([], 60, RULES).learned


@given(st.sets(st.integers(0, 400), min_size=1), st.none() | st.integers(1, 200))
def test_whatever_the_past_silence_begins_between_one_interval_and_two(
    numbers: set[int], declared: int | None
) -> None:
    rhythm = learn([START + timedelta(days=n) for n in sorted(numbers)], declared, RULES)
    silent = rhythm.silent_hours(RULES)
    assert rhythm.expected_hours < silent <= 2 * rhythm.expected_hours
