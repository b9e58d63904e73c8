"""A run from end to end: plan, crawl, archive, read. The flow, the command line and tests share it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from crawler.catalogue import Source
from crawler.crawl import require_contact, run_crawl
from crawler.errors import StopRun, TryLater
from crawler.plan import CrawlPlan
from crawler.progress import Progress
from crawler.records import city_day
from crawler.settings import allowed_hosts
from flows.app import App
from flows.planning import plan_ingest
from flows.report import RunReport
from flows.request import Request
from flows.segments import finish_leftovers, finish_segment, mark
from flows.steps.plan import chosen_sources, crawlable
from flows.tallies import report_of
from flows.turns import awake, keep_rules, turn_of
from flows.work import Hooks, Work, leased, open_run


def ingest(app: App, request: Request, hooks: Hooks | None = None) -> RunReport:
    """Crawl what was asked for and load what is new.

    First whatever an earlier run left unfinished is brought to its end, without fetching it again.
    Raises StopRun when the request makes no sense or nothing can run, TryLater when the crawl
    died; what was fetched by then is loaded first.
    """
    hooks = hooks or Hooks()
    request.check(city_day(hooks.clock()))
    sources, named = chosen_sources(app.catalogue, request), bool(request.sources)
    if not crawlable(sources, named=named):
        said = (
            "none of the chosen sources has a column that can be crawled; see `suqian sources list`"
        )
        raise StopRun(said) if named else NothingToCrawl(said)
    job = Job(
        "ingest",
        _parameters(request),
        sources,
        partial(plan_ingest, app, request, hooks.clock),
        named=named,
    )
    return crawl_and_load(app, job, hooks)


class NothingToCrawl(StopRun):
    """Of a whole group nothing can be crawled, as of papers whose addresses nobody has seen yet."""


class CrawlDied(TryLater):
    """The crawl ended before its time; what it had fetched by then is loaded, as the report says."""

    def __init__(self, message: str, report: RunReport) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True)
class Job:
    """A crawl to make: of which sources, and what to ask of those that nobody else is at work on."""

    kind: str
    parameters: dict[str, Any]
    sources: Sequence[Source]
    plan: Callable[[list[Source]], CrawlPlan | None]
    """None: there is nothing to ask for."""
    named: bool = False
    """Whether somebody waits for these very sources: then it is a problem that one cannot be asked now."""


def crawl_and_load(app: App, job: Job, hooks: Hooks) -> RunReport:
    """Bring what is left over to its end, then crawl, archive and load: a run in the ledger.

    Raises CrawlDied when it did; what was fetched by then is loaded first.
    """
    require_contact(allowed_hosts(app.catalogue), app.settings.contact)
    finish_leftovers(app, hooks)
    started = time.monotonic()
    ids = [source.id for source in job.sources]
    with open_run(app, job.kind, job.parameters, hooks) as work:
        free = leased(work, ids)
        chosen = [source for source in job.sources if source.id in free]
        asked = awake(work, chosen, named=job.named)
        plan = job.plan(asked) if asked else None
        failure = _crawl_and_load(app, work, plan, hooks) if plan else None
        report = report_of(app, work, time.monotonic() - started, ids)
    if failure:
        raise CrawlDied(str(failure), report) from failure
    return report


def _crawl_and_load(app: App, work: Work, plan: CrawlPlan, hooks: Hooks) -> TryLater | None:
    hooks.stage("crawl")
    failure = _crawl(work, plan)
    hooks.stage("load")
    finish_segment(app, work, plan.segment)
    return failure


def load_own_segment(
    app: App, kind: str, name: str, problems: list[str], hooks: Hooks, started: float
) -> RunReport:
    """Archive and load a segment that was written here, not crawled: a run of its own."""
    with open_run(app, kind, {"segment": name}, hooks) as work:
        work.problems += problems
        mark(app, work, name)
        finish_segment(app, work, name)
        return report_of(app, work, time.monotonic() - started, [])


def _parameters(request: Request) -> dict[str, Any]:
    return {
        name: str(value) if value is not None else None for name, value in asdict(request).items()
    }


def _crawl(work: Work, plan: CrawlPlan) -> TryLater | None:
    """Crawl; a crawl that died is reported after what it brought home is safe."""

    def progress(state: Progress) -> None:
        work.alive()
        work.hooks.crawled(state)

    mark(work.app, work, plan.segment)
    try:
        run_crawl(plan, progress, partial(turn_of, work), partial(keep_rules, work))
    except TryLater as error:
        work.problems.append(str(error))
        return error
    return None
