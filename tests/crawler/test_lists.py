import pytest
from parsel import Selector
from scrapy.http import HtmlResponse

from crawler.catalogue import Catalogue
from crawler.lists import find_items, whole_title
from crawler.pagers import find_pager, next_page_link
from crawler.spiders.listing import answer_of

BASE = "http://kjj.suqian.gov.cn/skjk/zcfg/xxgk_list.shtml"
LISTS = Catalogue.load().lists


def items(template: str, html: str) -> list[tuple[str, str | None, str | None]]:
    found = find_items(Selector(html), BASE, LISTS[template])
    return [
        (i.url, i.listed.title, str(i.listed.published) if i.listed.published else None)
        for i in found
    ]


def test_a_plain_list_has_its_date_behind_the_link() -> None:
    html = '<ul class="list"><li><a href="/a.shtml">2023年度名单公布</a> [2024-07-31]</li></ul>'
    assert items("plain", html) == [
        ("http://kjj.suqian.gov.cn/a.shtml", "2023年度名单公布", "2024-07-31")
    ]


def test_a_date_in_the_title_is_not_the_items() -> None:
    html = '<ul class="list"><li><a href="/a.shtml">关于2024年7月31日停水的通知</a></li></ul>'
    assert items("plain", html) == [
        ("http://kjj.suqian.gov.cn/a.shtml", "关于2024年7月31日停水的通知", None)
    ]


@pytest.mark.parametrize("day", ["[11月20日]", "2026-11-20", "（2026/11/20 08:30）", "11-20"])
def test_an_element_that_shows_a_day_alone_is_no_part_of_a_title(day: str) -> None:
    html = f'<ul class="list"><li><a href="/a.shtml"><i>{day}</i>2026年停水通知</a></li></ul>'
    assert [title for _, title, _ in items("plain", html)] == ["2026年停水通知"]


def test_a_title_may_be_a_day_and_hold_one_in_an_element_with_other_words() -> None:
    html = '<ul class="list"><li><a href="/a.shtml"><b>2026-11-20</b></a></li></ul>'
    assert [title for _, title, _ in items("plain", html)] == ["2026-11-20"]
    html = '<ul class="list"><li><a href="/a.shtml"><b>11月20日</b>起<b>12月1日止</b></a></li></ul>'
    assert [title for _, title, _ in items("plain", html)] == ["起 12月1日止"]


def test_a_disclosure_list_gives_the_whole_title_in_an_attribute() -> None:
    html = '<ul class="listContent"><li><a href="b.shtml" title="完整的标题">完整的...</a><span>2024-07-31</span></li></ul>'
    assert items("disclosure", html) == [
        ("http://kjj.suqian.gov.cn/skjk/zcfg/b.shtml", "完整的标题", "2024-07-31")
    ]


@pytest.mark.parametrize(
    ("attribute", "title"),
    [
        ("文章标题：完整的标题&#10;发布日期：2024-07-31&#10;作者：管理员", "完整的标题"),
        ("标题：完整的标题 点击数：12", "完整的标题"),
        ("标题：市长谈：作者之死", "市长谈：作者之死"),
        ("名称：关于来源：的通知", "关于来源：的通知"),
        ("关于标题：的说明", "关于标题：的说明"),
    ],
)
def test_a_title_attribute_may_be_labelled(attribute: str, title: str) -> None:
    html = f'<ul class="list"><li><a href="/a.shtml" title="{attribute}">短</a></li></ul>'
    assert [found for _, found, _ in items("plain", html)] == [title]


def test_the_links_of_a_pager_are_no_items() -> None:
    pager = "".join(f"<li><a href='list_{n}.shtml'>{n}</a></li>" for n in (1, 2))
    html = f"<ul class='list'><li><a href='/a.shtml'>一</a></li>{pager}<li><a href='list_2.shtml'>[下一页]</a></li></ul>"
    assert [title for _, title, _ in items("plain", html)] == ["一"]


def test_a_year_is_an_items_title() -> None:
    html = '<ul class="list"><li><a href="/2023.shtml">2023</a> [2024-01-31]</li></ul>'
    assert [title for _, title, _ in items("plain", html)] == ["2023"]


def test_a_label_before_much_space_is_read_in_one_pass() -> None:
    # A pattern that tries each of these spaces anew would take hours.
    assert whole_title(f"标题：一{' ' * 10**6}二") == "一 二"


def test_an_undated_list_gives_no_date_even_where_numbers_stand() -> None:
    html = '<div class="list"><ul><li><a href="c.shtml">解读</a> 2024-07-31</li></ul></div>'
    assert items("undated", html)[0][2] is None


def test_a_normative_list_has_its_date_in_an_attribute_that_may_be_empty() -> None:
    item = '<li class="flex btime" stime="{}"><div class="bt"><h4><a href="{}" title="办法">办法</a></h4></div></li>'
    html = f'<ul class="gzklist">{item.format("2024-07-31", "d.shtml")}{item.format("", "e.shtml")}</ul>'
    assert [day for _, _, day in items("normative", html)] == ["2024-07-31", None]


def test_an_address_counts_once_however_it_is_written() -> None:
    html = (
        '<ul class="list"><li><a href="/a.shtml">甲</a></li>'
        '<li><a href="https://www.kjj.suqian.gov.cn/a.shtml#x">甲</a></li></ul>'
    )
    assert [url for url, _, _ in items("plain", html)] == ["http://kjj.suqian.gov.cn/a.shtml"]


def test_scripts_mail_and_broken_links_are_no_items() -> None:
    links = ["javascript:void(0)", "mailto:a@b.cn", "", "#", "http://[::1/x"]
    html = "".join(f'<ul class="list"><li><a href="{link}">x</a></li></ul>' for link in links)
    assert [url for url, _, _ in items("plain", html)] == []


def test_the_pager_call_gives_pages_name_suffix_and_total() -> None:
    pager = find_pager(
        "<script>createPageHTML('page_div', 12, 1,'xxgk_list','shtml',190);</script>"
    )
    assert pager is not None
    assert (pager.pages, pager.total) == (12, 190)
    assert pager.page_url(BASE, 2) == "http://kjj.suqian.gov.cn/skjk/zcfg/xxgk_list_2.shtml"
    assert pager.page_url(BASE, 1) == BASE


def test_a_page_without_the_call_may_have_a_next_link() -> None:
    assert find_pager("<a>下一页</a>") is None
    assert next_page_link(Selector('<a href="p2.html"> 下一页 </a>'), BASE) == (
        "http://kjj.suqian.gov.cn/skjk/zcfg/p2.html"
    )
    assert next_page_link(Selector('<a href="javascript:go(2)">下一页</a>'), BASE) is None


@pytest.mark.parametrize("declared", ["utf-8", "gbk", "iso-8859-1", "big5"])
def test_a_list_page_is_read_in_the_charset_of_its_bytes(declared: str) -> None:
    markup = (
        "<ul class='list'><li><a href='1.shtml'>泗洪县科技创新政策问答</a> [2024-07-31]</li></ul>"
    )
    response = HtmlResponse(
        "http://a.cn/x/list.shtml",
        headers={"Content-Type": f"text/html; charset={declared}"},
        body=markup.encode("gb18030"),
    )
    found = find_items(answer_of(response).page, response.url, LISTS["plain"])
    assert [item.listed.title for item in found] == ["泗洪县科技创新政策问答"]
