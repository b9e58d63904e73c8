"""Does a column answer as the catalogue says? One polite request each."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from crawler.catalogue import Catalogue
from crawler.days import address_day
from crawler.errors import Park
from crawler.fetch import Shared, asking
from crawler.kinds.choice import reader_of
from crawler.kinds.reader import Answer, Window
from crawler.plan import ColumnPlan, CrawlPlan, Limits
from crawler.records import CITY_TIME
from crawler.segment import Note, Role, Segment, index_path, read_page, warc_path

_GOOD = "as declared"
_DAYS = timedelta(days=7)
"""How far back an issue of a newspaper is looked for."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What one column answered."""

    source: str
    column: str
    answer: str
    items: int = 0
    newest: str | None = None
    total: int | None = None
    """How many items the list says it has."""

    @property
    def good(self) -> bool:
        """Whether it answered with items, or with where they are."""
        return self.answer == _GOOD

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def probe(
    catalogue: Catalogue,
    folders: Sequence[Path],
    *,
    contact: str | None,
    limits: Limits | None = None,
    private_hosts: bool = False,
    shared: Shared | None = None,
) -> list[Probe]:
    """Ask for the first list page of every column that can be walked, and nothing else; in turn with other
    crawls where hosts are shared."""
    since = datetime.now(CITY_TIME).date() - _DAYS
    columns = tuple(
        ColumnPlan(source=source.id, column=name, since=since)
        for source in catalogue.sources.values()
        if source.enabled
        for name, column in source.columns.items()
        if column.walked
    )
    with tempfile.TemporaryDirectory() as folder:
        plan = CrawlPlan(
            segment=uuid4().hex,
            folder=folder,
            catalogue=tuple(map(str, folders)),
            columns=columns,
            contact=contact,
            limits=limits or Limits(),
            private_hosts=private_hosts,
            lists_only=True,
            turns=shared is not None,
        )
        asking(plan, shared)
        return _read(catalogue, plan, Path(folder))


def _read(catalogue: Catalogue, plan: CrawlPlan, folder: Path) -> list[Probe]:
    with (
        warc_path(folder, plan.segment).open("rb") as warc,
        index_path(folder, plan.segment).open("rb") as index,
    ):
        segment = Segment.load(plan.segment, warc, index)
        answers = {
            (note.source, note.column): note for note in segment.notes if note.role is Role.LIST
        }
        reasons = {
            (n.source, n.column): n.reason or "" for n in segment.notes if n.role is Role.PROBLEM
        }
        return [
            _probe(catalogue, segment, plan_, answers.get(at), reasons.get(at, "no answer"))
            for plan_ in plan.columns
            for at in [(plan_.source, plan_.column)]
        ]


def _probe(
    catalogue: Catalogue, segment: Segment, column: ColumnPlan, note: Note | None, reason: str
) -> Probe:
    if note is None or note.offset is None or note.status != 200:
        return Probe(column.source, column.column, reason)
    page = read_page(segment.warc, note.offset)
    today = datetime.now(CITY_TIME).date()
    reader = reader_of(catalogue, column.source, column.column, today)
    window = Window(None, today, today)
    issue = address_day(page.url)
    ask = replace(next(iter(reader.first(window))), day=issue.day if issue else None)
    try:
        shown = reader.read(Answer(page.url, page.content_type, page.body), ask, window)
    except Park as error:
        return Probe(column.source, column.column, str(error))
    days = [str(item.listed.published) for item in shown.items if item.listed.published]
    return Probe(
        column.source,
        column.column,
        "no items" if shown.empty else _GOOD,
        len(shown.items),
        max(days, default=None),
        shown.total,
    )
