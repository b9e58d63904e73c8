"""Newspapers as they were printed: days, the pages of a day, the articles of a page."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from parsel import Selector

from crawler.kinds.options import Issues
from crawler.kinds.reader import Answer, ListRequest, Shown, Window
from crawler.lists import ListItem, address_of, base_of
from crawler.records import Listed, Moment
from crawler.urls import canonical_key

_DAY = re.compile(r"\{(year|month|day)\}")
_WORDS = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class EpaperReader:
    """A newspaper: the days of the window, the newest first; a day that has no issue is passed over."""

    start: str
    """The address of a day's first page, with ``{year}``, ``{month}`` and ``{day}`` in it."""
    first_issue: date
    issues: Issues
    newest_first: ClassVar[bool] = True
    within_window: ClassVar[bool] = True

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The first page of each day."""
        day, oldest = window.until, max(window.since or self.first_issue, self.first_issue)
        while day >= oldest:
            yield ListRequest(url=issue_address(self.start, day), day=day, guessed=True)
            day -= timedelta(days=1)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """The articles of a page, and of a day's first page the others of that day."""
        found: dict[str, ListItem] = {}
        for item in self._articles(answer, ask.day):
            known = found.get(item.key)
            if known is None or not known.listed.title:
                found[item.key] = item
        onward = self._pages(answer, ask) if ask.number == 1 else []
        left = len(onward) if ask.number == 1 else ask.left - 1
        return Shown(items=list(found.values()), onward=tuple(onward), may_end=left == 0)

    def _articles(self, answer: Answer, day: date | None) -> Iterator[ListItem]:
        published = Moment.local(day) if day else None
        for link, url in _links(answer, self.issues.articles):
            title = _title(link)
            yield ListItem(url, canonical_key(url), Listed(answer.url, title or None, published))

    def _pages(self, answer: Answer, ask: ListRequest) -> list[ListRequest]:
        own = canonical_key(answer.url)
        links = _links(answer, self.issues.pages)
        urls = list(
            {canonical_key(url): url for _, url in links if canonical_key(url) != own}.values()
        )
        return [
            ListRequest(url=url, number=2 + at, left=len(urls) - at, day=ask.day)
            for at, url in enumerate(urls)
        ]


def issue_address(start: str, day: date) -> str:
    """The address of a day's first page."""
    parts = {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}
    return _DAY.sub(lambda place: parts[place[1]], start)


def _links(answer: Answer, selector: str) -> Iterator[tuple[Selector, str]]:
    around = base_of(answer.page, answer.url)
    for link in answer.page.css(selector):
        url = address_of(around, link.attrib)
        if url is not None:
            yield link, url


def _title(link: Selector) -> str:
    """What a link says: its text, else its ``title``; an area of the page's picture says nothing."""
    said = " ".join(link.xpath("string()").get("").split()) or link.attrib.get("title", "").strip()
    return said if _WORDS.search(said) else ""
