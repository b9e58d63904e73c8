"""One source's past, month by month: from the Prefect UI's form or the command line."""

import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.exceptions import Pause

from crawler.catalogue import Catalogue
from crawler.errors import TryLater
from flows.app import App, catalogue_folders
from flows.backfill_report import BackfillReport, markdown, report_on
from flows.backfilling import Steps, Wish, planned
from flows.backfilling import backfill as run_backfill
from flows.ended import give_back
from flows.pausing import Paused, Pausing
from flows.report import RunReport
from flows.request import Order
from flows.steps.plan import crawlable
from flows.under_prefect import Bar, leave_report, opened
from flows.work import Hooks, utc_now
from storage.backfills import Span
from storage.settings import Settings


def source_names() -> Any:
    """The catalogue's publishers that can be crawled, as an enum: Prefect's form offers them, and its
    server refuses any other before a run begins."""
    catalogue = Catalogue.load(*catalogue_folders(Settings.load()), shipped=False)
    able = {source for source, _ in crawlable(list(catalogue.sources.values()), named=True)}
    return StrEnum("SourceName", {name: name for name in sorted(able)})


# Prefect makes the form of a flow's signature, so the publishers have to be known with the module.
if TYPE_CHECKING:
    SourceName = StrEnum
else:
    SourceName = source_names()

_run: ContextVar[Callable[[], RunReport]] = ContextVar("run")


@flow(name="backfill", persist_result=False, on_cancellation=[give_back], on_crashed=[give_back])
def backfill(
    source: SourceName,
    since: date,
    until: date | None = None,
    columns: list[str] | None = None,
    recrawl: bool = False,
    dry_run: bool = False,
    order: Order = Order.NEWEST_FIRST,
) -> BackfillReport:
    """Crawl one source's past, month by month. What is stored already is not fetched again, and a
    backfill that was stopped goes on where it stopped when the same is asked for again.

    Args:
        source: The publisher.
        since: First day wanted.
        until: Last day wanted; empty: today.
        columns: Ids of its columns (`suqian sources list ID`); empty: all of them.
        recrawl: Fetch what is stored as well, to find silent edits; else only what is missing.
        dry_run: Fetch nothing: show which months would be worked on and what is stored of each.
        order: From which end to work.
    """
    wish = Wish(
        source=str(source),
        since=since,
        until=until,
        columns=tuple(columns or ()),
        recrawl=recrawl,
        order=order,
    )
    with opened() as (app, hooks):
        if dry_run:
            return _left(app, report_on(app, wish, planned(app, wish, utc_now)))
        report = _carried_out(app, wish, hooks)
        # The command line shows which months are open; the UI shows it by the run's state.
        if report.open and hooks is None:
            raise TryLater(report.summary())
    return report


def run_here(wish: Wish) -> BackfillReport:
    """Run the flow in this process. Its caller has checked the wish: a catalogue of its own, as the
    replica's, has other publishers than the form."""
    flow_here: Any = backfill.with_options(validate_parameters=False)
    report: BackfillReport = flow_here(
        wish.source,
        wish.since,
        until=wish.until,
        columns=list(wish.columns) or None,
        recrawl=wish.recrawl,
        order=wish.order,
    )
    return report


def _carried_out(app: App, wish: Wish, hooks: Hooks | None) -> BackfillReport:
    bar = None if hooks else Bar("backfill-progress", share=0.0)
    steps = Steps(
        month=partial(_month, wish.source, hooks or (bar.hooks() if bar else Hooks())),
        moved=partial(_moved, bar),
        wait=time.sleep,
    )
    pausing = Pausing()
    if bar is not None:
        bar.on_move = pausing.look
    try:
        progress = run_backfill(app, wish, steps)
    except (Paused, Pause) as signal:
        pausing.leave(signal)
    report = _left(app, report_on(app, wish, progress))
    if bar is not None:
        bar.floor = 100.0 * (len(report.months) - report.open) / len(report.months)
        bar.move(0.0, report.summary(), now=True)
    return report


def _left(app: App, report: BackfillReport) -> BackfillReport:
    text = markdown(report, app.settings.web_url)
    create_markdown_artifact(text, key="backfill-report", description=report.summary())
    return report


def _moved(bar: Bar | None, done: int, whole: int, span: Span) -> None:
    if bar is not None:
        bar.floor, bar.share = 100.0 * done / whole, 100.0 / whole
        bar.move(0.0, f"{done} of {whole} months done; now {span.month:%Y-%m}", now=True)


def _month(source: str, hooks: Hooks, span: Span, run: Callable[[Hooks], RunReport]) -> RunReport:
    token = _run.set(partial(run, hooks))
    try:
        report: RunReport = backfill_month(source, span.since, span.until)
    finally:
        _run.reset(token)
    return report


@flow(name="backfill-month", flow_run_name="{source} {since:%Y-%m}", persist_result=False)
def backfill_month(source: str, since: date, until: date) -> RunReport:  # noqa: ARG001 - shown in the UI
    """One month of a backfill; started by it alone."""
    report = _run.get()()
    with opened() as (app, _):
        leave_report(app, report)
    return report
