"""The way through a list that may shift while it is read, or may not be what its pager promises."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from crawler.kinds.reader import Answer, ListRequest, Shown
from crawler.urls import host_of

_MOST_DEAD = 3
"""Dead pages in a row: what comes behind them is not looked for any more."""
_MOST_RETURNS = 5
"""How often a walk goes back: a list that never keeps still is read again in the next run."""
_FOREIGN_FROM = 3
"""So many items make a page that is another publisher's: fewer may be chance."""


@dataclass(slots=True)
class Trail:
    """The pages of one list in their order, as far as they were read."""

    asks: list[ListRequest] = field(default_factory=list)
    latest: Answer | None = None
    """The last answer that was a page of the list."""
    last: frozenset[str] = frozenset()
    """Keys of what that page shows."""
    total: int | None = None
    """How many items the list said last that it has."""
    grew: bool = False
    """Whether something was put on top since its first page was read."""
    returns: int = 0
    dead: int = 0
    """Dead pages in a row."""
    hole: date | None = None
    """The day that was reached when the first page was found dead."""
    again: set[tuple[str, str]] = field(default_factory=set)
    """Address and body of what is asked for a second time."""
    shared: bool = False
    """Whether it runs into the list of another publisher."""
    doubts: list[str] = field(default_factory=list)
    """Why not all that the list has may have been seen: sentences."""

    def read(self, ask: ListRequest, answer: Answer, shown: Shown) -> None:
        """Note a page of the list."""
        self.latest, self.dead = answer, 0
        if self.is_again(ask):
            return
        # Where a list tells no number, its pages overlap when something came on top.
        first = shown.items[0].key if shown.items else ""
        self.grew |= shown.total is None and first in self.last
        self.last = frozenset(item.key for item in shown.items)
        self.asks.append(ask)

    def is_again(self, ask: ListRequest) -> bool:
        """Whether a page is asked for a second time."""
        return (ask.url, ask.body) in self.again

    def _return_to(self, asks: Iterable[ListRequest]) -> list[ListRequest]:
        self.returns += 1
        back = list(asks)
        self.again |= {(ask.url, ask.body) for ask in back}
        return back

    def shifted(self, shown: Shown) -> list[ListRequest]:
        """The pages to be read once more, since the list says that it has fewer items than before:
        what was on this page may stand on one of those by now. What has come new on top is left for
        the end of the walk."""
        before, self.total = self.total, shown.total if shown.total is not None else self.total
        if before is None or self.total is None or self.total == before:
            return []
        if self.total > before:
            self.grew = True
            return []
        if self.returns >= _MOST_RETURNS:
            self.doubts.append("the list kept shifting while it was read")
            return []
        pages = -(-(before - self.total) // max(1, len(shown.items)))
        return self._return_to(self.asks[-1 - pages : -1])

    def onward_again(self, shown: Shown) -> list[ListRequest]:
        """What stands behind a page that is read once more."""
        return self._return_to(shown.onward) if self.returns < _MOST_RETURNS else []

    def news_on_top(self) -> list[ListRequest]:
        """The first page once more, at the end of a walk during which something was put on top."""
        if not self.grew or not self.asks:
            return []
        self.grew = False
        if self.returns >= _MOST_RETURNS:
            self.doubts.append("the list kept growing while it was read")
            return []
        return self._return_to(self.asks[:1])

    def gone_by(self, ask: ListRequest, reached: date, why: str) -> ListRequest | None:
        """Note a page that is dead, and return the request that would have made it, as the last good
        page knew it; None where it is no use to look behind it."""
        self.doubts.append(f"page {ask.number} {why}")
        self.hole = self.hole or reached
        self.dead += 1
        return ask if self.dead < _MOST_DEAD else None

    def back_to(self, day: date) -> date:
        """The day back to which nothing was passed over, where a walk would have it back to `day`."""
        return day if self.hole is None else max(day, self.hole)


def is_foreign(ask: ListRequest, shown: Shown, own: Collection[str]) -> bool:
    """Whether a later page shows nothing but what lies on the hosts of others."""
    if ask.number < 2 or len(shown.items) < _FOREIGN_FROM:
        return False
    return all(host_of(item.url) not in own for item in shown.items)
