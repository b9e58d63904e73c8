"""Interfaces, searches and newspapers: what they are asked for, and what their answers show."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crawler.catalogue import Catalogue
from crawler.errors import CatalogueError, Park
from crawler.kinds.api import ApiReader
from crawler.kinds.choice import reader_of
from crawler.kinds.epaper import EpaperReader
from crawler.kinds.options import Issues, ListApi
from crawler.kinds.reader import Answer, ListRequest, Reader, Shown, Window
from crawler.layouts import ListTemplate
from crawler.plan import ColumnPlan
from crawler.spiders.walk import Memory, Walk
from crawler.urls import canonical_key, compact

TODAY = date(2026, 6, 30)
WINDOW = Window(None, TODAY, TODAY)
START = "http://a.cn/list?page={page}"
ROWS: dict[str, Any] = {"items": "rows", "url": "link", "title": "name", "date": "day"}


def first(reader: Reader, window: Window = WINDOW) -> ListRequest:
    return next(iter(reader.first(window)))


def read(reader: Reader, body: Any, ask: ListRequest | None = None) -> Shown:
    raw = body if isinstance(body, str) else json.dumps(body)
    ask = ask or first(reader)
    return reader.read(Answer(ask.url, "application/json", raw.encode()), ask, WINDOW)


def api(**said: Any) -> ApiReader:
    said = said or {"data": ROWS, "total": "count"}
    return ApiReader(START, ListApi(**said), ListTemplate(item="li"))


def rows(*names: str) -> list[dict[str, str]]:
    return [{"link": f"/{name}.html", "name": name, "day": "2026-06-01"} for name in names]


def test_rows_are_items() -> None:
    shown = read(
        api(),
        {
            "rows": [{"link": "/1", "name": "<b>甲</b>&amp;乙", "day": 1780243200000}, {}, 3],
            "count": 1,
        },
    )
    [item] = shown.items
    assert (item.url, item.listed.title) == ("http://a.cn/1", "甲&乙")
    assert str(item.listed.published) == "2026-06-01"


def test_an_address_may_be_put_together_from_values() -> None:
    reader = api(data=ROWS | {"url": "/art/{id}.html"})
    shown = read(reader, {"rows": [{"id": 7, "name": "甲"}, {"name": "乙"}]})
    assert [item.url for item in shown.items] == ["http://a.cn/art/7.html"]


def test_data_may_be_json_inside_of_json() -> None:
    inner = json.dumps({"rows": rows("a"), "count": "5"})
    shown = read(api(data=ROWS | {"items": "custom.rows"}, total="custom.count"), {"custom": inner})
    assert (len(shown.items), shown.total) == (1, 5)


@pytest.mark.parametrize(
    ("said", "answer", "more", "guessed"),
    [
        ({"total": "count"}, {"count": 3}, True, False),
        ({"total": "count"}, {"count": "2"}, False, False),
        ({"pages": "last"}, {"last": 2}, True, False),
        ({"pages": "last"}, {"last": 1}, False, False),
        ({}, {}, True, True),
        ({"total": "count"}, {"count": "many"}, True, True),
    ],
)
def test_a_list_goes_on_as_far_as_it_says(
    said: dict[str, str], answer: dict[str, Any], more: bool, guessed: bool
) -> None:
    shown = read(api(data=ROWS, **said), answer | {"rows": rows("a", "b")})
    assert [(ask.url, ask.behind) for ask in shown.onward] == (
        [("http://a.cn/list?page=2", 2)] * more
    )
    assert all(ask.guessed is guessed for ask in shown.onward)


def test_a_list_ends_where_nothing_is_shown() -> None:
    assert read(api(data=ROWS), {"rows": []}).onward == ()


def test_an_address_without_a_page_number_is_all_there_is() -> None:
    reader = ApiReader("http://a.cn/list", ListApi(data=ROWS, total="count"))
    assert read(reader, {"rows": rows("a"), "count": 9}).onward == ()


def test_a_form_and_a_document_are_sent_with_their_places_filled() -> None:
    form = first(api(method="POST", form={"p": "{page}", "o": "{offset}"}, data=ROWS))
    assert (form.method, form.body) == ("POST", "p=1&o=0")
    assert form.headers["Content-Type"] == "application/x-www-form-urlencoded"
    asked = api(method="POST", document={"q": [{"p": "{page-1}"}]}, headers={"X-A": "1"}, data=ROWS)
    document = first(asked)
    assert json.loads(document.body) == {"q": [{"p": "0"}]}
    assert document.headers == {"Content-Type": "application/json", "X-A": "1"}


def test_html_inside_of_json_is_read_by_the_template() -> None:
    html = "<ul><li><a href='/1.html'>甲</a> 2026-06-01</li></ul>"
    shown = read(api(markup="data.html", total="data.n"), {"data": {"html": html, "n": 1}})
    assert [(i.url, str(i.listed.published)) for i in shown.items] == [
        ("http://a.cn/1.html", "2026-06-01")
    ]
    assert [i.url for i in read(api(markup=""), html).items] == ["http://a.cn/1.html"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<html>", "JSON was expected"),
        ("[" * 100_000, "JSON was expected"),
        ("{}", "there is no list at 'rows'"),
        ('{"rows": {"a": 1}}', "there is no list at 'rows'"),
    ],
)
def test_another_answer_is_parked_with_its_reason(body: str, why: str) -> None:
    with pytest.raises(Park, match=why):
        read(api(), body)


# --- newspapers ---


PAPER = EpaperReader("http://p.cn/html/{year}-{month}/{day}/node_1.htm", date(2026, 6, 1), Issues())


def test_a_paper_is_asked_for_each_day_of_the_window_the_newest_first() -> None:
    asks = list(PAPER.first(Window(date(2026, 6, 29), TODAY, TODAY)))
    assert [ask.url[-21:] for ask in asks] == ["2026-06/30/node_1.htm", "2026-06/29/node_1.htm"]
    assert all(ask.guessed for ask in asks)
    assert len(list(PAPER.first(WINDOW))) == 30


def test_a_page_shows_articles_and_a_first_page_the_others_of_its_day() -> None:
    ask = first(PAPER)
    html = (
        "<a href='node_1.htm'>1</a><a href='./node_2.htm'>2</a><a href='node_2.htm#x'>2</a><a href='node_3.htm'>3</a>"
        "<area href='content_5.htm'><a href='content_5.htm'>头条</a><a href='content_6.htm'>&nbsp;</a>"
    )
    shown = read(PAPER, html, ask)
    assert [(i.url[-13:], i.listed.title) for i in shown.items] == [
        ("content_5.htm", "头条"),
        ("content_6.htm", None),
    ]
    assert {str(i.listed.published) for i in shown.items} == {"2026-06-30"}
    assert [one.url[-10:] for one in shown.onward] == ["node_2.htm", "node_3.htm"]
    assert [read(PAPER, html, one).may_end for one in (ask, *shown.onward)] == [False, False, True]
    assert read(PAPER, html, shown.onward[0]).onward == ()


def test_a_walk_ends_at_a_day_that_is_known_as_a_whole() -> None:
    def page(number: int) -> str:
        return f"<a href='node_2.htm'>2</a><a href='content_{number}.htm'>一</a>"

    urls = [f"http://p.cn/html/2026-06/{day}/content_{n}.htm" for day in (29, 30) for n in (1, 2)]
    known = [url for url in urls if not url.endswith("30/content_2.htm")]
    memory = Memory({compact(canonical_key(url)): None for url in known}, frozenset({"p.cn"}))
    walk = Walk(ColumnPlan(source="p", column="c", walked_back_to=date.min), PAPER)
    walk.ask(PAPER.first(WINDOW))
    asked = []
    while walk.pending:
        [ask] = walk.next()
        asked.append(ask.url[-21:])
        shown = read(PAPER, page(ask.number), ask)
        if walk.ends_at(shown, ask, memory):
            walk.end(ask)
        else:
            walk.ask(shown.onward)
    assert asked == [f"2026-06/{day}/node_{n}.htm" for day in (30, 29) for n in (1, 2)]


# --- searches, and what the catalogue says ---


def source(folder: Path, column: str) -> Catalogue:
    (folder / "sources").mkdir()
    text = f"name: 站\nlevel: news\nhosts: [a.cn]\ncolumns:\n  c: {{name: 栏, {column}}}\n"
    (folder / "sources" / "mine.yaml").write_text(text, "utf-8")
    return Catalogue.load(folder)


def test_each_word_is_searched_for_by_itself(tmp_path: Path) -> None:
    column = (
        "kind: search, start: 'http://a.cn/s?q={keyword}', template: plain, keywords: [宿迁, 泗洪]"
    )
    reader = reader_of(source(tmp_path, column), "mine", "c", TODAY)
    asks = list(reader.first(WINDOW))
    assert [ask.chain for ask in asks] == ["宿迁", "泗洪"]
    assert asks[0].url == "http://a.cn/s?q=%E5%AE%BF%E8%BF%81"
    page = "<ul class='list'><li><a href='/1'>甲</a></li></ul><a href='?q=x&p=2'>下一页</a>"
    shown = read(reader, page, asks[1])
    assert [(ask.chain, ask.number) for ask in shown.onward] == [("泗洪", 2)]
    assert not read(reader, "<p>没有找到</p>", asks[0]).empty


def test_a_search_by_an_interface_sends_the_word(tmp_path: Path) -> None:
    column = (
        "kind: search, start: 'http://a.cn/s', keywords: [宿迁], api: {method: POST, "
        "document: {q: '{keyword}', p: '{page}'}, data: {items: rows, url: link, title: name}}"
    )
    reader = reader_of(source(tmp_path, column), "mine", "c", TODAY)
    assert json.loads(first(reader).body) == {"q": "宿迁", "p": "1"}


@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("kind: api, start: 'http://a.cn/s'", "an api needs `api`"),
        ("kind: api, start: 'http://a.cn/s', api: {}", "`data` or `markup`"),
        (
            "kind: api, start: 'http://a.cn/s', api: {markup: data}",
            "an api whose items are HTML needs a template",
        ),
        (
            "kind: api, start: 'http://a.cn/s', template: plain, api: {markup: a, form: {p: '1'}}",
            "by `method: POST`",
        ),
        ("kind: search, start: 'http://a.cn/s', template: plain", "needs `keywords`"),
        ("kind: search, start: 'http://a.cn/s', keywords: [宿迁]", "`api` or a template"),
        ("kind: epaper, start: 'http://a.cn/{year}/{day}', since: 2020-01-01", "{month}"),
        ("kind: epaper, start: 'http://a.cn/{year}{month}{day}'", "needs `since`"),
        ("kind: sitemap, start: 'http://a.cn/s', match: '('", "no regular expression"),
        ("kind: feed, start: 'http://a.cn/s', match: 'a'", "`match` is only for the kind sitemap"),
        ("kind: feed, start: 'http://a.cn/s', keywords: [a]", "only for the kind search"),
        ("kind: feed, start: 'http://a.cn/s', article: nwes", "unknown layout 'nwes'"),
    ],
)
def test_what_a_kind_lacks_is_said(tmp_path: Path, column: str, why: str) -> None:
    with pytest.raises(CatalogueError) as error:
        source(tmp_path, column)
    assert why in str(error.value)
