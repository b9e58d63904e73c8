"""A browser for the columns that need one: what it may ask for, and what is said where there is none."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from crawler import browser
from crawler.catalogue import Catalogue
from crawler.middlewares.recording import NOTE, REPEATED
from crawler.plan import ColumnPlan, CrawlPlan, Revisit
from crawler.segment import Role, SegmentWriter
from crawler.spiders.listing import ListingSpider
from crawler.spiders.walk import Memory
from tests.crawler.test_spider_files import Notes

SOURCE = """\
name: 站
level: news
hosts: [a.cn]
columns:
  plain: {name: 甲, start: 'http://a.cn/x/list.shtml', template: plain}
  scripted: {name: 乙, kind: browser, start: 'http://a.cn/y/list.shtml', template: plain}
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "s.yaml").write_text(SOURCE, "utf-8")
    return Catalogue.load(tmp_path)


def spider(catalogue: Catalogue) -> tuple[ListingSpider, Notes]:
    plan = CrawlPlan(
        segment="s",
        folder="",
        catalogue=(),
        columns=tuple(ColumnPlan(source="s", column=name) for name in ("plain", "scripted")),
        revisits=(Revisit(source="s", column="scripted", url="http://a.cn/y/1.html"),),
    )
    notes = Notes()
    memory = Memory({}, frozenset({"a.cn"}))
    return ListingSpider(plan, catalogue, memory, cast("SegmentWriter", notes)), notes


def test_only_columns_that_need_a_browser_are_asked_by_one(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "lack", lambda: None)
    one, notes = spider(catalogue)
    asked = {request.url: request.meta for _, request in one._first_requests()}
    assert {url for url, meta in asked.items() if "playwright" in meta} == {
        "http://a.cn/y/1.html",
        "http://a.cn/y/list.shtml",
    }
    assert asked["http://a.cn/x/list.shtml"].keys() == {NOTE, REPEATED}
    assert notes.notes == []


def test_without_one_such_a_column_is_refused_and_the_others_are_asked(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda _: None)
    one, notes = spider(catalogue)
    assert [r.url for _, r in one._first_requests()] == ["http://a.cn/x/list.shtml"]
    assert [(note.role, note.column) for note in notes.notes] == [
        (Role.FAILED, "scripted"),
        (Role.PROBLEM, "scripted"),
    ]
    assert "pip install 'suqian[browser]'" in (notes.notes[1].reason or "")


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda _: True)
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert "apt install chromium" in (browser.lack() or "")


@dataclass(frozen=True)
class Asked:
    url: str
    resource_type: str


@pytest.mark.parametrize(
    ("url", "kind", "made"),
    [
        ("http://a.cn/data.json", "fetch", True),
        ("http://a.cn/app.js", "script", True),
        ("http://a.cn/1.png", "image", False),
        ("http://b.cn/app.js", "script", False),
        ("http://127.0.0.1/x", "xhr", False),
        ("data:text/html,x", "document", False),
    ],
)
def test_a_page_asks_for_what_it_needs_on_hosts_of_the_catalogue(
    url: str, kind: str, made: bool
) -> None:
    assert browser.Unwanted(frozenset({"a.cn"}))(Asked(url, kind)) is not made
