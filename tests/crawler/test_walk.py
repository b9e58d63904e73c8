"""A walk: what it asks for and in which order, and where it ends."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from crawler.kinds.reader import ListRequest, Shown, Window
from crawler.kinds.search import SearchReader
from crawler.kinds.sitemap import SitemapReader
from crawler.known import as_in_list
from crawler.listings import walked_columns
from crawler.lists import ListItem
from crawler.plan import ColumnPlan
from crawler.records import Listed, Moment
from crawler.segment import Item, Note, Role
from crawler.spiders.walk import Memory, Walk
from crawler.urls import canonical_key, compact


class NoReader:
    """A reader that is never asked."""

    newest_first: ClassVar[bool] = True
    within_window: ClassVar[bool] = False

    def first(self, window: Window) -> tuple[ListRequest, ...]:
        raise NotImplementedError

    def read(self, answer: object, ask: ListRequest, window: Window) -> Shown:
        raise NotImplementedError


def walk() -> Walk:
    return Walk(ColumnPlan(source="s", column="c", walked_back_to=date.min), NoReader())


def asks(*urls: str) -> list[ListRequest]:
    return [ListRequest(url=url) for url in urls]


def shown(*urls: str, may_end: bool = True) -> Shown:
    items = [ListItem(url, canonical_key(url), Listed("http://a.cn/list")) for url in urls]
    return Shown(items=items, may_end=may_end)


def ends(one: Walk, page: Shown, known: Memory, chain: str = "") -> bool:
    return one.ends_at(page, ListRequest(url="http://a.cn/list", chain=chain), known)


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
    assert not ends(walk(), shown("http://a.cn/1", "http://a.cn/3"), known)
    assert ends(walk(), shown("http://a.cn/1", "http://a.cn/2"), known)


def test_pages_that_belong_together_end_a_walk_together() -> None:
    known = memory("http://a.cn/1", "http://a.cn/2")
    news, old = walk(), walk()
    assert not ends(news, shown("http://a.cn/3", may_end=False), known)
    assert not ends(news, shown("http://a.cn/1"), known)
    assert ends(news, shown("http://a.cn/2"), known)
    assert not ends(old, shown("http://a.cn/1", may_end=False), known)
    assert ends(old, shown("http://a.cn/2"), known)


def test_each_list_of_a_column_has_an_end_of_its_own() -> None:
    known, one = memory("http://a.cn/1"), walk()
    one.ask(ListRequest(url=f"{chain}{n}", chain=chain) for chain in "ab" for n in (1, 2))
    [first] = one.next()
    assert one.ends_at(shown("http://a.cn/1"), first, known)
    one.end(first)
    assert [ask.url for ask in one.pending] == ["b1", "b2"]
    assert not ends(one, shown("http://a.cn/1", "http://a.cn/2"), known, chain="b")


def test_what_a_list_of_newest_items_has_dropped_is_missed() -> None:
    item = ListItem("http://a.cn/9", "a.cn/9", Listed("l", None, Moment.local(date(2026, 6, 9))))
    page = Shown(items=[item], newest_only=True)

    def gap(known: Memory, **plan: Any) -> str | None:
        one = Walk(ColumnPlan(source="s", column="c", **plan), NoReader())
        one.reached(page, known)
        return one.gap()

    assert gap(memory()) is None
    assert gap(memory("http://a.cn/9"), walked_back_to=date(2026, 6, 1)) is None
    assert "nothing before 2026-06-09" in (gap(memory(), walked_back_to=date(2026, 6, 1)) or "")
    assert gap(memory(), walked_back_to=date(2026, 6, 9)) is None
    month = {"since": date(2026, 5, 1), "until": date(2026, 5, 31)}
    assert gap(memory(), **month)
    assert gap(memory(), **month, walked_back_to=date(2026, 4, 1)) is None


def test_what_an_unordered_list_leaves_out_is_not_told_by_its_last_item() -> None:
    since = date(2026, 6, 1)
    plan = ColumnPlan(source="s", column="c", since=since)
    readers = (NoReader(), SitemapReader("http://a.cn/map", None), SearchReader({}))
    down_to = [Walk(plan, reader).down_to() for reader in readers]
    assert down_to == [None, since, date(9999, 12, 30)]
    old = ListItem("http://a.cn/1", "a.cn/1", Listed("l", None, Moment.local(date(2020, 1, 1))))
    item = Item(url=old.url, key=old.key, listed=old.listed, decision="known")
    listed = Note(role=Role.LIST, source="s", column="c", url="l", status=200, items=(item,))
    walked = [
        walked_columns([listed, Note(role=Role.WALK, source="s", column="c", url="l", down_to=day)])
        for day in down_to
    ]
    assert [one.down_to for [one] in walked] == [date(2020, 1, 1), since, date(9999, 12, 30)]


def test_each_list_is_compared_with_what_it_said_itself() -> None:
    item = ListItem("http://a.cn/1", "a.cn/1", Listed("l", "关于防汛的通知"))
    elsewhere = compact(Listed("l", "防汛通知").digest)
    here = {compact(as_in_list("s", "c", "a.cn/1")): compact(item.listed.digest)}

    def decision(known: Mapping[int, int | None], column: str = "c") -> str:
        one = Walk(ColumnPlan(source="s", column=column), NoReader())
        [found] = one.decide([item], Memory(known, frozenset({"a.cn"})))
        return found.decision

    named = {compact("a.cn/1"): elsewhere}
    assert decision(named) == "fetch"
    assert decision(named | here) == "known"
    assert decision(named | here, column="d") == "fetch"
    assert decision(named | dict.fromkeys(here, elsewhere)) == "fetch"


def test_addresses_without_an_end_are_neither_walked_nor_fetched() -> None:
    one = walk()
    one.ask(asks("http://a.cn/l/", "http://a.cn/l/l/l/l/l/"))
    assert [ask.url for ask in one.pending] == ["http://a.cn/l/"]
    assert one.trail.doubts == ["its pager leads into addresses without an end"]
    page = shown("http://a.cn/1/1/1/1/1.shtml", "http://a.cn/1.shtml")
    decided = one.decide(page.items, Memory({}, frozenset({"a.cn"})))
    assert [item.decision for item in decided] == ["trap", "fetch"]


def test_a_page_without_items_ends_nothing() -> None:
    assert not ends(walk(), shown(), memory())
