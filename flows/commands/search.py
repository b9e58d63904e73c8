"""`suqian search`."""

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from flows.commands import filters as only
from flows.commands.ask import At, moment
from flows.commands.completion import name_of
from flows.commands.console import Json, Unmasked, corpus, err, out, print_json
from storage.errors import BadQuestion

if TYPE_CHECKING:
    from storage.corpus import FacetValue, Hit, Piece, SearchResult


class Sort(StrEnum):
    """The orders of a search."""

    relevance = "relevance"
    date = "date"


def search(
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(
            help='Words, all of which must be there; "a phrase"; -without; OR; title: source: topic: '
            "place: org: person: doc: type: after: before:. Empty: everything, the newest first."
        ),
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
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at the most.")] = 20,
    sort: Annotated[Sort, typer.Option(help="The best first, or the newest.")] = Sort.relevance,
    after: Annotated[
        str | None, typer.Option(metavar="NEXT", help="Go on behind a page: what it named as next.")
    ] = None,
    facets: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,…",
            help="Count the hits by source, topic, place, organisation, person, type, year.",
        ),
    ] = None,
    exact: Annotated[bool, typer.Option(help="Count all, also beyond 10,000.")] = False,
    reprints: Annotated[bool, typer.Option(help="Show every article of a story.")] = False,
    at: At = None,
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Find the articles that hold a text."""
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen((since, until, open_on), *named)
    names = tuple(filter(None, (name.strip() for name in (facets or "").split(","))))
    if at and (sort is not Sort.relevance or after or names or exact):
        raise typer.BadParameter("--at goes with no --sort, --after, --facets or --exact")
    with corpus(context, unmasked=unmasked) as opened:
        try:
            if at:
                past = opened.at(moment(at))
                found = past.search(query, filters, limit=limit, reprints=reprints)
            else:
                found = opened.search(
                    query,
                    filters,
                    limit=limit,
                    after=after,
                    sort=sort.value,
                    reprints=reprints,
                    facets=names,
                    exact=exact,
                )
        except BadQuestion as error:
            _point(query, error)
            raise
    if as_json:
        print_json(_as_json(found))
        return
    _print(found)


def _point(query: str, error: BadQuestion) -> None:
    """Show where in the query a mistake is."""
    if error.position is not None and query.isprintable():
        err.print(f"  {query}", markup=False, highlight=False, soft_wrap=True)
        err.print(f"  {' ' * cell_len(query[: error.position])}^", markup=False)


def _as_json(found: "SearchResult") -> dict[str, Any]:
    return {
        "total": found.total,
        "exact": found.exact,
        "items": [hit.article.as_dict() for hit in found.hits],
        "hits": [_hit_as_json(hit) for hit in found.hits],
        "facets": {name: [asdict(one) for one in values] for name, values in found.facets.items()},
        "next": found.next,
    }


def _hit_as_json(hit: "Hit") -> dict[str, Any]:
    """What a hit says beside its article."""
    return {
        "id": hit.article.id,
        "title": [asdict(piece) for piece in hit.title],
        "snippet": [asdict(piece) for piece in hit.snippet],
        "files": hit.files,
        "reprints": hit.reprints,
        "score": hit.score,
    }


def _print(found: "SearchResult") -> None:
    for hit in found.hits:
        _print_hit(hit)
    for name, values in found.facets.items():
        _print_facet(name, values)
    stories = "story" if found.total == 1 else "stories"
    about = "" if found.exact else "about "
    shown = f", {len(found.hits)} shown" if len(found.hits) < found.total else ""
    err.print(f"{about}{found.total:,} {stories}{shown}")
    if found.next:
        err.print(f"more: --after {found.next}", markup=False, highlight=False)


def _print_hit(hit: "Hit") -> None:
    article = hit.article
    day = (article.published_at or "no date")[:10]
    more = f"  +{hit.reprints}" if hit.reprints else ""
    out.print(_marked(hit.title, "bold"), highlight=False)
    facts = f"  {article.id}  {day}  {article.origin or name_of(article.source)}{more}"
    out.print(Text(facts, "dim"), highlight=False)
    said = Text(f"in {'、'.join(hit.files)}: " if hit.files else "")
    out.print(Text("  ").append_text(said).append_text(_marked(hit.snippet)), highlight=False)


def _marked(pieces: "Iterable[Piece]", style: str = "") -> Text:
    shown = Text(style=style)
    for piece in pieces:
        shown.append(piece.text, "bold yellow" if piece.hit else "")
    return shown


def _print_facet(name: str, values: "Iterable[FacetValue]") -> None:
    table = Table(name, "", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for one in values:
        label = name_of(one.value) if name == "source" else one.label
        table.add_row(Text(label), f"{one.count:,}")
    out.print(table)
