"""Asking the corpus: search, show, why, status, export, config."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from crawler.attachments.reader import HINT
from crawler.urls import canonical_key
from flows.commands import filters as only
from flows.commands.console import Json, corpus, err, out, print_json, state
from storage.corpus import Article, Citations, Explanation, Status

_SNIPPET = 90
At = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="As the corpus stood then: 2026-07-01T08:00+08:00."),
]


def moment(written: str) -> datetime:
    """A time that somebody wrote, with its zone."""
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter(
            f"{written!r} is no time; write it as 2026-07-01T08:00+08:00"
        ) from error


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
    as_json: Json = False,
) -> None:
    """Find the articles that hold a text."""
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen(context, (since, until, open_on), *named)
    with corpus(context) as opened:
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


def show(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="An article's id or address.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Show one article, whole, and where each field came from."""
    with corpus(context) as opened:
        asked = opened.at(moment(at)) if at else opened
        article = asked.get(key_of(which)) or asked.get(which)
        cited = opened.citations(article.id) if article else None
    if article is None or cited is None:
        err.print(
            f"no article {which!r}; `suqian why` tells what is known of an address", markup=False
        )
        raise typer.Exit(1)
    if as_json:
        print_json(article.as_dict() | {"citations": cited.as_dict()})
        return
    _print_article(article)
    _print_tags(article)
    _print_citations(cited)
    _print_body(article)


def key_of(which: str) -> str:
    """An address as the corpus knows it; anything else as it is."""
    try:
        return canonical_key(which)
    except ValueError:
        return which


def _print_article(article: Article) -> None:
    out.print(f"[bold]{escape(article.title)}[/]", highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    hidden = {"title", "body", "body_html", "provenance", "tags"}
    for name, value in article.as_dict().items():
        if name in hidden or value in (None, (), "", [], False):
            continue
        shown = "、".join(map(_plain, value)) if isinstance(value, (tuple, list)) else str(value)
        table.add_row(name, escape(shown), f"[dim]{escape(_from(article, name))}[/]")
    out.print(table)


def _print_tags(article: Article) -> None:
    """Every tag with the words that show it."""
    if not article.tags:
        return
    table = Table("kind", "tag", "score", "words")
    for tag in article.tags:
        roles = "；".join(_role(role) for role in tag.roles)
        words = " | ".join(f"{one['field']}:{one['start']} {one['text']}" for one in tag.evidence)
        name = f"{tag.label} ({roles})" if roles else tag.label
        table.add_row(tag.kind, escape(name), f"{tag.score:g}", escape(words))
    out.print(table)


def _role(role: dict[str, str | None]) -> str:
    return " ".join(filter(None, (role["body"] or role["organisation"], role["title"])))


def _print_citations(cited: Citations) -> None:
    for how, ends in (("cites", cited.cites), ("cited by", cited.cited_by)):
        for one in ends:
            what = f"{one.article_id} {one.title}" if one.article_id else "not in the corpus"
            out.print(f"[dim]{how}[/] {one.number}  {escape(what)}", highlight=False)


def _print_body(article: Article) -> None:
    if article.needs_ocr:
        err.print(f"its text is in pictures, wholly or in part; {HINT}", markup=False)
    out.print()
    out.print(escape(article.body), highlight=False)
    for file in article.attachments:
        if file["text"]:
            out.print(f"\n[bold]{escape(file['name'])}[/]", highlight=False)
            out.print(escape(file["text"]), highlight=False)


def _plain(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "kind" in value:
        shared = "/".join(f"{share:.0%}" for share in value["shared"])
        return f"{value['kind']} {value['id']} ({shared}) {value['title']}"
    return f"{value['name']} {value['url']} ({value['text_status']})"


def _from(article: Article, name: str) -> str:
    """Where a field came from; tags are shown with their own words."""
    return article.provenance.get(name.removesuffix("_at"), "")


def why(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="An address.")],
    as_json: Json = False,
) -> None:
    """Tell why an address is in the corpus, or is not."""
    with corpus(context) as opened:
        found = opened.why(key_of(url)) or opened.why(url)
    if found is None:
        err.print(
            f"{url} was never discovered: no list page that was crawled names it", markup=False
        )
        raise typer.Exit(1)
    if as_json:
        print_json(_as_json(found))
        return
    _print_explanation(found)


def _as_json(found: Explanation | Status) -> object:
    from dataclasses import asdict

    return asdict(found)


def _print_explanation(found: Explanation) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    reason = f":{found.reason}" if found.reason else ""
    table.add_row("outcome", f"{found.outcome}{reason} ({found.outcome_at})")
    table.add_row("discovered", f"{found.discovered_at} on {found.discovered_on or 'no list'}")
    table.add_row("source", f"{found.source}/{found.column or ''}")
    table.add_row("key", found.key)
    table.add_row("article", found.article or "none")
    table.add_row("next try", found.next_try_at or "none")
    for visit in found.visits:
        because = f":{visit['reason']}" if visit["reason"] else ""
        table.add_row("visit", f"{visit['at']}  {visit['outcome']}{because}  {visit['warc'] or ''}")
    out.print(table)


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show how things stand."""
    with corpus(context) as opened:
        found = opened.status()
    if as_json:
        print_json(_as_json(found))
        return
    out.print(
        f"{found.articles:,} articles in {found.stories:,} stories, {found.revisions:,} earlier versions"
    )
    pages = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(found.pages.items()))
    out.print(f"pages: {pages or 'none'}")
    sources = Table("source", "articles", "newest", "last new", "parked")
    for one in found.sources:
        day = (one.latest or "")[:10]
        sources.add_row(
            one.source, f"{one.articles:,}", day, one.last_new or "", str(one.parked or "")
        )
    out.print(sources)
    runs = Table("run", "kind", "state", "started", "outcomes")
    for run in found.runs:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(run["outcomes"].items()))
        runs.add_row(run["id"][:8], run["kind"], run["state"], run["started_at"], counts)
    out.print(runs)


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
    as_json: Json = False,
) -> None:
    """Write every article, reprints included, as JSON Lines."""
    from storage.export import export_jsonl

    if path.suffix != ".jsonl":
        raise typer.BadParameter(f"{path.name}: the name must end in .jsonl")
    named = (source, topic, place, main_place, org, person, doc, kind)
    filters = only.chosen(context, (since, until, open_on), *named)
    with corpus(context) as opened, Progress(console=err, transient=True) as progress:
        task = progress.add_task("export", total=opened.count(filters))
        count = export_jsonl(opened, path, filters, lambda: progress.advance(task))
    if as_json:
        print_json({"articles": count, "file": str(path)})
    else:
        err.print(f"{count:,} articles in {path}", markup=False)


def config(context: typer.Context, as_json: Json = False) -> None:
    """Show every setting, its value and where it came from."""
    found = state(context).settings.describe(state(context).given)
    if as_json:
        print_json({one.variable: {"value": one.value, "origin": one.origin} for one in found})
        return
    table = Table("setting", "value", "from", "means")
    for one in found:
        table.add_row(one.variable, escape(one.value or "–"), one.origin, one.meaning)
    out.print(table)
