"""When pages are due, and what their checks come to: on tables alone, under any clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import ledger, watch
from storage.corpus import Corpus
from storage.database import Database
from storage.ledger import Result
from storage.models import Article, Outcome, Page, Watch, Withdrawal
from storage.watch import CONFIRM_AFTER, CONTROLS, HELD_FROM, INTERVALS, Watched, next_check
from tests.storage.samples import NOW, Sample, store

HOUR = timedelta(hours=1)
GONE, THERE = (Outcome.GONE, "http-404"), (Outcome.UNCHANGED, None)


def stored(database: Database, *keys: str, since: datetime = NOW) -> None:
    with database.unit_of_work() as session:
        store(session, *[Sample(key=key) for key in keys])
        pages = session.scalars(select(Page).where(Page.key.in_(keys)).order_by(Page.key))
        watch.begin(session, [Watched(p.id, p.source, p.url, since) for p in pages])


def visit(
    database: Database, at: datetime, outcomes: Mapping[str, tuple[Outcome, str | None]]
) -> list[str]:
    """A run that came upon these keys; what it has to say of them."""
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "recheck", {}, at)
        results = [
            Result(key=key, outcome=outcome, reason=reason)
            for key, (outcome, reason) in outcomes.items()
        ]
        ledger.record(session, run, results, at)
        first = watch.settle_checks(session, run, at)
        # Nothing comes of settling a run again.
        assert watch.settle_checks(session, run, at) == first
        return first


def due(database: Database, at: datetime, per_host: int = 100) -> list[str]:
    with database.reading() as session:
        checks = watch.due_checks(session, ["suqian-gov"], at, per_host)
        return [check.page.url.removeprefix("https://www.") for check in checks]


def state(session: Session, key: str) -> Watch:
    return session.scalars(
        select(Watch).join(Page, Page.id == Watch.page_id).where(Page.key == key)
    ).one()


def withdrawn(database: Database, key: str) -> datetime | None:
    with database.reading() as session:
        return session.scalar(select(Article.withdrawn_at).where(Article.key == key))


def kinds(database: Database) -> list[str]:
    return [c.kind for c in Corpus(database).changes() if c.kind != "added"]


def test_checks_come_ever_less_often_and_end() -> None:
    assert [interval / HOUR for interval in INTERVALS] == [1, 6, 24, 72, 240, 720, 2160]
    checks, at = [], NOW
    while (following := next_check(NOW, at)) is not None:
        checks.append(following - NOW)
        at = following
    assert tuple(checks) == INTERVALS


@given(st.timedeltas(timedelta(0), timedelta(days=100)))
def test_a_check_is_never_due_before_the_last_one(after: timedelta) -> None:
    following = next_check(NOW, NOW + after)
    assert following is None or following > NOW + after


def test_intervals_that_passed_unseen_are_one_check(database: Database) -> None:
    stored(database, "a.cn/1")
    assert due(database, NOW + 30 * HOUR) == ["a.cn/1"]
    visit(database, NOW + 30 * HOUR, {"a.cn/1": THERE})
    assert due(database, NOW + 71 * HOUR) == []
    assert due(database, NOW + 72 * HOUR) == ["a.cn/1"]


def test_the_most_recent_come_first_within_a_hosts_ration(database: Database) -> None:
    keys = [f"a.cn/{number}" for number in range(5)]
    for age, key in enumerate(keys):
        stored(database, key, since=NOW - age * HOUR)
    stored(database, "b.cn/1", since=NOW - timedelta(days=3))
    assert due(database, NOW + timedelta(days=4), per_host=2) == ["a.cn/0", "a.cn/1", "b.cn/1"]
    with database.reading() as session:
        recent = watch.due_checks(session, ["suqian-gov"], NOW + HOUR, 9, within=2 * HOUR)
        assert [check.since for check in recent] == [NOW, NOW - HOUR]
        assert watch.due_checks(session, ["another"], NOW + timedelta(days=4), 9) == []


def test_a_suspect_comes_before_all_and_brings_healthy_pages_along(database: Database) -> None:
    stored(database, "a.cn/old", since=NOW - timedelta(days=90))
    visit(database, NOW, {"a.cn/old": GONE})
    stored(database, *(f"a.cn/{number}" for number in range(9)))
    found = due(database, NOW + CONFIRM_AFTER, per_host=1)
    assert "a.cn/old" in found
    assert len(found) == 1 + CONTROLS


@pytest.mark.parametrize("between", [[], [THERE], [(Outcome.PARKED, "http-503")]])
def test_two_misses_hours_apart_withdraw_unless_it_was_there_between(
    database: Database, between: Sequence[tuple[Outcome, str | None]]
) -> None:
    stored(database, "a.cn/1")
    visit(database, NOW + HOUR, {"a.cn/1": GONE})
    for outcome in between:
        visit(database, NOW + 2 * HOUR, {"a.cn/1": outcome})
    visit(database, NOW + HOUR + CONFIRM_AFTER, {"a.cn/1": GONE})
    was_there = THERE in between
    assert withdrawn(database, "a.cn/1") == (None if was_there else NOW + HOUR)
    assert kinds(database) == ([] if was_there else ["withdrawn"])


def test_two_misses_that_are_too_close_are_one(database: Database) -> None:
    stored(database, "a.cn/1")
    visit(database, NOW + HOUR, {"a.cn/1": GONE})
    visit(database, NOW + HOUR + CONFIRM_AFTER / 2, {"a.cn/1": GONE})
    assert withdrawn(database, "a.cn/1") is None
    assert due(database, NOW + HOUR + CONFIRM_AFTER - timedelta(minutes=1)) == []
    assert due(database, NOW + HOUR + CONFIRM_AFTER) == ["a.cn/1"]


def test_each_withdrawal_is_in_its_history(database: Database) -> None:
    stored(database, "a.cn/1")
    at = [NOW + number * CONFIRM_AFTER for number in range(1, 6)]
    outcomes = [GONE, GONE, THERE, GONE, GONE]
    for moment, outcome in zip(at, outcomes, strict=True):
        visit(database, moment, {"a.cn/1": outcome})
    with database.reading() as session:
        rows = session.scalars(select(Withdrawal).order_by(Withdrawal.number))
        assert [(w.number, w.gone_at, w.confirmed_at, w.reason, w.restored_at) for w in rows] == [
            (1, at[0], at[1], "http-404", at[2]),
            (2, at[3], at[4], "http-404", None),
        ]
    assert kinds(database) == ["withdrawn", "restored", "withdrawn"]
    assert withdrawn(database, "a.cn/1") == at[3]


def test_a_withdrawn_article_is_watched_anew_and_once_back_again(database: Database) -> None:
    stored(database, "a.cn/1", since=NOW - timedelta(days=400))
    visit(database, NOW, {"a.cn/1": GONE})
    visit(database, NOW + CONFIRM_AFTER, {"a.cn/1": GONE})
    assert due(database, NOW + CONFIRM_AFTER + HOUR) == ["a.cn/1"]
    visit(database, NOW + CONFIRM_AFTER + HOUR, {"a.cn/1": THERE})
    assert due(database, NOW + CONFIRM_AFTER + 2 * HOUR) == ["a.cn/1"]


def test_most_of_a_host_missing_at_once_is_the_hosts_illness(database: Database) -> None:
    keys = [f"a.cn/{number}" for number in range(HELD_FROM + 1)]
    stored(database, *keys, "b.cn/1")
    outcomes = dict.fromkeys(keys, GONE) | {"b.cn/1": GONE}
    for hours in (1, 7, 13):
        said = visit(database, NOW + hours * HOUR, outcomes)
        assert len(said) == 1
        assert "4 of 4 answers of www.a.cn" in said[0]
        assert said[0].startswith("suqian-gov: ")
    assert {key for key in outcomes if withdrawn(database, key)} == {"b.cn/1"}
    assert due(database, NOW + 19 * HOUR) == keys[::-1]


def test_as_many_missing_among_enough_others_are_withdrawn(database: Database) -> None:
    keys = [f"a.cn/{number}" for number in range(2 * HELD_FROM)]
    stored(database, *keys)
    outcomes = dict.fromkeys(keys, THERE) | dict.fromkeys(keys[:HELD_FROM], GONE)
    for hours in (1, 7):
        assert visit(database, NOW + hours * HOUR, outcomes) == []
    assert [key for key in keys if withdrawn(database, key)] == keys[:HELD_FROM]


def test_failures_wait_for_the_ledgers_next_try(database: Database) -> None:
    stored(database, "a.cn/1")
    visit(database, NOW + HOUR, {"a.cn/1": (Outcome.PARKED, "http-503")})
    assert due(database, NOW + HOUR) == []
    assert due(database, NOW + 2 * HOUR) == ["a.cn/1"]


def test_what_was_checked_under_a_clock_that_ran_ahead_is_put_right(database: Database) -> None:
    stored(database, "a.cn/1", "a.cn/2")
    ahead = NOW + timedelta(days=4000)
    visit(database, ahead, {"a.cn/1": THERE, "a.cn/2": GONE})
    now = NOW + 2 * HOUR
    with database.unit_of_work() as session:
        assert watch.mend(session, now) == 2
        assert watch.mend(session, now) == 0
        assert state(session, "a.cn/1").check_at == NOW + 6 * HOUR
        assert state(session, "a.cn/2").check_at == now + CONFIRM_AFTER
    assert withdrawn(database, "a.cn/2") is None


def test_a_clock_that_is_a_little_ahead_is_left_alone(database: Database) -> None:
    stored(database, "a.cn/1")
    with database.unit_of_work() as session:
        assert watch.mend(session, NOW - timedelta(minutes=30)) == 0


def listed(database: Database, key: str, at: datetime) -> None:
    with database.unit_of_work() as session:
        values = {"listed_at": at, "column": "news", "discovered_on": "list"}
        session.execute(update(Page).where(Page.key == key).values(**values))


def test_what_a_list_leaves_out_is_due_once(database: Database) -> None:
    keys = ["a.cn/1", "a.cn/2", "a.cn/3"]
    stored(database, *keys, since=NOW - timedelta(days=400))
    for days, key in enumerate(keys):
        listed(database, key, datetime(2026, 11, 20 - days, tzinfo=UTC))
    visit(database, NOW, dict.fromkeys(keys, THERE))
    column, down_to = ("suqian-gov", "news"), datetime(2026, 11, 18, 12, tzinfo=UTC)
    with database.unit_of_work() as session:
        # The third is older than what was walked.
        assert watch.note_list(session, column, down_to, {"a.cn/1"}, NOW) == 1
        assert watch.note_list(session, column, down_to, {"a.cn/1"}, NOW) == 0
    assert due(database, NOW) == ["a.cn/2"]
    visit(database, NOW, {"a.cn/2": THERE})
    assert due(database, NOW) == []


def test_a_withdrawn_article_that_is_listed_again_is_due(database: Database) -> None:
    stored(database, "a.cn/1", since=NOW - timedelta(days=400))
    listed(database, "a.cn/1", NOW)
    column, long_ago = ("suqian-gov", "news"), NOW - timedelta(days=99)
    with database.unit_of_work() as session:
        watch.note_list(session, column, long_ago, set(), NOW)
    visit(database, NOW, {"a.cn/1": GONE})
    visit(database, NOW + CONFIRM_AFTER, {"a.cn/1": GONE})
    at = NOW + CONFIRM_AFTER + timedelta(minutes=1)
    assert due(database, at) == []
    with database.unit_of_work() as session:
        watch.note_list(session, column, long_ago, {"a.cn/1"}, at)
    assert due(database, at) == ["a.cn/1"]
