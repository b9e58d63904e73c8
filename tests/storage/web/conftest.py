"""A small shelf of articles, and somebody who asks the application for its pages."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import insert

from storage import Corpus
from storage.database import Database
from storage.evidence import NEVER_READ
from storage.health import Judgement, write_health
from storage.models import (
    Article,
    Attachment,
    Revision,
    RunSource,
    Tally,
    Withdrawal,
    article_id,
)
from storage.records import HealthState
from storage.web.app import create_app
from tests.storage.samples import NOW, RUN, Sample, store

TITLE = "泗洪县开展防汛演练"
BODY = "七月的泗洪县，堤防稳固。\n| 乡镇 | 人数 |\n| 双沟镇 | 120 |\n市水利局负责演练。"
OLD = "七月的泗洪县，堤防牢固。\n市水利局负责演练。"
EDITED, REPRINT, WITHDRAWN = (article_id(key) for key in ("a.cn/1", "b.cn/2", "a.cn/3"))


@dataclass(frozen=True)
class Reader:
    """Asks the application without a server between them."""

    app: FastAPI

    def get(
        self, path: str, headers: dict[str, str] | None = None, lang: str = "zh"
    ) -> httpx.Response:
        """An answer, in the language that the browser says it wants."""
        transport = httpx.ASGITransport(self.app)

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://x.localhost"
            ) as client:
                return await client.get(path, headers={"Accept-Language": lang} | (headers or {}))

        return asyncio.run(ask())

    def page(self, path: str, lang: str = "zh", status: int = 200) -> HtmlElement:
        """A page as a tree."""
        answer = self.get(path, lang=lang)
        assert answer.status_code == status, answer.text
        return html.document_fromstring(answer.text)


def fill(database: Database) -> None:
    """An article that was edited, its reprint, one that was withdrawn, and ten days of another."""
    with database.unit_of_work() as session:
        store(session, *_samples())
        edited, _, withdrawn = (
            session.query(Article).filter_by(id=one).one() for one in (EDITED, REPRINT, WITHDRAWN)
        )
        edited.revision, withdrawn.withdrawn_at = 2, NOW
        session.execute(insert(Revision), [_version(edited)])
        gone = {"article_pk": withdrawn.pk, "number": 1, "gone_at": NOW, "confirmed_at": NOW}
        session.execute(insert(Withdrawal), [gone | {"reason": "http-404"}])
        session.execute(insert(Attachment), [_file(edited.pk)])
        told = {"run_id": RUN, "source": "suqian-gov"}
        session.execute(insert(RunSource), [told | {"discovered": 4, "requests": 5, "bytes": 2500}])
        tallies = [("new", "", 3), ("parked", "timeout", 1)]
        session.execute(
            insert(Tally),
            [told | dict(zip(("outcome", "reason", "count"), one, strict=True)) for one in tallies],
        )
        write_health(session, [_judged()], NOW)


def _samples() -> Iterator[Sample]:
    place, topic = ("place", "suqian/sihong", "宿迁市泗洪县"), ("topic", "shuili", "水利")
    tags = (place, topic, ("organisation", "suqian/slj", "宿迁市水利局"))
    markup = "<p>七月的泗洪县，堤防稳固。</p><table><tr><td>双沟镇</td></tr></table>"
    yield Sample(key="a.cn/1", title=TITLE, body=BODY, tags=tags, fields={"body_html": markup})
    yield Sample(
        key="b.cn/2", title=f"{TITLE}（转载）", body=BODY, story="a.cn/1", source="news", tags=tags
    )
    yield Sample(key="a.cn/3", title="沭阳县公告", body="已被撤下的公告。", tags=(topic,))
    for number in range(10):
        day = NOW - timedelta(days=40 + number)
        yield Sample(key=f"c.cn/{number}", title=f"消息{number}", source="daily", published_at=day)


def _version(article: Article) -> dict[str, object]:
    fields = {"published_at": NOW.isoformat(), "published_precision": "minute"}
    return {
        "article_pk": article.pk,
        "number": 1,
        "title": "泗洪县开展演练",
        "body": OLD,
        "fields": fields,
        "digest": "d",
        "seen_at": NOW - timedelta(days=1),
        "warc": "segment@0",
    }


def _file(pk: int) -> dict[str, object]:
    told = {"url": "http://a.cn/x.pdf", "name": "名单.pdf", "text": "字" * 60_000}
    return told | {"article_pk": pk, "position": 0, "text_status": "read"}


def _judged() -> Judgement:
    evidence = (NEVER_READ.said(), "nothing new for 40 days")
    return Judgement(
        source="daily",
        state=HealthState.SILENT,
        evidence=evidence,
        expected_hours=48.0,
        last_new=datetime(2026, 10, 15, tzinfo=UTC),
    )


@pytest.fixture(scope="session")
def shelf(
    copy_of_template: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Corpus]:
    """The shelf, which no test changes. On SQLite alone: the pages know no SQL."""
    database = Database.open(copy_of_template("sqlite", tmp_path_factory.mktemp("shelf")))
    fill(database)
    yield Corpus(database)
    database.close()


@pytest.fixture(scope="session")
def reader(shelf: Corpus) -> Reader:
    return Reader(create_app(shelf))


def text(element: HtmlElement) -> str:
    """What an element says, on one line."""
    return " ".join(element.text_content().split())
