"""A page as a reader sees it: paragraphs, in order, each with the pieces of text it is made of."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, cast

from lxml import etree
from lxml.etree import _Element as Element

Nodes = Callable[..., Any]
"""A compiled XPath whose answer is elements and texts; lxml's own types allow for numbers too."""
_UNREAD = (
    *("script", "style", "noscript", "nav", "footer", "select", "iframe", "aside"),
    *("button", "textarea", "template", "object", "svg"),
)
"""Elements whose text is no part of what a page says about its article."""
INLINE = frozenset(
    [
        *("span", "b", "strong", "em", "i", "font", "u", "label", "sub", "sup", "small", "big"),
        *("a", "img", "mark", "ins", "del", "s", "abbr", "cite", "q", "code", "strike", "time"),
        *("wbr", "tt", "bdo", "ruby", "rb", "rt", "rp", "nobr", "o:p", "st1:chsdate", "var"),
    ]
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_PUNCTUATION = re.compile("[，。；：！？、“”「」,;?!]")
_BREAK = "\u2028"
"""Stands for `<br>` among the pieces of a block: the line breaks of the source mean nothing."""
_SPACE = re.compile(r"\s++")
_EAST = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_WIDE_SPACE = "\u3000"
_INSIDE: Nodes = etree.XPath(
    ".//text()[normalize-space()] | .//br[not(following-sibling::node()[1][self::text()])]"
)
_BEFORE: Nodes = etree.XPath(
    "preceding::text()[normalize-space() and not(parent::title)][position() <= $limit]"
)
_AFTER: Nodes = etree.XPath("following::text()[normalize-space()][position() <= $limit]")
_CARD_DEPTH = 5
_PUNCTUATION_WEIGHT = 4
# Prose has punctuation and few links; what has neither is a menu, a title or a list of headlines.
_WITHOUT_PUNCTUATION = 0.2
_MOSTLY_LINK = 0.5
# XML has no place for these; a page that holds them is broken, not its text.
_CONTROL = bytes([*range(9), 11, 12, *range(14, 32)])
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


class Piece(NamedTuple):
    """A run of text in one element, as the source has it."""

    text: str
    element: Element
    linked: bool


@dataclass(frozen=True, eq=False)
class Block:
    """A paragraph as a reader sees it; `<br>` stands as a line break. Each is equal to itself alone."""

    element: Element
    pieces: tuple[Piece, ...]

    @cached_property
    def text(self) -> str:
        """Its text without the white space of the source."""
        return clean_lines("".join([piece.text for piece in self.pieces]))

    @cached_property
    def spaced(self) -> str:
        """Its text with a gap of two spaces wherever one element ends and another begins."""
        parts = ("\n" if piece.text is _BREAK else clean_lines(piece.text) for piece in self.pieces)
        return "  ".join(part for part in parts if part)

    @cached_property
    def link_length(self) -> int:
        """How many of its characters are in links."""
        return sum(len(piece.text.strip()) for piece in self.pieces if piece.linked)

    @cached_property
    def prose(self) -> float:
        """How much this looks like running text; negative for navigation."""
        text = self.text
        linked = self.link_length
        if linked and linked >= _MOSTLY_LINK * len(text):
            return -linked
        weight = weight_of(text)
        return weight * (1 - linked / len(text)) - linked if linked else weight


def parse(text: str) -> Element:
    """A page's text as a tree; whatever cannot be parsed is an empty page."""
    return parse_utf8(text.encode("utf-8", "ignore"))


def parse_utf8(text: bytes) -> Element:
    """The same of a text in UTF-8."""
    body = text.translate(None, _CONTROL)
    if _NONCHARACTERS[0][:2] in body:
        for nothing in _NONCHARACTERS:
            body = body.replace(nothing, b"")
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )
    try:
        root = etree.fromstring(body, parser=parser)
    except etree.XMLSyntaxError:
        root = None
    return etree.Element("html") if root is None else root


def drop_unread(root: Element) -> None:
    """Take the scripts, menus and forms out of a page; the text behind each stays."""
    etree.strip_elements(root, *_UNREAD, with_tail=False)


