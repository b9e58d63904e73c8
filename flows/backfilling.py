"""A source's past, month by month. The flow, the command line and tests share it.

What was asked for and how each month stands is in the database, and the ledger knows the pages: who
asks for the same again, after a cancel, a crash or a pause, goes on where it stopped.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from crawler.catalogue import Source
from crawler.errors import StopRun, TryLater
from crawler.records import Moment, city_day
from flows.app import App
from flows.planning import plan_ingest
from flows.report import RunReport
from flows.request import Order, Request
from flows.run import Job, crawl_and_load
from flows.steps.plan import crawlable
from flows.work import Busy, Hooks
from storage import backfills, ledger
from storage.backfills import Asked, Progress, Span

ATTEMPTS = 3
"""How often a month whose crawl died is begun again before the next one."""
_BUSY_SECONDS = 20.0
_BUSY_AT_MOST = 90
"""Half an hour in all: a scheduled run of the same source ends within that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for; both days are included."""

    source: str
    since: date
    until: date | None = None
    """None: up to today."""
    columns: tuple[str, ...] = ()
    """Empty: all that can be crawled."""
    recrawl: bool = False
    """Ask again for what is stored too, not only for what is missing."""
    order: Order = Order.NEWEST_FIRST

    def check(self, app: App, today: date) -> Source:
        """The source. Raises StopRun for a wish that makes no sense."""
        source = app.catalogue.source(self.source)
        Request(since=self.since, until=self.until).check(today)
        if self.until and self.until > today:
            raise StopRun(f"until {self.until} is in the future; today is {today}")
        able = [column for _, column in crawlable([source], named=True)]
        unknown = [column for column in self.columns if column not in able]
        if unknown or not able:
            raise StopRun(
                f"{self.source} has no column {', '.join(map(repr, unknown)) or 'that can be crawled'}; "
                f"it has {', '.join(able) or 'none'}"
            )
        self._check_beginning(source)
        return source

    def _check_beginning(self, source: Source) -> None:
        """Raise StopRun for days before the first that the catalogue knows of every wanted column."""
        wanted = [one for name, one in source.columns.items() if name in (self.columns or [name])]
        firsts = [column.since for column in wanted]
        known = [first for first in firsts if first is not None]
        if len(known) == len(firsts) and known and self.since < min(known):
            raise StopRun(
                f"since {self.since} is more than {source.id} has: its first day is {min(known)}"
            )

    def asked(self) -> Asked:
        """The wish as the database knows it."""
        return Asked(
            source=self.source,
            columns=self.columns,
            since=self.since,
            until=self.until,
            recrawl=self.recrawl,
        )


@dataclass(frozen=True)
class Steps:
    """How a backfill is carried out and what it tells; the flow makes each month a child run."""

    month: Callable[[Span, Callable[[Hooks], RunReport]], RunReport] = lambda _, run: run(Hooks())
    """Carry out one month."""
    moved: Callable[[int, int, Span], None] = lambda _done, _all, _next: None
    """Hears how many months are done, of how many, and which is next."""
    clock: Callable[[], datetime] = Hooks().clock
    wait: Callable[[float], None] = time.sleep
    """Seconds to be waited for a source that another run is at work on."""


def backfill(app: App, wish: Wish, steps: Steps) -> Progress:
    """Bring every month to its end that is not done yet; return how they stand.

    A month that cannot be done does not keep the others from being done. Raises StopRun when the wish
    makes no sense or nothing can run.
    """
    today = city_day(steps.clock())
    source = wish.check(app, today)
    with app.database.unit_of_work() as session:
        progress = backfills.begin(session, wish.asked(), today, steps.clock())
    spans, whole = in_order(progress, wish.order), len(progress.states)
    before = whole - len(spans)
    for number, span in enumerate(spans):
        steps.moved(before + number, whole, span)
        problems, run_id = _bring_home(app, wish, source, progress, steps, span)
        with app.database.unit_of_work() as session:
            now = steps.clock()
            backfills.settle_month(session, progress, span.month, problems, now, run_id)
    return _settled(app, wish, steps, progress)


def in_order(progress: Progress, order: Order) -> list[Span]:
    """The months that are not done, as they are to be worked on."""
    return progress.open if order is Order.OLDEST_FIRST else progress.open[::-1]


def _settled(app: App, wish: Wish, steps: Steps, begun: Progress) -> Progress:
    with app.database.unit_of_work() as session:
        now = backfills.find(session, wish.asked()) or begun
        if not now.open:
            backfills.finish(session, now, steps.clock())
        return now


def _bring_home(
    app: App, wish: Wish, source: Source, progress: Progress, steps: Steps, span: Span
) -> tuple[list[str], str | None]:
    """Crawl a month; return why it is not done and the id of its run."""
    run = partial(crawl_month, app, wish, source, progress, span)
    problems: list[str] = []
    for _ in range(ATTEMPTS):
        try:
            report = _when_free(app, source.id, steps, span, run)
        except TryLater as error:
            # What was fetched is safe: the next attempt loads it before it asks for more.
            problems = [str(error)]
        else:
            return list(report.problems), report.run_id
    return problems, None


def _when_free(
    app: App, source: str, steps: Steps, span: Span, run: Callable[[Hooks], RunReport]
) -> RunReport:
    """Carry out a month as soon as nobody else is at work on the source."""
    try:
        return steps.month(span, run)
    except Busy:
        for _ in range(_BUSY_AT_MOST):
            steps.wait(_BUSY_SECONDS)
            with app.database.reading() as session:
                if not ledger.is_held(session, source, steps.clock()):
                    break
    return steps.month(span, run)


def crawl_month(
    app: App, wish: Wish, source: Source, progress: Progress, span: Span, hooks: Hooks
) -> RunReport:
    """One month of a source, as a run in the ledger."""
    request = Request(
        sources=(source.id,),
        since=span.since,
        until=span.until,
        recheck=wish.recrawl,
        columns=wish.columns,
        # What this backfill has asked for again is not asked for once more after a crash.
        unseen_since=progress.started_at,
    )
    parameters = {"backfill": progress.id, "since": str(span.since), "until": str(span.until)}
    plan = partial(plan_ingest, app, request, hooks.clock)
    job = Job("backfill", parameters, [source], plan, named=True)
    return crawl_and_load(app, job, hooks)


def planned(app: App, wish: Wish, clock: Callable[[], datetime]) -> Progress:
    """How a backfill would begin or go on; nothing of it is kept."""
    today = city_day(clock())
    wish.check(app, today)
    with app.database.reading() as session:
        return backfills.begin(session, wish.asked(), today, clock())


def days_of(span: Span) -> tuple[datetime, datetime]:
    """A span as moments, the second excluded: days are the city's."""
    return Moment.local(span.since).at, Moment.local(span.until + timedelta(days=1)).at
