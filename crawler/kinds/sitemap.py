"""Sitemaps: of addresses, of sitemaps, and of news."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from crawler.days import address_day
from crawler.errors import Park
from crawler.kinds.reader import Answer, ListRequest, Shown, Window, newest_first
from crawler.kinds.xml import Element, child_text, children, local_name, moment, parse_xml
from crawler.lists import ListItem, web_address
from crawler.records import Listed, Moment
from crawler.urls import canonical_key


@dataclass(frozen=True, slots=True)
class SitemapReader:
    """A sitemap, or one that leads to others. Addresses stand in no order: all of it is read, but for
    sitemaps that say that they are older than the window."""

    start: str
    match: re.Pattern[str] | None
    """What an article's address has in it; None: every address is one."""
    newest_first: ClassVar[bool] = False
    within_window: ClassVar[bool] = True

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The sitemap."""
        return (ListRequest(url=self.start),)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """Its articles, or the sitemaps that it leads to, the newest first."""
        root = parse_xml(answer)
        if local_name(root) == "sitemapindex":
            inner = sorted(
                _sitemaps(root, answer.url, window.since), key=lambda one: one[0], reverse=True
            )
            onward = tuple(ListRequest(url=url) for _, url in inner)
            return Shown(items=(), onward=onward, may_end=False, may_be_empty=True)
        if local_name(root) != "urlset":
            raise Park(f"a sitemap was expected, but the document is <{local_name(root)}>")
        items = newest_first(self._items(root, answer.url, window.since))
        return Shown(items=items, may_end=False, may_be_empty=True)

    def _items(self, root: Element, url: str, since: date | None) -> Iterator[ListItem]:
        for entry in children(root, "url"):
            address = web_address(url, child_text(entry, "loc"))
            if address is None or not (self.match is None or self.match.search(address)):
                continue
            title, published = _news(entry)
            modified = moment(child_text(entry, "lastmod"))
            if not _is_older(modified, since):
                listed = Listed(url, title, published or address_day(address), modified)
                yield ListItem(address, canonical_key(address), listed)


def _sitemaps(root: Element, url: str, since: date | None) -> Iterator[tuple[date, str]]:
    for entry in children(root, "sitemap"):
        address = web_address(url, child_text(entry, "loc"))
        changed = moment(child_text(entry, "lastmod"))
        if address and not _is_older(changed, since):
            # One that does not say is as new as can be.
            yield (changed.day if changed else date.max), address


def _is_older(changed: Moment | None, since: date | None) -> bool:
    """Whether nothing has happened to something since a day: it was published before, too."""
    return changed is not None and since is not None and changed.day < since


def _news(entry: Element) -> tuple[str | None, Moment | None]:
    """Title and time, which a news sitemap gives."""
    for news in children(entry, "news"):
        return child_text(news, "title") or None, moment(child_text(news, "publication_date"))
    return None, None
