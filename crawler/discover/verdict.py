"""What is to be said of an unknown list page, and how sure that is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from math import prod

from parsel import Selector

from crawler.blocks import han_length
from crawler.discover.links import leads_to_article, weight_of
from crawler.discover.listing import Candidate, candidates
from crawler.discover.pager import Onward, find_onward
from crawler.errors import Park
from crawler.extract import extract
from crawler.layouts import ListTemplate
from crawler.lists import address_of, base_of
from crawler.records import Article, Page
from crawler.urls import host_of

_SURE = 0.6
"""Confidence from which on nobody needs to look."""
_EPAPER = re.compile(r"node_\d+\.html?|第\s*[A-Z]?0?\d+\s*版", re.IGNORECASE)
_PLATES = 3
_PROSE = 200
_HTML = "text/html; charset=utf-8"
_CLOSE = 1.2
_HARDLY, _WEAKLY = 5.0, 6.5


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may be wrong, and the share of such lists that are."""

    what: str
    weight: float


class Doubted:
    """Something that was understood, though perhaps not rightly."""

    __slots__ = ()
    doubts: tuple[Doubt, ...]
    """Everything that may be wrong."""

    @property
    def confidence(self) -> float:
        """0 to 1: how likely all of it is right, where each doubt takes its share."""
        return round(prod(1 - doubt.weight for doubt in self.doubts), 2)

    @property
    def sure(self) -> bool:
        """Whether nobody needs to look."""
        return self.confidence >= _SURE


@dataclass(frozen=True)
class Discovery(Doubted):
    """A list page as it was understood."""

    url: str
    lists: tuple[Candidate, ...]
    """The likeliest first."""
    onward: Onward
    epaper: bool
    article: bool
    """Whether the page reads as an article itself."""
    frames: tuple[str, ...] = ()
    """Addresses of the site's pages that stand in this one: a list may be there."""
    chosen: int = 0

    @property
    def main(self) -> Candidate | None:
        """The list that is meant."""
        return self.lists[self.chosen] if self.chosen < len(self.lists) else None

    @property
    def template(self) -> ListTemplate | None:
        """The list's template with its pager."""
        if self.main is None:
            return None
        return self.main.template.model_copy(update={"pager": self.onward.pager})

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:  # type: ignore[override]
        """Everything that may be wrong."""
        return tuple(_doubts(self))


def discover(markup: str, url: str, today: date, chosen: int = 0) -> Discovery:
    """Look at a list page: `chosen` is which of its lists is meant, 0 the likeliest."""
    page = Selector(markup or "<html></html>")
    lists = tuple(candidates(page, url, today))
    return Discovery(
        url=url,
        lists=lists,
        onward=find_onward(page, url, markup),
        epaper=len(set(_EPAPER.findall(markup))) >= _PLATES,
        article=_is_article(markup, url, lists[chosen] if chosen < len(lists) else None),
        frames=tuple(_frames(page, url)),
        chosen=chosen,
    )


def _is_article(markup: str, url: str, main: Candidate | None) -> bool:
    """Whether a page is an article with lists around it: one whose text is not the list itself."""
    page = Page(
        url=url,
        key=url,
        source="",
        body=markup.encode("utf-8", "replace"),
        content_type=_HTML,
        fetched_at=datetime.now(UTC),
    )
    try:
        read = extract(page)
    except Park:
        return False
    if not isinstance(read, Article) or han_length(read.body) < _PROSE:
        return False
    titles = [item.listed.title or "" for item in main.items] if main else []
    return sum(title[:12] in read.body for title in titles) * 2 <= len(titles)


def _frames(page: Selector, url: str) -> Iterator[str]:
    around = base_of(page, url)
    for source in page.css("iframe::attr(src), frame::attr(src)").getall():
        frame = address_of(around, {"href": source})
        if frame and host_of(frame) == host_of(url):
            yield frame


def _doubts(found: Discovery) -> Iterator[Doubt]:
    main = found.main
    if main is None:
        yield Doubt("no list of links was found: is the page filled by a script?", 1.0)
        yield from _in_frames(found)
        return
    if found.epaper:
        yield Doubt(
            "this looks like an e-paper's page (date, page, article), which is no list", 0.6
        )
    if found.article:
        yield Doubt("the page reads as an article, with lists around it", 0.45)
    # Days are a third of what can speak for a list; some have none.
    score = main.score + (1.0 if main.date is None else 0.0)
    if score < _HARDLY:
        yield Doubt("what was found hardly looks like a list of articles", 0.7)
        yield from _in_frames(found)
    elif score < _WEAKLY:
        yield Doubt("what was found looks little like a list of articles", 0.45)
    yield from _rivals(found.lists, found.chosen)
    yield from _of_items(main, found.url)
    yield from _of_dates(main)
    if found.onward.doubt:
        yield Doubt(found.onward.doubt, 0.35)


def _in_frames(found: Discovery) -> Iterator[Doubt]:
    for frame in found.frames[:3]:
        yield Doubt(f"another page stands in this one, where the list may be: try {frame}", 0.0)


def _rivals(lists: Sequence[Candidate], chosen: int) -> Iterator[Doubt]:
    main = lists[chosen]
    for number, other in enumerate(lists, start=1):
        if other is not main and other.score > main.score - _CLOSE and not chosen:
            name = f"“{other.heading}”, " if other.heading else ""
            close = 0.5 if other.score > main.score - _CLOSE / 2 else 0.3
            yield Doubt(
                f"another list is nearly as likely ({name}{len(other.items)} items): --list {number} takes it",
                close,
            )
            return


def _of_items(main: Candidate, url: str) -> Iterator[Doubt]:
    number = len(main.items)
    titles = [item.listed.title or "" for item in main.items]
    if number < 5:
        yield Doubt(f"it has no more than {number} items", 0.5 if number < 4 else 0.3)
    short = sum(weight_of(title) < 4 for title in titles)
    if short * 5 > number:
        yield Doubt(f"{short} of {number} titles are hardly titles", 0.5)
    if len(set(titles)) < 0.7 * number:
        yield Doubt("many items have the same title", 0.5)
    if main.cut:
        yield Doubt("titles are cut off, and the whole ones are not in the page", 0.1)
    if main.fragile:
        yield Doubt("nothing on the page names the list: its selector goes by position", 0.15)
    away = sum(host_of(item.url) != host_of(url) for item in main.items)
    if away * 2 > number:
        yield Doubt(f"{away} of {number} items lead to other hosts", 0.2)
    unlike = sum(not leads_to_article(item.url) for item in main.items)
    if unlike * 2 > number:
        yield Doubt(f"{unlike} of {number} addresses do not look like articles", 0.35)


def _of_dates(main: Candidate) -> Iterator[Doubt]:
    day = main.date
    if day is None:
        yield Doubt("the list shows no days", 0.2)
        if main.days_alone:
            yield Doubt("its days stand apart from their months and are not read", 0.3)
        return
    if day.yearless:
        yield Doubt("days stand without a year, which goes by their order", 0.2)
    if day.in_address:
        yield Doubt("days are not shown but in the addresses", 0.05)
    if day.rival:
        yield Doubt("the entries show two days each; the first was taken", 0.3)
    missing = sum(one is None for one in day.days)
    if missing:
        yield Doubt(
            f"{missing} of {len(day.days)} items have no day",
            0.1 if missing * 10 <= len(day.days) else 0.3,
        )
    if day.order < 0.8:
        yield Doubt("the items do not go from new to old", 0.3)