def han_length(text: str) -> int:
    """How many Han characters a text has."""
    return sum(map(len, _HAN.findall(text)))


def inner_text(element: Element) -> str:
    """All the text in an element, as the source has it."""
    return "".join(cast("Iterator[str]", element.itertext()))


def weight_of(text: str) -> float:
    """How much a text weighs as prose: its Han characters and its punctuation."""
    marks = len(_PUNCTUATION.findall(text))
    weight = han_length(text) + _PUNCTUATION_WEIGHT * marks
    return weight if marks else weight * _WITHOUT_PUNCTUATION


def _unwrapped(space: re.Match[str]) -> str:
    """White space without a line's end between Chinese characters, of which a wide space is one."""
    run, text = space[0], space.string
    if "\n" not in run:
        return run
    behind_one = space.start() and _EAST.match(text, space.start() - 1)
    begin = 0 if behind_one else run.find(_WIDE_SPACE) + 1
    if not behind_one and not begin:
        return run
    end = len(run) if _EAST.match(text, space.end()) else run.rfind(_WIDE_SPACE)
    return run[:begin] + run[end:] if "\n" in run[begin : max(end, 0)] else run


def clean_lines(text: str) -> str:
    """Collapse white space and drop empty lines; a source line that wraps in Chinese text leaves
    no space behind."""
    text = text.strip()
    if "\n" in text:
        text = _SPACE.sub(_unwrapped, text)
    if _BREAK not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def blocks_in(element: Element) -> list[Block]:
    """The blocks of an element, in the order of the page.

    Text that stands in an element before and after a paragraph in it makes two blocks.
    """
    return list(_grouped(_INSIDE(element)))


def blocks_before(element: Element, limit: int) -> list[Block]:
    """The blocks of the last pieces of text before an element."""
    return list(_grouped(_BEFORE(element, limit=limit)))


def blocks_after(element: Element, limit: int) -> Iterator[Block]:
    """The blocks of the first pieces of text behind an element, each made when it is asked for."""
    return _grouped(_AFTER(element, limit=limit))


def _grouped(nodes: Iterable[Any]) -> Iterator[Block]:
    for element, run in groupby(_pieces(nodes), key=itemgetter(0)):
        block = Block(element, tuple([piece for _, piece in run]))
        if block.text:
            yield block


def _pieces(nodes: Iterable[Any]) -> Iterator[tuple[Element, Piece]]:
    """Every piece of text with the element whose paragraph it is part of."""
    known: dict[Element, tuple[Element, bool]] = {}
    for one in nodes:
        if isinstance(one, str):
            element = one.getparent()  # type: ignore[attr-defined]
            broken = False
            if one.is_tail:  # type: ignore[attr-defined]
                broken = element.tag == "br"
                element = element.getparent()
            block, linked = _around(element, known)
            if broken:
                yield block, Piece(_BREAK, element, linked=False)
            text = one.replace("\n", _BREAK) if block.tag == "pre" else str(one)
            yield block, Piece(text, element, linked)
        else:
            outer = one.getparent()
            yield _around(outer, known)[0], Piece(_BREAK, outer, linked=False)


def _around(element: Element, known: dict[Element, tuple[Element, bool]]) -> tuple[Element, bool]:
    """The element whose paragraph another's text is part of, and whether that text is in a link."""
    found = known.get(element)
    if found is None:
        tag, parent = element.tag, element.getparent()
        if tag not in INLINE or parent is None:
            # What a paragraph is in may be a link as well: a card that leads elsewhere.
            found = (element, is_linked(element))
        else:
            block, linked = _around(parent, known)
            found = (block, linked or tag == "a")
        known[element] = found
    return found


def is_linked(element: Element) -> bool:
    """Whether an element is in a link, or is one."""
    outer: Element | None = element
    for _ in range(_CARD_DEPTH):
        if outer is None or outer.tag == "a":
            break
        outer = outer.getparent()
    return outer is not None and outer.tag == "a"
