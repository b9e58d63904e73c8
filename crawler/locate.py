"""Finds the element that holds the article of a Chinese page.

What tells an article from all else on a page is its sentences: each text with a Chinese comma or
full stop counts by its Han characters and punctuation, against it where it is a link, and passes
half of its weight on to each element further up; the element with the greatest sum holds the
article. A page that has next to no sentences (a table, a list of names) is weighed by all of its
paragraphs instead. GeneralNewsExtractor showed that punctuation tells prose from navigation (Sun et
al., "DOM based content extraction via text density", SIGIR 2011, is the method behind it).
"""

from collections import defaultdict
from collections.abc import Iterable

from lxml import etree
from lxml.etree import _Element as Element

from crawler.blocks import INLINE, Nodes, blocks_in, is_linked, weight_of

_SENTENCES: Nodes = etree.XPath('.//text()[contains(., "，") or contains(., "。")]')
# A heading or paragraph passes its weight on whole: what is looked for is what holds it.
_LEAVES = frozenset(["p", "section", "blockquote", "h1", "h2", "h3"]) | INLINE
_DECAY = 0.5
_NOTHING = 0.5
"""Weight that is not worth passing on."""
_ENOUGH = 200
"""Weight of the sentences that makes a page one of prose; about 120 characters."""


def locate(root: Element) -> Element | None:
    """The element that holds the article; None where there is no text."""
    found, weight = _heaviest(root, _sentences(root))
    if weight < _ENOUGH:
        found, _ = _heaviest(root, ((block.element, block.prose) for block in blocks_in(root)))
    return found


def _sentences(root: Element) -> Iterable[tuple[Element, float]]:
    for text in _SENTENCES(root):
        element = text.getparent()
        if text.is_tail:
            element = element.getparent()
        yield element, weight_of(text)


def _heaviest(
    root: Element, weights: Iterable[tuple[Element, float]]
) -> tuple[Element | None, float]:
    scores: dict[Element, float] = defaultdict(float)
    for element, weight in weights:
        _pass_on(scores, root, element, weight)
    best = max(scores, key=scores.__getitem__, default=None)
    return best, scores[best] if best is not None else 0.0


def _pass_on(scores: dict[Element, float], root: Element, element: Element, weight: float) -> None:
    if is_linked(element):
        weight = -weight
    outer: Element | None = element
    while outer is not None and outer is not root and outer.tag in _LEAVES:
        outer = outer.getparent()
    while outer is not None and abs(weight) > _NOTHING:
        scores[outer] += weight
        if outer is root:
            break
        weight *= _DECAY
        outer = outer.getparent()
