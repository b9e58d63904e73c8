"""The parts of a list's entries: which link is the article's, where its title and its day stand."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from statistics import median

from lxml.etree import _Element as Element
from parsel import Selector

from crawler.blocks import inner_text
from crawler.days import address_day, first_day, is_yearless, without_days
from crawler.discover.links import Link, leads_to_article, weight_of
from crawler.discover.names import classes_of, inner_selectors, tag_path
from crawler.discover.regions import Region
from crawler.lists import part_text, title_text

_MOST = 0.6
"""Share of the entries that a part has to be in."""
_LOOSE = 40
_SHORT = 16
"""Characters that may stand beside a day in the element that shows it."""
_NO_DAYS = frozenset({"href", "src", "style", "class", "id", "alt", "onclick", "target"})
"""Attributes that hold no day of their entry, whatever numbers stand in them."""
_ALONE = re.compile(r"^\[?(\d{1,2})\s*[日号]?\]?$")
_CELL = re.compile(r"^td:nth-of-type\((\d+)\)$")
_PUBLISHED = re.compile(r"发布|公开|公布|上网")
_CUT = ("…", "...", "..", "．．．")


@dataclass(frozen=True, slots=True)
class DatePart:
    """Where the entries' days stand."""

    part: str | None
    """As a template's `date`; None: behind the link."""
    days: tuple[date | None, ...]
    """Of each entry."""
    yearless: bool = False
    in_address: bool = False
    rival: bool = False
    """Whether the entries show other days as well, and nothing says which are meant."""
    loose: bool = False
    """Whether other text stands around them, which may name days too."""

    @property
    def coverage(self) -> float:
        """The share of entries that have one."""
        return sum(day is not None for day in self.days) / len(self.days)

    @property
    def order(self) -> float:
        """The share of neighbours that are not older than the next."""
        return in_order([day for day in self.days if day])


def in_order(days: Sequence[date]) -> float:
    """The share of neighbours that go from new to old; 1 for fewer than two days."""
    pairs = list(pairwise(days))
    return sum(first >= second for first, second in pairs) / len(pairs) if pairs else 1.0


# --- links -----------------------------------------------------------------------------------------


def main_links(region: Region) -> list[Link | None]:
    """The article's link of each entry: of those in one place of the entries, the most telling."""
    families: dict[tuple[object, ...], dict[int, Link]] = defaultdict(dict)
    for number, (record, links) in enumerate(zip(region.records, region.links, strict=True)):
        seen: dict[tuple[object, ...], int] = defaultdict(int)
        for link in links:
            path = tag_path(link.element, record)
            seen[path] += 1
            families[*path, seen[path]].setdefault(number, link)
    best = max(families.values(), key=lambda one: _telling(list(one.values()), len(region.records)))
    return [
        best.get(number) or max(links, key=lambda link: link.weight)
        for number, links in enumerate(region.links)
    ]


def _telling(links: Sequence[Link], records: int) -> float:
    distinct = len({link.key for link in links}) / len(links)
    return (
        (len(links) / records)
        * distinct
        * (
            median(min(link.weight, 40) for link in links)
            + 8 * sum(leads_to_article(link.url) for link in links) / len(links)
        )
    )


# --- titles ----------------------------------------------------------------------------------------


def is_cut(title: str) -> bool:
    """Whether a title was cut off to fit."""
    return title.rstrip().endswith(_CUT)


def title_parts(region: Region, links: Sequence[Link | None]) -> list[str]:
    """Parts that may show the titles better than the links do, the best first."""
    record = next(r for r, link in zip(region.records, links, strict=True) if link)
    found: dict[str, float] = {}
    for element in record.iter():
        if not isinstance(element.tag, str) or element is record:
            continue
        for part in _title_selectors(record, element):
            texts = [title_text(Selector(root=one, type="html"), part) for one in region.records]
            merit = _title_merit(texts)
            if merit > found.get(part, 0):
                found[part] = merit + _heading_bonus(element)
    return sorted(found, key=found.__getitem__, reverse=True)[:4]


def _title_selectors(record: Element, element: Element) -> Iterator[str]:
    text = " ".join(inner_text(element).split())
    whole = element.get("title") or element.get("alt") or ""
    if weight_of(text) >= 4 and not any(
        weight_of(inner_text(one)) >= 4 for one in element if isinstance(one.tag, str)
    ):
        yield from list(inner_selectors(record, element))[:3]
    if weight_of(whole) >= 4:
        name = "title" if element.get("title") else "alt"
        yield from (f"{css}@{name}" for css in list(inner_selectors(record, element))[:2])


def _title_merit(texts: Sequence[str]) -> float:
    there = [text for text in texts if text]
    if len(there) < _MOST * len(texts) or len(set(there)) < 0.7 * len(there):
        return 0.0
    lengths = [weight_of(text) for text in there]
    whole = 1 - sum(map(is_cut, there)) / len(there)
    fitting = sum(6 <= one <= 60 for one in lengths) / len(lengths)
    prose = sum("。" in text for text in there) / len(there)
    return (len(there) / len(texts)) * (fitting + whole - 2 * prose)


def _heading_bonus(element: Element) -> float:
    if element.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        return 0.5
    named = " ".join(classes_of(element))
    return 0.4 if any(word in named.lower() for word in ("title", "tit", "bt", "name")) else 0.0


