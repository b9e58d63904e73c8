"""`suqian export`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from flows.commands import filters as only
from flows.commands.console import Json, Unmasked, corpus, err, print_json


def export(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Where to write.")],
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
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Write every article, reprints included, as JSON Lines."""
    from storage.export import export_jsonl

    if path.suffix != ".jsonl":
        raise typer.BadParameter(f"{path.name}: the name must end in .jsonl")
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen(context, (since, until, open_on), *named)
    with (
        corpus(context, unmasked=unmasked) as opened,
        Progress(console=err, transient=True) as progress,
    ):
        task = progress.add_task("export", total=opened.count(filters))
        count = export_jsonl(opened, path, filters, lambda: progress.advance(task))
    if as_json:
        print_json({"articles": count, "file": str(path)})
    else:
        err.print(f"{count:,} articles in {path}", markup=False)
