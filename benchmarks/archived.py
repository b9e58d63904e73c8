"""Pages as a crawl leaves them in a segment, to be loaded as often as one likes."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.segment import Exchange, Note, Role, SegmentWriter
from crawler.urls import canonical_key
from flows.app import App, open_app
from flows.report import RunReport
from flows.run import load_own_segment
from flows.steps.plan import segment_name
from flows.work import Hooks
from storage.settings import Settings

SOURCE = "sqrb-paper"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
Addressed = Iterable[tuple[str, bytes]]
"""Addresses and bytes."""


def addressed(pages: Sequence[bytes], start: int = 0) -> list[tuple[str, bytes]]:
    """Pages under addresses that nobody else has."""
    return [
        (f"http://pages.example/{number}.shtml", page) for number, page in enumerate(pages, start)
    ]


@contextmanager
def opened(home: Path, database_url: str | None = None) -> Iterator[App]:
    """A system in a folder of its own, empty at first."""
    settings = Settings.for_home(home)
    if database_url:
        settings = settings.model_copy(update={"database_url": database_url})
    with open_app(settings) as app:
        yield app


def segment(app: App, pages: Addressed) -> str:
    """Write pages as answers of a crawl; the name of their segment."""
    name = segment_name(NOW)
    with SegmentWriter(app.settings.crawl_folder, name) as writer:
        for number, (url, body) in enumerate(pages):
            at = NOW + timedelta(seconds=number)
            exchange = Exchange(
                url=url,
                method="GET",
                request_headers=[],
                status=200,
                reason="OK",
                headers=[("Content-Type", "text/html")],
                body=body,
                at=at,
            )
            key = canonical_key(url)
            note = Note(
                role=Role.ARTICLE,
                source=SOURCE,
                url=url,
                key=key,
                status=200,
                size=len(body),
                at=at,
            )
            writer.answer(exchange, note)
    return name


def load(app: App, name: str) -> RunReport:
    """Archive a segment and load it: a run like any other, from the crawl's end to its report."""
    return load_own_segment(app, "ingest", name, [], Hooks(clock=lambda: NOW), time.monotonic())
