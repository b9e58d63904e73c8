"""How often a column is asked: learned from its news, between a floor and a ceiling."""

from datetime import UTC, datetime, timedelta

from storage import pace
from storage.database import Database

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = 24 * HOUR


def looked(
    database: Database, *news: bool, ceiling: timedelta = DAY, column: str = "c"
) -> pace.Paced:
    """A column that was looked at whenever it was due, with these finds."""
    at = NOW
    for found in news:
        with database.unit_of_work() as session:
            pace.learn(session, "s", column, at, news=found, ceiling=ceiling)
            asked = pace.paces(session)["s", column]
        at = asked.due_at
    return asked


def test_a_column_begins_at_its_ceiling(database: Database) -> None:
    assert looked(database, True) == pace.Paced(DAY, NOW + DAY, NOW)


def test_news_bring_the_next_look_nearer_and_silence_puts_it_off(database: Database) -> None:
    busy = looked(database, True, True, True)
    assert DAY / 3 < busy.interval < DAY / 2
    calm = looked(database, True, True, True, False, column="d")
    assert busy.interval < calm.interval < DAY


def test_the_interval_stays_between_floor_and_ceiling(database: Database) -> None:
    assert looked(database, *[True] * 30).interval == pace.FLOOR


def test_a_declared_cadence_is_the_ceiling(database: Database) -> None:
    assert looked(database, *[False] * 9, ceiling=2 * HOUR).interval == 2 * HOUR


def test_an_older_look_that_comes_late_changes_nothing(database: Database) -> None:
    before = looked(database, True)
    with database.unit_of_work() as session:
        pace.learn(session, "s", "c", NOW - HOUR, news=True, ceiling=DAY)
        assert pace.paces(session)["s", "c"] == before


def test_what_was_never_asked_is_due(database: Database) -> None:
    asked = looked(database, False)
    assert pace.is_due(None, NOW)
    assert not pace.is_due(asked, NOW + DAY / 2)
    assert pace.is_due(asked, NOW + DAY)
