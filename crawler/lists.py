"""List pages: their items, how many pages there are, and where the next one is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from crawler.catalogue import ListTemplate
from crawler.records import Listed, Moment
from crawler.urls import canonical_key

# Its arguments: element, pages, current page, file name, suffix, number of items.
_PAGER = re.compile(
    r"createPageHTML\(\s*['\"][^'\"]*['\"]\s*,\s*(\d+)\s*,\s*(\d+)\s*,"
    r"\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*(?:,\s*(\d+)\s*)?\)"
)
_DAY = re.compile(r"(?<!\d)(20\d{2}|19\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list: an absolute address, its key and what the list says of it."""

    url: str
    key: str
    listed: Listed


@dataclass(frozen=True, slots=True)
class Pager:
    """What a ``createPageHTML`` call says."""

    pages: int
    prefix: str
    suffix: str
    total: int | None

    def page_url(self, base: str, number: int) -> str:
        """The address of a page; the first is 1."""
        name = self.prefix if number == 1 else f"{self.prefix}_{number}"
        return urljoin(base, f"{name}.{self.suffix}")


def find_pager(html: str) -> Pager | None:
    """The pager call in a page, if it has one."""
    found = _PAGER.search(html)
    if found is None:
        return None
    pages, _current, prefix, suffix, total = found.groups()
    return Pager(int(pages), prefix, suffix, int(total) if total else None)


def find_items(page: Selector, base: str, template: ListTemplate) -> list[ListItem]:
    """The items of a list page in their order, each address once."""
    items: dict[str, ListItem] = {}
    for item in _items(page, base, template):
        items.setdefault(item.key, item)
    return list(items.values())


def _items(page: Selector, base: str, template: ListTemplate) -> Iterator[ListItem]:
    for element in page.css(template.item):
        link = next(iter(element.css(template.link)), None)
        url = _address(base, link.attrib.get("href", "")) if link is not None else None
        if link is None or url is None:
            continue
        title = _title(element, link, template)
        listed = Listed(
            base, title or None, _published(element, template) if template.dated else None
        )
        yield ListItem(url, canonical_key(url), listed)


def _address(base: str, href: str) -> str | None:
    """An absolute web address without its fragment; None for scripts, mail and the like."""
    if not href.strip() or href.strip().startswith("#"):
        return None
    try:
        url = urljoin(base, href.strip()).partition("#")[0]
        canonical_key(url)
    except ValueError:
        return None
    return url if urlsplit(url).scheme in {"http", "https"} else None


def _title(element: Selector, link: Selector, template: ListTemplate) -> str:
    if template.title:
        return _text(element.css(template.title))
    return " ".join(link.attrib.get("title", "").split()) or _text(link)


def _text(selected: Selector | list[Selector]) -> str:
    parts = selected.xpath(".//text()").getall()  # type: ignore[union-attr]
    return " ".join(" ".join(parts).split())


def _published(element: Selector, template: ListTemplate) -> Moment | None:
    if template.date is None:
        # The date stands behind the link: a date in the title itself is somebody else's.
        return first_day(" ".join(element.xpath(".//text()[not(ancestor::a)]").getall()))
    if template.date.startswith("@"):
        return first_day(element.attrib.get(template.date[1:], ""))
    return first_day(_text(element.css(template.date)))


def first_day(text: str) -> Moment | None:
    """The first calendar day in a text; a day that does not exist is none."""
    for year, month, day in _DAY.findall(text):
        try:
            return Moment.local(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return None


def next_page_link(page: Selector, base: str) -> str | None:
    """Where a plain 下一页 link leads, for lists without the script."""
    for href in page.xpath("//a[contains(normalize-space(.), '下一页')]/@href").getall():
        return _address(base, href)
    return None
