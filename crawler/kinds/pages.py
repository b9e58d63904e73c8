"""Lists that are HTML pages, read by a template of the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from crawler.kinds.reader import Answer, ListRequest, Shown
from crawler.layouts import PAGE_NUMBER, ListTemplate
from crawler.lists import find_items
from crawler.pagers import find_pager, following
from crawler.plan import ColumnPlan


@dataclass(frozen=True, slots=True)
class PageReader:
    """A column of a content management system: one page after another, the newest first."""

    start: str
    template: ListTemplate

    def first(self, plan: ColumnPlan, today: date) -> Iterable[ListRequest]:  # noqa: ARG002 - the same on every day
        """The column's first page."""
        return (ListRequest(url=self.start),)

    def read(self, answer: Answer, ask: ListRequest, bound: date) -> Shown:
        """The items of a page, and the page behind it."""
        items = find_items(answer.page, answer.url, self.template, bound)
        pager = find_pager(answer.text)
        return Shown(
            items=items,
            onward=tuple(self._onward(answer, ask)) if items else (),
            total=pager.total if pager else None,
        )

    def _onward(self, answer: Answer, ask: ListRequest) -> Iterable[ListRequest]:
        pager = self.template.pager
        url = following(answer.page, answer.url, pager, ask.number, answer.text)
        if url is not None:
            guessed = PAGE_NUMBER.search(pager) is not None
            yield ListRequest(url=url, number=ask.number + 1, guessed=guessed)
