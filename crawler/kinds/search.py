"""A site's own search: what it finds for each of some words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from crawler.kinds.reader import Answer, ListRequest, Reader, Shown, Window


@dataclass(frozen=True, slots=True)
class SearchReader:
    """Several searches, each a list with an end of its own."""

    searches: Mapping[str, Reader]
    """By the word that is looked for: how its hits are asked for and read."""
    newest_first: ClassVar[bool] = False
    within_window: ClassVar[bool] = False

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The first page of each search."""
        for word, reader in self.searches.items():
            for ask in reader.first(window):
                yield replace(ask, chain=word)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """The hits of a page; none are an answer, too."""
        shown = self.searches[ask.chain].read(answer, ask, window)
        onward = tuple(replace(one, chain=ask.chain) for one in shown.onward)
        # What one search has is not what the column has.
        return replace(shown, onward=onward, total=None, pages=None, may_be_empty=True)
