"""The taxonomy from the command line: is it whole, and what does it find?"""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from crawler.errors import CatalogueError
from flows.commands.console import Json, corpus, err, fail_with_problems, out, print_json, state
from flows.commands.tables import table

if TYPE_CHECKING:
    from flows.steps.tag import Evidence, Tag
    from flows.taxonomy import Taxonomy

app = typer.Typer(no_args_is_help=True, help="Topics, places, organisations and titles.")
_MOST_FAINT = 10


@app.command()
def check(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Catalogue folders of your own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every file of the taxonomy, your own over the shipped ones."""
    try:
        taxonomy = _taxonomy(context, *(folders or ()))
    except CatalogueError as error:
        fail_with_problems(error, as_json=as_json)
    parts = ("topics", "places", "organisations", "titles", "types")
    counts = {name: len(getattr(taxonomy, name)) for name in parts}
    if as_json:
        print_json({"problems": [], "version": taxonomy.version} | counts)
        return
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    out.print(f"{said}: all well (version {taxonomy.version})", highlight=False)


@app.command("try")
def try_(
    context: typer.Context,
    which: Annotated[
        str, typer.Argument(metavar="FILE|ID", help="A saved page or text, or an article.")
    ],
    as_json: Json = False,
) -> None:
    """Show what the taxonomy finds in a text and where, without storing anything."""
    from flows.steps.tag import Tagger

    tagger = Tagger(_taxonomy(context))
    title, body, day, publisher = _text_of(context, which)
    tags = tagger.tag(title, body, day, home=tagger.home_of(publisher))
    faint = tagger.faint_topics(title, body)[:_MOST_FAINT]
    if as_json:
        print_json({"tags": [asdict(tag) for tag in tags], "faint": [asdict(tag) for tag in faint]})
        return
    shown = table("kind", "tag", "score", "where", "words", "rule", whole={"kind", "score"})
    for tag in tags:
        _add(shown, tag, body, tag.kind)
    for tag in faint:
        _add(shown, tag, body, "(too faint)")
    out.print(shown)


def _taxonomy(context: typer.Context, *folders: Path) -> "Taxonomy":
    from flows.app import catalogue_folders
    from flows.taxonomy import Taxonomy

    return Taxonomy.load(*catalogue_folders(state(context).settings)[1:], *folders)


def _text_of(context: typer.Context, which: str) -> tuple[str, str, date | None, str]:
    """Title, body, day and publisher of a file, else of an article of the corpus."""
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders
    from flows.commands.collect import read_file

    file = Path(which)
    if file.is_file():
        record = read_file(file, None, ())
        if record["outcome"] != "article":
            err.print(f"{file}: no article ({record['outcome']})", markup=False)
            raise typer.Exit(1)
        return record["title"] or "", record["body"] or "", _day(record["published_at"]), ""
    with corpus(context) as opened:
        article = opened.get(which)
    if article is None:
        err.print(f"{which!r} is neither a file nor an article's id", markup=False)
        raise typer.Exit(1)
    catalogue = Catalogue.load(*catalogue_folders(state(context).settings), shipped=False)
    source = catalogue.sources.get(article.source)
    return article.title, article.body, _day(article.published_at), source.name if source else ""


def _day(at: str | None) -> date | None:
    return date.fromisoformat(at[:10]) if at else None


def _add(table: Table, tag: "Tag", body: str, kind: str) -> None:
    name = f"{tag.label} [dim]{escape(tag.value)}[/]" if tag.label != tag.value else tag.label
    for nth, one in enumerate(tag.evidence):
        first = (kind, name, f"{tag.score:g}") if nth == 0 else ("", "", "")
        table.add_row(*first, _where(one, body), escape(one.text), escape(one.rule))


def _where(one: "Evidence", body: str) -> str:
    """``title:3``, or line and character in the body, counted from 1."""
    if one.field == "title":
        return f"title:{one.start + 1}"
    line = body.count("\n", 0, one.start)
    return f"{line + 1}:{one.start - (body.rfind(chr(10), 0, one.start) + 1) + 1}"
