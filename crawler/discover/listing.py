"""A list page that nobody has described: its lists, the likeliest first, each with a template."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from urllib.parse import urlsplit

from lxml.etree import _Element as Element
from parsel import Selector

from crawler.blocks import han_length, inner_text
from crawler.discover.data import data_templates
from crawler.discover.links import Link, leads_to_article, links_of, weight_of
from crawler.discover.names import inner_selectors, item_selectors, up_from
from crawler.discover.parts import (
    DatePart,
    date_part,
    days_alone,
    is_cut,
    main_links,
    title_parts,
)
from crawler.discover.regions import Region, regions
from crawler.layouts import ListTemplate
from crawler.lists import ListItem, base_of, embedded, find_items
from crawler.select import Select
from crawler.urls import host_of

_LOOKED_AT = 14
_NEAR = 5
_BESIDE = re.compile(
    r"(?:^|[-_\s])(?:nav\w*|menu\w*|side\w*|aside|right\w*|foot\w*|header|head|top|bottom|crumbs?\w*|breadcrumb\w*|position|location|dqwz|"
    r"links?|yqlj|friend\w*|hot\w*|rank\w*|ph|phb|relate\w*|recommend\w*|tj|tags?|share|login|search|banner|slide\w*|"
    r"swiper\w*|page\w*|pager|pagination|tabs?|rdpx|zxfb|tools?|quick\w*|wzdh|dropdown\w*)(?:$|[-_\s])",
    re.IGNORECASE,
)
_PAGER = re.compile(
    r"createPageHTML|下\s*一?\s*[页頁]|尾页|末页|共\s*\d+\s*[页頁条]|(?:^|[-_\s\"'])(?:page\w*|pager\w*|pagination|paging)(?:[-_\s\"']|$)",
    re.IGNORECASE,
)
_TITULAR = 6
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """One list of a page."""

    template: ListTemplate
    items: tuple[ListItem, ...]
    score: float
    """How much it looks like the page's list; about 10 where everything does, below 5 hardly."""
    heading: str | None
    """What stands over it."""
    date: DatePart | None
    keys: frozenset[str]
    cut: bool
    """Whether its titles are cut off, and the whole ones are nowhere."""
    fragile: bool = False
    """Whether its selector goes by position, for want of names."""
    days_alone: bool = False
    """Whether it has no days but such whose month stands elsewhere."""


def candidates(page: Selector, base: str, today: date) -> list[Candidate]:
    """The lists of a page, the likeliest first; those that overlap a likelier one are left out."""
    found = [
        *_in_markup(page, base, today, None),
        *_in_records(page, base, today),
        *_in_data(page, base, today),
    ]
    found.sort(key=lambda one: one.score, reverse=True)
    kept: list[Candidate] = []
    for one in found:
        if all(len(one.keys & other.keys) < 0.3 * len(one.keys) for other in kept):
            kept.append(one)
    return kept


def _in_records(page: Selector, base: str, today: date) -> Iterator[Candidate]:
    """Lists whose entries stand as records in a script."""
    inner = embedded(page, "datastore")
    if inner.css("a"):
        for one in _in_markup(inner, base, today, "datastore"):
            yield replace(one, score=one.score + 1.0)


def _in_data(page: Selector, base: str, today: date) -> Iterator[Candidate]:
    """Lists whose items a script holds as data."""
    for template in data_templates(page):
        items = find_items(page, base, template, today)
        if len(items) < _FEWEST:
            continue
        days = tuple(one.listed.published.day if one.listed.published else None for one in items)
        day = DatePart(None, days) if any(days) else None
        titles = [item.listed.title or "" for item in items]
        yield Candidate(
            template=template,
            items=tuple(items),
            score=round(_shown(base, [(one.url, one.listed.title or "") for one in items], day), 2),
            heading=None,
            date=day,
            keys=frozenset(item.key for item in items),
            cut=sum(map(is_cut, titles)) > 0.1 * len(titles),
        )


def _in_markup(page: Selector, base: str, today: date, kind: str | None) -> Iterator[Candidate]:
    body = page.root.find("body")
    if body is None:
        return
    links = links_of(body, base_of(page, base))
    holding = {outer for link in links for outer in (link.element, *link.element.iterancestors())}
    view = _View(page, base, today, kind, frozenset(holding))
    for region in regions(links)[:_LOOKED_AT]:
        candidate = view.candidate(region)
        if candidate is not None:
            yield candidate


