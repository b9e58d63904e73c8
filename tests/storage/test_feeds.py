"""Any search as Atom: what feed readers make of it, and what stays when articles change."""

from datetime import datetime
from typing import Any

import feedparser
import pytest
from lxml import etree
from sqlalchemy import update

from storage import Corpus
from storage.database import Database
from storage.models import Article, Revision, Withdrawal
from storage.web import create_app
from tests.storage.asking import Client
from tests.storage.samples import NOW, Sample, store

ATOM = {"a": "http://www.w3.org/2005/Atom"}
LATER = datetime.fromisoformat("2026-11-25T12:00:00+08:00")


@pytest.fixture
def client(database: Database) -> Client:
    topic = (("topic", "tech", "科技"),)
    with database.unit_of_work() as session:
        store(
            session,
            Sample(
                key="a.cn/1",
                title="汛情 <b>&amp;\x0b",
                body="骆马湖\x00水位".replace("\x00", ""),
                tags=topic,
            ),
            Sample(key="a.cn/2", title="无日期的通知", published_at=None),
            Sample(key="a.cn/3", title="按日的通知", published_precision="day"),
        )
    return Client(create_app(Corpus(database)))


def _read(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_feed_is_valid_and_says_where_it_is(client: Client) -> None:
    found = _read(client, "/feed.atom?q=通知&source=suqian-gov")
    assert len(found.entries) == 2
    links = {link.rel: link.href for link in found.feed.links}
    assert links["self"].startswith("http://corpus.localhost/feed.atom?q=")
    assert links["alternate"].startswith("http://corpus.localhost/?q=")
    assert "source=suqian-gov" in links["self"]


def test_every_part_that_atom_asks_for_is_there_once(client: Client) -> None:
    root = etree.fromstring(client.get("/feed.atom").content)
    for element in (root, *root.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated", "author"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1, name
        assert element.find("a:link[@rel='alternate']", ATOM) is not None
        updated = element.findtext("a:updated", namespaces=ATOM)
        assert datetime.fromisoformat(updated or "").tzinfo
    ids = [one.text for one in root.findall("a:entry/a:id", ATOM)]
    assert len(ids) == len(set(ids)) == 3
    assert all((one or "").startswith("tag:") for one in ids)


def test_titles_are_text_whatever_stands_in_them(client: Client) -> None:
    (entry,) = _read(client, "/feed.atom?q=汛情").entries
    assert entry.title_detail.type == "text/plain"
    assert entry.title == "汛情 <b>&amp;"
    assert entry.tags[0].term == "科技"
    assert entry.link.startswith("http://corpus.localhost/articles/")


def test_an_entry_keeps_its_id_and_its_time_moves_with_a_revision(
    client: Client, database: Database
) -> None:
    (before,) = _read(client, "/feed.atom?q=汛情").entries
    with database.unit_of_work() as session:
        pk = session.query(Article.pk).where(Article.key == "a.cn/1").scalar()
        fields: dict[str, Any] = {"attachments": []}
        session.add(
            Revision(
                article_pk=pk,
                number=1,
                title="t",
                body="b",
                fields=fields,
                digest="d",
                seen_at=NOW,
                warc="w",
            )
        )
        session.execute(
            update(Article).where(Article.pk == pk).values(revision=2, revised_at=LATER)
        )
    (after,) = _read(client, "/feed.atom?q=汛情").entries
    assert (after.id, after.published) == (before.id, before.published)
    assert before.updated == "2026-11-24T12:00:00+08:00"
    assert after.updated == "2026-11-25T12:00:00+08:00"


def test_a_withdrawn_article_stays_and_says_so(client: Client, database: Database) -> None:
    with database.unit_of_work() as session:
        pk = session.query(Article.pk).where(Article.key == "a.cn/1").scalar()
        session.add(
            Withdrawal(article_pk=pk, number=1, gone_at=NOW, confirmed_at=LATER, reason="http-404")
        )
        session.execute(update(Article).where(Article.pk == pk).values(withdrawn_at=NOW))
    found = _read(client, "/feed.atom?q=汛情")
    (entry,) = found.entries
    assert entry.title.startswith("〔已撤下〕")
    assert "发布者已撤下" in entry.summary
    assert entry.updated == found.feed.updated == "2026-11-25T12:00:00+08:00"


def test_an_empty_feed_is_valid_and_a_mistake_is_told(client: Client) -> None:
    assert _read(client, "/feed.atom?q=没有这样的话").entries == []
    assert client.get("/feed.atom", params={"q": '"'}).headers["content-type"] in {
        "application/problem+json",
        "application/atom+xml; charset=utf-8",
    }
    assert client.get("/feed.atom?q=%00").status_code == 400
    assert "there is no parameter 'sorce'" in client.get("/feed.atom?sorce=kjj").json()["detail"]


def test_a_reader_that_has_a_feed_gets_it_once(client: Client) -> None:
    tag = client.get("/feed.atom").headers["ETag"]
    assert client.get("/feed.atom", headers={"If-None-Match": tag}).status_code == 304
