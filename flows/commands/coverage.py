"""`suqian sources coverage`: what is known of each list, and what is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from flows.commands.console import Json, corpus, out, paged, print_json, state
from flows.commands.tables import table

if TYPE_CHECKING:
    from storage.coverage import ColumnCoverage, Counted

_DAY = len("2026-07-01")
_COUNTS = ("found", "held", "aside", "missing")


def coverage(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(help="Id of a publisher: shows its months as well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what each list says it has, what was found of it, what the corpus holds, what is missing."""
    with corpus(context) as opened:
        found = opened.coverage(source)
    if source is not None and not found:
        _require_known(context, source)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    with paged():
        out.print(_table(found, months=source is not None))


def _require_known(context: typer.Context, source: str) -> None:
    """Raise StopRun for a source that does not exist: one that was never walked has no coverage yet."""
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders

    Catalogue.load(*catalogue_folders(state(context).settings), shipped=False).source(source)


def _table(found: Sequence["ColumnCoverage"], *, months: bool) -> Table:
    counts = ("says", *_COUNTS, "unseen")
    made = table(
        "column", *counts, "back to", "latest walk", whole={"column", "back to"}, numbers=counts
    )
    for one in found:
        made.add_row(
            escape(f"{one.source}/{one.column}"),
            _says(one),
            *_counts(one),
            str(one.unseen or ""),
            one.back_to or "not yet",
            (one.walked_at or "never")[:_DAY],
        )
        for doubt in one.doubts:
            made.add_row(f"  [yellow]{escape(doubt)}[/]")
        for month in one.months if months else ():
            made.add_row(f"  {month.month or 'no day'}", "", *_counts(month))
    return made


def _says(one: "ColumnCoverage") -> str:
    if one.says is None:
        return ""
    least, most = one.says
    return str(least) if least == most else f"{least}–{most}"


def _counts(one: "Counted") -> Iterator[str]:
    for name in _COUNTS:
        yield str(getattr(one, name) or "")
