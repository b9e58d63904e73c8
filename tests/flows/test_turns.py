"""A host is asked by one run at a time, outside of its quiet hours, up to its bytes a day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from crawler.progress import Rules
from crawler.records import CITY_TIME, city_day
from crawler.segment import Note, Role
from flows.request import Request
from flows.run import ingest
from flows.turns import asked_by, keep_rules, turn_of
from flows.work import LEASE, Hooks, open_run
from storage import hosts, ledger
from storage.hosts import HostAsked
from tests.flows.conftest import EVERYTHING, Lab

HOST = "kjj.suqian.localhost"
KJJ = replace(EVERYTHING, sources=("demo_kjj",))


def asked(lab: Lab) -> int:
    """How many requests the host has had."""
    return sum(one.host == HOST for one in lab.replica.requests)


def hold(lab: Lab) -> None:
    with lab.app.database.unit_of_work() as session:
        ledger.acquire_lease(session, f"host {HOST}", "another machine", datetime.now(UTC), LEASE)


def test_a_host_that_another_run_asks_is_left_alone_and_asked_by_the_next(small_lab: Lab) -> None:
    hold(small_lab)
    report = ingest(small_lab.app, KJJ)
    assert asked(small_lab) == 0
    assert any("host-busy" in problem for problem in report.problems)
    with small_lab.app.database.unit_of_work() as session:
        ledger.release_leases(session, "another machine")
    ingest(small_lab.app, KJJ)
    expected = sum(post.site == "demo_kjj" for post in small_lab.replica.world.truth())
    assert small_lab.corpus().totals().articles == expected


def test_what_was_asked_is_counted_and_ends_with_the_days_bytes(small_lab: Lab) -> None:
    ingest(small_lab.app, KJJ)
    with small_lab.app.database.reading() as session:
        today = hosts.asked_on(session, datetime.now(CITY_TIME).date())
    counted = sum(one.requests for one in today.values())
    assert (today[HOST].requests, counted) == (asked(small_lab), len(small_lab.replica.requests))
    poor = replace(small_lab.app, limits=replace(small_lab.app.limits, host_bytes=1000))
    report = ingest(poor, KJJ)
    assert counted == len(small_lab.replica.requests)
    assert [problem for problem in report.problems if "served what it may" in problem]


def test_a_source_is_asked_by_name_in_its_quiet_hours_and_says_why_not(small_lab: Lab) -> None:
    quiet = replace(small_lab.app, limits=replace(small_lab.app.limits, quiet=("00:00-23:59",)))
    noon = Hooks(clock=lambda: datetime(2026, 11, 24, 4, tzinfo=UTC))
    assert ingest(quiet, KJJ, noon).problems == ("demo_kjj: quiet hours until 23:59; not asked",)
    assert ingest(quiet, Request(), noon).problems == ()
    assert small_lab.replica.requests == []


def test_a_host_that_asks_to_be_left_alone_is_so_by_later_runs(small_lab: Lab) -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    until = now + timedelta(hours=2)
    busy = Note(role=Role.OTHER, source="demo_kjj", url=f"http://{HOST}/a", status=429, at=now)
    with small_lab.app.database.unit_of_work() as session:
        hosts.note_asked(session, asked_by([replace(busy, free_at=until), busy]))
        hosts.note_asked(session, asked_by([busy]))
    report = ingest(small_lab.app, KJJ, Hooks(clock=lambda: now + timedelta(hours=1)))
    assert report.problems == (
        f"demo_kjj: {HOST} asks to be left alone until 2026-11-24T14:00:00+08:00; not asked",
    )
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: now)) as run:
        assert not turn_of(run, HOST).granted
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: until)) as run:
        assert turn_of(run, HOST).granted


def test_a_run_waits_out_the_interval_of_the_one_before_it(small_lab: Lab) -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    slow = replace(small_lab.app, limits=replace(small_lab.app.limits, delay=10.0))
    today = HostAsked(HOST, city_day(now), 1, 999_000_000, now)
    with slow.database.unit_of_work() as session:
        hosts.note_asked(session, [today])
    later = Hooks(clock=lambda: now + timedelta(seconds=3))
    with (
        open_run(slow, "ingest", {}, later) as first,
        open_run(slow, "ingest", {}, later) as second,
    ):
        turn = turn_of(first, HOST)
        assert (turn.granted, turn.wait, turn.bytes_left) == (True, 7.0, 1_000_000)
        assert not turn_of(second, HOST).granted
        assert turn_of(second, "elsewhere.localhost").granted


def test_a_robots_txt_is_read_once_in_half_a_day_of_runs(small_lab: Lab) -> None:
    began = datetime.now(UTC)
    robots = []
    for hours in (0, 1, 11, 13):
        later = began + timedelta(hours=hours)
        ingest(small_lab.app, KJJ, Hooks(clock=partial(datetime.astimezone, later)))
        robots.append(sum(one.kind == "robots" for one in small_lab.replica.requests))
    assert robots == [1, 1, 1, 2]


def test_a_run_waits_as_long_as_the_robots_txt_that_an_earlier_one_has_read_asks_for(
    small_lab: Lab,
) -> None:
    now = datetime(2026, 11, 24, 4, tzinfo=UTC)
    today = HostAsked(HOST, city_day(now), 1, 0, now)
    with small_lab.app.database.unit_of_work() as session:
        hosts.note_asked(session, [today])
    with open_run(small_lab.app, "ingest", {}, Hooks(clock=lambda: now)) as run:
        keep_rules(run, Rules(f"{HOST}:8000", "Crawl-delay: 30", 30.0))
        turn = turn_of(run, HOST)
        keep_rules(run, Rules(HOST, "Crawl-delay: 86400", 86400.0))
        assert turn_of(run, HOST).wait == 30.0
    assert turn.wait == 30.0
    assert [one.site for one in turn.rules] == [f"{HOST}:8000"]