@dataclass(frozen=True)
class _View:
    """A page being looked at."""

    page: Selector
    base: str
    today: date
    kind: str | None
    holding: frozenset[Element]
    """The elements that a link stands in, and the links."""

    def candidate(self, region: Region) -> Candidate | None:
        """A region with its template, where one can be written that finds it."""
        links = main_links(region)
        day = date_part(region, links, self.today)
        found = self._template(region, links, day)
        if found is None:
            return None
        template, items, fragile = found
        titles = [item.listed.title or "" for item in items]
        return Candidate(
            template=template,
            items=tuple(items),
            score=round(self._score(region, links, day) - (0.4 if fragile else 0.0), 2),
            heading=heading_over(region),
            date=day,
            keys=frozenset(item.key for item in items),
            cut=sum(map(is_cut, titles)) > 0.1 * len(titles),
            fragile=fragile,
            days_alone=day is None and days_alone(region),
        )

    # --- the template ---

    def _template(
        self, region: Region, links: Sequence[Link | None], day: DatePart | None
    ) -> tuple[ListTemplate, list[ListItem], bool] | None:
        wanted = list(dict.fromkeys(link.key for link in links if link))
        items_css = [
            css for css in dict.fromkeys(self._item_selectors(region)) if self._selects(css, region)
        ]
        for link_css in dict.fromkeys(_link_selectors(region, links)):
            for css in items_css[:6]:
                template = self._dated(ListTemplate(item=css, link=link_css), day)
                items = self._found(template)
                if [item.key for item in items] == wanted and _as_seen(items, links, day):
                    titled = self._titled(template, region, links)
                    return titled, self._found(titled), ":nth-of-type" in css
        return None

    def _selects(self, css: str, region: Region) -> bool:
        """Whether a selector finds the region's records, and nothing else that has a link."""
        found = [one for one in Select(css)(self.page.root) if one in self.holding]
        return found == list(region.records)

    def _item_selectors(self, region: Region) -> Iterator[str]:
        if self.kind == "datastore":
            yield "body > div"
        yield from item_selectors(region.top, region.records)

    def _found(self, template: ListTemplate) -> list[ListItem]:
        page = self.page
        if template.embedded:
            template = template.model_copy(update={"embedded": None})
        return find_items(page, self.base, template, self.today)

    def _dated(self, template: ListTemplate, day: DatePart | None) -> ListTemplate:
        known: dict[str, object] = {"embedded": self.kind} if self.kind else {}
        if day is None:
            known["dated"] = False
        elif day.in_address:
            known["url_date"] = True
        else:
            known["date"] = day.part
            known["yearless"] = day.yearless
        return template.model_copy(update=known)

    def _titled(
        self, template: ListTemplate, region: Region, links: Sequence[Link | None]
    ) -> ListTemplate:
        """The template with a part for the titles where the links do not show them well."""
        plain = [item.listed.title or "" for item in self._found(template)]
        best, merit = template, _title_merit(plain)
        if merit >= _GOOD_TITLES:
            return template
        for part in title_parts(region, links):
            other = template.model_copy(update={"title": part})
            titles = [item.listed.title or "" for item in self._found(other)]
            if _title_merit(titles) > merit + 0.1:
                best, merit = other, _title_merit(titles)
        return best

    # --- how much it looks like the list ---

    def _score(self, region: Region, links: Sequence[Link | None], day: DatePart | None) -> float:
        there = [(link.url, link.title) for link in links if link]
        behind = day is not None and day.part is not None and day.part.startswith("+")
        return (
            _shown(self.base, there, day)
            - 2.5 * self._beside(region)
            + (1.0 if _has_pager(region.top) else 0.0)
            # The whole entry rather than a part of it: it is what a person would name.
            - (0.3 if behind else 0.0)
            - 0.03 * len(list(region.records[0].iterancestors()))
        )

    def _beside(self, region: Region) -> float:
        """How much the names around a region say that it is something beside the list."""
        outers = [region.top, *up_from(region.top)][:_NEAR]
        named = [
            f"{one.get('class') or ''} {one.get('id') or ''}" for one in outers if one.tag != "body"
        ]
        said = sum(bool(_BESIDE.search(names)) for names in named)
        by_tag = any(one.tag in {"nav", "aside", "footer", "header"} for one in outers)
        return min(1.0, 0.5 * said + by_tag)


