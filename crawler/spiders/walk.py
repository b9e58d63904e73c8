"""Walking one column: what to do with each item, and when to stop."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from crawler.kinds.reader import Answer, ListRequest, Reader, Shown, Window
from crawler.known import as_in_list
from crawler.lists import ListItem
from crawler.plan import ColumnPlan
from crawler.records import CITY_TIME
from crawler.segment import AGAIN, Item
from crawler.spiders.trail import Trail, is_foreign
from crawler.urls import compact, host_of, is_trap

FETCH = "fetch"
_NEVER = date.max - timedelta(days=1)
"""A day that nothing is newer than, and that has another behind it."""


@dataclass(slots=True)
class Memory:
    """What the crawl knows of addresses: from earlier runs, and what it has come upon in this one."""

    known: Mapping[int, int | None]
    """Compact key → compact digest of what its list said; None where no list named it. Of an address
    `as_in_list`: of what that list said, where it was another thing."""
    allowed: frozenset[str]
    """Hosts that may be asked."""
    forgotten: frozenset[int] = frozenset()
    """Compact keys of what is never to be asked for."""
    files: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Compact address → the headers of a conditional request, of attachments that are there."""
    seen: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)
    """Compact keys of what a list showed as it is known."""

    def first_time(self, key: str) -> bool:
        """Note a key; whether it is new in this crawl."""
        number = compact(key)
        if number in self.seen:
            return False
        self.seen.add(number)
        return True

    def settled(self, item: ListItem, plan: ColumnPlan) -> bool:
        """Whether an earlier run has it and this column's list says nothing new of it."""
        number = compact(item.key)
        if number in self.forgotten:
            return True
        if number not in self.known:
            return False
        here = compact(as_in_list(plan.source, plan.column, item.key))
        listed = self.known.get(here, self.known[number])
        if listed is None or listed == compact(item.listed.digest):
            self.met.add(number)
        # Another list may show another day or title of it: that is no news.
        return number in self.met


def _city_day() -> date:
    return datetime.now(CITY_TIME).date()


