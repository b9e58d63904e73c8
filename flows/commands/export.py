"""`suqian export`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crawler.errors import StopRun
from flows.commands import filters as only
from flows.commands.console import Json, Unmasked, corpus, err, print_json


class Partition(StrEnum):
    """How a Parquet file may be divided."""

    MONTH = "month"


def export(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write: .parquet, .jsonl or .csv.")
    ],
    query: Annotated[
        str, typer.Option(help="Only what a search for this finds, reprints included.")
    ] = "",
    since: only.Since = None,
    until: only.Until = None,
    source: only.Source = None,
    topic: only.Topic = None,
    place: only.Place = None,
    main_place: only.MainPlace = None,
    org: only.Org = None,
    person: only.Person = None,
    doc: only.Doc = None,
    kind: only.Type = None,
    open_on: only.OpenOn = None,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="One article a story: leave reprints out.")
    ] = False,
    partition: Annotated[
        Partition | None, typer.Option(help="A folder with one file a month, for Parquet.")
    ] = None,
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Write every article, reprints included, as Parquet, JSON Lines or CSV.

    When it is killed, the same command goes on where it was.
    """
    from storage.export import FORMATS
    from storage.export import export as write

    if path.suffix not in FORMATS:
        raise StopRun(f"{path.name}: the name must end in one of {', '.join(FORMATS)}")
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen((since, until, open_on), *named)
    columns = (TextColumn("export"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        corpus(context, unmasked=unmasked) as opened,
        Progress(*columns, console=err, transient=True) as progress,
    ):
        task = progress.add_task("export", total=None)

        def on_part(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        articles = opened.articles(filters, query, canonical=canonical)
        done = write(articles, path, by_month=partition is not None, on_part=on_part)
    if as_json:
        print_json({"articles": done.articles, "file": str(path), "resumed": done.resumed})
        return
    resumed = f", {done.resumed:,} of them by an earlier try" if done.resumed else ""
    err.print(f"{done.articles:,} articles in {path}{resumed}", markup=False)
