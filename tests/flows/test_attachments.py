"""Attachments through the crawl: fetched once, read, joined to their article, tried again."""

from datetime import UTC, datetime, timedelta

from crawler.demo.aging import Operation
from crawler.demo.posts import Post
from crawler.urls import canonical_key
from flows.run import ingest
from flows.work import Hooks
from storage import ledger
from storage.corpus import Article
from storage.models import Outcome
from storage.search import fold
from tests.flows.conftest import EVERYTHING, Lab


def with_files(small_lab: Lab) -> list[tuple[Post, Article]]:
    """The replica's posts that have attachments, each with the article that was stored of it."""
    world, port = small_lab.replica.world, small_lab.replica.port
    stored = {canonical_key(one.url): one for one in small_lab.corpus().articles()}
    return [
        (post, stored[canonical_key(world.url(post.address, port))])
        for post in world.truth()
        if post.attachments
    ]


def asked_files(small_lab: Lab) -> list[str]:
    return [asked.path for asked in small_lab.replica.requests if "/files/" in asked.path]


def test_every_file_of_the_replica_is_read_once_and_says_what_its_post_says(
    small_lab: Lab,
) -> None:
    report = small_lab.ingest()
    found = with_files(small_lab)
    assert {suffix for post, _ in found for suffix in post.attachments} == {"pdf", "docx", "xlsx"}
    for post, article in found:
        assert [file.text_status for file in article.attachments] == ["read"] * len(
            post.attachments
        )
        for file in article.attachments:
            text = fold(file.text)
            assert all(fold(said) in text for said in (post.title, *post.paragraphs)), article.url
    paths = asked_files(small_lab)
    assert sorted(paths) == sorted({*paths})
    assert len(paths) == sum(len(post.attachments) for post, _ in found)
    assert report.problems == ()
    small_lab.replica.requests.clear()
    again = small_lab.ingest(EVERYTHING.__class__(since=EVERYTHING.since, recheck=True))
    assert asked_files(small_lab) == []
    assert Outcome.CHANGED not in again.outcomes
    assert [article for _, article in with_files(small_lab)] == [article for _, article in found]


def test_a_page_that_is_but_a_file_is_found_by_what_the_file_says(known_lab: Lab) -> None:
    found = known_lab.corpus().search("审核系统生成")
    assert [(article.title, article.body) for article in found.items] == [
        ("宿迁市2025年度科技创新券兑付名单", "附件：宿迁市2025年度科技创新券兑付名单.xlsx")
    ]
    assert [hit.files for hit in found.hits] == [("宿迁市2025年度科技创新券兑付名单.xlsx",)]


def test_files_that_fail_are_tried_again_and_cost_the_article_nothing(small_lab: Lab) -> None:
    post = next(one for one in small_lab.replica.world.truth() if one.attachments)
    files = f"{post.folder}/files"
    small_lab.replica.age(Operation("fail", site=post.site, path=files, how="500"))
    report = small_lab.ingest()
    with small_lab.app.database.reading() as session:
        assert ledger.sums_differ(session, report.run_id) == {}

    def stored() -> Article:
        return next(article for one, article in with_files(small_lab) if one.path == post.path)

    assert stored().attachments[0].text_status == "not fetched: http-500"
    small_lab.replica.age(Operation("heal", site=post.site))
    small_lab.replica.requests.clear()
    small_lab.ingest()
    assert asked_files(small_lab) == []  # not yet: an hour is to pass
    later = datetime.now(UTC) + timedelta(hours=2)
    again = ingest(small_lab.app, EVERYTHING, Hooks(clock=lambda: later))
    assert stored().attachments[0].text_status == "read"
    assert len(asked_files(small_lab)) == len(post.attachments)
    assert again.outcomes[Outcome.UNCHANGED] == 1
    assert stored().revision == 1
    assert small_lab.corpus().changes()[-1].kind == "attached"
