"""Finds the element that holds the article of a Chinese page.

What tells an article from all else on a page is its sentences: each text with a Chinese comma or
full stop counts by its Han characters and punctuation, against it where it is a link, and passes
half of its weight on to each element further up; the element with the greatest sum holds the
article. A page that has next to no sentences (a table, a list of names) is weighed by all of its
paragraphs instead. GeneralNewsExtractor showed that punctuation tells prose from navigation (Sun et
al., "DOM based content extraction via text density", SIGIR 2011, is the method behind it).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from crawler.blocks import INLINE, Nodes, blocks_in, han_length, is_linked, weight_of
from crawler.furniture import Names, is_disclaimer, is_furniture

# Half of a page's texts are white space, which is sooner told than that a text has no such mark.
_SENTENCES: Nodes = etree.XPath(
    'descendant::text()[normalize-space()][contains(., "，") or contains(., "。")]'
)
# A heading or paragraph passes its weight on whole: what is looked for is what holds it.
_LEAVES = frozenset(["p", "section", "blockquote", "h1", "h2", "h3"]) | INLINE
_PARAGRAPHS = 3
"""Neighbours of one kind, each with one text, from which on they are paragraphs, whatever the tag."""
# What stands in a table's cells is data, though it has no punctuation.
_CELLS = frozenset(["td", "th"])
_BESIDE = 0.2
"""Weight of what stands in an element that is named for comments, recommendations and the like."""
_DECAY = 0.5
_NOTHING = 0.5
"""Weight that is not worth passing on."""
_ENOUGH = 200
"""Weight of the sentences that makes a page one of prose; about 120 characters."""


def locate(root: Element) -> Element | None:
    """The element that holds the article; None where there is no text."""
    scores = weigh(root)
    return max(scores, key=scores.__getitem__, default=None)


def weigh(root: Element) -> dict[Element, float]:
    """Every element that may hold the article and how much speaks for it."""
    names = Names(root)
    scores = _scores(root, _sentences(root, names))
    if max(scores.values(), default=0.0) >= _ENOUGH:
        return scores
    return _scores(root, _paragraphs(root, names))


def _sentences(root: Element, names: Names) -> Iterable[tuple[Element, float]]:
    for text in _SENTENCES(root):
        element = text.getparent()
        if text.is_tail:
            element = element.getparent()
        if not is_disclaimer(text):
            yield element, weight_of(text) * (_BESIDE if element in names else 1)


def _paragraphs(root: Element, names: Names) -> Iterable[tuple[Element, float]]:
    for block in blocks_in(root):
        if not is_furniture(block.text):
            weight = block.prose
            if weight >= 0 and block.element.tag in _CELLS:
                weight = max(weight, float(han_length(block.text)))
            yield block.element, weight * (_BESIDE if block.element in names else 1)


def _scores(root: Element, weights: Iterable[tuple[Element, float]]) -> dict[Element, float]:
    scores: dict[Element, float] = defaultdict(float)
    held = _held(root, weights)
    lone = Counter(
        (element.getparent(), element.tag) for element, one in held.items() if one.is_lone
    )
    for element, one in held.items():
        parent = element.getparent()
        are_paragraphs = one.is_lone and lone[parent, element.tag] >= _PARAGRAPHS
        start = parent if are_paragraphs and element is not root else element
        _pass_on(scores, root, start, one.weight)
    return scores


@dataclass(slots=True)
class _Held:
    """What one element holds: how many texts, and what they weigh together."""

    weight: float = 0.0
    texts: int = 0
    around: bool = False
    """Whether it holds more than the one element in which its text stands."""

    @property
    def is_lone(self) -> bool:
        """Whether it may be a paragraph itself, whatever its tag."""
        return self.texts == 1 and not self.around


def _held(root: Element, weights: Iterable[tuple[Element, float]]) -> dict[Element, _Held]:
    """What the elements hold that hold paragraphs, or text without any."""
    found: dict[Element, _Held] = defaultdict(_Held)
    for element, weight in weights:
        outer: Element = element
        while (
            outer.tag in _LEAVES and outer is not root and (around := outer.getparent()) is not None
        ):
            outer = around
        one = found[outer]
        one.weight += -weight if is_linked(element) else weight
        one.texts += 1
        one.around |= outer is not element and len(outer) > 1
    return found


def _pass_on(
    scores: dict[Element, float], root: Element, element: Element | None, weight: float
) -> None:
    """Add a weight to an element, and what is left of it to each one around it."""
    outer = element
    while outer is not None and abs(weight) > _NOTHING:
        scores[outer] += weight
        if outer is root:
            break
        weight *= _DECAY
        outer = outer.getparent()
