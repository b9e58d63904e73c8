"""Reading the archive again where nothing comes out otherwise: what it costs beyond extraction."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from benchmarks import archived
from benchmarks.extraction import ours
from benchmarks.measuring import Scale, in_turns
from benchmarks.results import Figure, Findings, Goal, ratios
from benchmarks.samples import replica
from flows.app import App
from flows.request import Selection
from flows.rereading import reread
from storage.database import Database


def row(scale: Scale) -> Findings:
    """Ours beside the extraction of the same pages alone; the statements that write are counted."""
    count = scale.of(10_000, 200)
    pages = _pages(count)
    with tempfile.TemporaryDirectory() as folder, archived.opened(Path(folder)) as app:
        archived.load(app, archived.segment(app, archived.addressed(pages)))
        with _writes(app.database) as written:
            spent = in_turns(
                {"reread": lambda: _reread(app), "extract": lambda: [ours(one) for one in pages]},
                scale.of(3, 2),
            )
    above, below = ([one.cpu for one in spent[name]] for name in ("reread", "extract"))
    return Findings(
        (
            ratios("processor time of extraction alone", above, below, Goal(1.25, at_least=False)),
            Figure("statements that write", (len(written),), "", Goal(0, at_least=False)),
            Figure("reading again", tuple(1000 * one / count for one in above), "ms a page"),
        ),
        notes=(f"{count:,} pages of the replica's, each under an address of its own.",),
    )


def _pages(count: int) -> list[bytes]:
    found = replica(min(count, 2_000)).pages
    return [found[number % len(found)] for number in range(count)]


def _reread(app: App) -> None:
    report = reread(app, Selection(sources=(archived.SOURCE,)))
    if report.changed or report.earlier or report.found_articles:
        raise SystemExit("the pages read otherwise: this measures nothing")


@contextmanager
def _writes(database: Database) -> Iterator[list[str]]:
    """The statements that change anything."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().split(" ", 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)
