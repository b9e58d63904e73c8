"""The text of an article: which blocks of its element are the article's own, and how they read."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from urllib.parse import urljoin

import nh3
from lxml import etree
from lxml.etree import _Element as Element

from crawler.blocks import Block, han_length
from crawler.dates import WHEN
from crawler.document import Document, is_prose
from crawler.furniture import Names, is_furniture, without_appendix
from crawler.labels import has_label
from crawler.metadata import names_file
from crawler.titles import folded

_SIGNATURE = re.compile(
    r"^(?:\S{2,30}(?:办公室|局|政府|委员会|委|部|厅|院|中心|公司|协会|大队|支队|法院|检察院|银行|学校|大学|集团|[处科室])|附件.*|抄送.*|（此件.*|联系人.*|联系电话.*|电话.*|特此.*)$"
)
_LEAD = 8
_LONG = 60
_LONG_CELL = 300
_MOSTLY_LINK = 2
_TOLERATED = 0.3
"""Share of a text that names of classes may call noise; where it is more the names mean another thing."""
_DROPPED = "dropped-by-suqian"
_TAGS = {
    *("p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "a", "img", "figure", "figcaption"),
    *("strong", "b", "em", "i", "u", "sub", "sup", "div", "section", "video", "audio", "source"),
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "video": {"src", "poster"},
    "audio": {"src"},
    "source": {"src"},
    "ol": {"start"},
}
_LAZY = ("data-src", "data-original", "data-url", "data-echo", "original", "_src")
"""Attributes that hold a picture's address until it is scrolled to."""


def own_blocks(document: Document, title: str, keeps: Callable[[str], bool]) -> list[Block]:
    """The blocks of the body's element that are the article's text.

    `keeps` tells whether trafilatura keeps a text of the same element, and is asked only of what
    looks doubtful itself (links, stray lines behind the text): what it takes away goes, unlike a
    signature or a table.
    """
    inside = document.inside
    noise = _noise(document, inside)
    end = max((n for n, block in enumerate(inside) if is_prose(block.text)), default=len(inside))
    own: list[Block] = []
    doubtful: list[Block] = []
    for number, block in enumerate(inside):
        if block in noise or is_furniture(block.text):
            continue
        if number < _LEAD and not own and _is_head(block, title):
            continue
        if _is_doubtful(block, behind=number > end) and (
            _leads_to_files(block) or not keeps(block.text)
        ):
            doubtful.append(block)
        else:
            own.append(block)
    # Where there is nothing else, as in a collection of links, they are the text.
    return own or doubtful


def _is_head(block: Block, title: str) -> bool:
    """Whether one of the first blocks is the title again, or the line of date and source."""
    text = block.text
    if folded(text) == folded(title):
        return True
    if len(text) > 2 * _LONG or is_prose(text):
        return False
    if has_label(text):
        return True
    rest, dates = WHEN.subn("", text)
    return dates > 0 and len(rest.strip(" |｜-—·:：")) <= 12 and not text.startswith(("（", "("))


def _is_doubtful(block: Block, *, behind: bool) -> bool:
    if block.link_length * _MOSTLY_LINK > len(block.text):
        return True
    if not behind or WHEN.search(block.text) or _SIGNATURE.match(block.text):
        return False
    return block.element.tag not in {"td", "th", "figcaption"}


def _leads_to_files(block: Block) -> bool:
    """Whether a block of links names attachments, which are a field of their own."""
    links = {
        link
        for piece in block.pieces
        if piece.linked and (link := _link(piece.element)) is not None
    }
    return bool(links) and all(names_file(link.get("href") or "") for link in links)


def _link(element: Element | None) -> Element | None:
    while element is not None and element.tag != "a":
        element = element.getparent()
    return element


def _noise(document: Document, inside: Sequence[Block]) -> set[Block]:
    """The blocks whose elements are named for something beside the text."""
    names = Names(document.body)
    marked = {block for block in inside if block.element in names}
    if marked:
        share = sum(han_length(block.text) for block in marked)
        whole = sum(han_length(block.text) for block in inside)
        if share > _TOLERATED * whole:
            return set()
    return marked


# --- as text ---------------------------------------------------------------------------------------


def as_text(own: Iterable[Block]) -> str:
    """Blocks as plain text: a line a block, a table row as ``| cell | cell |``."""
    lines: list[str] = []
    for row, together in groupby(own, key=lambda block: _row(block.element)):
        blocks = list(together)
        cells = _cells(row, blocks) if row is not None else []
        if len([cell for cell in cells if cell]) > 1 and max(map(len, cells)) <= _LONG_CELL:
            lines.append(f"| {' | '.join(cells)} |")
        else:
            lines += [without_appendix(block.text) for block in blocks]
    return "\n".join(lines)


def _row(element: Element | None) -> Element | None:
    """The table row that an element stands in."""
    while element is not None and element.tag not in {"table", "body"}:
        if element.tag == "tr":
            return element
        element = element.getparent()
    return None


def _cells(row: Element, blocks: Iterable[Block]) -> list[str]:
    texts: dict[Element, list[str]] = {cell: [] for cell in row if cell.tag in {"td", "th"}}
    for block in blocks:
        element: Element | None = block.element
        while element is not None and element not in texts:
            element = element.getparent()
        if element is not None:
            texts[element].append(block.text.replace("\n", " "))
    return [" ".join(parts) for parts in texts.values()]


# --- as HTML ---------------------------------------------------------------------------------------


def as_html(document: Document, own: Iterable[Block]) -> str:
    """The article's own blocks as HTML that is safe to show, with absolute addresses.

    Takes what is not the article's out of the page's tree: nothing can be read from it afterwards.
    """
    body = document.body
    if body is None:
        return ""
    kept = {ancestor for block in own for ancestor in _upto(block.element, body)}
    for block in document.inside:
        if block.element not in kept:
            block.element.tag = _DROPPED
    etree.strip_elements(body, _DROPPED, with_tail=False)
    _make_absolute(body, document.url)
    text = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
    return nh3.clean(
        text, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None
    )


def _upto(element: Element | None, root: Element) -> Iterable[Element]:
    while element is not None:
        yield element
        if element is root:
            return
        element = element.getparent()


def _make_absolute(body: Element, url: str) -> None:
    for element in body.iter("a", "img", "video", "audio", "source"):
        name = "href" if element.tag == "a" else "src"
        lazy = (element.get(other) for other in _LAZY) if element.tag == "img" else ()
        address = next(filter(None, lazy), None) or element.get(name)
        if address:
            element.set(name, _absolute(url, address.strip()))


def _absolute(url: str, address: str) -> str:
    """The absolute form of an address; nothing where it is none."""
    try:
        return urljoin(url, address)
    except ValueError:
        return ""