_GOOD_TITLES = 1.9


def _title_merit(titles: Sequence[str]) -> float:
    if not titles:
        return 0.0
    lengths = [weight_of(title) for title in titles]
    fitting = sum(4 <= one <= 60 for one in lengths) / len(lengths)
    whole = 1 - sum(map(is_cut, titles)) / len(titles)
    prose = sum("。" in title for title in titles) / len(titles)
    return fitting + whole - 2 * prose


def _as_seen(items: Sequence[ListItem], links: Sequence[Link | None], day: DatePart | None) -> bool:
    """Whether the items have the days that were seen in the entries."""
    if day is None:
        return True
    seen = {
        link.key: shown for link, shown in reversed(list(zip(links, day.days, strict=True))) if link
    }
    found = {one.key: one.listed.published.day if one.listed.published else None for one in items}
    return seen == found


def _shown(base: str, links: Sequence[tuple[str, str]], day: DatePart | None) -> float:
    """How much links (address, title) with these days look like a list of articles."""
    number = len(links)
    weights = [weight_of(title) for _, title in links]
    return (
        1.5 * min(len(set(links)), 15) / 15
        + 2.0 * median(min(weight, 25) for weight in weights) / 25
        + 1.5 * sum(leads_to_article(url) for url, _ in links) / number
        + 1.0 * sum(_in_folder(base, url) for url, _ in links) / number
        + 0.5 * sum(_same_site(base, url) for url, _ in links) / number
        - 1.5 * sum(weight < _TITULAR for weight in weights) / number
        + _worth(day)
    )


def _worth(day: DatePart | None) -> float:
    if day is None:
        return 0.0
    sure = 1.2 if day.in_address else 2.0
    return sure * day.coverage + 2 * (day.order - 0.5)


def _in_folder(base: str, url: str) -> bool:
    folder = urlsplit(base).path.rpartition("/")[0] + "/"
    return folder != "/" and host_of(url) == host_of(base) and urlsplit(url).path.startswith(folder)


def _same_site(base: str, url: str) -> bool:
    first, second = host_of(base), host_of(url)
    return first.removeprefix("www.") == second.removeprefix("www.")


def _has_pager(top: Element) -> bool:
    """Whether a pager follows close behind, before anything else does."""
    at: Element | None = top
    for _ in range(3):
        if at is None or at.tag in {"body", "html"}:
            return False
        for following in list(at.itersiblings())[:4]:
            if isinstance(following.tag, str) and _is_pager(following):
                return True
        at = at.getparent()
    return False


def _is_pager(element: Element) -> bool:
    text = inner_text(element)
    named = f" {element.get('class') or ''} {element.get('id') or ''} "
    return len(text) < 1500 and bool(_PAGER.search(text) or _PAGER.search(named))


def _link_selectors(region: Region, links: Sequence[Link | None]) -> Iterator[str]:
    """Selectors of the article's link within an entry, the plainest first."""
    record, link = next((r, k) for r, k in zip(region.records, links, strict=True) if k)
    if link.element.tag == "a":
        yield "a[href]"
        yield "a[title]"
    if link.element is record:
        yield f"{record.tag}[onclick]" if record.get("onclick") else str(record.tag)
        return
    yield from inner_selectors(record, link.element)


def heading_over(region: Region) -> str | None:
    """The nearest short line above a list that names it."""
    at: Element | None = region.top
    for _ in range(4):
        if at is None or at.tag == "body":
            return None
        for before in at.itersiblings(preceding=True):
            text = " ".join(inner_text(before).split()) if isinstance(before.tag, str) else ""
            text = re.sub(r"(?i)\s*(?:更多|more)\W*$", "", text)
            if 2 <= han_length(text) <= 16 and len(text) <= 20:
                return text
            if text:
                break
        at = at.getparent()
    return None
