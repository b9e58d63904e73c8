"""Where an unknown list goes on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from parsel import Selector

from crawler.layouts import PAGE_NUMBER
from crawler.lists import address_of, base_of
from crawler.pagers import find_pager, following, next_page_link, page_pattern

# Signs of a pager that a script draws or fills: its addresses cannot be read from the page.
_SCRIPTED = re.compile(
    r"laypage|\.pagination\(|createPage\w*\(|dataproxy\.jsp|<nextgroup>|totalPages?\b|pageCount\b|<el-pagination|"
    r"__doPostBack\('[^']*','Page\$|turnPage|goPage|jumpPage|gotoPage|queryPage|pageNo\b|\.jpage\(",
    re.IGNORECASE,
)
_PAGES = re.compile(r"共\s*(\d+)\s*页")


@dataclass(frozen=True, slots=True)
class Onward:
    """How a list goes on."""

    pager: str
    """As a template's `pager`."""
    following: str | None
    """The second page's address; None where there is none."""
    total: int | None = None
    """How many items the pager says there are."""
    doubt: str | None = None


def find_onward(page: Selector, base: str, markup: str) -> Onward:
    """How the list of a first page goes on."""
    call = find_pager(markup)
    if call is not None:
        return Onward(
            "createPageHTML", following(page, base, "createPageHTML", 1, markup), call.total
        )
    linked = next_page_link(page, base)
    if linked is not None:
        return Onward("next", linked)
    numbered = next(_numbered(page, base), None)
    if numbered is not None:
        return numbered
    pages = _PAGES.search(page.xpath("string(//body)").get(""))
    if _SCRIPTED.search(markup) or (pages and int(pages[1]) > 1):
        said = "the pager is a script's: the addresses of the later pages are not known"
        return Onward("none", None, doubt=said)
    return Onward("none", None)


def _numbered(page: Selector, base: str) -> Iterator[Onward]:
    """By the links with the numbers 2 and, where it is there, 3."""
    around = base_of(page, base)
    for link in page.xpath("//a[normalize-space(.)='2']"):
        second = address_of(around, link.attrib)
        if second is None or second == base:
            continue
        pattern = page_pattern(base, second)
        if (
            pattern is None
            or urljoin(base, PAGE_NUMBER.sub(_counted(pattern, 2), pattern)) != second
        ):
            continue
        thirds = {
            address_of(around, one.attrib)
            for one in link.xpath("ancestor::*[position()<4]//a[normalize-space(.)='3']")
        }
        fits = urljoin(base, PAGE_NUMBER.sub(_counted(pattern, 3), pattern))
        if not thirds or fits in thirds:
            yield Onward(pattern, second)


def _counted(pattern: str, number: int) -> str:
    match = PAGE_NUMBER.search(pattern)
    return str(number - 1 if match and match["less"] else number)
