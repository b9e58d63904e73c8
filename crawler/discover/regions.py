"""Where a page repeats itself: elements of one kind, each with a link to something else.

Each element of the page is looked at as the frame of a list whose entries are its children, or
stand one or two levels deeper where they are grouped. This is the data region of Liu, Grossman and
Zhai, "Mining data records in web pages" (KDD 2003), with the link as the mark of a record in place
of the edit distance: entries of one list often differ in all but that.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from lxml.etree import _Element as Element

from crawler.blocks import han_length, inner_text
from crawler.discover.links import Link
from crawler.discover.names import classes_of, tag_path

_DEPTH = 3
"""Levels below the frame at which entries may stand: groups are one deeper."""
_FEWEST = 3
_CROWDED = 1.7
"""Titles in an entry, on the average, from which on it is a group of entries or a box of links."""
_TITULAR = 6
_MORE = re.compile(r"[\s\[>]*(?:更多|more)[\s\]>»]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Elements of one kind that may be a list's entries, in their order."""

    top: Element
    records: tuple[Element, ...]
    links: tuple[tuple[Link, ...], ...]
    """Of each record."""

    @property
    def mass(self) -> float:
        """How much of the page it is: each entry by its longest title."""
        return sum(min(max(link.weight for link in links), 40) for links in self.links)

    def keys(self) -> set[str]:
        """All addresses in it."""
        return {link.key for links in self.links for link in links}


def regions(links: Sequence[Link]) -> list[Region]:
    """Every region of a page, the heaviest first, each set of records once."""
    found: dict[frozenset[Element], Region] = {}
    for region in _regions(links):
        whole = frozenset(region.records)
        known = found.get(whole)
        if known is None or len(tag_path(region.records[0], region.top)) < len(
            tag_path(known.records[0], known.top)
        ):
            found[whole] = region
    return sorted(found.values(), key=lambda region: region.mass, reverse=True)


def _regions(links: Sequence[Link]) -> Iterator[Region]:
    framed: dict[tuple[Element, tuple[str, ...]], dict[Element, list[Link]]] = defaultdict(dict)
    for link in links:
        for record, top, path in _frames(link.element):
            framed[top, path].setdefault(record, []).append(link)
    for (top, path), held in framed.items():
        yield from _of_kind(top, path, held)


def _frames(element: Element) -> Iterator[tuple[Element, Element, tuple[str, ...]]]:
    """(entry, frame, path from frame to entry) for all that a link may be part of."""
    record: Element | None = element
    while record is not None and record.tag != "body":
        path: tuple[str, ...] = ()
        top = record
        for _ in range(_DEPTH):
            path = (str(top.tag), *path)
            outer = top.getparent()
            if outer is None or outer.tag == "html":
                break
            top = outer
            yield record, top, path
        record = record.getparent()


def _of_kind(
    top: Element, path: tuple[str, ...], held: dict[Element, list[Link]]
) -> Iterator[Region]:
    if len(held) < _FEWEST or (len(path) > 1 and (_groups(held) < 2 or _headed(top, held))):
        return
    yield from _region(top, held)
    kinds: dict[str, dict[Element, list[Link]]] = defaultdict(dict)
    for record, links in held.items():
        for name in classes_of(record)[:3]:
            kinds[name][record] = links
    for some in kinds.values():
        if _FEWEST <= len(some) < len(held):
            yield from _region(top, some)


def _groups(held: Iterable[Element]) -> int:
    return len({record.getparent() for record in held})


def _headed(top: Element, held: Iterable[Element]) -> bool:
    """Whether most groups of entries have a heading each: then they are lists of their own."""
    firsts: dict[Element, Element] = {}
    records = list(held)
    for record in records:
        group = record
        while (outer := group.getparent()) is not None and outer is not top:
            group = outer
        firsts.setdefault(group, record)
    if len(firsts) * 2 > len(records):
        return False
    return sum(_heading(group, first) for group, first in firsts.items()) * 2 > len(firsts)


def _heading(group: Element, first: Element) -> bool:
    """Whether a short line stands in a group, or right before it, above its first entry. One with
    a number in it is no name: lists are divided by months."""
    texts = []
    for element in group.iter():
        if element is first:
            break
        if isinstance(element.tag, str) and element.tag not in {"ul", "ol", "script", "style"}:
            texts.append((element.text or "").strip())
    before = group.getprevious()
    if before is not None and isinstance(before.tag, str):
        texts.append(_MORE.sub("", inner_text(before)).strip())
    return any(2 <= han_length(text) <= 14 and not any(c.isdigit() for c in text) for text in texts)


def _region(top: Element, held: dict[Element, list[Link]]) -> Iterator[Region]:
    addresses = {link.key for links in held.values() for link in links}
    if len(addresses) < _FEWEST:
        return
    crowd = [
        len({link.key for link in links if link.weight >= _TITULAR}) for links in held.values()
    ]
    if sum(crowd) / len(crowd) > _CROWDED or median(crowd) > 2:
        return
    records = tuple(held)
    yield Region(top, records, tuple(tuple(held[record]) for record in records))
