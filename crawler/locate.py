"""Finds the text of a Chinese page: its blocks, and the element that holds the article.

A block is what a reader sees as a paragraph: the text of an element and its inline children. Each
block counts by its Han characters and punctuation, against what of it is link, and passes half of
its weight on to each element further up; the element with the greatest sum holds the article.
GeneralNewsExtractor showed that punctuation tells prose from navigation (Sun et al., "DOM based
content extraction via text density", SIGIR 2011, is the method behind it).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "nav",
        "footer",
        "select",
        "option",
        "iframe",
        "aside",
        "header",
        "button",
        "textarea",
        "template",
        "title",
        "head",
    ]
)
_INLINE = frozenset(
    [
        "span",
        "b",
        "strong",
        "em",
        "i",
        "font",
        "u",
        "label",
        "sub",
        "sup",
        "small",
        "big",
        "a",
        "img",
        "mark",
        "ins",
        "del",
        "s",
        "abbr",
        "cite",
        "q",
        "code",
        "strike",
    ]
)
# A heading or paragraph passes its weight on whole: what is looked for is what holds it.
_LEAVES = frozenset(["p", "section", "blockquote", "h1", "h2", "h3"])
_HAN = re.compile(r"[\u3400-\u9fff]")
_PUNCTUATION = re.compile("[，。；：！？、“”「」]")
_BREAK = "\u2028"
"""Stands for `<br>` among the pieces of a block: the line breaks of the source mean nothing."""
_SPACES = re.compile(r"\s+")
_WRAPPED = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_PUNCTUATION_WEIGHT = 4
# Prose has punctuation and few links; what has neither is a menu, a title or a list of headlines.
_WITHOUT_PUNCTUATION = 0.2
_MOSTLY_LINK = 0.5
_DECAY = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as a reader sees it; `<br>` stands as a line break."""

    element: HtmlElement
    text: str
    link_length: int
    """How many of its characters are in links."""

    @property
    def prose(self) -> float:
        """How much this looks like running text; negative for navigation."""
        if not self.text:
            return 0.0
        share = self.link_length / len(self.text)
        if share >= _MOSTLY_LINK:
            return -self.link_length
        marks = len(_PUNCTUATION.findall(self.text))
        weight = (han_length(self.text) + _PUNCTUATION_WEIGHT * marks) * (
            1 - share
        ) - self.link_length
        return weight if marks or weight < 0 else weight * _WITHOUT_PUNCTUATION


def han_length(text: str) -> int:
    """How many Han characters a text has."""
    return len(_HAN.findall(text))


def blocks(root: HtmlElement) -> list[Block]:
    """The blocks below an element, in the order of the page."""
    texts: dict[HtmlElement, list[str]] = defaultdict(list)
    links: dict[HtmlElement, int] = defaultdict(int)
    for block, text, linked in _pieces(root):
        texts[block].append(text)
        if linked:
            links[block] += len(text.strip())
    found = (
        Block(block, clean_lines("".join(parts)), links[block]) for block, parts in texts.items()
    )
    return [block for block in found if block.text]


def _pieces(root: HtmlElement) -> Iterator[tuple[HtmlElement, str, bool]]:
    """Every piece of text with the block it belongs to, and whether a link holds it."""
    stack = [(root, False)]
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        outer, outer_link = stack[-1]
        if event == "start":
            if element is not root and element.tag in _SKIPPED:
                walk.skip_subtree()
                stack.append((outer, outer_link))
                continue
            block = outer if element.tag in _INLINE else element
            stack.append((block, outer_link or element.tag == "a"))
            if element.tag == "br":
                yield outer, _BREAK, False
            elif element.text:
                text = element.text.replace("\n", _BREAK) if block.tag == "pre" else element.text
                yield block, text, stack[-1][1]
            continue
        if event == "end":
            stack.pop()
        if element is not root and element.tail:
            around, linked = stack[-1] if stack else (root, False)
            yield around, element.tail, linked


def clean_lines(text: str) -> str:
    """Collapse white space and drop empty lines; a source line that wraps in Chinese text leaves
    no space behind."""
    lines = (_SPACES.sub(" ", _WRAPPED.sub("", line)).strip() for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def locate(root: HtmlElement, found: Iterable[Block]) -> HtmlElement | None:
    """The element that holds the article; None where there is no text."""
    scores: dict[HtmlElement, float] = defaultdict(float)
    for block in found:
        weight = block.prose
        element = block.element
        parent = element.getparent()
        if element.tag in _LEAVES and parent is not None and element is not root:
            element = parent
        while element is not None:
            scores[element] += weight
            if element is root:
                break
            weight *= _DECAY
            element = element.getparent()
    return max(scores, key=scores.__getitem__, default=None)


def render(found: Iterable[Block]) -> str:
    """Blocks as plain text: a line a block, the cells of a table row in one line."""
    lines: list[str] = []
    row: HtmlElement | None = None
    for block in found:
        parent = block.element.getparent()
        if block.element.tag in {"td", "th"} and parent is not None:
            cell = block.text.replace("\n", " ")
            if parent is row:
                lines[-1] += f" | {cell}"
            else:
                lines.append(cell)
            row = parent
        else:
            lines.append(block.text)
            row = None
    return "\n".join(lines)
