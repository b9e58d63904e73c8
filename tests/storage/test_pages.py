"""The web page: what an article's own page and the list of hits show of HTML and attachments."""

import asyncio

import httpx
import pytest
from sqlalchemy import insert

from storage import Corpus
from storage.database import Database
from storage.models import Article, Attachment
from storage.web.app import create_app
from tests.storage.samples import Sample, store

HTML = '<p>首段</p><table><tr><td>格</td></tr></table><p><img src="http://a.cn/1.png" alt="桥"></p>'
SAID = "洋河酒厂 <b>"


@pytest.fixture
def articles(database: Database) -> list[str]:
    with database.unit_of_work() as session:
        ids = store(
            session,
            Sample(key="a.cn/1", attached=SAID, fields={"body_html": HTML, "section": "公示"}),
            Sample(key="a.cn/2", body="修复后", fields={"body_html": HTML, "body_raw": "修复前"}),
        )
        pk = session.query(Article.pk).where(Article.id == ids[0]).scalar()
        file = {"article_pk": pk, "url": "http://a.cn/x.pdf"}
        told = {"name": "名单.pdf", "text": SAID, "text_status": "read"}
        scan = {"name": "扫描.pdf", "text": "", "text_status": "needs_ocr"}
        session.execute(
            insert(Attachment), [file | told | {"position": 0}, file | scan | {"position": 1}]
        )
    return ids


class Browser:
    """Asks the application without a server between them."""

    def __init__(self, corpus: Corpus) -> None:
        self.transport = httpx.ASGITransport(create_app(corpus))

    def get(self, path: str, **params: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self.transport, base_url="http://x.localhost"
            ) as client:
                return await client.get(path, params=params)

        return asyncio.run(ask())


@pytest.fixture
def client(database: Database) -> Browser:
    return Browser(Corpus(database))


def test_an_articles_html_is_shown_and_loads_nothing(client: Browser, articles: list[str]) -> None:
    answer = client.get(f"/articles/{articles[0]}")
    assert "<td>格</td>" in answer.text
    assert "〔图片：桥〕" in answer.text
    assert "<img" not in answer.text
    assert "公示" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_attachments_are_shown_as_text_with_their_status(
    client: Browser, articles: list[str]
) -> None:
    text = client.get(f"/articles/{articles[0]}").text
    assert "已读出文字" in text
    assert "文字在图片中" in text
    said = client.get(f"/articles/{articles[0]}/files/1").text
    assert '<pre lang="zh-Hans">洋河酒厂 &lt;b&gt;</pre>' in said
    assert '见附件：<span lang="zh-Hans">名单.pdf</span>' in client.get("/", q="洋河酒厂").text
    found = client.get("/api/v1/search", q="洋河酒厂").json()
    assert found["in_attachments"] == {articles[0]: ["名单.pdf"]}


def test_a_repaired_body_is_shown_in_the_place_of_its_html(
    client: Browser, articles: list[str]
) -> None:
    text = client.get(f"/articles/{articles[1]}").text
    assert "<p>修复后</p>" in text
    assert "首段" not in text
