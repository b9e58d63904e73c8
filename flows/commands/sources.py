"""The catalogue from the command line."""

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crawler.errors import CatalogueError, StopRun
from flows.commands.adding import show_results, show_understanding, understanding_as_json
from flows.commands.catalogued import columns_table, sources_table
from flows.commands.console import (
    Json,
    corpus,
    err,
    fail_with_problems,
    out,
    paged,
    print_json,
    state,
)
from flows.commands.coverage import coverage
from flows.commands.tables import table

if TYPE_CHECKING:
    from crawler.catalogue import Catalogue, Source
    from crawler.discover.add import Ask, Understanding
    from crawler.discover.addkind import KindFound
    from crawler.records import Page
    from storage.hosts import HostAsked
    from storage.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The publishers that are crawled.")
app.command()(coverage)


@app.command("list")
def list_sources(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(help="Show the columns of this publisher.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List every publisher, or the columns of one: kind, address, and what that rests on."""
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders, limits_of
    from flows.turns import politeness_of

    catalogue = Catalogue.load(*catalogue_folders(state(context).settings), shipped=False)
    chosen = [catalogue.source(source)] if source else list(catalogue.sources.values())
    every, today = _asked_every(context), _asked_today(context)
    limits = limits_of(state(context).settings)
    asked = {one.id: politeness_of(one, limits, today) for one in chosen}
    if as_json:
        print_json(
            [_source_as_json(one, every) | {"asked": asked[one.id].as_dict()} for one in chosen]
        )
        return
    with paged():
        table = columns_table(chosen[0], every, asked[chosen[0].id]) if source else None
        out.print(table or sources_table(chosen, asked))


def _asked_every(context: typer.Context) -> dict[tuple[str, str], float]:
    """(source, column) → after how many hours a scheduled run asks it again; empty without a corpus."""
    from storage.errors import StorageError

    try:
        with corpus(context) as opened:
            paces = opened.paces()
    except StorageError:
        return {}
    return {at: round(asked.interval.total_seconds() / 3600, 1) for at, asked in paces.items()}


def _asked_today(context: typer.Context) -> "Mapping[str, HostAsked]":
    """Host → what it was asked today; empty without a corpus."""
    from storage.errors import StorageError
    from storage.records import CITY_TIME

    try:
        with corpus(context) as opened:
            return opened.asked_on(datetime.now(CITY_TIME).date())
    except StorageError:
        return {}


def _source_as_json(source: "Source", every: dict[tuple[str, str], float]) -> dict[str, object]:
    found = {"id": source.id} | source.model_dump(mode="json")
    for name, column in found["columns"].items():
        column["asked_every_hours"] = every.get((source.id, name))
    return found


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
    from flows.app import open_app
    from flows.looking import sharing

    settings = state(context).settings
    with open_app(settings) as app, sharing(app) as shared, err.status("asking each column once"):
        found = probe(
            catalogue, folders, contact=settings.contact, limits=app.limits, shared=shared
        )
    if as_json:
        print_json([one.as_dict() for one in found])
    else:
        names = ("source", "column", "answer", "items", "newest", "in all")
        shown = table(*names, whole={"newest"}, numbers={"items", "in all"})
        for one in found:
            shown.add_row(
                one.source,
                one.column,
                one.answer,
                str(one.items),
                one.newest or "",
                str(one.total or ""),
            )
        out.print(shown)
    if not all(one.good for one in found):
        raise typer.Exit(1)


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A column's first list page.")],
    file: Annotated[
        Path | None,
        typer.Option(help="Look at this saved page in place of asking; nothing is followed."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Catalogue folder to write to; else SUQIAN_CATALOGUE.")
    ] = None,
    number: Annotated[int, typer.Option("--list", min=1, help="Which of the page's lists.")] = 1,
    source: Annotated[str | None, typer.Option("--id", help="Id of the publisher.")] = None,
    column: Annotated[str | None, typer.Option(help="Id of the column.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the column.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Name of the publisher.")] = None,
    level: Annotated[str | None, typer.Option(help="Level of the publisher.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="The column is known, and has looked like this since.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking, however sure.")] = False,
    as_json: Json = False,
) -> None:
    """Look at a list page, say how it is read, and write it into the catalogue.

    Ends with 0 where that is sure or was written, 1 where there is no list, 2 where it could not be
    asked for, 3 where it is not sure and nothing was written.
    """
    from crawler.discover.add import Wishes, understand
    from crawler.discover.addkind import understand_kind
    from crawler.discover.kinds import recognise
    from flows.looking import asking

    settings = state(context).settings
    folder = into or settings.catalogue
    catalogue = _with(context, into)
    wishes = Wishes(
        chosen=number - 1, source=source, column=column, name=name, publisher=publisher, level=level
    )
    with nullcontext() if file else asking(settings, catalogue) as ask:
        page = _page(url, file, ask)
        kind = recognise(page)
        found: Understanding | KindFound = (
            understand_kind(page, kind, catalogue, ask, wishes)
            if kind
            else understand(page, catalogue, ask, wishes)
        )
    if not as_json:
        show_understanding(found)
    written: list[Path] = []
    if found.entry is not None and not dry_run and (yes or _agreed(as_json=as_json)):
        if folder is None:
            raise StopRun(
                "say where to write it: --into FOLDER, or set SUQIAN_CATALOGUE to a folder of yours"
            )
        written = _write(
            folder, catalogue, found, since.date() if since else None, _folders(context, into)
        )
    if as_json:
        print_json(understanding_as_json(found, written))
    for path in written if not as_json else ():
        err.print(f"written: {path}", highlight=False, soft_wrap=True)
    if found.entry is None:
        raise typer.Exit(1)
    if not (written or found.sure):
        raise typer.Exit(3)


def _folders(context: typer.Context, into: Path | None) -> list[Path]:
    from flows.app import catalogue_folders

    own = [into] if into is not None and into.is_dir() else []
    return [*dict.fromkeys([*catalogue_folders(state(context).settings), *own])]


def _with(context: typer.Context, into: Path | None) -> "Catalogue":
    from crawler.catalogue import Catalogue

    return Catalogue.load(*_folders(context, into), shipped=False)


def _page(url: str, file: Path | None, ask: "Ask | None") -> "Page":
    from datetime import UTC

    from crawler.records import Page
    from crawler.urls import canonical_key

    if not url.startswith(("http://", "https://")):
        raise StopRun(f"{url!r} is no web address: begin it with http:// or https://")
    if ask is None:
        if file is None or not file.is_file():
            raise StopRun(f"{file} is no file")
        return Page(
            url=url,
            key=canonical_key(url),
            source="",
            body=file.read_bytes(),
            fetched_at=datetime.now(UTC),
        )
    with err.status("asking for the list"):
        answer = ask([url])[url]
    if isinstance(answer, str):
        raise StopRun(f"{url} did not answer with a page: {answer}")
    return answer


def _agreed(*, as_json: bool) -> bool:
    """Whether the person at the terminal says yes; nobody there says no."""
    return not as_json and sys.stdin.isatty() and typer.confirm("Write this?", default=False)


def _write(
    folder: Path,
    catalogue: "Catalogue",
    found: "Understanding | KindFound",
    since: date | None,
    folders: list[Path],
) -> list[Path]:
    from crawler.catalogue import Catalogue
    from crawler.contract import save
    from crawler.discover.writing import write

    assert found.entry is not None  # noqa: S101 - the caller has looked
    folder.mkdir(parents=True, exist_ok=True)
    files = write(folder, catalogue, found.entry, since)
    now = Catalogue.load(*dict.fromkeys([*folders, folder]), shipped=False)
    pages = [found.page, *found.articles]
    return [*files, *save(folder, now, found.entry.source, found.entry.column, pages)]


@app.command("test")
def read_saved(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of the publisher.")],
    save: Annotated[
        bool,
        typer.Option(
            "--save",
            help="Ask each column for its list and three articles, and save them as they are read now.",
        ),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(help="Catalogue folder with the saved pages; else SUQIAN_CATALOGUE."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a publisher's saved pages and say what is read otherwise than when they were saved."""
    from crawler.contract import check as check_pages

    settings = state(context).settings
    catalogue = _with(context, into)
    catalogue.source(source)
    if save:
        folder = into or settings.catalogue
        if folder is None:
            raise StopRun(
                "say where to save: --into FOLDER, or set SUQIAN_CATALOGUE to a folder of yours"
            )
        _save_pages(catalogue, folder, source, settings)
    results = [
        one for folder in _folders(context, into) for one in check_pages(catalogue, folder, source)
    ]
    if not results and not as_json:
        out.print(f"{source} has no saved pages; --save takes them", highlight=False)
        return
    show_results(results, as_json=as_json)
    if any(one.differences for one in results):
        raise typer.Exit(1)


def _save_pages(catalogue: "Catalogue", folder: Path, source: str, settings: "Settings") -> None:
    from crawler.contract import take
    from flows.looking import asking

    with (
        asking(settings, catalogue) as ask,
        err.status("asking for each column's list and three articles"),
    ):
        for column, reason in take(catalogue, folder, source, ask).items():
            err.print(f"{source}/{column}: {reason}", highlight=False)