# --- days ------------------------------------------------------------------------------------------


def date_part(region: Region, links: Sequence[Link | None], today: date) -> DatePart | None:
    """Where the entries' days stand; None where they show none."""
    found = list(_date_parts(region, links, today))
    shown = [one for one in found if one.coverage >= _MOST]
    best = max(shown, key=_merit, default=None)
    if best is None or best.in_address:
        return best
    others = [one for one in shown if one.days != best.days and _is_like(one, best)]
    if not others:
        return best
    named = [one for one in (best, *others) if _published_column(region, one)]
    return named[0] if named else replace(best, rival=True)


def _texts(element: Element) -> Iterator[str]:
    return (str(text).strip() for text in element.itertext())


def days_alone(region: Region) -> bool:
    """Whether the entries show days whose month stands elsewhere, as over a group of them; not numbers that
    count the entries."""
    found = [
        next((int(one[1]) for text in _texts(record) if (one := _ALONE.match(text))), 0)
        for record in region.records
    ]
    days = [day for day in found if 1 <= day <= 31]
    counted = days == list(range(days[0], days[0] + len(days))) if days else True
    return len(days) >= _MOST * len(found) and not counted


def _is_like(one: DatePart, best: DatePart) -> bool:
    """Whether other days are as good as the best ones: whole, of each entry, in order."""
    whole = not (one.in_address or one.yearless or one.loose)
    return whole and one.coverage >= best.coverage and one.order >= 0.9


def _published_column(region: Region, one: DatePart) -> bool:
    """Whether a table calls a part's column the day of publication."""
    match = _CELL.search(one.part or "")
    if match is None:
        return False
    heads = region.top.getroottree().getroot().iter("th")
    rows = {head.getparent() for head in heads}
    cells = [list(row) for row in rows if row is not None]
    number = int(match[1])
    return any(
        len(row) >= number and _PUBLISHED.search(inner_text(row[number - 1])) for row in cells
    )


def _merit(one: DatePart) -> tuple[float, float]:
    certain = -0.6 if one.yearless else -0.35 if one.in_address else -0.2 if one.loose else 0.0
    named = one.part is not None and "." in one.part
    plain = 0.0 if one.part is None else (-0.02 if named else -0.05) - len(one.part) / 1000
    return round(one.coverage + 0.5 * one.order + certain, 2), plain


def _date_parts(region: Region, links: Sequence[Link | None], today: date) -> Iterator[DatePart]:
    wrapped = [Selector(root=record, type="html") for record in region.records]
    titles = {link.element for link in links if link}
    if not titles & set(region.records):
        behind = [" ".join(one.xpath(".//text()[not(ancestor::a)]").getall()) for one in wrapped]
        yield from _read(None, behind, today)
    own = set(region.records)
    for part in _parts(region, titles):
        yield from _read(part, [part_text(one, part, own) for one in wrapped], today)
    days = [address_day(link.url) if link else None for link in links]
    yield DatePart(None, tuple(day.day if day else None for day in days), in_address=True)


def _read(part: str | None, texts: Sequence[str], today: date) -> Iterator[DatePart]:
    loose = max(len(without_days(text).strip()) for text in texts) > _LOOSE
    whole = tuple(day.day if (day := first_day(text)) else None for text in texts)
    if any(whole):
        yield DatePart(part, whole, loose=loose)
    if sum(map(is_yearless, texts)) > len(texts) / 3:
        guessed = [first_day(text, today) for text in texts]
        yield DatePart(
            part, tuple(day.day if day else None for day in guessed), yearless=True, loose=loose
        )


def _parts(region: Region, titles: set[Element]) -> Iterator[str]:
    """Parts of the first entries that show a day, each once."""
    seen: set[str] = set()
    for record in region.records[:3]:
        for part in (*_inside(record, titles), *_behind(record, set(region.records))):
            if part not in seen:
                seen.add(part)
                yield part


def _inside(record: Element, titles: set[Element]) -> Iterator[str]:
    for element in record.iter():
        if not isinstance(element.tag, str):
            continue
        if element is not record and element not in titles and _shows_day(element):
            yield from inner_selectors(record, element)
        for name, value in element.attrib.items():
            if name not in _NO_DAYS and len(value) < 40 and first_day(str(value)):
                yield from _attributes(record, element, str(name))


def _attributes(record: Element, element: Element, name: str) -> Iterator[str]:
    if element is record:
        yield f"@{name}"
    else:
        yield from (f"{css}@{name}" for css in list(inner_selectors(record, element))[:3])


def _shows_day(element: Element) -> bool:
    # With a space between its elements: a day that is set in pieces.
    text = " ".join(" ".join(map(str, element.itertext())).split())
    if first_day(text) is None and not is_yearless(text):
        return False
    return len(without_days(text).strip()) <= _SHORT


def _behind(record: Element, own: set[Element]) -> Iterator[str]:
    following = record.getnext()
    shown = record.tail or ""
    if first_day(shown) or is_yearless(shown):
        yield "+"
    while following is not None and following not in own:
        for element in following.iter():
            if isinstance(element.tag, str) and _shows_day(element):
                yield from (f"+ {css}" for css in inner_selectors(following, element))
        following = following.getnext()
