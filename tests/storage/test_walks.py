"""What walks of columns came to: what stands in a list, what nobody has seen of it, and since when."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import ledger, walks
from storage.corpus import Corpus
from storage.coverage import ColumnCoverage, MonthCoverage
from storage.database import Database
from storage.ledger import Result, Sighting
from storage.models import ColumnWalk, Outcome, Placement
from storage.walks import Walked
from tests.storage.samples import Sample, store

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIST = "http://s.cn/list.shtml"


def walked(
    keys: Iterable[str],
    said: int | tuple[int, int] | None = None,
    at: datetime = NOW,
    **changes: Any,
) -> Walked:
    values: dict[str, Any] = {
        "source": "s",
        "column": "c",
        "run_id": "r",
        "at": at,
        "shown": dict.fromkeys(keys, LIST),
        "said": (said, said) if isinstance(said, int) else said,
        "list_pages": 1,
        "whole": False,
        "newer_than": None,
    }
    return Walked(**(values | changes))


@pytest.fixture
def lists(database: Database) -> "Lists":
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "ingest", {}, NOW)
    return Lists(database, run)


class Lists:
    """Walks of a column whose pages are parked, unless a test says otherwise."""

    def __init__(self, database: Database, run: str) -> None:
        self.database, self.run = database, run

    def walk(self, *args: Any, **changes: Any) -> None:
        seen = walked(*args, **({"run_id": self.run} | changes))
        with self.database.unit_of_work() as session:
            ledger.sight(session, self.run, [*map(_sighting, seen.shown)], NOW)
            walks.note_walks(session, [seen])

    def become(self, outcome: Outcome, reason: str | None, *keys: str) -> None:
        results = [Result(key=key, outcome=outcome, reason=reason) for key in keys]
        with self.database.unit_of_work() as session:
            ledger.sight(session, self.run, [*map(_sighting, keys)], NOW)
            ledger.record(session, self.run, results, NOW)

    def latest(self, column: str = "c") -> ColumnWalk:
        with self.database.reading() as session:
            return walks.latest_walks(session)["s", column]

    def standing(self) -> set[str]:
        with self.database.reading() as session:
            query = select(Placement.page_id, Placement.left_at)
            ids = {page.id: key for key, page in ledger.known(session, list("abcdef")).items()}
            return {ids[page] for page, left in session.execute(query) if left is None}

    def coverage(self) -> ColumnCoverage:
        (found,) = Corpus(self.database).coverage("s")
        return found


def _sighting(key: str) -> Sighting:
    return Sighting(
        key=key, url=f"http://{key}", source="s", column="c", listed_at=NOW, listed_title=key
    )


def test_a_walk_only_ever_reaches_further_back(database: Database) -> None:
    days = [date(2024, 5, 1), date(2023, 1, 1), date(2026, 11, 1)]
    with database.unit_of_work() as session:
        for day in days:
            walks.set_walks(session, {("s", "c"): day}, NOW)
        assert walks.walks(session) == {("s", "c"): date(2023, 1, 1)}


def test_lists_are_noted_together_as_they_are_one_by_one(lists: Lists) -> None:
    late = walked("ab", said=9, at=NOW - HOUR, run_id=lists.run, whole=True)
    lists.walk("abc", said=3)
    with lists.database.unit_of_work() as session:
        ledger.sight(session, lists.run, [*map(_sighting, "def")], NOW)
        one = walked("cd", said=7, at=NOW + HOUR, run_id=lists.run, whole=True)
        other = walked("acef", said=4, at=NOW, run_id=lists.run, column="other")
        assert walks.note_walks(session, [one, other]) == [1, 4]
        # What comes late is overtaken: it tells of nothing, and nothing leaves the list for its sake.
        assert walks.note_walks(session, [late]) == [0]
    latest, elsewhere = lists.latest(), lists.latest("other")
    assert (latest.standing, latest.unseen, latest.gap) == (2, 5, 5)
    assert (elsewhere.standing, elsewhere.unseen) == (4, 0)
    assert lists.standing() == set("acdef")


def test_no_walk_is_no_question(database: Database) -> None:
    with database.reading() as session:
        assert walks.note_walks(session, []) == []
        walks.set_walks(session, {}, NOW)
        assert walks.walks(session) == {}


def test_what_a_column_says_is_held_against_what_is_known(lists: Lists) -> None:
    lists.walk("abc", said=5)
    latest = lists.latest()
    assert (latest.least, latest.most, latest.standing, latest.unseen) == (5, 5, 3, 2)
    lists.walk("de", said=5, at=NOW + HOUR)
    assert (lists.latest().standing, lists.latest().unseen) == (5, 0)


def test_a_count_of_pages_is_a_range(lists: Lists) -> None:
    lists.walk("abc", said=(17, 32))
    assert lists.latest().unseen == 14
    assert lists.coverage().says == (17, 32)


def test_a_column_without_a_count_lacks_nothing_that_anybody_knows_of(lists: Lists) -> None:
    lists.walk("abc")
    assert (lists.latest().least, lists.latest().unseen) == (None, 0)


def test_walks_that_come_to_the_same_are_one_row(lists: Lists) -> None:
    for hour in range(3):
        lists.walk("abc", said=3, at=NOW + hour * HOUR)
    with lists.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ColumnWalk)) == 1
    assert (lists.latest().first_at, lists.latest().last_at) == (NOW, NOW + 2 * HOUR)


def test_since_when_something_is_unseen_outlasts_what_comes_new(lists: Lists) -> None:
    lists.walk("abc", said=4)
    lists.walk("abcd", said=5, at=NOW + HOUR)
    assert lists.latest().unseen_since == NOW
    lists.walk("abcde", said=5, at=NOW + 2 * HOUR)
    assert lists.latest().unseen_since is None
    lists.walk("abcde", said=6, at=NOW + 3 * HOUR)
    assert lists.latest().unseen_since == NOW + 3 * HOUR


def test_what_a_whole_walk_does_not_show_stands_there_no_more(lists: Lists) -> None:
    lists.walk("abc", whole=True)
    lists.walk("a", at=NOW + HOUR)
    assert lists.standing() == {"a", "b", "c"}
    lists.walk("ab", at=NOW + 2 * HOUR, whole=True)
    assert lists.standing() == {"a", "b"}
    lists.walk("c", at=NOW + 3 * HOUR)
    assert lists.standing() == {"a", "b", "c"}


def test_a_walk_through_days_leaves_out_what_it_would_have_shown(lists: Lists) -> None:
    lists.walk("abc")
    lists.walk("a", at=NOW + HOUR, newer_than=NOW)
    assert lists.standing() == {"a", "b", "c"}
    lists.walk("a", at=NOW + HOUR, newer_than=NOW - HOUR)
    assert lists.standing() == {"a"}


def test_an_older_walk_that_comes_late_takes_nothing_away(lists: Lists) -> None:
    lists.walk("abc", said=3, at=NOW + HOUR)
    lists.walk("ad", said=2, whole=True)
    assert lists.standing() == {"a", "b", "c", "d"}
    assert lists.latest().least == 3


def test_an_address_may_stand_in_several_lists(lists: Lists) -> None:
    lists.walk("abc", said=3)
    lists.walk("bc", said=2, column="d")
    assert (lists.latest().unseen, lists.latest("d").unseen) == (0, 0)
    why = Corpus(lists.database).why("b")
    assert why is not None
    assert [(one.column, one.found_on, one.run) for one in why.lists] == [
        ("c", LIST, lists.run),
        ("d", LIST, lists.run),
    ]


def test_what_two_lists_say_otherwise_of_an_address_is_kept_for_each(lists: Lists) -> None:
    def said() -> list[tuple[str, str, str, str]]:
        with lists.database.reading() as session:
            return list(walks.said_by_lists(session))

    def walk(column: str, digest: str, hours: int = 0) -> None:
        at = NOW + hours * HOUR
        seen = walked("a", at=at, column=column, run_id=lists.run, digests={"a": digest})
        sighted = replace(_sighting("a"), listed_digest="one")
        with lists.database.unit_of_work() as session:
            ledger.sight(session, lists.run, [sighted], NOW)
            walks.note_walks(session, [seen])

    walk("c", "one")
    walk("d", "two")
    assert said() == [("s", "d", "a", "two")]
    walk("d", "three", hours=2)
    walk("d", "late", hours=1)
    assert said() == [("s", "d", "a", "three")]
    walk("d", "one", hours=3)
    assert said() == []


def test_coverage_tells_what_became_of_what_was_found(lists: Lists) -> None:
    with lists.database.unit_of_work() as session:
        store(session, Sample(key="a"))
    lists.become(Outcome.NEW, None, "a")
    lists.become(Outcome.DROPPED, "placeholder", "b")
    lists.become(Outcome.SKIPPED, "offsite", "c")
    lists.become(Outcome.SKIPPED, "window", "d")
    lists.become(Outcome.PARKED, "timeout", "e")
    lists.walk("abcde", said=7)
    found = lists.coverage()
    assert (found.found, found.held, found.aside, found.missing, found.unseen) == (5, 1, 2, 2, 2)
    assert found.months == (MonthCoverage(month="2026-11", found=5, held=1, aside=2, missing=2),)
    assert found.back_to is None


def test_only_a_column_that_was_walked_to_its_end_is_short(lists: Lists) -> None:
    lists.walk("abc", said=9)
    with lists.database.unit_of_work() as session:
        assert walks.shortfalls(session) == {}
        walks.set_walks(session, {("s", "c"): date.min}, NOW)
        assert [*walks.shortfalls(session)] == [("s", "c")]
    assert lists.coverage().back_to == "beginning"
