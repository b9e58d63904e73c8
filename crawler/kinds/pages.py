"""Lists that are HTML pages, read by a template of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from crawler.errors import Park
from crawler.kinds.reader import Answer, ListRequest, Shown, Window
from crawler.layouts import PAGE_NUMBER, ListTemplate
from crawler.lists import find_items
from crawler.pagers import following, own_count

MAX_PAGE = 4 * 2**20
"""Bytes of a list page: some 40,000 items, and reading them keeps every other host waiting."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """A column of a content management system: one page after another, the newest first."""

    start: str
    template: ListTemplate
    newest_first: ClassVar[bool] = True
    within_window: ClassVar[bool] = False

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The column's first page."""
        return (ListRequest(url=self.start),)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """The items of a page, and the page behind it. Raises Park for one larger than any list."""
        if len(answer.body) > MAX_PAGE:
            raise Park("too-large")
        items = find_items(answer.page, answer.url, self.template, window.before)
        total, pages = own_count(answer.text, self.template.pager)
        return Shown(
            items=items,
            onward=tuple(self._onward(answer, ask)) if items else (),
            total=total,
            pages=pages,
        )

    def _onward(self, answer: Answer, ask: ListRequest) -> Iterable[ListRequest]:
        pager = self.template.pager
        url = following(answer.page, answer.url, pager, ask.number, answer.text)
        if url is not None:
            guessed = PAGE_NUMBER.search(pager) is not None
            yield ListRequest(url=url, number=ask.number + 1, guessed=guessed)
