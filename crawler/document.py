"""A parsed page with its body located, and the parts of it that its fields are read from."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from lxml.etree import _Element as Element

from crawler.blocks import (
    Block,
    blocks_after,
    blocks_before,
    blocks_in,
    clean_lines,
    han_length,
    inner_text,
)
from crawler.dates import WHEN
from crawler.labels import Found, labelled, labels
from crawler.records import Listed
from crawler.select import Select

_BEFORE, _AFTER = 60, 24
"""Pieces of text before and behind the body among which its title, byline and editors stand."""
_HEAD = 12
"""Blocks above the text that can belong to it."""
_LEAD = 8
_PROSE = 25
"""Han characters that, with a punctuation mark, make a line one of the text's own."""
_CLOSE, _NEAR = 4, 8
"""Blocks at the end of the text, and behind it, that can name editors."""
_NO_TABLE_LABEL = 12
_LOOKED_FOR = ("meta", "title", "tr", "a")
_HEADINGS = ("h1", "h2", "h3")
_HEADING = "h"


@dataclass(frozen=True)
class Document:
    """A parsed page, with its body located."""

    root: Element
    url: str
    body: Element | None
    scripts: tuple[str, ...] = ()
    title_selectors: tuple[Select, ...] = ()
    date_selectors: tuple[Select, ...] = ()
    listed: Listed | None = None
    canonical: str | None = None
    """The address that the page names as its own."""

    @cached_property
    def elements(self) -> Mapping[str, list[Element]]:
        """What fields are looked for in, by tag, in the order of the page: one walk for all of them.

        Headings of the first three levels stand together, as ``h``.
        """
        found: dict[str, list[Element]] = {tag: [] for tag in (_HEADING, *_LOOKED_FOR)}
        for element in self.root.iter(*_LOOKED_FOR, *_HEADINGS):
            found[_HEADING if element.tag in _HEADINGS else str(element.tag)].append(element)
        return found

    @cached_property
    def inside(self) -> list[Block]:
        """The blocks of the body's element."""
        return blocks_in(self.body) if self.body is not None else []

    @cached_property
    def before(self) -> list[Block]:
        """The blocks above it, in the order of the page."""
        return blocks_before(self.body, _BEFORE) if self.body is not None else []

    @cached_property
    def after(self) -> list[Block]:
        """The first blocks behind it."""
        return list(islice(blocks_after(self.body, _AFTER), _NEAR)) if self.body is not None else []

    @cached_property
    def lead(self) -> int:
        """How many of the first blocks of the body's element may be title and byline, not text."""
        for number, block in enumerate(self.inside[:_LEAD]):
            if is_prose(block.text):
                return number
        return min(len(self.inside), _LEAD if len(self.inside) > _LEAD else 0)

    @cached_property
    def head(self) -> list[Block]:
        """The blocks that can hold title and byline: the last above the text, and its first."""
        return [*self.before[-_HEAD:], *self.inside[: self.lead]]

    @cached_property
    def tail(self) -> list[Block]:
        """The blocks that can hold the editor's line: the last of the text and those behind it."""
        return [*self.inside[self.lead :][-_CLOSE:], *self.after]

    @cached_property
    def meta(self) -> dict[str, tuple[str, str]]:
        """Meta tags by lower-case name: (name as written, content)."""
        found: dict[str, tuple[str, str]] = {}
        for tag in self.elements["meta"]:
            name = tag.get("name") or tag.get("property") or tag.get("itemprop")
            content = name and " ".join((tag.get("content") or "").split())
            if name and content:
                found.setdefault(name.strip().lower(), (name.strip(), content))
        return found

    @cached_property
    def page_title(self) -> str:
        """What the browser's title bar says."""
        title = next(iter(self.elements["title"]), None)
        return "" if title is None else " ".join((title.text or "").split())

    @cached_property
    def headings(self) -> list[tuple[str, str]]:
        """(tag, text) of the headings of the first three levels."""
        return [(str(one.tag), text_of(one)) for one in self.elements[_HEADING]]

    @cached_property
    def json_ld(self) -> dict[str, Any]:
        """The first JSON-LD object that is an article."""
        for script in self.scripts:
            if '"@context"' in script or '"@type"' in script:
                found = _article_in(_loads(script))
                if found:
                    return found
        return {}

    @cached_property
    def labels(self) -> dict[str, list[Found]]:
        """Labelled values by field: of the head, the nearest to the text first, then of the tail."""
        head, tail = self.head_labels, _labelled_in(self.tail)
        return {field: head.get(field, []) + tail.get(field, []) for field in head | tail}

    @cached_property
    def head_labels(self) -> dict[str, list[Found]]:
        """Labelled values of the head alone."""
        return _labelled_in(_dated_first(self.head))

    @cached_property
    def table(self) -> dict[str, Found]:
        """The disclosure table: label cells and the value behind each, by field."""
        found: dict[str, Found] = {}
        for label, value in _cells(self.elements["tr"]):
            field = labels().cells.get(label)
            if field and value:
                found.setdefault(field, Found(value, f"table:{label}"))
        return found


def _labelled_in(blocks: Iterable[Block]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for block in blocks:
        for field, value in labelled(block.spaced):
            found.setdefault(field, []).append(value)
    return found


def _dated_first(head: list[Block]) -> list[Block]:
    """The line with the date first, then the nearest to the text: captions have sources too."""
    nearest = head[::-1]
    return sorted(nearest, key=lambda block: WHEN.search(block.text) is None)


def is_prose(text: str) -> bool:
    """Whether a line is running text: long, and with punctuation of a sentence."""
    return ("，" in text or "。" in text or "," in text) and han_length(text) >= _PROSE


def text_of(element: Element) -> str:
    """All of an element's text in one line."""
    return " ".join(inner_text(element).split())


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _article_in(value: Any) -> dict[str, Any]:
    found = value if isinstance(value, list) else [value]
    for one in found:
        if isinstance(one, dict):
            if one.get("datePublished") or one.get("pubDate") or one.get("headline"):
                return one
            if isinstance(one.get("@graph"), list):
                return _article_in(one["@graph"])
    return {}


def _cells(rows: Iterable[Element]) -> Iterator[tuple[str, str]]:
    """(label, value) pairs of the rows whose first cell is a label."""
    for row in rows:
        cells = [cell for cell in row if cell.tag in {"td", "th"}]
        if len(cells) < 2 or len(inner_text(cells[0]).strip()) > _NO_TABLE_LABEL:
            continue
        texts = [clean_lines(inner_text(cell)) for cell in cells]
        for label, value in zip(texts[::2], texts[1::2], strict=False):
            yield re.sub(r"[\s：:\[\]【】﹕]", "", label), " ".join(value.split())
