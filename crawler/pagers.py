"""Where a list goes on: by a script's call, by a link, or by a pattern of addresses."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from crawler.layouts import PAGE_NUMBER
from crawler.lists import address_of, base_of

# Its arguments: element, pages, current page, file name, suffix, number of items.
_CALL = re.compile(
    r"createPageHTML\(\s*['\"][^'\"]*['\"]\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,"
    r"\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*(?:,\s*(\d{1,9})\s*)?\)"
)
# TRS WCM's own: pages, current page from 0, file name, suffix; the first two may be variables.
_COUNTED = re.compile(
    r"createPageHTML\(\s*(\d{1,9}|[A-Za-z_]\w*)\s*,\s*(?:\d+|\w+)\s*,\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]"
)
_NEXT = re.compile(
    r"^[\s<\[]*(?:下\s*一?\s*[页頁]|后一页|後一頁|next(?: page)?)[\s>›»→\]]*$", re.IGNORECASE
)
_ARROW = re.compile(r"^\s*(?:>{1,2}|[›»→])\s*$")


@dataclass(frozen=True, slots=True)
class Pager:
    """What a ``createPageHTML`` call says."""

    pages: int
    prefix: str
    suffix: str
    total: int | None
    first: int = 1
    """The number in the call's own count that the first page has: 0 where the second is ``_1``."""

    def page_url(self, base: str, number: int) -> str:
        """The address of a page; the first is 1."""
        name = self.prefix if number == 1 else f"{self.prefix}_{number - 1 + self.first}"
        return urljoin(base, f"{name}.{self.suffix}")


def find_pager(html: str) -> Pager | None:
    """The pager call in a page, if it has one."""
    found = _CALL.search(html)
    if found is not None:
        pages, _current, prefix, suffix, total = found.groups()
        return Pager(int(pages), prefix, suffix, int(total) if total else None)
    for match in _COUNTED.finditer(html):
        count, prefix, suffix = match.groups()
        if not count.isdigit():
            named = re.search(rf"\b{re.escape(count)}\s*=\s*(\d{{1,9}})", html)
            count = named[1] if named else ""
        if count:
            return Pager(int(count), prefix, suffix, None, first=0)
    return None


def own_count(markup: str, pager: str) -> tuple[int | None, int | None]:
    """(items, pages) of the whole column, as a list page says itself; `pager` is its template's."""
    call = find_pager(markup) if pager not in {"next", "none"} else None
    return (call.total, call.pages) if call else (None, None)


def next_page_link(page: Selector, base: str) -> str | None:
    """Where the link to the next page leads, for lists without the script.

    None where there is no such link or it leads to the page itself, as on the last page.
    """
    around = base_of(page, base)
    for link in page.xpath("//a"):
        said = " ".join(link.xpath(".//text()").getall()).strip() or link.attrib.get("title", "")
        if _NEXT.match(said) or (_ARROW.match(said) and _among_numbers(link)):
            url = address_of(around, link.attrib)
            if url is not None:
                return None if url == base else url
    return None


def _among_numbers(link: Selector) -> bool:
    """Whether a link stands in a row of page numbers: an arrow elsewhere turns pictures."""
    return any(one.strip().isdigit() for one in link.xpath("../..//a//text()").getall())


def following(page: Selector, base: str, pager: str, number: int, markup: str) -> str | None:
    """The address of the page behind page `number` (the first is 1), as a template's pager says."""
    if pager == "none":
        return None
    call = find_pager(markup) if pager != "next" else None
    pattern = PAGE_NUMBER.search(pager)
    if pattern:
        later = number if pattern["less"] else number + 1
        return urljoin(base, PAGE_NUMBER.sub(str(later), pager))
    if call is None:
        return next_page_link(page, base)
    return call.page_url(base, number + 1) if number < call.pages else None


def page_pattern(first: str, second: str) -> str | None:
    """The pattern that the addresses of the first two pages show, relative to the column's folder."""
    before, after = urlsplit(first), urlsplit(second)
    if before.netloc != after.netloc:
        return None
    folder = before.path.rpartition("/")[0] + "/"
    path = after.path.removeprefix(folder) if after.path.startswith(folder) else after.path
    written = path + (f"?{after.query}" if after.query else "")
    for match in reversed(list(re.finditer(r"(?<!\d)[12](?!\d)", written))):
        name = "{page}" if match[0] == "2" else "{page-1}"
        return f"{written[: match.start()]}{name}{written[match.end() :]}"
    return None
