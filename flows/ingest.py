"""The flow that schedules, people and the command line run: crawl what is new and load it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import partial
from typing import Protocol
from uuid import UUID

from prefect import flow
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)

from crawler.progress import Progress
from flows.app import App, open_app
from flows.report import RunReport, markdown
from flows.request import Group, Request
from flows.run import ingest as run_ingest
from flows.work import Hooks
from storage.settings import Settings

# A caller in the same process (the command line, the demo, a test) hands its open system and its
# progress bar in; a run that Prefect starts has neither.
_given: ContextVar[tuple[App, Hooks] | None] = ContextVar("given", default=None)


@contextmanager
def given(app: App, hooks: Hooks) -> Iterator[None]:
    """Let the flows that are called in this block use an open system and report to `hooks`."""
    token = _given.set((app, hooks))
    try:
        yield
    finally:
        _given.reset(token)


@flow(name="ingest", persist_result=False)
def ingest(
    sources: list[str] | None = None,
    group: Group | None = None,
    since: date | None = None,
    until: date | None = None,
    recheck: bool = False,
) -> RunReport:
    """Crawl and load what is new.

    Args:
        sources: Ids of publishers (`suqian sources list`); empty: all of the group.
        group: government, news or papers; empty: all.
        since: First day wanted; empty: what the last crawl has not seen, or the last 30 days.
        until: Last day wanted; empty: today.
        recheck: Ask again for the stored pages of the window, to find silent edits.
    """
    request = Request(
        sources=tuple(sources or ()), group=group, since=since, until=until, recheck=recheck
    )
    return reported(request)


def reported(request: Request) -> RunReport:
    """Run, with a progress bar and a report in Prefect's UI."""
    return reported_by(partial(run_ingest, request=request))


@contextmanager
def at_work() -> Iterator[tuple[App, Hooks]]:
    """What the caller has handed in, else what the settings name with a progress artifact."""
    given_to_us = _given.get()
    if given_to_us is not None:
        yield given_to_us
        return
    with open_app(Settings.load()) as app:
        yield app, _prefect_hooks()


class _Run(Protocol):
    def __call__(self, app: App, *, hooks: Hooks) -> RunReport: ...


def reported_by(run: _Run) -> RunReport:
    """Run anything that makes a report, with a progress bar and the report in Prefect's UI."""
    with at_work() as (app, hooks):
        report = run(app, hooks=hooks)
    create_markdown_artifact(markdown(report), key="run-report", description=report.summary())
    return report


def _prefect_hooks() -> Hooks:
    """Progress as an artifact: nobody knows how long a crawl is, so it fills up with the load."""
    artifact: UUID = create_progress_artifact(0.0, key="progress", description="planning")  # type: ignore[assignment]

    def stage(name: str) -> None:
        update_progress_artifact(artifact, 0.0, description=name)

    def crawled(state: Progress) -> None:
        got = sum(state.fetched.values())
        lists = sum(state.lists.values())
        whole = got + lists + state.waiting
        share = 50.0 * (got + lists) / whole if whole else 0.0
        text = f"crawl: {got} pages, {lists} lists, {state.waiting} waiting"
        update_progress_artifact(artifact, share, description=text)

    def loaded(done: int, whole: int) -> None:
        share = 50.0 + 50.0 * done / whole if whole else 100.0
        update_progress_artifact(artifact, share, description=f"load: {done} of {whole}")

    return Hooks(stage=stage, crawled=crawled, loaded=loaded)
