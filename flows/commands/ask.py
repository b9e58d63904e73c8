"""Asking the corpus: show, why, status, config."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.commands.completion import name_of
from flows.commands.console import Json, Unmasked, corpus, err, out, paged, print_json, state
from flows.commands.tables import facts, listed, table
from storage.records import to_the_minute

if TYPE_CHECKING:
    from storage.corpus import Article, Citations, Explanation, Status
    from storage.records import Role

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


def show(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="An article's id or address.")],
    at: At = None,
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Show one article, whole, and where each field came from."""
    with corpus(context, unmasked=unmasked) as opened:
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
    with paged():
        _print_article(article)
        _print_tags(article)
        _print_citations(cited)
        _print_body(article)


def key_of(which: str) -> str:
    """An address as the corpus knows it; anything else as it is."""
    from crawler.urls import canonical_key

    try:
        return canonical_key(which)
    except ValueError:
        return which


def _print_article(article: "Article") -> None:
    out.print(f"[bold]{escape(article.title)}[/]", highlight=False)
    told = facts()
    hidden = {"title", "body", "body_raw", "body_html", "provenance", "tags"}
    for name, value in article.as_dict().items():
        if name in hidden or value in (None, (), "", [], False):
            continue
        shown = "、".join(map(_plain, value)) if isinstance(value, (tuple, list)) else str(value)
        told.add_row(name, escape(shown), f"[dim]{escape(_from(article, name))}[/]")
    out.print(told)


def _print_tags(article: "Article") -> None:
    """Every tag with the words that show it."""
    if not article.tags:
        return
    shown = table("kind", "tag", "score", "words", whole={"kind", "score"})
    for tag in article.tags:
        roles = "；".join(_role(role) for role in tag.roles)
        words = " | ".join(f"{one.field}:{one.start} {one.text}" for one in tag.evidence)
        name = f"{tag.label} ({roles})" if roles else tag.label
        shown.add_row(tag.kind, escape(name), f"{tag.score:g}", escape(words))
    out.print(shown)


def _role(role: "Role") -> str:
    return " ".join(filter(None, (role.body or role.organisation, role.title)))


def _print_citations(cited: "Citations") -> None:
    for how, ends in (("cites", cited.cites), ("cited by", cited.cited_by)):
        for one in ends:
            what = f"{one.article_id} {one.title}" if one.article_id else "not in the corpus"
            out.print(f"[dim]{how}[/] {one.number}  {escape(what)}", highlight=False)


def _print_body(article: "Article") -> None:
    if article.needs_ocr:
        from crawler.attachments.reader import HINT

        err.print(f"its text is in pictures, wholly or in part; {HINT}", markup=False)
    if article.body_raw is not None:
        err.print("its text was repaired; --json has it as it came, too: body_raw", markup=False)
    out.print()
    out.print(escape(article.body), highlight=False)
    for file in article.attachments:
        if file.text:
            out.print(f"\n[bold]{escape(file.name)}[/]", highlight=False)
            out.print(escape(file.text), highlight=False)


def _plain(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "kind" in value:
        shared = "/".join(f"{share:.0%}" for share in value["shared"])
        return f"{value['kind']} {value['id']} ({shared}) {value['title']}"
    return f"{value['name']} {value['url']} ({value['text_status']})"


def _from(article: "Article", name: str) -> str:
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


def _as_json(found: "Explanation | Status") -> object:
    from dataclasses import asdict

    return asdict(found)


def _print_explanation(found: "Explanation") -> None:
    told = facts()
    reason = f":{found.reason}" if found.reason else ""
    told.add_row("outcome", f"{found.outcome}{reason} ({found.outcome_at})")
    if found.source:  # of what was forgotten only that is known
        on = found.discovered_on or "no list"
        told.add_row("discovered", f"{found.discovered_at} on {on}")
        told.add_row("source", f"{name_of(found.source)}/{found.column or ''}")
    told.add_row("key", found.key)
    told.add_row("article", found.article or "none")
    told.add_row("next try", found.next_try_at or "none")
    for one in found.lists:
        left = f", not there any more {one.left_at}" if one.left_at else ""
        walk = f" by run {one.run[:8]}" if one.run else ""
        told.add_row("list", f"{one.seen_at}  {one.source}/{one.column} {one.found_on}{walk}{left}")
    for visit in found.visits:
        because = f":{visit.reason}" if visit.reason else ""
        told.add_row(
            "visit",
            f"{visit.at}  {visit.outcome}{because}  by run {visit.run[:8]}  {visit.warc or ''}",
        )
    out.print(told)


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
    pages = listed((count, outcome) for outcome, count in sorted(found.pages.items()))
    out.print(f"pages: {pages or 'none'}")
    names = ("source", "name", "articles", "newest", "last new", "parked")
    sources = table(*names, whole={"source", "newest", "last new"}, numbers={"articles", "parked"})
    for one in found.sources:
        day = (one.latest or "")[:10]
        sources.add_row(
            one.source,
            name_of(one.source),
            f"{one.articles:,}",
            day,
            to_the_minute(one.last_new),
            str(one.parked or ""),
        )
    out.print(sources)
    runs = table("run", "kind", "state", "started", "outcomes", whole={"run", "state", "started"})
    for run in found.runs:
        counts = listed((n, outcome) for outcome, n in sorted(run.outcomes.items()))
        runs.add_row(run.id[:8], run.kind, run.state, to_the_minute(run.started_at), counts)
    out.print(runs)


def config(context: typer.Context, as_json: Json = False) -> None:
    """Show every setting, its value and where it came from."""
    found = state(context).settings.describe(state(context).given)
    if as_json:
        print_json({one.variable: {"value": one.value, "origin": one.origin} for one in found})
        return
    shown = table("setting", "value", "from", "means", whole={"from"})
    for one in found:
        shown.add_row(one.variable, escape(one.value or "–"), one.origin, one.meaning)
    out.print(shown)
