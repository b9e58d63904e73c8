"""By what a source is judged, in words, and who says so."""

from datetime import timedelta

from crawler.floors import Floors
from crawler.plan import Limits
from crawler.records import Moment, Precision, city_day
from flows.health.explaining import ALL, explain, how_often
from storage import hosts
from storage.hosts import HostAsked, Robots
from storage.pace import Paced
from tests.health.conftest import Answer, Crawls
from tests.health.test_floors import with_floors

LIMITS = Limits()


def explained(crawls: Crawls, limits: Limits = LIMITS) -> dict[tuple[str, str], tuple[str, str]]:
    with crawls.app.database.reading() as session:
        found = explain(session, crawls.app.catalogue, "test", limits, crawls.now)
    return {(one.column, one.what): (one.expected, one.says) for one in found}


def test_what_is_expected_is_said_with_its_reason(crawls: Crawls) -> None:
    crawls.run([Answer(n, day=f"2026-10-{12 + n} 09:00") for n in range(19)])
    with_floors(crawls, Floors(fields=("title",), copies="never"), Floors(items="never"))
    found = explained(crawls)
    assert found["tzgg", "state"][0] == "silent"
    expected, says = found["tzgg", "something new"]
    assert expected == "within 1 days; silent after 2"
    assert says == "learned from 18 gaps between days with something new"
    assert found["zcwj", "something new"][1] == "0 gaps are too few to learn from: nothing declared"
    assert found["tzgg", "items of its list"] == ("any number", "catalogue, floors")
    shown = "at least 30% of the usual (not known yet what is usual)"
    assert found["zcwj", "items of its list"] == (shown, "thresholds")
    assert found["zcwj", "copies in a batch"] == ("never", "catalogue, floors")
    assert found["tzgg", "fields"] == ("title", "catalogue, floors")


def test_how_a_source_is_asked_is_said_with_who_wants_it_so(crawls: Crawls) -> None:
    crawls.run([Answer(1)])
    source = crawls.app.catalogue.source("test")
    host, now = source.hosts[0], crawls.now
    until = now + timedelta(hours=2)
    today = HostAsked(host, city_day(now), 12, 3_400_000, now, until)  # and the 2 of the crawl
    with crawls.app.database.unit_of_work() as session:
        hosts.note_asked(session, [today])
        hosts.keep_robots(session, host, Robots(host, "", 7.0, now))
    found = explained(crawls, Limits(quiet=("08:00-18:00",), host_bytes=5_000_000))
    assert found[ALL, "requests"] == ("every 2 s at most", "what holds for everybody")
    assert found[ALL, f"robots.txt of {host}"][0] == "Crawl-delay 7 s"
    assert found[ALL, "quiet hours"] == ("08:00-18:00", "SUQIAN_QUIET_HOURS")
    served = ("at most 5 MB", "today 14 requests, 3.4 MB")
    assert found[ALL, f"bytes of {host} in a day"] == served
    alone = f"not asked until {Moment(until, Precision.MINUTE)}"
    assert found[ALL, f"requests to {host}"] == (alone, "Retry-After of its own")


def test_how_often_a_column_is_looked_at_is_said(crawls: Crawls) -> None:
    paced = Paced(timedelta(hours=3), crawls.now, crawls.now)
    (found,) = how_often("tzgg", paced)
    assert (found.what, found.expected) == ("looks at its list", "every 3 h")
    assert not list(how_often("tzgg", None))
