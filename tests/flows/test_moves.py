"""Articles that move keep what they are: their id, their versions, and nothing is counted withdrawn."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.demo.aging import Operation
from crawler.demo.catalogue import write_catalogue
from crawler.demo.world import FIRST_DAY, Post, World
from flows.app import for_replica
from flows.checking import Recheck
from flows.checking import recheck as run_recheck
from flows.report import RunReport
from flows.request import Request
from flows.run import ingest
from flows.work import Hooks
from storage.corpus import Corpus
from storage.models import Outcome
from tests.flows.conftest import Lab, lab

SITE, COLUMN = "demo_sthj", "jsxm"
STORED = [Outcome.NEW, Outcome.CHANGED, Outcome.DUPLICATE]


class Moving:
    """One site of the replica, crawled once."""

    def __init__(self, opened: Lab) -> None:
        self.lab, self.replica, self.app = opened, opened.replica, opened.app
        self.now = datetime.now(UTC)
        self.ingest()
        self.ids = {article.id for article in self.corpus.articles()}

    @property
    def corpus(self) -> Corpus:
        return self.lab.corpus()

    @property
    def posts(self) -> list[Post]:
        return [post for post in self.replica.world.listed(SITE, COLUMN) if not post.link]

    def url(self, post: Post) -> str:
        return self.replica.world.url(post.address, self.replica.port)

    def ingest(self, *, whole: bool = False) -> RunReport:
        request = Request(sources=(SITE,), since=FIRST_DAY, whole_window=whole)
        return ingest(self.app, request, Hooks(clock=lambda: self.now))

    def recheck(self, hours: int) -> RunReport:
        self.now += timedelta(hours=hours)
        return run_recheck(self.app, Recheck((SITE,)), Hooks(clock=lambda: self.now))

    def kinds(self, which: str) -> list[str]:
        history = self.corpus.history(which)
        assert history is not None
        # The replica's index numbers are made of addresses: with another one there is another version.
        return [event.kind for event in history.events if event.kind != "revised"]

    def feed(self, kind: str) -> set[str]:
        return {change.article_id for change in self.corpus.changes() if change.kind == kind}


@pytest.fixture
def moving(tmp_path: Path, small_world: World) -> Iterator[Moving]:
    with lab(tmp_path, small_world) as opened:
        yield Moving(opened)


def test_a_page_whose_old_address_redirects_is_the_article_that_it_was(moving: Moving) -> None:
    before = moving.posts[0]
    own = moving.corpus.get(moving.url(before))
    assert own is not None
    moving.replica.age(Operation("move", path=before.path))
    after = next(post for post in moving.posts if post.title == before.title)
    moving.recheck(1)
    assert moving.feed("moved") == {own.id}
    for address in (before, after):
        found = moving.corpus.get(moving.url(address))
        assert found is not None
        assert (found.id, found.url.partition("//")[2]) == (own.id, moving.url(after)[7:])
    assert moving.kinds(own.id) == ["seen", "moved"]
    count = len(moving.ids)
    report = moving.ingest()
    assert sum(report.outcomes[outcome] for outcome in STORED) == 0
    assert moving.corpus.count() == count
    moving.recheck(12)
    assert moving.feed("withdrawn") == set()


def test_a_page_that_takes_anothers_place_in_the_list_is_that_article(moving: Moving) -> None:
    before, other = moving.posts[0], moving.posts[1]
    own = moving.corpus.get(moving.url(before))
    assert own is not None
    moving.replica.age(Operation("move", path=before.path, how="gone"))
    moving.recheck(1)
    assert moving.kinds(own.id) == ["seen", "missed"]
    report = moving.ingest()
    assert sum(report.outcomes[outcome] for outcome in (Outcome.NEW, Outcome.DUPLICATE)) == 0
    assert moving.kinds(own.id) == ["seen", "moved"]
    assert moving.corpus.count() == len(moving.ids)
    moving.recheck(12)
    assert moving.feed("withdrawn") == set()
    why = moving.corpus.why(moving.url(before))
    assert why is not None
    assert (why.outcome, why.reason, why.article) == ("dropped", "moved", own.id)
    untouched = moving.corpus.get(moving.url(other))
    assert untouched is not None
    assert moving.kinds(untouched.id) == ["seen"]


@pytest.mark.parametrize("how", ["", "gone"])
def test_a_site_on_another_host_is_the_site_that_it_was(moving: Moving, how: str) -> None:
    moving.replica.age(Operation("rename", site=SITE, how=how))
    folder = Path(moving.app.catalogue_folders[-1])
    world = moving.replica.world
    write_catalogue(folder, moving.replica.port, world.sites.values(), world.renamed)
    moving.app = for_replica(moving.app, folder)
    report = moving.ingest(whole=True)
    assert report.outcomes[Outcome.HELD] == 0
    assert sum(report.outcomes[outcome] for outcome in (Outcome.NEW, Outcome.DUPLICATE)) == 0
    assert moving.feed("moved") == moving.ids
    assert {article.id for article in moving.corpus.articles()} == moving.ids
    assert all("sthj-new." in article.url for article in moving.corpus.articles())
    moving.recheck(12)
    moving.recheck(12)
    assert moving.feed("withdrawn") == set()
    moving.replica.requests.clear()
    moving.ingest()
    assert {asked.kind for asked in moving.replica.requests} <= {"robots", "list"}
