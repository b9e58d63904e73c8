"""`sources add` on what is no page of a CMS: the kind is recognised, and what is written reads the same."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawler.catalogue import Catalogue
from crawler.demo.kinds.epapers import folder_day, node
from crawler.demo.kinds.world import kinds_world
from crawler.demo.render import Renderer
from crawler.discover.add import Wishes
from crawler.discover.addkind import KindFound, understand_kind
from crawler.discover.kinds import Recognised, recognise
from crawler.discover.writing import write
from crawler.kinds.choice import reader_of
from crawler.kinds.reader import Answer, ListRequest, Window
from crawler.records import Page
from crawler.urls import canonical_key, host_of

WORLD = kinds_world()
SERVED = Renderer(WORLD, 80)
NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)


def page(url: str, body: bytes, media: str = "") -> Page:
    return Page(
        url=url,
        key=canonical_key(url),
        source="",
        body=body,
        content_type=media,
        fetched_at=NOW,
    )


def fetched(url: str) -> Page:
    path = url.partition("localhost")[2].removeprefix(":80")
    answer = SERVED.answer(host_of(url), path)
    assert answer.status == 200, url
    return page(url, answer.body, answer.headers["Content-Type"])


def ask(urls: Sequence[str]) -> Mapping[str, Page | str]:
    return {url: fetched(url) for url in urls}


def issue() -> str:
    """The first page of a day that has articles on several, that one included."""
    pages = {(folder_day(post), node(post.path)) for post in WORLD.listed("demo_paper", "sqrb")}
    day = max(
        day for day, number in pages if number == 1 and len({n for d, n in pages if d == day}) > 1
    )
    return f"http://epaper.suqian.localhost/sqrb/html/{day:%Y-%m/%d}/node_1.htm"


def understood(url: str) -> tuple[Catalogue, KindFound]:
    catalogue, shown = Catalogue.load(), fetched(url)
    found = recognise(shown)
    assert found is not None
    return catalogue, understand_kind(shown, found, catalogue, ask, Wishes(source="mine"))


@pytest.mark.parametrize(
    ("url", "kind", "layout"),
    [
        ("http://rss.suqian.localhost/yw/rss.xml", "feed", "news"),
        ("http://rss.suqian.localhost/bm/atom.xml", "feed", "news"),
        ("http://map.suqian.localhost/xw/sitemap.xml", "sitemap", "generic"),
        ("http://map.suqian.localhost/news/news.xml", "sitemap", "news"),
        (issue(), "epaper", "epaper"),
        (
            "http://ggzy.suqian.localhost/jyxx/list.action?cmd=getList&pageIndex=1&pageSize=10",
            "api",
            "suqian_cms",
        ),
    ],
)
def test_what_is_written_reads_the_same(tmp_path: Path, url: str, kind: str, layout: str) -> None:
    catalogue, found = understood(url)
    assert (found.recognised.kind, found.sure) == (kind, True), found.doubts
    assert found.container.layout == layout
    write(tmp_path, catalogue, found.entry)
    now = Catalogue.load(tmp_path)
    column = now.source("mine").columns[found.entry.column]
    assert (column.kind, column.verified) == (kind, date(2026, 6, 30))
    reader = reader_of(now, "mine", found.entry.column, date(2026, 6, 30))
    shown = fetched(url)
    window = Window(None, date(2026, 6, 30), date(2026, 6, 30))
    first = next(iter(reader.first(window)))
    if kind != "epaper":
        assert first.url == url
    answer = Answer(url, shown.content_type, shown.body)
    items = reader.read(answer, ListRequest(url=url), window).items
    assert [item.url for item in items] == [item.url for item in found.recognised.items]


def api(value: object, url: str = "http://a.gov.cn/list?pageNo=0") -> Recognised | None:
    return recognise(page(url, json.dumps(value, ensure_ascii=False).encode(), "application/json"))


def test_the_keys_of_an_interface_are_told_by_what_they_hold() -> None:
    rows = [
        {
            "id": n,
            "pic": f"/i/{n}.png",
            "href": f"/art/{n}.html",
            "bt": f"关于第{n}号公告",
            "t": 1780243200,
        }
        for n in range(3)
    ]
    found = api({"code": 200, "data": {"total": "30", "rows": [{**r, "pic": ""} for r in rows]}})
    assert found is not None
    assert found.values["api"] == {
        "data": {"items": "data.rows", "url": "href", "title": "bt", "date": "t"},
        "total": "data.total",
    }
    assert found.start == "http://a.gov.cn/list?pageNo={page-1}"
    assert found.onward == "http://a.gov.cn/list?pageNo=1"


def test_what_is_not_sure_of_an_interface_is_said() -> None:
    rows = [{"href": f"/{n}", "bt": "关于停水的公告"} for n in range(3)]
    found = api(rows, "http://a.gov.cn/list")
    assert found is not None
    assert [doubt.what for doubt in found.doubts] == [
        "nothing in the address says which page is asked for",
        "no days",
    ]


@pytest.mark.parametrize("value", [{}, [], {"rows": [1, 2, 3]}, [{"a": "b"}] * 5, {"a": {"b": []}}])
def test_data_without_a_list_of_articles_are_none(value: object) -> None:
    assert api(value) is None


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("http://a.cn/tzgg/list.shtml", b"<ul class='list'><li><a href='/1.html'>x</a></li></ul>"),
        ("http://a.cn/x.xml", b"<?xml version='1.0'?><html></html>"),
        ("http://a.cn/x.json", b"{broken"),
        ("http://a.cn/html/2026-06/30/x.htm", b"<a href='content_1.htm'>x</a>"),
    ],
)
def test_everything_else_is_looked_at_as_a_page(url: str, body: bytes) -> None:
    assert recognise(page(url, body)) is None
