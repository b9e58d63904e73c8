"""Every kind of source on the replica: complete, incremental, and no news twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from crawler.browser import lack
from crawler.days import address_day
from crawler.demo.aging import Operation
from crawler.demo.kinds.world import kind_of, kinds_world
from crawler.demo.server import Asked
from crawler.demo.world import FIRST_DAY, Expected, World
from crawler.segment import Role
from crawler.urls import canonical_key
from flows.report import RunReport
from flows.request import Request
from flows.run import ingest
from flows.steps.archived import archived_segment
from flows.work import Hooks
from storage import ledger
from storage.models import Outcome
from storage.records import Article
from tests.flows.conftest import lab

KINDS = ["feed", "sitemap", "api", "search"]


@dataclass(frozen=True)
class Story:
    """What became of the replica: crawled, crawled again, aged and crawled, all of it rechecked."""

    world: World
    expected: list[Expected]
    stored: dict[str, Article]
    first: RunReport
    again: RunReport
    asked_again: list[Asked]
    aged: RunReport
    rechecked: RunReport
    last: RunReport

    def source_of(self, kind: str) -> str:
        """The publisher of the replica that has lists of a kind."""
        return next(site.id for site in self.world.sites.values() if kind_of(site) == kind)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    world = kinds_world(*KINDS)
    with lab(tmp_path_factory.mktemp("kinds"), world) as one:
        first = one.ingest()
        stored = {canonical_key(a.url): a for a in one.corpus().articles()}
        one.replica.requests.clear()
        again = one.ingest(Request())
        asked = list(one.replica.requests)
        for site in world.sites.values():
            for column in site.columns:
                one.replica.age(
                    Operation("publish", site=site.id, column=column, count=2),
                    Operation("edit", site=site.id, column=column, path="#4"),
                )
        aged = one.ingest(Request())
        rechecked = one.ingest(Request(recheck=True))
        last = one.ingest(Request())
        expected = world.expected(one.replica.port)
        yield Story(world, expected, stored, first, again, asked, aged, rechecked, last)


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_exists_is_found(story: Story, kind: str) -> None:
    source = story.source_of(kind)
    expected = [one for one in story.expected if one.source == source]
    stored = {key for key, article in story.stored.items() if article.source == source}
    assert story.first.problems == ()
    assert stored == {one.key for one in expected}
    assert len(stored) > 10
    for one in expected:
        article = story.stored[one.key]
        assert (article.title, article.column) == (one.title, one.column)
        assert (article.published_at or "")[:10] == str(one.published)[:10]


def test_a_second_crawl_asks_for_lists_alone_and_brings_nothing(story: Story) -> None:
    brought = (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)
    assert not any(story.again.outcomes[one] for one in brought)
    assert story.asked_again
    assert not {post.path for post in story.world.posts} & {one.path for one in story.asked_again}


def test_news_and_edits_that_lists_tell_are_fetched(story: Story) -> None:
    columns = sum(len(site.columns) for site in story.world.sites.values())
    assert story.aged.problems == ()
    assert story.aged.outcomes[Outcome.NEW] == 2 * columns
    assert story.aged.outcomes[Outcome.CHANGED] == columns


def test_a_recheck_leaves_what_a_list_has_said_as_it_was(story: Story) -> None:
    assert story.rechecked.outcomes[Outcome.UNCHANGED] >= len(story.stored) / 2
    assert story.rechecked.outcomes[Outcome.CHANGED] == 0
    assert story.last.outcomes[Outcome.UNCHANGED] == 0


def test_a_feed_that_is_as_it_was_is_not_read_again_for_a_day(tmp_path: Path) -> None:
    now, asked = [datetime.now(UTC)], {Role.LIST, Role.ARTICLE}
    hooks, rss = Hooks(clock=lambda: now[0]), Request(columns=("rss",))
    with lab(tmp_path, kinds_world("feed", articles=20)) as one:

        def statuses() -> list[int | None]:
            with one.app.database.reading() as session:
                before = ledger.loaded_segments(session)
            assert ingest(one.app, rss, hooks).problems == ()
            with one.app.database.reading() as session:
                [name] = ledger.loaded_segments(session) - before
            with archived_segment(one.app.archive, name) as segment:
                return [note.status for note in segment.notes if note.role in asked]

        ingest(one.app, replace(rss, since=FIRST_DAY), hooks)
        assert statuses() == [304]
        (site,) = one.replica.world.sites.values()
        one.replica.age(Operation("publish", site=site.id, column="rss"))
        assert statuses() == [200, 200]
        assert statuses() == [304]
        now[0] += timedelta(hours=25)
        assert statuses() == [200]


def test_a_paper_is_asked_for_the_days_that_are_wanted_and_no_more(tmp_path: Path) -> None:
    with lab(tmp_path, kinds_world("epaper", articles=60)) as one:
        days = [date(2026, 6, 19) + timedelta(days=number) for number in range(6)]
        report = one.ingest(Request(since=days[0], until=days[-1]))
        wanted = [
            e for e in one.replica.world.expected(one.replica.port) if e.published.day in days
        ]
        stored = {canonical_key(a.url): a for a in one.corpus().articles()}
        assert report.problems == ()
        assert stored.keys() == {one.key for one in wanted}
        assert len(stored) > 10
        for article in wanted:
            assert stored[article.key].title == article.title
            assert article.body.split("\n")[0] in stored[article.key].body
        asked = {day for r in one.replica.requests if (day := address_day(r.path))}
        assert {moment.day for moment in asked} == set(days)
        one.replica.requests.clear()
        again = one.ingest(Request(since=days[0], until=days[-1]))
        assert again.outcomes[Outcome.NEW] == again.outcomes[Outcome.UNCHANGED] == 0
        assert not [r for r in one.replica.requests if "content_" in r.path]


@pytest.mark.skipif(lack() is not None, reason=lack() or "")
def test_a_browser_reads_what_scripts_put_together(tmp_path: Path) -> None:
    with lab(tmp_path, kinds_world("browser", articles=6)) as one:
        report = one.ingest()
        expected = {e.key: e.title for e in one.replica.world.expected(one.replica.port)}
        assert report.problems == ()
        assert {canonical_key(a.url): a.title for a in one.corpus().articles()} == expected
        assert all(r.host == "gxq.suqian.localhost" for r in one.replica.requests)
