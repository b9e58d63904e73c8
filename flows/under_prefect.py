"""What every flow shares: the open system, a progress bar, a report in Prefect's UI."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol
from uuid import UUID

import httpx
import structlog
from prefect import State
from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.states import Cancelled

from crawler.progress import Progress
from flows.app import App, open_app
from flows.catch_up import SKIPPED
from flows.flow_log import speak_plainly
from flows.flow_signs import signed
from flows.report import RunReport, markdown
from flows.run import CrawlDied, NothingToCrawl
from flows.run_details import details_of, sections
from flows.work import Busy, Hooks
from storage.settings import Settings

log = structlog.get_logger(__name__)

_SECONDS = 3.0
"""Between two moves of a progress bar: each costs the server a request."""

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


@contextmanager
def opened() -> Iterator[tuple[App, Hooks | None]]:
    """The system that a flow works with, and the hooks that its caller gave, if one did."""
    found = _given.get()
    if found is not None:
        yield found
        return
    speak_plainly()
    settings = Settings.load()
    with signed(settings), open_app(settings) as app:
        yield app, None


class _Run(Protocol):
    def __call__(self, app: App, *, hooks: Hooks) -> RunReport: ...


def reported_by(run: _Run) -> RunReport | State[RunReport]:
    """Run anything that makes a report, with a progress bar and the report in Prefect's UI.

    A run of a schedule that finds others at work on all of its sources, or nothing to crawl in its group, is
    not needed, and has not failed. Who calls the flow in this process is told by the error.
    """
    with opened() as (app, hooks):
        bar = None if hooks else Bar("progress")
        try:
            report = run(app, hooks=hooks or (bar.hooks() if bar else Hooks()))
        except (Busy, NothingToCrawl) as error:
            if hooks:
                raise
            return Cancelled(name=SKIPPED, message=str(error))
        except CrawlDied as error:
            leave_report(app, error.report)
            raise
        leave_report(app, report)
        if bar:
            bar.move(1.0, report.summary(), now=True)
    return report


def leave_report(app: App, report: RunReport) -> None:
    """Leave a run's report in Prefect's UI."""
    text = markdown(report, sections(report, details_of(app, report), app.settings.web_url))
    create_markdown_artifact(text, key="run-report", description=report.summary())


class Bar:
    """A progress artifact that moves every few seconds at the most.

    A server that is away for a while does not end the run that tells it how far it is.
    """

    def __init__(self, key: str, floor: float = 0.0, share: float = 100.0) -> None:
        self._artifact: UUID = create_progress_artifact(floor, key=key, description="planning")  # type: ignore[assignment]
        self.floor, self.share = floor, share
        self._moved = 0.0
        self.on_move: Callable[[], None] = lambda: None
        """Called with each move: for what is to be looked at now and then."""

    def move(self, part: float, text: str, *, now: bool = False) -> None:
        """Show how much of this bar's share is done (0 to 1) and what is going on."""
        if not now and time.monotonic() - self._moved < _SECONDS:
            return
        self._moved = time.monotonic()
        try:
            percent = min(100.0, self.floor + self.share * part)
            update_progress_artifact(self._artifact, percent, description=text)
        except httpx.HTTPError as error:
            log.warning("the server does not take the progress", reason=str(error))
        self.on_move()

    def hooks(self) -> Hooks:
        """Nobody knows how long a crawl is, so the bar is half full when the load begins."""

        def crawled(state: Progress) -> None:
            got, lists = sum(state.fetched.values()), sum(state.lists.values())
            whole = got + lists + state.waiting
            text = f"crawl: {got} pages, {lists} lists, {state.waiting} waiting"
            self.move(0.5 * (got + lists) / whole if whole else 0.0, text)

        def loaded(done: int, whole: int) -> None:
            self.move(0.5 + 0.5 * done / whole if whole else 1.0, f"load: {done} of {whole}")

        return Hooks(crawled=crawled, loaded=loaded)
