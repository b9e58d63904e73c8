"""The way through a list: what is read once more, what is passed over, what is doubted."""

from datetime import date

import pytest

from crawler.kinds.reader import Answer, ListRequest, Shown
from crawler.lists import ListItem
from crawler.records import Listed
from crawler.spiders.trail import Trail, is_foreign

ANSWER = Answer("http://a.cn/list.shtml", "text/html", b"")
DAY = date(2026, 6, 9)


def ask(number: int) -> ListRequest:
    return ListRequest(url=f"http://a.cn/list_{number}.shtml", number=number)


def shown(total: int | None, *numbers: int, host: str = "a.cn") -> Shown:
    items = [ListItem(f"http://{host}/{n}", f"{host}/{n}", Listed("l")) for n in numbers]
    return Shown(items=items, total=total)


def through(*pages: Shown) -> Trail:
    """A trail through pages, of which each is looked at for a shift but the last."""
    trail = Trail()
    for number, page in enumerate(pages, start=1):
        trail.read(ask(number), ANSWER, page)
        if number < len(pages):
            trail.shifted(page)
    return trail


def test_a_list_that_keeps_still_is_read_once() -> None:
    trail = through(shown(4, 1, 2), shown(4, 3, 4))
    assert trail.shifted(shown(4, 3, 4)) == []
    assert trail.news_on_top() == []


@pytest.mark.parametrize(("total", "pages"), [(5, [2]), (3, [1, 2]), (1, [1, 2])])
def test_as_many_pages_are_read_again_as_may_have_slipped(total: int, pages: list[int]) -> None:
    trail = through(shown(6, 1, 2), shown(6, 3, 4), shown(total, 5, 6))
    back = trail.shifted(shown(total, 5, 6))
    assert [one.number for one in back] == pages
    assert all(map(trail.is_again, back))


def test_what_came_on_top_is_read_at_the_end_and_once() -> None:
    trail = through(shown(4, 1, 2), shown(5, 2, 3))
    assert trail.shifted(shown(5, 2, 3)) == []
    assert [one.number for one in trail.news_on_top()] == [1]
    assert trail.news_on_top() == []


def test_a_list_without_a_count_grows_by_what_two_pages_show() -> None:
    assert through(shown(None, 1, 2), shown(None, 2, 3)).grew
    assert not through(shown(None, 1, 2), shown(None, 3, 4)).grew


def test_a_list_that_never_keeps_still_is_left_with_a_doubt() -> None:
    trail = through(shown(90, 1, 2), shown(90, 3, 4))
    returns = [trail.shifted(shown(total, 3, 4)) for total in range(89, 80, -1)]
    assert sum(map(bool, returns)) == 5
    assert "kept shifting" in trail.doubts[-1]


def test_a_walk_looks_behind_two_dead_pages_and_not_behind_three() -> None:
    trail = through(shown(90, 1, 2))
    found = [trail.gone_by(ask(number), DAY, "answers 404") for number in (2, 3, 4)]
    assert [one is not None for one in found] == [True, True, False]
    assert trail.back_to(date.min) == DAY
    assert trail.doubts[0] == "page 2 answers 404"


def test_a_good_page_lets_the_walk_look_behind_dead_ones_again() -> None:
    trail = through(shown(90, 1, 2))
    for number in (2, 3):
        trail.gone_by(ask(number), DAY, "answers 404")
    trail.read(ask(4), ANSWER, shown(90, 7, 8))
    assert trail.gone_by(ask(5), DAY, "answers 404") is not None


def test_only_a_later_page_of_others_alone_is_another_publishers_list() -> None:
    own = {"a.cn"}
    assert is_foreign(ask(2), shown(9, 1, 2, 3, host="b.cn"), own)
    assert not is_foreign(ask(1), shown(9, 1, 2, 3, host="b.cn"), own)
    assert not is_foreign(ask(2), shown(9, 1, 2, host="b.cn"), own)
    assert not is_foreign(ask(2), shown(9, 1, 2, 3), own)
