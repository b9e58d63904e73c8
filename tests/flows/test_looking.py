"""Who looks at a page by hand asks in the host's turn, at its pace, and is counted as any run is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.fetch import fetch
from crawler.plan import Limits
from crawler.records import CITY_TIME, Page
from flows.looking import asking, sharing
from flows.work import LEASE
from storage import hosts, ledger
from tests.flows.conftest import Lab

HOST = "kjj.suqian.localhost"
ALL_DAY = ("00:00-12:00", "12:00-00:00")


def address(lab: Lab) -> str:
    """A list of the host."""
    columns = lab.app.catalogue.source("demo_kjj").columns.values()
    return next(column.start for column in columns)


def looked(lab: Lab, limits: Limits) -> dict[str, Page | str]:
    """What comes of asking for it by hand."""
    with sharing(lab.app) as shared:
        return fetch([address(lab)], contact=None, limits=limits, shared=shared)


def reasons(answers: Sequence[Page | str]) -> list[str]:
    return [one if isinstance(one, str) else f"http-{one.status}" for one in answers]


def test_a_look_is_counted_and_its_robots_txt_remembered(small_lab: Lab) -> None:
    url = address(small_lab)
    with asking(small_lab.app.settings, small_lab.app.catalogue) as ask:
        assert reasons([*ask([url]).values(), *ask([url]).values()]) == ["http-200"] * 2
        with small_lab.app.database.reading() as session:
            today = hosts.asked_on(session, datetime.now(CITY_TIME).date())
            assert len(ledger.live_holders(session, datetime.now(UTC))) == 1
    kinds = [one.kind for one in small_lab.replica.requests]
    assert kinds == ["robots", "list", "list"]
    assert today[HOST].requests == len(kinds)
    with small_lab.app.database.reading() as session:
        assert not ledger.live_holders(session, datetime.now(UTC))


def test_a_host_that_is_not_to_be_asked_now_is_not_looked_at_either(small_lab: Lab) -> None:
    usual = small_lab.app.limits
    assert [*looked(small_lab, replace(usual, quiet=ALL_DAY)).values()] == ["quiet-hours"]
    with small_lab.app.database.unit_of_work() as session:
        ledger.acquire_lease(session, f"host {HOST}", "a run", datetime.now(UTC), LEASE)
    assert [*looked(small_lab, usual).values()] == ["host-busy"]
    assert small_lab.replica.requests == []
