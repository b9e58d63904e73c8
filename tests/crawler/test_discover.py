"""List pages of other software: each is read as it is, and what is not sure says so."""

import re
from datetime import date

import pytest
from parsel import Selector

from benchmarks.unseen_lists import unseen_list
from crawler.demo.foreign import ForeignSite, foreign_looks, random_look
from crawler.discover.names import classes_of, id_of
from crawler.discover.pager import find_onward
from crawler.discover.verdict import Discovery, discover

TODAY = date(2026, 11, 21)
BASE = "http://www.example.gov.cn/xwzx/list.html"
ROW = '<li><a href="/xwzx/202607/{n}00{n}.html">关于第{n}批科技计划项目立项的通知</a><span>2026-07-{day}</span></li>'


def rows(numbers: range) -> str:
    return "".join(ROW.format(n=n, day=30 - n) for n in numbers)


def look(markup: str) -> Discovery:
    return discover(f"<html><body>{markup}</body></html>", BASE, TODAY)


def shown(found: Discovery) -> list[tuple[str, str | None, str | None]]:
    assert found.main is not None
    days = [item.listed.published for item in found.main.items]
    return [
        (item.url, item.listed.title, str(day) if day else None)
        for item, day in zip(found.main.items, days, strict=True)
    ]


@pytest.mark.parametrize("host", foreign_looks())
def test_every_look_is_read_as_it_is(host: str) -> None:
    site = ForeignSite(foreign_looks()[host])
    found = discover(site.list_page(), site.start, TODAY)
    assert shown(found) == list(site.truth().items)
    assert found.onward.following == site.truth().following
    assert found.sure, found.doubts


@pytest.mark.parametrize("seed", range(12))
def test_a_look_put_together_by_chance_is_right_or_unsure(seed: int) -> None:
    site = ForeignSite(random_look(seed))
    found = discover(site.list_page(), site.start, TODAY)
    assert shown(found) == list(site.truth().items) or not found.sure


def test_forms_that_the_method_was_not_made_on_are_right_or_unsure() -> None:
    pages = [unseen_list(number) for number in range(15)]
    found = [discover(page.markup, page.url, TODAY) for page in pages]
    right = [
        shown(one) == list(page.truth.items) and one.onward.following == page.truth.following
        for one, page in zip(found, pages, strict=True)
    ]
    wrong = [
        page.name
        for page, good, one in zip(pages, right, found, strict=True)
        if not good and one.sure
    ]
    assert wrong == []
    assert sum(right) >= 13


def test_days_whose_month_stands_over_their_group_are_said_not_to_be_read() -> None:
    days = "".join(
        f"<li><i>{day}日</i>{ROW[4:].format(n=day, day=9)}" for day in (28, 27, 21, 20, 16, 8)
    )
    undated = re.sub(r"<span>.*?</span>", "", days)
    [told] = [
        one
        for one in look(f"<h3>7月</h3><ul class=m>{undated}</ul>").doubts
        if "months" in one.what
    ]
    assert told.weight == 0.3


def test_the_template_reads_the_next_page_as_well() -> None:
    site = ForeignSite(foreign_looks()["table.foreign.localhost"])
    found = discover(site.list_page(), site.start, TODAY)
    assert found.template is not None
    from crawler.lists import find_items

    items = find_items(Selector(site.list_page(2)), site.start, found.template, TODAY)
    assert [item.url for item in items] == [url for url, _, _ in site.truth(2).items]


@pytest.mark.parametrize(
    "markup", ["", "<div id=app></div><script src=a.js></script>", "<p>维护中</p>"]
)
def test_a_page_without_a_list_is_not_taken_for_one(markup: str) -> None:
    found = look(markup)
    assert found.main is None
    assert not found.sure


def test_two_lists_that_are_alike_are_offered_both() -> None:
    found = look(
        f'<div class="a"><h3>通知</h3><ul>{rows(range(1, 8))}</ul></div>'
        f'<div class="b"><h3>公告</h3><ul>{rows(range(8, 15)).replace("/xwzx/", "/tzgg/")}</ul></div>'
    )
    assert len(found.lists) == 2
    assert any("--list 2" in doubt.what for doubt in found.doubts)


def test_a_menu_is_no_list() -> None:
    menu = "".join(f'<li><a href="/{name}/">{name}栏目</a></li>' for name in "甲乙丙丁戊己")
    assert not look(f'<div class="nav"><ul>{menu}</ul></div>').sure


def test_an_article_with_a_list_beside_it_is_no_list() -> None:
    text = "<p>近日，市政府召开常务会议，研究部署科技创新工作，强调要压实责任，狠抓落实。</p>" * 12
    found = look(
        f'<h1>会议</h1><div class="content">{text}</div><ul class="more">{rows(range(1, 9))}</ul>'
    )
    assert any("article" in doubt.what for doubt in found.doubts)
    assert not found.sure


def test_names_that_a_program_made_are_not_leant_on() -> None:
    page = Selector(
        '<div id="u1234" class="css-1x2y3z item odd news-list clearfix jsx-12 a1b2c3d4e5"></div>'
    )
    element = page.css("div")[0].root
    assert classes_of(element) == ["item", "news-list", "clearfix"]
    assert id_of(element) is None


def test_a_list_in_a_nameless_table_is_told_from_its_pager() -> None:
    rows = "".join(
        f"<tr><td>·<a href='show.asp?id={90 - n}'>第{n}次全市安全生产工作会议召开</a> (06-{30 - n})</td></tr>"
        for n in range(1, 16)
    )
    pager = "<tr><td>共3页 <a href='class.asp?id=5&page=2'>下一页</a> <a href='class.asp?id=5&page=3'>尾页</a></td></tr>"
    menu = "".join(f"<tr><td><a href='class.asp?id={n}'>栏目</a></td></tr>" for n in range(6, 9))
    markup = f"<table><tr><td><table>{menu}</table></td><td><table>{rows}{pager}</table></td></tr></table>"
    found = discover(markup, "http://old.example.org/class.asp?id=5", date(2023, 7, 1))
    assert found.main
    assert len(found.main.items) == 15
    assert found.onward.following == "http://old.example.org/class.asp?id=5&page=2"


def test_a_pager_that_posts_a_form_is_told() -> None:
    found = find_onward(Selector("<p></p>"), "http://e.org/", "__doPostBack('Grid1','Page$2')")
    assert found.doubt


def test_a_list_that_stands_in_a_frame_is_named() -> None:
    markup = "<div>通知公告</div><iframe src='/tzgg/frame.html'></iframe><iframe src='http://ad.org/'></iframe>"
    doubts = discover(markup, "http://e.org/tzgg/", date(2023, 7, 1)).doubts
    said = " ".join(doubt.what for doubt in doubts)
    assert "http://e.org/tzgg/frame.html" in said
    assert "ad.org" not in said
