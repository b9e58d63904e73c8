"""Which article an answer is, without a crawl: by key, redirect, canonical link, host or text."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.catalogue import Catalogue, Source
from crawler.records import Article, Listed, Moment, Page, Precision
from crawler.urls import canonical_key
from flows.steps.dedupe import text_digest
from flows.steps.moves import Arrival, Identities, Identity
from storage.database import Database
from storage.search import searchable
from tests.storage.samples import NOW, Sample, store

TITLE, BODY = "关于停水的通知", "因管网维修，定于明日停水，请提前储水。"
OLD, NEW = "http://old.cn/a/1.shtml", "http://new.cn/b/2.shtml"
HOSTS: dict[str, Any] = {"hosts": ("new.cn",), "moved": {"old.cn": "2026-01-01"}}


def catalogue(**source: object) -> Catalogue:
    column = {"name": "c", "start": "http://new.cn/a/list.shtml", "template": "plain"}
    content = {
        "id": "s",
        "name": "s",
        "level": "bureau",
        "columns": {"c": column},
        "hosts": ("new.cn",),
    }
    return Catalogue({"s": Source.model_validate(content | source)}, {}, {})


def arrival(
    asked: str, final: str | None = None, body: str = BODY, own: str | None = None
) -> Arrival:
    html = f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    page = Page(
        url=final or asked, key=canonical_key(asked), source="s", column="c", body=html.encode(),
        fetched_at=datetime.now(UTC), listed=Listed("http://new.cn/a/list.shtml"),
        content_type="text/html; charset=utf-8",
    )  # fmt: skip
    article = Article(
        url=page.url, key=page.key, source="s", column="c", title=TITLE, body=body,
        published=Moment(NOW, Precision.DAY), fetched_at=page.fetched_at, canonical=own,
    )  # fmt: skip
    return Arrival(page, article)


@pytest.fixture
def stored(database: Database) -> Database:
    digest = text_digest(searchable(TITLE), searchable(BODY))
    fields = {"column": "c", "text_digest": digest}
    sample = Sample(key=canonical_key(OLD), title=TITLE, body=BODY, source="s", fields=fields)
    with database.unit_of_work() as session:
        store(session, sample)
    return database


def identity(
    database: Database, one: Arrival, listed: set[str] | None = None, **source: object
) -> Identity:
    with database.reading() as session:
        found = Identities.read(session, catalogue(**source), [one], listed or set())
        return found.of(one)


def moved(found: Identity) -> tuple[str, str | None, str]:
    return found.key, found.how, found.to_url


def test_an_address_that_says_what_it_said_is_its_own_article(stored: Database) -> None:
    assert moved(identity(stored, arrival(OLD))) == (canonical_key(OLD), None, "")


def test_an_address_that_redirects_has_moved_where_it_leads(stored: Database) -> None:
    assert moved(identity(stored, arrival(OLD, NEW))) == (canonical_key(OLD), "redirect", NEW)
    other = arrival(OLD, NEW, body="另一篇文章的内容，与原来的通知毫无关系。")
    assert moved(identity(stored, other)) == (canonical_key(OLD), None, "")


def test_a_page_that_names_another_address_as_its_own_has_moved_there(stored: Database) -> None:
    found = identity(stored, arrival(OLD, own=NEW))
    assert moved(found) == (canonical_key(OLD), "canonical", NEW)
    assert moved(identity(stored, arrival(NEW, own=OLD)))[:2] == (canonical_key(OLD), None)


def test_the_same_path_on_a_host_that_was_left_is_the_same_article(stored: Database) -> None:
    there = OLD.replace("old.cn", "new.cn")
    one = arrival(there, body="改写过的内容也没有关系，因为地址相同。")
    assert moved(identity(stored, one, **HOSTS)) == (canonical_key(OLD), "host", "")
    assert moved(identity(stored, one)) == (canonical_key(there), None, "")


def test_the_same_text_in_anothers_place_is_that_article(stored: Database) -> None:
    assert moved(identity(stored, arrival(NEW))) == (canonical_key(OLD), "text", "")


def test_the_same_text_is_another_article_while_both_are_listed(stored: Database) -> None:
    found = identity(stored, arrival(NEW), {canonical_key(OLD)})
    assert moved(found) == (canonical_key(NEW), None, "")


def test_the_same_text_of_another_day_or_column_is_another_article(stored: Database) -> None:
    one = arrival(NEW)
    later = Moment(datetime(2026, 12, 9, tzinfo=UTC), Precision.DAY)
    for changes in ({"published": later}, {"published": None}, {"column": "d"}):
        other = Arrival(one.page, replace(one.article, **changes))
        assert identity(stored, other).key == canonical_key(NEW)


def test_an_address_that_leads_to_a_known_one_is_that_article(stored: Database) -> None:
    assert moved(identity(stored, arrival(NEW, OLD))) == (canonical_key(OLD), None, "")
    there = "http://new.cn/c/3.shtml"
    assert identity(stored, arrival(NEW, there)).key == canonical_key(there)
