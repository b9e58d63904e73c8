"""CSS selectors, compiled once."""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from lxml.cssselect import CSSSelector
from lxml.etree import _Element as Element


@dataclass(frozen=True, slots=True)
class Select:
    """A selector and how it was written."""

    css: str

    def __call__(self, root: Element) -> list[Element]:
        """The matching elements, in the order of the page."""
        return cast("list[Element]", _compiled(self.css)(root))


@lru_cache(maxsize=1024)
def _compiled(css: str) -> CSSSelector:
    return CSSSelector(css)
