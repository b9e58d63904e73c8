"""Checking stored articles again: what is due, asked for within each host's ration."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

from crawler.catalogue import Catalogue, Source
from crawler.errors import StopRun
from crawler.plan import CrawlPlan, Revisit
from crawler.urls import compact
from flows.app import App
from flows.planning import new_plan, revisit
from flows.report import RunReport
from flows.request import Group, Request
from flows.run import Job, crawl_and_load
from flows.steps.plan import chosen_sources
from flows.work import Hooks
from storage import validators, watch

PER_HOST = 100
"""Checks of a host in one run, at the most: at two seconds each, three and a half minutes."""
_UNCONDITIONAL_FROM = timedelta(days=30)
"""From this age on a check takes the whole page: a server whose validators lie is found out then."""

_CONTROL_OF = 8
"""One of so many conditional checks is made without its conditions."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """What somebody asked to be checked; empty means everything that is due."""

    sources: tuple[str, ...] = ()
    group: Group | None = None
    per_host: int = PER_HOST
    within_days: int | None = None
    """Only articles first seen, withdrawn or restored in the last so many days, and suspects."""

    def check(self) -> None:
        """Raise StopRun for limits that make no sense."""
        for name in ("per_host", "within_days"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise StopRun(f"{name} {value} is below one; give 1 or more, or leave it out")


def recheck(app: App, request: Recheck, hooks: Hooks | None = None) -> RunReport:
    """Ask again for the stored articles that are due, and load what is new of them.

    Which are due, the intervals of `storage.watch` tell. Raises as `flows.run.ingest` does.
    """
    hooks = hooks or Hooks()
    request.check()
    sources = chosen_sources(app.catalogue, Request(request.sources, request.group))
    parameters = {
        "sources": list(request.sources),
        "group": request.group,
        "per_host": request.per_host,
        "within_days": request.within_days,
    }
    plan = partial(_plan, app, request, hooks)
    job = Job("recheck", parameters, sources, plan, named=bool(request.sources))
    return crawl_and_load(app, job, hooks)


def _plan(app: App, request: Recheck, hooks: Hooks, sources: Sequence[Source]) -> CrawlPlan | None:
    now = hooks.clock()
    within = timedelta(days=request.within_days) if request.within_days else None
    with app.database.unit_of_work() as session:
        watch.mend(session, now)
        ids = [source.id for source in sources]
        due = watch.due_checks(session, ids, now, request.per_host, within)
        lying = validators.distrusted(session)
    if not due:
        return None
    return replace(
        new_plan(app, now),
        revisits=tuple(_revisit(app.catalogue, lying, check, now) for check in due),
    )


def _revisit(
    catalogue: Catalogue, lying: Collection[str], check: watch.Check, now: datetime
) -> Revisit:
    asked = revisit(catalogue, lying, check.page)
    young = now - check.since < _UNCONDITIONAL_FROM
    honest = young and not _lies(check) and not _is_control(check, now)
    return asked if honest else replace(asked, etag=None, last_modified=None)


def _is_control(check: watch.Check, now: datetime) -> bool:
    """Whether a check takes the whole page to prove its server's validators: one of some, another
    one each day."""
    return compact(f"{now:%Y-%m-%d} {check.page.url}") % _CONTROL_OF == 0


def _lies(check: watch.Check) -> bool:
    """Whether a page claims to be older than the day on which it was published."""
    if check.page.last_modified is None or check.published_at is None:
        return False
    try:
        modified = parsedate_to_datetime(check.page.last_modified)
    except ValueError:
        return True
    modified = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
    return modified < check.published_at - timedelta(days=1)
