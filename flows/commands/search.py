"""`suqian search`."""

from typing import Annotated

import typer
from rich.markup import escape

from flows.commands import filters as only
from flows.commands.ask import At, moment
from flows.commands.console import Json, Unmasked, corpus, err, out, print_json
from storage.corpus import Article

_SNIPPET = 90


def search(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(help='Words, all of which must be there; "a phrase" in quotes.')
    ],
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
    at: At = None,
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Find the articles that hold a text."""
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen(context, (since, until, open_on), *named)
    with corpus(context, unmasked=unmasked) as opened:
        asked = opened.at(moment(at)) if at else opened
        found = asked.search(query, filters, limit=limit)
    if as_json:
        print_json(
            {
                "total": found.total,
                "items": [article.as_dict() for article in found.items],
                "in_attachments": found.in_attachments,
            }
        )
        return
    for article in found.items:
        _print_hit(article, query, found.in_attachments.get(article.id, ()))
    stories = "story" if found.total == 1 else "stories"
    shown = f", {len(found.items)} shown" if len(found.items) < found.total else ""
    err.print(f"{found.total:,} {stories}{shown}")


def _print_hit(article: Article, query: str, files: tuple[str, ...]) -> None:
    day = (article.published_at or "no date")[:10]
    where = article.origin or article.source
    out.print(f"[bold]{escape(article.title)}[/]", highlight=False)
    out.print(f"  [dim]{article.id}  {day}  {escape(where)}[/]", highlight=False)
    for file in article.attachments:
        if file["name"] in files:
            said = f"in {file['name']}: {_snippet(file['text'], query)}"
            out.print(f"  {escape(said)}", highlight=False)
    if not files:
        out.print(f"  {escape(_snippet(article.body, query))}", highlight=False)


def _snippet(body: str, query: str) -> str:
    """The part of a text around the first word of the query, where it stands there as typed."""
    flat = " ".join(body.split())
    word = query.strip('"“” ').split()[0] if query.strip('"“” ') else ""
    start = max(0, flat.find(word) - _SNIPPET // 3)
    return (
        ("…" if start else "")
        + flat[start : start + _SNIPPET]
        + ("…" if len(flat) > start + _SNIPPET else "")
    )
