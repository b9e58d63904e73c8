"""A walk: what it asks for and in which order, and where it ends."""

from datetime import date

from crawler.kinds.reader import ListRequest, Shown
from crawler.lists import ListItem
from crawler.plan import ColumnPlan
from crawler.records import Listed
from crawler.spiders.walk import Memory, Walk
from crawler.urls import canonical_key, compact


class NoReader:
    """A reader that is never asked."""

    def first(self, plan: ColumnPlan, today: date) -> tuple[ListRequest, ...]:
        raise NotImplementedError

    def read(self, answer: object, ask: ListRequest, bound: date) -> Shown:
        raise NotImplementedError


def walk() -> Walk:
    return Walk(ColumnPlan(source="s", column="c", walked_back_to=date.min), NoReader())


def asks(*urls: str) -> list[ListRequest]:
    return [ListRequest(url=url) for url in urls]


def shown(*urls: str, may_end: bool = True) -> Shown:
    items = [ListItem(url, canonical_key(url), Listed("http://a.cn/list")) for url in urls]
    return Shown(items=items, may_end=may_end)


def memory(*urls: str) -> Memory:
    return Memory(dict.fromkeys((compact(canonical_key(url)) for url in urls), None), frozenset())


def test_what_a_page_names_is_asked_for_before_what_was_left_and_never_twice() -> None:
    one = walk()
    one.ask(asks("1", "2"))
    order = [ask.url for ask in one.next()]
    one.ask(asks("1a", "2", "1", "1b", "1a"))
    while one.pending:
        order += [ask.url for ask in one.next()]
    assert order == ["1", "1a", "1b", "2"]
    assert list(one.next()) == []


def test_a_walk_ends_at_a_page_that_is_known_as_a_whole() -> None:
    known = memory("http://a.cn/1", "http://a.cn/2")
    assert not walk().ends_at(shown("http://a.cn/1", "http://a.cn/3"), known)
    assert walk().ends_at(shown("http://a.cn/1", "http://a.cn/2"), known)


def test_pages_that_belong_together_end_a_walk_together() -> None:
    known = memory("http://a.cn/1", "http://a.cn/2")
    news, old = walk(), walk()
    assert not news.ends_at(shown("http://a.cn/3", may_end=False), known)
    assert not news.ends_at(shown("http://a.cn/1"), known)
    assert news.ends_at(shown("http://a.cn/2"), known)
    assert not old.ends_at(shown("http://a.cn/1", may_end=False), known)
    assert old.ends_at(shown("http://a.cn/2"), known)


def test_a_page_without_items_ends_nothing() -> None:
    assert not walk().ends_at(shown(), memory())
