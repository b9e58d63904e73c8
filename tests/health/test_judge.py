"""From observations of one source to how it stands."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.catalogue import Source
from crawler.records import CITY_TIME
from flows.health.days import DayKind, day_kind
from flows.health.judge import Facts, judge
from flows.health.thresholds import thresholds
from storage.models import ColumnWalk, Hold, Look
from storage.observations import PublicationDay, ReadPage
from storage.records import HealthState

NOW = datetime(2026, 11, 24, 18, tzinfo=CITY_TIME).astimezone(UTC)  # a Tuesday
COLUMNS = ("tzgg", "zcwj")


def source(silence: str = "30d", **said: object) -> Source:
    columns = {
        name: {
            "name": name,
            "start": f"http://x.example/{name}/",
            "template": "plain",
            "cadence": {"silence": silence},
        }
        | said
        for name in COLUMNS
    }
    content = {"id": "x", "name": "x", "level": "bureau", "hosts": ["x.example"]}
    return Source.model_validate(content | {"columns": columns})


def workdays(until: date, count: int = 200) -> list[date]:
    span = [until - timedelta(days=n) for n in range(count)]
    return [day for day in reversed(span) if day_kind(day) is DayKind.WORK]


def published(column: str, until: str) -> list[PublicationDay]:
    return [
        PublicationDay("x", column, day, 1, datetime(day.year, day.month, day.day, 2, tzinfo=UTC))
        for day in workdays(date.fromisoformat(until))
    ]


def look(problem: str | None = None, *, hours: float = 0, looks: int = 0, ago: float = 1) -> Look:
    at = NOW - timedelta(hours=ago)
    since = at - timedelta(hours=hours) if problem else None
    return Look(
        source="x", column="tzgg", looked_at=at, good_at=None if problem else at, items=20,
        counts=[["2026-11-01", 20]], problem=problem, problem_since=since, problem_looks=looks,
    )  # fmt: skip


def facts(until: dict[str, str], **looks: Look) -> Facts:
    days = sorted((d for c, u in until.items() for d in published(c, u)), key=lambda d: d.day)
    return Facts(days, (), {name: looks.get(name, look()) for name in COLUMNS})


def state(given: Facts, now: datetime = NOW) -> HealthState:
    return judge(source(), given, now, thresholds()).state


WELL = {"tzgg": "2026-11-24", "zcwj": "2026-11-24"}


def test_a_source_that_publishes_as_usual_is_ok() -> None:
    assert state(facts(WELL)) is HealthState.OK


def test_an_office_is_not_silent_over_the_longest_holiday() -> None:
    until = dict.fromkeys(COLUMNS, "2026-09-30")
    now = datetime(2026, 10, 8, 9, tzinfo=CITY_TIME).astimezone(UTC)
    given = facts(until)
    for one in given.looks.values():
        one.looked_at = one.good_at = now
    assert state(given, now) is HealthState.OK


def test_one_dead_column_makes_the_source_silent_and_is_named() -> None:
    found = judge(source(), facts(WELL | {"zcwj": "2026-11-18"}), NOW, thresholds())
    assert found.state is HealthState.SILENT
    assert found.evidence[0].startswith("zcwj: is used to have something new within 1 workdays")
    assert [one["state"] for one in found.columns] == ["ok", "silent"]


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        ("challenge", HealthState.BLOCKED),
        ("http-403", HealthState.BLOCKED),
        ("robots-unreachable", HealthState.BLOCKED),
        ("the list shows no items: has its layout changed?", HealthState.BROKEN),
        ("the list shows 2 items, 20 are usual", HealthState.BROKEN),
        ("dns", HealthState.BROKEN),
        ("http-500", HealthState.BROKEN),
    ],
)
def test_trouble_with_a_list_counts_when_it_stays(problem: str, expected: HealthState) -> None:
    assert state(facts(WELL, tzgg=look(problem, hours=7, looks=2))) is expected


@pytest.mark.parametrize(("hours", "looks"), [(0, 1), (5, 10), (20, 1)])
def test_trouble_that_passes_is_none(hours: float, looks: int) -> None:
    assert state(facts(WELL, tzgg=look("http-503", hours=hours, looks=looks))) is HealthState.OK


def test_what_nobody_looked_at_is_unknown_and_not_silent() -> None:
    given = facts(dict.fromkeys(COLUMNS, "2026-10-01"), tzgg=look(ago=300), zcwj=look(ago=300))
    assert state(given) is HealthState.UNKNOWN


def test_silence_is_measured_up_to_the_last_list_that_could_be_read() -> None:
    down = look("http-503", hours=1, looks=1)
    down.good_at = datetime(2026, 11, 19, 9, tzinfo=CITY_TIME).astimezone(UTC)
    given = facts(dict.fromkeys(COLUMNS, "2026-11-18"), tzgg=down, zcwj=down)
    assert state(given) is HealthState.OK


def test_a_column_of_which_nothing_is_stored_is_empty_and_does_not_hide_the_others() -> None:
    assert state(Facts((), (), {name: look() for name in COLUMNS})) is HealthState.EMPTY
    assert state(facts({"tzgg": "2026-11-24"})) is HealthState.OK


def test_a_held_batch_is_a_broken_source() -> None:
    hold = Hold(
        run_id="r", source="x", segment="s", floors=["title"], evidence=["tzgg: no titles"],
        records=9, held_at=NOW, state="open",
    )  # fmt: skip
    given = facts(WELL)
    found = judge(source(), Facts(given.days, (), given.looks, holds=[hold]), NOW, thresholds())
    assert found.state is HealthState.BROKEN
    assert "tzgg: no titles" in found.evidence[0]


@pytest.mark.parametrize(
    ("unseen", "hours", "expected"),
    [
        (2, 48, HealthState.OK),
        (9, 48, HealthState.OK),
        (10, 48, HealthState.BROKEN),
        (10, 1, HealthState.OK),
    ],
)
def test_a_column_that_has_more_than_is_known_of_it_is_a_finding(
    unseen: int, hours: float, expected: HealthState
) -> None:
    walk = ColumnWalk(
        source="x", column="tzgg", least=500, standing=500 - unseen, unseen=unseen,
        unseen_since=NOW - timedelta(hours=hours), last_at=NOW,
    )  # fmt: skip
    given = facts(WELL)
    found = judge(source(), Facts(given.days, (), given.looks, {"tzgg": walk}), NOW, thresholds())
    assert found.state is expected
    if expected is HealthState.BROKEN:
        assert "its own count says 500, 490 are known: 10 were never seen" in found.evidence[0]


def test_bodies_that_vanish_are_a_broken_layout() -> None:
    def page(characters: int) -> ReadPage:
        return ReadPage("x", "tzgg", NOW, "r", False, False, False, characters, "layout:div")

    given = facts(WELL)
    read = [page(0)] * 3 + [page(500)] * 60
    found = judge(source(), Facts(given.days, read, given.looks), NOW, thresholds())
    assert found.state is HealthState.BROKEN
    assert "3 of its newest 3 articles have no body" in found.evidence[0]


def test_a_column_whose_dates_do_not_count_is_well_without_them() -> None:
    given = facts(WELL)
    pages = [
        ReadPage("x", "tzgg", NOW, "r", False, False, n < 5, 500, "layout:div") for n in range(60)
    ]
    given = Facts(given.days, pages, given.looks)
    assert judge(source(), given, NOW, thresholds()).state is HealthState.BROKEN
    calm = source(floors={"fields": ["title", "body"]})
    assert judge(calm, given, NOW, thresholds()).state is HealthState.OK


def test_a_column_that_is_not_to_be_learned_is_expected_as_it_is_declared() -> None:
    quiet = facts(dict.fromkeys(COLUMNS, "2026-10-30"))
    assert state(quiet) is HealthState.SILENT
    patient = source(cadence={"silence": "60d", "learn": False})
    found = judge(patient, quiet, NOW, thresholds())
    assert (found.state, found.expected_hours) == (HealthState.OK, 60 * 24)
