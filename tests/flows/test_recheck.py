"""The replica ages, the clock is turned, and checks find out: edits, noise, withdrawals, returns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.aging import Operation
from crawler.demo.server import Replica
from crawler.demo.world import FIRST_DAY, Post, World
from crawler.errors import StopRun
from flows.checking import Recheck, recheck
from flows.forgetting import find_remains, forget
from flows.report import RunReport
from flows.request import Request
from flows.run import ingest
from flows.work import Hooks
from storage.corpus import Article, Corpus
from storage.diff import Mark
from storage.models import Outcome
from storage.watch import CONFIRM_AFTER
from tests.flows.conftest import Lab, copied, left_by

START = datetime(2026, 7, 1, 1, tzinfo=UTC)
SITE, COLUMN = "demo_sthj", "jsxm"
ONE = Request(sources=(SITE,), since=FIRST_DAY)


@dataclass
class Aging:
    """A replica, a corpus of one of its sites, and a clock that only the test turns."""

    lab: Lab
    now: datetime = START
    kinds: list[str] = field(default_factory=list)

    @property
    def corpus(self) -> Corpus:
        return self.lab.corpus()

    def crawl(self, request: Request = ONE) -> RunReport:
        return ingest(self.lab.app, request, Hooks(clock=lambda: self.now))

    def check(self, after: timedelta, **options: Any) -> RunReport:
        self.now += after
        request = Recheck(sources=(SITE,), **options)
        return recheck(self.lab.app, request, Hooks(clock=lambda: self.now))

    def age(self, op: str, post: Post, how: str = "") -> None:
        self.lab.replica.age(Operation(op, path=post.path, site=post.site, how=how))

    def article(self, post: Post) -> Article:
        found = self.corpus.get(self.url(post))
        assert found is not None
        return found

    def url(self, post: Post) -> str:
        return self.lab.replica.world.url(post.address, self.lab.replica.port)

    def posts(self) -> list[Post]:
        world = self.lab.replica.world
        return [post for post in world.listed(SITE, COLUMN) if world.is_article(post)]

    def changes(self) -> list[str]:
        """The kinds of changes since the last call."""
        last = len(self.kinds)
        self.kinds = [change.kind for change in self.corpus.changes()]
        return self.kinds[last:]


@pytest.fixture(scope="module")
def known_site(
    tmp_path_factory: pytest.TempPathFactory, small_world: World
) -> Iterator[tuple[Replica, Path]]:
    """A replica, and the folder of a system that has crawled one of its sites."""
    folder = tmp_path_factory.mktemp("known site")
    with left_by(folder, small_world, lambda lab: Aging(lab).crawl()) as made:
        yield made


@pytest.fixture
def aging(tmp_path: Path, known_site: tuple[Replica, Path], small_world: World) -> Iterator[Aging]:
    with copied(known_site, tmp_path, small_world) as opened:
        made = Aging(opened)
        made.changes()
        yield made


def test_what_is_due_is_checked_once_and_costs_no_change(aging: Aging) -> None:
    stored = aging.corpus.count()
    assert aging.check(timedelta(minutes=59)).discovered == 0
    aging.lab.replica.requests.clear()
    report = aging.check(timedelta(minutes=1))
    assert report.outcomes == {Outcome.UNCHANGED: stored}
    assert {asked.kind for asked in aging.lab.replica.requests} <= {"article", "robots"}
    assert aging.check(timedelta()).discovered == 0
    assert aging.check(timedelta(days=400)).discovered == stored
    assert aging.check(timedelta(days=400)).discovered == 0
    assert aging.changes() == []


def test_a_silent_edit_is_found_and_noise_is_not_one(aging: Aging) -> None:
    edited, noisy = aging.posts()[:2]
    aging.age("edit-silently", edited)
    aging.age("noise", noisy)
    report = aging.check(timedelta(hours=1))
    assert report.outcomes[Outcome.CHANGED] == 1
    aging.age("noise", noisy)
    assert aging.check(timedelta(hours=6)).outcomes[Outcome.CHANGED] == 0
    assert aging.changes() == ["revised"]
    assert [aging.article(post).revision for post in (edited, noisy)] == [2, 1]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("404", "http-404"),
        ("410", "http-410"),
        ("front", "front-page"),
        ("soft", "missing"),
    ],
)
def test_an_article_that_is_missing_twice_is_withdrawn_and_may_come_back(
    aging: Aging, how: str, reason: str
) -> None:
    post = aging.posts()[0]
    body = aging.article(post).body
    aging.age("withdraw", post, how)
    report = aging.check(timedelta(hours=1))
    assert report.reasons == {f"gone:{reason}": 1}
    assert report.problems == ()
    assert aging.article(post).withdrawn_at is None
    assert aging.changes() == []
    # The second check does not wait for the next interval, and asks no sooner than it should.
    assert aging.check(CONFIRM_AFTER - timedelta(hours=1)).reasons == {}
    aging.check(timedelta(hours=1))
    withdrawn = aging.article(post)
    assert withdrawn.withdrawn_at == "2026-07-01T10:00:00+08:00"
    assert withdrawn.body == body
    assert aging.changes() == ["withdrawn"]
    aging.age("restore", post)
    aging.check(timedelta(hours=1))
    assert aging.article(post).withdrawn_at is None
    assert aging.changes() == ["restored"]
    aging.age("withdraw", post, how)
    aging.check(timedelta(hours=1))
    aging.check(CONFIRM_AFTER)
    assert aging.changes() == ["withdrawn"]


@pytest.mark.parametrize("how", ["503", "reset", "challenge", "shell"])
def test_a_host_that_fails_withdraws_nothing(aging: Aging, how: str) -> None:
    aging.lab.replica.age(Operation("fail", site=SITE, how=how))
    for _ in range(2):
        aging.check(timedelta(days=1))
    aging.lab.replica.age(Operation("heal", site=SITE))
    aging.check(timedelta(days=1))
    assert aging.changes() == []
    assert all(article.withdrawn_at is None for article in aging.corpus.articles())


def test_a_host_that_denies_everything_withdraws_nothing_and_is_a_problem(aging: Aging) -> None:
    aging.lab.replica.age(Operation("fail", site=SITE, how="404"))
    for hours in (1, 6, 24):
        report = aging.check(timedelta(hours=hours))
        assert len(report.problems) == 1
        assert "nothing is withdrawn" in report.problems[0]
        assert SITE in report.problems[0]
    assert aging.changes() == []
    aging.lab.replica.age(Operation("heal", site=SITE))
    assert aging.check(timedelta(hours=6)).problems == ()


def test_one_missing_page_of_a_host_that_denies_everything_is_told_apart(aging: Aging) -> None:
    """The second check of a single suspect takes healthy pages along."""
    aging.check(timedelta(days=100))
    post = aging.posts()[0]
    aging.age("unlist", post)
    aging.crawl()
    aging.age("withdraw", post)
    assert aging.check(timedelta(hours=1)).outcomes == {Outcome.GONE: 1}
    aging.lab.replica.age(Operation("fail", site=SITE, how="404"))
    report = aging.check(CONFIRM_AFTER)
    assert len(report.problems) == 1
    assert aging.changes() == []


def test_what_its_list_leaves_out_is_checked_once(aging: Aging) -> None:
    aging.check(timedelta(days=100))
    post = aging.posts()[0]
    aging.age("unlist", post)
    aging.crawl()
    report = aging.check(timedelta(minutes=1))
    assert report.outcomes == {Outcome.UNCHANGED: 1}
    aging.crawl()
    assert aging.check(timedelta(minutes=1)).discovered == 0
    assert aging.changes() == []


def test_what_is_listed_again_after_a_withdrawal_is_checked(aging: Aging) -> None:
    post = aging.posts()[0]
    aging.age("withdraw", post)
    aging.crawl()
    aging.check(timedelta(hours=1))
    aging.check(CONFIRM_AFTER)
    assert aging.changes() == ["withdrawn"]
    aging.check(timedelta(days=100))
    aging.age("restore", post)
    aging.crawl()
    aging.check(timedelta(minutes=1))
    assert aging.changes() == ["restored"]


def test_what_is_forgotten_is_never_asked_for_again(aging: Aging) -> None:
    post = aging.posts()[0]
    found = find_remains(aging.lab.app, aging.url(post))
    forget(aging.lab.app, found, "本人要求", Hooks(clock=lambda: aging.now))
    aging.age("edit", post)
    aging.lab.replica.requests.clear()
    report = aging.crawl()
    assert report.reasons["skipped:forgotten"] == 1
    aging.check(timedelta(hours=1))
    assert post.path not in {asked.path for asked in aging.lab.replica.requests}
    assert aging.corpus.get(aging.url(post)) is None
    assert aging.changes() == ["forgotten"]


def test_a_life_is_told_by_its_history(aging: Aging) -> None:
    post = aging.posts()[0]
    aging.age("edit-silently", post, "reword")
    aging.check(timedelta(hours=1))
    aging.age("noise", post)
    aging.check(timedelta(hours=5))
    aging.age("withdraw", post)
    aging.check(timedelta(hours=18))
    aging.check(CONFIRM_AFTER)
    aging.age("restore", post)
    aging.age("edit", post)
    aging.crawl()
    found = aging.corpus.history(aging.url(post))
    assert found is not None
    hours = [(event.kind, event.at[8:13]) for event in found.events]
    assert hours == [
        ("seen", "01T09"),
        ("revised", "01T10"),
        ("withdrawn", "02T09"),
        ("revised", "02T15"),
        ("restored", "02T15"),
    ]
    first, second = found.differences
    assert first.fields == {}
    assert (
        next(line.new for line in first.body if line.mark is not Mark.SAME).count("经第1次核实，")
        == 1
    )
    assert second.fields["title"].new == f"{post.title}（更正）"
    then = aging.corpus.at(START + timedelta(hours=2)).get(aging.url(post))
    assert then is not None
    assert then.revision == 2


def test_a_host_is_asked_for_no_more_than_its_ration_the_recent_first(aging: Aging) -> None:
    aging.now += timedelta(days=2)
    site = next(site for site in aging.lab.replica.world.sites.values() if site.id == SITE)
    day = aging.lab.replica.world.newest().isoformat()
    aging.lab.replica.age(Operation("publish", site=site.id, column=COLUMN, count=2, day=day))
    aging.crawl()
    aging.lab.replica.requests.clear()
    report = aging.check(timedelta(hours=2), per_host=3)
    assert report.discovered == 3
    asked = {asked.path for asked in aging.lab.replica.requests if asked.kind == "article"}
    assert {post.path for post in aging.lab.replica.world.posts[-2:]} <= asked
    assert aging.check(timedelta(), within_days=1).discovered == 0


def test_a_clock_that_ran_ahead_delays_no_check(aging: Aging) -> None:
    aging.check(timedelta(days=3650))
    aging.now = START + timedelta(days=2)
    assert (
        aging.check(timedelta(minutes=1)).discovered == 0
    )  # only put right: their last check is now
    post = aging.posts()[0]
    aging.age("edit-silently", post)
    assert aging.check(timedelta(days=1)).outcomes[Outcome.CHANGED] == 1


@pytest.mark.parametrize("wrong", [{"per_host": 0}, {"within_days": -1}])
def test_limits_that_make_no_sense_are_refused(aging: Aging, wrong: dict[str, int]) -> None:
    with pytest.raises(StopRun, match="below one"):
        aging.check(timedelta(), **wrong)
