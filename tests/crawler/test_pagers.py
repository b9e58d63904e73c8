import pytest
from parsel import Selector

from crawler.pagers import find_pager, following, next_page_link, page_pattern

BASE = "http://kjj.suqian.gov.cn/xwzx/index.html"
COUNTED = "var countPage = 3;//共多少页\nvar currentPage = 0;createPageHTML(countPage, currentPage, 'index', 'html');"


def test_a_call_that_counts_from_nought_calls_the_second_page_one() -> None:
    pager = find_pager(f"<script>{COUNTED}</script>")
    assert pager is not None
    assert (pager.pages, pager.page_url(BASE, 1)) == (3, BASE)
    assert pager.page_url(BASE, 2) == "http://kjj.suqian.gov.cn/xwzx/index_1.html"


def test_a_call_with_variables_that_are_set_nowhere_is_none() -> None:
    assert find_pager("createPageHTML(countPage, currentPage, 'index', 'html')") is None


def test_a_list_ends_with_the_page_that_its_call_counts() -> None:
    markup = f"<script>{COUNTED}</script>"
    pages = [following(Selector(markup), BASE, "createPageHTML", n, markup) for n in (1, 2, 3)]
    assert pages[1:] == ["http://kjj.suqian.gov.cn/xwzx/index_2.html", None]


@pytest.mark.parametrize(
    ("pager", "second", "third"),
    [
        ("index_{page}.html", "index_2.html", "index_3.html"),
        ("index_{page-1}.html", "index_1.html", "index_2.html"),
        ("index.html?page={page}", "index.html?page=2", "index.html?page=3"),
    ],
)
def test_a_pattern_names_the_later_pages(pager: str, second: str, third: str) -> None:
    page = Selector("<html></html>")
    found = [following(page, BASE, pager, number, "") for number in (1, 2)]
    assert found == [f"http://kjj.suqian.gov.cn/xwzx/{name}" for name in (second, third)]


def test_a_list_without_a_pager_has_one_page() -> None:
    page = Selector('<a href="p2.html">下一页</a>')
    assert following(page, BASE, "none", 1, "") is None
    assert following(page, BASE, "next", 1, "") == "http://kjj.suqian.gov.cn/xwzx/p2.html"


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="index.html">下一页</a>',
        '<div><a href="b.html">&gt;</a></div>',
        '<a href="b.html">下一篇</a>',
        "<a>下一页</a>",
    ],
)
def test_what_does_not_lead_on_is_no_next_page(markup: str) -> None:
    assert next_page_link(Selector(markup), BASE) is None


def test_an_arrow_among_page_numbers_leads_on() -> None:
    markup = '<p><a href="a.html">2</a><a href="b.html">»</a></p>'
    assert next_page_link(Selector(markup), BASE) == "http://kjj.suqian.gov.cn/xwzx/b.html"


@pytest.mark.parametrize(
    ("second", "pattern"),
    [
        ("/xwzx/index_2.html", "index_{page}.html"),
        ("/xwzx/index_1.html", "index_{page-1}.html"),
        ("/xwzx/index.html?page=2", "index.html?page={page}"),
        ("/list/2.html", "/list/{page}.html"),
        ("/xwzx/more.html", None),
    ],
)
def test_the_second_pages_address_shows_the_pattern(second: str, pattern: str | None) -> None:
    assert page_pattern(BASE, f"http://kjj.suqian.gov.cn{second}") == pattern
