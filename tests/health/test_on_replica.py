"""Health of a replica that is really crawled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.demo.aging import Operation
from crawler.demo.world import World
from flows.health.digest import digest_markdown
from flows.health.service import look_at_sources
from flows.request import Request
from flows.rereading import retry
from flows.run import ingest
from flows.work import Hooks
from storage.corpus import Corpus
from storage.heartbeats import CLOCK, beats
from storage.models import Outcome
from storage.parked import Which
from storage.records import SourceHealth
from tests.flows.conftest import EVERYTHING, Lab, lab


@dataclass
class Days:
    """A lab whose clock a test moves."""

    lab: Lab
    now: datetime

    def crawl(self, request: Request = EVERYTHING) -> None:
        ingest(self.lab.app, request, Hooks(clock=lambda: self.now))

    def health(self) -> dict[str, SourceHealth]:
        look_at_sources(self.lab.app.database, self.lab.app.catalogue, self.now)
        return {one.source: one for one in Corpus(self.lab.app.database).health()}


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with lab(tmp_path, World.build(articles=40)) as opened:
        yield Days(opened, datetime.now(UTC))


def test_a_site_that_begins_to_refuse_is_blocked_and_one_that_answers_is_not(days: Days) -> None:
    days.crawl()
    site = next(iter(days.lab.replica.world.sites))
    days.lab.replica.age(Operation("fail", site=site, how="403"))
    for _ in range(2):
        days.now += timedelta(hours=8)
        days.crawl(Request())
    found = days.health()
    blocked = {source for source, one in found.items() if one.state == "blocked"}
    (source,) = blocked
    assert "http-403, in 2 looks since" in found[source].evidence[0]
    assert f"**{source}**" in digest_markdown(days.lab.app, days.now)
    with days.lab.app.database.reading() as session:
        skew = beats(session)[CLOCK].details["skew"]
    assert abs(skew) < 60


def test_parked_pages_of_which_no_answer_came_are_asked_for_again(days: Days) -> None:
    site = next(iter(days.lab.replica.world.sites))
    posts = [p for p in days.lab.replica.world.truth() if p.site == site]
    days.lab.replica.age(Operation("fail", site=site, how="500", path=posts[0].path))
    days.crawl()
    days.lab.replica.age(Operation("heal", site=site))
    (report,) = retry(days.lab.app, Which(reason="http-500"), Hooks(clock=lambda: days.now))
    assert report.outcomes[Outcome.PARKED] == 0
    assert report.outcomes[Outcome.NEW] + report.outcomes[Outcome.DUPLICATE] >= 1
