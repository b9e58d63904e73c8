"""The ledger: one outcome an address and run, numbers that add up, and no two at one work."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from storage import ledger
from storage.database import Database
from storage.ledger import Cost, Result, Sighting
from storage.models import Outcome, Page, Run, RunState, Tally, Visit

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TTL = timedelta(minutes=15)


@pytest.fixture
def run(database: Database) -> str:
    return new_run(database)


def new_run(database: Database, now: datetime = NOW) -> str:
    with database.unit_of_work() as session:
        return ledger.start_run(session, "ingest", {"source": None}, now)


def seen(key: str, source: str = "suqian-gov", digest: str | None = "d1") -> Sighting:
    return Sighting(
        key=key, url=f"https://{key}", source=source, column="tzgg", listed_digest=digest
    )


def settle(
    database: Database, run: str, sightings: list[Sighting], results: list[Result], now: datetime
) -> None:
    with database.unit_of_work() as session:
        ledger.sight(session, run, sightings, now)
        ledger.record(session, run, results, now)


def became(database: Database, run: str, outcome: Outcome, *keys: str, now: datetime = NOW) -> None:
    results = [Result(key=key, outcome=outcome) for key in keys]
    settle(database, run, [seen(key) for key in keys], results, now)


def page(database: Database, key: str) -> Page:
    with database.reading() as session:
        return session.scalars(select(Page).where(Page.key == key)).one()


# --- runs ---------------------------------------------------------------------------------------


def test_a_run_is_open_until_it_is_finished(database: Database, run: str) -> None:
    with database.unit_of_work() as session:
        assert ledger.unfinished_runs(session) == [run]
        ledger.finish_run(session, run, RunState.FAILED, NOW + HOUR, "the site was down")
        assert ledger.unfinished_runs(session) == []
    with database.reading() as session:
        stored = session.get_one(Run, run)
    assert (stored.state, stored.error) == ("failed", "the site was down")
    assert stored.finished_at == NOW + HOUR


# --- pages --------------------------------------------------------------------------------------


def test_an_address_keeps_where_it_was_seen_first_and_what_its_list_says_last(
    database: Database, run: str
) -> None:
    first = Sighting(
        key="a", url="http://a", source="s", found_on="http://list/1", listed_title="旧"
    )
    with database.unit_of_work() as session:
        ids = ledger.sight(session, run, [first], NOW)
    later = replace(first, found_on="http://list/2", listed_title="新", listed_digest="d2")
    with database.unit_of_work() as session:
        assert ledger.sight(session, run, [later], NOW + HOUR) == ids
        ledger.sight(session, run, [Sighting(key="a", url="http://a", source="s")], NOW + HOUR)
    stored = page(database, "a")
    assert (stored.discovered_at, stored.discovered_on) == (NOW, "http://list/1")
    assert (stored.listed_title, stored.listed_digest) == ("新", "d2")


def test_a_sighting_without_an_outcome_is_tried_again(database: Database, run: str) -> None:
    with database.unit_of_work() as session:
        ledger.sight(session, run, [seen("a")], NOW)
        assert [due.url for due in ledger.due_again(session, ["suqian-gov"], NOW)] == ["https://a"]


def test_an_outcome_and_the_answer_are_remembered(database: Database, run: str) -> None:
    answer = Result(
        key="a",
        outcome=Outcome.NEW,
        status=200,
        etag='"1"',
        digest="0f",
        fetched_at=NOW,
        warc="seg@0",
    )
    settle(database, run, [seen("a")], [answer], NOW)
    stored = page(database, "a")
    assert (stored.outcome, stored.etag, stored.digest) == ("new", '"1"', "0f")
    assert stored.run_id == run


def test_as_it_was_keeps_what_is_known_of_the_last_answer(database: Database, run: str) -> None:
    answer = Result(key="a", outcome=Outcome.NEW, status=200, digest="0f", fetched_at=NOW)
    settle(database, run, [seen("a")], [answer], NOW)
    became(database, new_run(database), Outcome.UNCHANGED, "a")
    stored = page(database, "a")
    assert (stored.outcome, stored.digest, stored.status) == ("unchanged", "0f", 200)


def test_recording_twice_in_one_run_is_recording_once(database: Database, run: str) -> None:
    for minute in range(3):
        became(database, run, Outcome.PARKED, "a", now=NOW + timedelta(minutes=minute))
    stored = page(database, "a")
    assert stored.attempts == 1
    assert stored.next_try_at == NOW + HOUR
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 1


def test_a_failed_page_is_tried_again_ever_less_often(database: Database) -> None:
    waits = []
    now = NOW
    for _ in range(7):
        became(database, new_run(database, now), Outcome.PARKED, "a", now=now)
        next_try = page(database, "a").next_try_at
        assert next_try is not None
        waits.append((next_try - now) / HOUR)
        now = next_try
    assert waits == [1, 4, 24, 72, 168, 168, 168]


def test_a_good_try_ends_the_waiting(database: Database) -> None:
    became(database, new_run(database), Outcome.PARKED, "a")
    became(database, new_run(database), Outcome.NEW, "a")
    stored = page(database, "a")
    assert (stored.attempts, stored.next_try_at) == (0, None)


def test_visited_tells_what_a_run_has_done_already(database: Database, run: str) -> None:
    became(database, run, Outcome.NEW, "a")
    with database.unit_of_work() as session:
        ids = ledger.sight(session, run, [seen("a"), seen("b")], NOW)
        assert ledger.visited(session, run, list(ids.values())) == {ids["a"]}
        assert ledger.visited(session, "another", list(ids.values())) == set()


def test_more_addresses_than_a_statement_takes(database: Database, run: str) -> None:
    keys = [f"k{number:05}" for number in range(1234)]
    became(database, run, Outcome.NEW, *keys)
    with database.reading() as session:
        assert set(ledger.known(session, keys)) == set(keys)
        assert len(list(ledger.known_addresses(session, NOW))) == len(keys)


# --- what a plan asks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "settled"),
    [
        *((outcome, True) for outcome in ("new", "unchanged", "duplicate", "gone", "dropped")),
        ("held", True),
        ("skipped", False),
        ("parked", False),
    ],
)
def test_settled_pages_need_no_fetch(
    database: Database, run: str, outcome: str, settled: bool
) -> None:
    became(database, run, Outcome(outcome), "a")
    with database.reading() as session:
        known = list(ledger.known_addresses(session, NOW + 2 * HOUR))
    assert known == ([("a", "d1")] if settled else [])


def test_a_parked_page_is_left_alone_until_it_is_due(database: Database, run: str) -> None:
    became(database, run, Outcome.PARKED, "a")
    with database.reading() as session:
        early, late = NOW + HOUR / 2, NOW + HOUR
        assert list(ledger.known_addresses(session, early)) == [("a", "d1")]
        assert ledger.due_again(session, ["suqian-gov"], early) == []
        assert list(ledger.known_addresses(session, late)) == []
        assert len(ledger.due_again(session, ["suqian-gov"], late)) == 1
        assert ledger.due_again(session, ["another"], late) == []


# --- adding up ----------------------------------------------------------------------------------


def test_a_run_adds_up_to_what_it_discovered(database: Database, run: str) -> None:
    became(database, run, Outcome.NEW, "a", "b")
    became(database, run, Outcome.PARKED, "c")
    known = {("suqian-gov", Outcome.SKIPPED, "known"): 5}
    for _ in range(2):  # a run that died while it was settled is settled again
        with database.unit_of_work() as session:
            ledger.settle_run(session, run, [Cost("suqian-gov", discovered=8)], known)
            assert ledger.sums_differ(session, run) == {}
    with database.reading() as session:
        tallies = session.scalars(select(Tally).where(Tally.run_id == run))
        assert {one.outcome: one.count for one in tallies} == {"new": 2, "parked": 1, "skipped": 5}


def test_a_page_counts_under_the_source_that_listed_it_in_this_run(
    database: Database, run: str
) -> None:
    became(database, run, Outcome.NEW, "a")
    later = new_run(database, NOW + HOUR)
    result = Result(key="a", outcome=Outcome.UNCHANGED, source="another")
    settle(database, later, [seen("a", source="another")], [result], NOW + HOUR)
    with database.unit_of_work() as session:
        ledger.settle_run(session, later, [Cost("another", discovered=1)], {})
        assert ledger.sums_differ(session, later) == {}
    assert page(database, "a").source == "suqian-gov"


def test_what_does_not_add_up_is_named(database: Database, run: str) -> None:
    became(database, run, Outcome.NEW, "a", "b")
    costs = [Cost("suqian-gov", discovered=3), Cost("lost", discovered=1)]
    with database.unit_of_work() as session:
        ledger.settle_run(session, run, costs, {})
        assert ledger.sums_differ(session, run) == {"suqian-gov": (3, 2), "lost": (1, 0)}


# --- leases -------------------------------------------------------------------------------------


@pytest.fixture
def held(database: Database) -> Database:
    with database.unit_of_work() as session:
        assert ledger.acquire_lease(session, "s", "first", NOW, TTL)
    return database


@pytest.mark.parametrize(
    ("holder", "after", "taken"),
    [
        ("second", timedelta(), False),
        ("second", TTL - timedelta(seconds=1), False),
        ("second", TTL, True),
        ("first", timedelta(minutes=1), True),
    ],
)
def test_a_lease_is_one_holders_until_it_runs_out(
    held: Database, holder: str, after: timedelta, taken: bool
) -> None:
    with held.unit_of_work() as session:
        assert ledger.acquire_lease(session, "s", holder, NOW + after, TTL) is taken


def test_a_renewed_lease_runs_on(held: Database) -> None:
    with held.unit_of_work() as session:
        ledger.renew_leases(session, "first", NOW + TTL / 2, TTL)
        assert not ledger.acquire_lease(session, "s", "second", NOW + TTL, TTL)
        assert ledger.live_holders(session, NOW + TTL) == {"first"}
        assert ledger.live_holders(session, NOW + 2 * TTL) == set()


def test_a_released_lease_is_free(held: Database) -> None:
    with held.unit_of_work() as session:
        ledger.release_leases(session, "second")
        assert not ledger.acquire_lease(session, "s", "second", NOW, TTL)
        ledger.release_leases(session, "first")
        assert ledger.acquire_lease(session, "s", "second", NOW, TTL)


def test_of_several_who_ask_at_once_one_gets_the_lease(database: Database) -> None:
    barrier = threading.Barrier(4)

    def ask(holder: int) -> bool:
        barrier.wait()
        with database.unit_of_work() as session:
            return ledger.acquire_lease(session, "s", str(holder), NOW, TTL)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [False, False, False, True]


# --- segments -----------------------------------------------------------------------------------


def test_a_segment_is_unloaded_until_every_record_is_in(database: Database, run: str) -> None:
    with database.unit_of_work() as session:
        for name in ("b", "a", "b"):
            ledger.add_segment(session, name, run, 3, 100, NOW)
        assert ledger.unloaded_segments(session) == [("a", run), ("b", run)]
        ledger.mark_loaded(session, "a", NOW)
        assert ledger.unloaded_segments(session) == [("b", run)]


def test_an_idle_run_writes_no_page(database: Database, run: str) -> None:
    became(database, run, Outcome.NEW, "a")
    with database.unit_of_work() as session:
        session.execute(update(Page).values(reason="mark"))
    idle = new_run(database, NOW + HOUR)
    with database.unit_of_work() as session:
        unwritten = {("suqian-gov", Outcome.SKIPPED, "known"): 1}
        ledger.settle_run(session, idle, [Cost("suqian-gov", discovered=1)], unwritten)
        assert ledger.sums_differ(session, idle) == {}
    stored = page(database, "a")
    assert (stored.run_id, stored.reason, stored.outcome) == (run, "mark", "new")
