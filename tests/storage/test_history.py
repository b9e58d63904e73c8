"""An article's past: versions, differences, absences; as records, over HTTP and on the page."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import insert, select, update

from storage.corpus import Corpus
from storage.database import Database
from storage.diff import Mark
from storage.models import Article, Attachment, Revision, Watch, Withdrawal, article_id
from storage.watch import Watched, begin
from storage.web import create_app
from tests.storage.samples import NOW, Sample, store

KEY = "kjj.suqian.gov.cn/a/1.html"
DAY = timedelta(days=1)
FIRST = "关于申报项目的通知。\n各单位应于6月30日前申报。\n联系人：王工。"
SECOND = "关于申报项目的通知。\n各单位应于7月15日前申报。\n联系人：王工。"


@pytest.fixture
def corpus(database: Database) -> Corpus:
    """One article with a version before this one, that was away for a day and is missed again."""
    with database.unit_of_work() as session:
        changed = {"revision": 2, "revised_at": NOW + DAY, "origin": "市科技局"}
        store(session, Sample(key=KEY, body=SECOND, title="通知（更正）", fields=changed))
        article = session.scalars(select(Article)).one()
        session.add(
            Revision(
                article_pk=article.pk,
                number=1,
                title="通知",
                body=FIRST,
                fields={
                    "origin": None,
                    "published_at": NOW.isoformat(),
                    "published_precision": "minute",
                    "attachments": [],
                },
                digest="d",
                seen_at=NOW,
                warc="segment@7",
            )
        )
        file = {"url": "http://a.cn/x.pdf", "name": "附件"}
        session.execute(insert(Attachment).values(article_pk=article.pk, position=0, **file))
        session.add(
            Withdrawal(
                article_pk=article.pk,
                number=1,
                gone_at=NOW + 2 * DAY,
                confirmed_at=NOW + 3 * DAY,
                reason="http-404",
                restored_at=NOW + 4 * DAY,
            )
        )
        begin(session, [Watched(article.page_id, "s", article.url, NOW)])
        session.execute(update(Watch).values(gone_since=NOW + 5 * DAY))
    return Corpus(database)


def test_a_history_tells_what_happened_in_its_order(corpus: Corpus) -> None:
    found = corpus.history(KEY)
    assert found is not None
    assert [(event.kind, event.version, event.reason) for event in found.events] == [
        ("seen", 1, None),
        ("revised", 2, None),
        ("withdrawn", None, "http-404"),
        ("restored", None, None),
        ("missed", None, None),
    ]
    assert [version.body for version in found.versions] == [FIRST, SECOND]
    assert found.versions[0].warc == "segment@7"


def test_only_what_a_reader_sees_to_differ_is_a_difference(corpus: Corpus) -> None:
    found = corpus.history(KEY)
    assert found is not None
    (one,) = found.differences
    assert (one.older, one.newer) == (1, 2)
    assert set(one.fields) == {"title", "origin", "attachments"}
    (line,) = [line for line in one.body if line.mark is not Mark.SAME]
    assert [part.text for part in line.parts if part.mark is not Mark.SAME] == ["6月30", "7月15"]


def test_an_article_that_nobody_has_has_no_history(corpus: Corpus) -> None:
    assert corpus.history("nobody.cn/1") is None


def get(corpus: Corpus, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(corpus))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://suqian.localhost"
        ) as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_the_api_gives_a_history_as_json(corpus: Corpus) -> None:
    answer = get(corpus, f"/api/v1/articles/{article_id(KEY)}/history").json()
    assert [version["number"] for version in answer["versions"]] == [1, 2]
    assert answer["differences"][0]["body"] == [
        {
            "line": 2,
            "mark": "changed",
            "parts": [
                {"mark": "same", "text": "各单位应于"},
                {"mark": "removed", "text": "6月30"},
                {"mark": "added", "text": "7月15"},
                {"mark": "same", "text": "日前申报。"},
            ],
        }
    ]
    assert get(corpus, "/api/v1/articles/nothing/history").status_code == 404


def test_the_api_gives_an_article_as_it_stood(corpus: Corpus) -> None:
    path = f"/api/v1/articles/{article_id(KEY)}"
    assert get(corpus, f"{path}?at=2026-11-24T20:00:00%2B08:00").json()["body"] == FIRST
    assert get(corpus, path).json()["body"] == SECOND
    assert get(corpus, f"{path}?at=2026-11-24T20:00:00+08:00").json()["body"] == FIRST
    assert get(corpus, f"{path}?at=2020-01-01T00:00:00Z").status_code == 404
    day = get(corpus, f"{path}?at=2020-01-01")
    assert day.status_code == 400
    assert "give one: 2026-07-01T00:00:00+08:00" in day.json()["detail"]


def test_the_page_shows_what_was_deleted_and_inserted(corpus: Corpus, database: Database) -> None:
    page = get(corpus, f"/articles/{article_id(KEY)}/history").text
    assert "各单位应于<del>6月30</del><ins>7月15</ins>日前申报。" in page
    assert "已撤下" not in page
    with database.unit_of_work() as session:
        session.execute(update(Article).values(withdrawn_at=NOW + 5 * DAY))
    assert "原发布者已撤下这篇文章" in get(corpus, f"/articles/{article_id(KEY)}").text