@dataclass(slots=True)
class Walk:
    """The state of one column's walk."""

    plan: ColumnPlan
    reader: Reader
    own: frozenset[str] = frozenset()
    """The hosts of its publisher."""
    trail: Trail = field(default_factory=Trail)
    fresh: set[str] = field(default_factory=set)
    """Keys of what it shows that no earlier run has settled."""
    pages: int = 0
    pending: deque[ListRequest] = field(default_factory=deque)
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Address and body of each request that was made or is to be."""
    unended: list[ListItem] = field(default_factory=list)
    """What was shown since the walk could have ended last."""
    keys: set[tuple[str, str]] = field(default_factory=set)
    """List and key of each item."""
    today: date = field(default_factory=_city_day)
    bound: date = field(default_factory=_city_day)
    """The last day that the next page's items can be of."""
    ended: bool = False
    """Whether it left out the rest of a list, as there is nothing new in it."""
    absent: int = 0
    """How many pages in a row were not there."""
    failures: int = 0
    """How many of its list pages could not be had or read."""
    newest_only: bool = False
    met_known: bool = False
    """Whether it came upon something that an earlier run has."""

    @property
    def broken(self) -> bool:
        """Whether something of it is missing."""
        return self.failures > 0

    def ask(self, onward: Iterable[ListRequest]) -> None:
        """Put requests before those that are still to be made; none is made twice in a walk."""
        fresh = {key: ask for ask in onward if (key := (ask.url, ask.body)) not in self.asked}
        if any(is_trap(url) for url, _ in fresh):
            self.trail.doubts.append("its pager leads into addresses without an end")
            fresh = {key: ask for key, ask in fresh.items() if not is_trap(ask.url)}
        self.asked.update(fresh)
        self.pending.extendleft(reversed(fresh.values()))

    def next(self) -> Iterator[ListRequest]:
        """The request to make now, if any is left."""
        if not self.pending:
            self._return_to(self.trail.news_on_top())
        if self.pending:
            yield self.pending.popleft()

    def _return_to(self, asks: Iterable[ListRequest]) -> None:
        """Make requests next that were made already."""
        self.pending.extendleft(reversed(list(asks)))

    @property
    def window(self) -> Window:
        """The days that its next page may be of."""
        return Window(self.plan.since, self.plan.until or self.today, self.bound)

    def reached(self, shown: Shown, memory: Memory) -> None:
        """Remember how far back a page goes: its last item's day, as lists go from new to old."""
        days = [item.listed.published.day for item in shown.items if item.listed.published]
        self.bound = min(self.bound, days[-1]) if days else self.bound
        self.newest_only |= shown.newest_only
        self.met_known |= any(compact(item.key) in memory.known for item in shown.items)

    def decide(self, items: Sequence[ListItem], memory: Memory) -> list[Item]:
        """What to do with each item. What one column's window leaves out another's may want; what is
        to be fetched is fetched once."""
        decided = []
        for item in items:
            decision = self._decision(item, memory)
            if decision not in {"known", "forgotten"}:
                self.fresh.add(item.key)
            if decision == FETCH and not memory.first_time(item.key):
                decision = AGAIN
            decided.append(Item(url=item.url, key=item.key, listed=item.listed, decision=decision))
        return decided

    def _decision(self, item: ListItem, memory: Memory) -> str:
        if host_of(item.url) not in memory.allowed:
            return "offsite"
        if compact(item.key) in memory.forgotten:
            return "forgotten"
        if is_trap(item.url):
            return "trap"
        if memory.settled(item, self.plan):
            return "known"
        day = item.listed.published.day if item.listed.published else None
        return FETCH if day is None or self._wanted(day) else "window"

    def _wanted(self, day: date) -> bool:
        since, until = self.plan.since, self.plan.until
        return (since is None or day >= since) and (until is None or day <= until)

    def strays(self, shown: Shown, ask: ListRequest) -> bool:
        """Whether a later page is not the one that its list's pager promises: it is left out. The walk
        goes on behind it; where the list runs into another publisher's it ends."""
        if is_foreign(ask, shown, self.own):
            self.trail.doubts.append(
                f"page {ask.number} shows only what lies on the hosts of others"
            )
            self.trail.shared = True
            return True
        if shown.pages is None or not 1 < ask.number <= shown.pages or self.trail.is_again(ask):
            return False
        if {(ask.chain, item.key) for item in shown.items} <= self.keys and (
            shown.total == self.trail.total
        ):
            self.pass_over(ask, "shows what pages before it show" if shown.items else "is empty")
            return True
        return False

    def pass_over(self, ask: ListRequest, why: str) -> None:
        """Go on behind a page that is dead, as the last good page knows the way."""
        behind = self.trail.gone_by(ask, self.bound, why)
        if behind is not None and self.trail.latest is not None:
            good = replace(self.trail.asks[-1], number=behind.number)
            self.ask(self.reader.read(self.trail.latest, good, self.window).onward)

    def go_on(self, answer: Answer, shown: Shown, ask: ListRequest, memory: Memory) -> None:
        """Decide what is asked for behind a page, and what once more."""
        self.trail.read(ask, answer, shown)
        back = self.trail.shifted(shown)
        if self.trail.is_again(ask):
            self._read_again(shown, ask)
        elif self.ends_at(shown, ask, memory):
            self.end(ask)
        else:
            self.ask(shown.onward)
        self._return_to(back)

    def _read_again(self, shown: Shown, ask: ListRequest) -> None:
        """Where all of a page has come since the walk began, the next one is read again as well."""
        keys = {(ask.chain, item.key) for item in shown.items}
        if not keys & self.keys:
            self._return_to(self.trail.onward_again(shown))
        self.keys |= keys

    def ends_at(self, shown: Shown, ask: ListRequest, memory: Memory) -> bool:
        """Whether the list that was asked for ends, as far as it is wanted, at a page that shows this.

        One old or known item proves nothing (it may be pinned on top): the whole page must be old,
        or known in a column that was walked without a gap before, or a page seen already. Where
        pages belong together, as those of a newspaper's day, it is all of them.
        """
        self.unended += shown.items
        if not shown.may_end or not self.unended:
            return False
        items, self.unended = self.unended, []
        keys = {(ask.chain, item.key) for item in items}
        if keys <= self.keys:
            return True
        self.keys |= keys
        days = [item.listed.published.day if item.listed.published else None for item in items]
        since = self.plan.since
        if since is not None and all(day is not None and day < since for day in days):
            return True
        settled = all(memory.settled(item, self.plan) for item in items)
        return self._walked_before() and settled and not self._owes()

    def _owes(self) -> bool:
        """Whether the list says that it has more than is known of it: something was put in late, behind
        what is known."""
        expected, total = self.plan.expected, self.trail.total
        return expected is not None and total is not None and total > expected + len(self.fresh)

    def end(self, ask: ListRequest) -> None:
        """Leave out the rest of a list."""
        self.ended = True
        self.pending = deque(one for one in self.pending if one.chain != ask.chain)

    @property
    def whole(self) -> bool:
        """Whether it has gone on to the column's end, once it is at its own."""
        left_out = self.ended or self.newest_only or self.reader.within_window
        return not left_out and self.trail.hole is None

    def down_to(self) -> date | None:
        """Whatever is newer than this day was shown, once the walk is at its end; None: than its last
        item, as in a list that goes from new to old."""
        if self.reader.newest_first:
            return None
        return (self.plan.since or date.min) if self.reader.within_window else _NEVER

    def back_to(self) -> date:
        """The day back to which everything has been seen, once the walk is at its end."""
        if self.newest_only:
            return min(self.bound, self.plan.walked_back_to or self.bound)
        if self.ended or self.reader.within_window:
            ends = self.plan.since or (self.plan.walked_back_to if self.ended else None) or date.min
            return self.trail.back_to(ends)
        return self.trail.back_to(date.min)

    def gap(self) -> str | None:
        """What a list that keeps only its newest items has left out, if anything that is wanted."""
        since, walked = self.plan.since or date.min, self.plan.walked_back_to
        if not self.newest_only or self.bound <= since:
            return None
        if self.plan.until is not None:
            missing = walked is None or walked > since
        else:
            missing = walked is not None and walked < self.bound and not self.met_known
        shown = f"the list shows nothing before {self.bound}"
        return (
            f"{shown}: what was published between then and the last look is missing"
            if missing
            else None
        )

    def _walked_before(self) -> bool:
        back_to = self.plan.walked_back_to
        return back_to is not None and back_to <= (self.plan.since or date.min)
