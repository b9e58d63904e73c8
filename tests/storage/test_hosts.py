"""What hosts were asked in a day, whoever asked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from storage import hosts
from storage.database import Database
from storage.hosts import HostAsked, Robots

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
DAY = date(2026, 11, 24)
ONE = HostAsked("a.cn", DAY, 3, 2**31, NOW)


def test_what_several_runs_ask_of_a_host_adds_up(database: Database) -> None:
    late = replace(ONE, last_at=NOW + timedelta(hours=1))
    other = replace(ONE, host="b.cn", day=DAY - timedelta(days=1))
    with database.unit_of_work() as session:
        hosts.note_asked(session, [late, other])
        hosts.note_asked(session, [ONE])
    with database.reading() as session:
        assert hosts.asked_on(session, DAY) == {"a.cn": replace(late, requests=6, bytes=2**32)}
        assert hosts.last_asked(session, "a.cn") == (late.last_at, None)
        assert hosts.last_asked(session, "c.cn") == (None, None)


def test_hosts_that_want_to_be_left_alone_are_known_until_then(database: Database) -> None:
    free = NOW + timedelta(hours=2)
    alone = replace(ONE, free_at=free)
    over = replace(ONE, host="b.cn", free_at=NOW)
    with database.unit_of_work() as session:
        hosts.note_asked(session, [alone, replace(alone, day=DAY + timedelta(days=1)), over])
        hosts.note_asked(session, [replace(ONE, host="c.cn")])
    with database.reading() as session:
        assert hosts.left_alone(session, NOW) == {"a.cn": free}
        assert hosts.left_alone(session, free) == {}


def test_what_a_robots_txt_said_is_kept_a_site_and_taken_while_it_is_fresh(
    database: Database,
) -> None:
    first = Robots("a.cn", "Disallow: /", 0.0, NOW)
    again = Robots("a.cn", "Crawl-delay: 7\0", 7.0, NOW + timedelta(hours=1))
    port = Robots("a.cn:8080", "", 0.0, NOW)
    with database.unit_of_work() as session:
        for host, one in (("a.cn", first), ("a.cn", again), ("a.cn", port)):
            hosts.keep_robots(session, host, one)
    kept = replace(again, text="Crawl-delay: 7")
    with database.reading() as session:
        assert hosts.robots_of(session, ["a.cn", "b.cn"], NOW) == [kept, port]
        assert hosts.robots_of(session, ["a.cn"], again.read_at) == [kept]
        assert hosts.robots_of(session, ["b.cn"], NOW) == []
