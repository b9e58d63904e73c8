"""The catalogue from the command line."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from crawler.errors import CatalogueError
from flows.commands.console import Json, err, fail_with_problems, out, paged, print_json, state

if TYPE_CHECKING:
    from crawler.catalogue import Catalogue

app = typer.Typer(no_args_is_help=True, help="The publishers that are crawled.")


@app.command("list")
def list_sources(context: typer.Context, as_json: Json = False) -> None:
    """List every publisher and its columns."""
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders

    catalogue = Catalogue.load(*catalogue_folders(state(context).settings), shipped=False)
    if as_json:
        print_json([{"id": s.id} | s.model_dump(mode="json") for s in catalogue.sources.values()])
        return
    table = Table("id", "name", "group", "columns", "hosts", "")
    for source in catalogue.sources.values():
        columns = ", ".join(f"{name} {column.name}" for name, column in source.columns.items())
        off = "" if source.enabled else "off"
        table.add_row(source.id, source.name, source.group, escape(columns), source.hosts[0], off)
    with paged():
        out.print(table)


@app.command()
def check(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Catalogue folders of your own.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Ask each column once, politely.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every file of the catalogue; with --online, every column too."""
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders

    settings = state(context).settings
    try:
        catalogue = Catalogue.load(*catalogue_folders(settings), *(folders or ()), shipped=False)
    except CatalogueError as error:
        fail_with_problems(error, as_json=as_json)
    if online:
        _check_online(
            context, catalogue, [*catalogue_folders(settings), *(folders or ())], as_json=as_json
        )
        return
    columns = sum(len(source.columns) for source in catalogue.sources.values())
    if as_json:
        print_json({"problems": [], "sources": len(catalogue.sources), "columns": columns})
    else:
        out.print(f"{len(catalogue.sources)} sources, {columns} columns: all well", highlight=False)


def _check_online(
    context: typer.Context, catalogue: "Catalogue", folders: list[Path], *, as_json: bool
) -> None:
    from crawler.probe import probe

    with err.status("asking each column once"):
        found = probe(catalogue, folders, contact=state(context).settings.contact)
    if as_json:
        print_json([one.as_dict() for one in found])
    else:
        table = Table("source", "column", "answer", "items", "newest", "in all")
        for one in found:
            table.add_row(
                one.source,
                one.column,
                one.answer,
                str(one.items),
                one.newest or "",
                str(one.total or ""),
            )
        out.print(table)
    if not all(one.good for one in found):
        raise typer.Exit(1)
