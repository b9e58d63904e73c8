"""What became of an article over time: its versions and what changed between them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from flows.commands.ask import key_of
from flows.commands.console import Json, Unmasked, corpus, err, out, paged, print_json, state
from flows.commands.tables import table
from storage.records import to_the_minute

if TYPE_CHECKING:
    from storage.diff import Line
    from storage.forget import Remains
    from storage.history import Difference, History

_SHOWN = {"same": ("{}", ""), "removed": ("[-{}-]", "red"), "added": ("{{+{}+}}", "green")}
"""Signs for who sees no colours, and colours for who does."""


def history(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="An article's id or address.")],
    unmasked: Unmasked = False,
    as_json: Json = False,
) -> None:
    """Show the versions of an article, what changed between them, and when it was not there."""
    with corpus(context, unmasked=unmasked) as opened:
        found = opened.history(key_of(which)) or opened.history(which)
    if found is None:
        err.print(
            f"no article {which!r}; `suqian why` tells what is known of an address", markup=False
        )
        raise typer.Exit(1)
    if as_json:
        print_json(found.as_dict())
        return
    with paged():
        _print(found)


def forget(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="An article's id or address.")],
    reason: Annotated[str, typer.Option(help="Why: this alone is kept. Name nobody in it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: Json = False,
) -> None:
    """Remove an article everywhere and for good; no later crawl brings it back."""
    from flows.app import open_app
    from flows.commands.collect import progress_hooks
    from flows.forgetting import find_remains
    from flows.forgetting import forget as run

    if as_json and not yes:
        raise typer.BadParameter("--json asks nothing; give --yes as well")
    with open_app(state(context).settings, create=False) as app:
        remains = find_remains(app, which)
        if not yes:
            _print_remains(remains)
            typer.confirm("Remove this for good?", abort=True)
        with progress_hooks() as hooks:
            found = run(app, remains, reason, hooks)
    if as_json:
        print_json(asdict(found))
        return
    out.print(
        f"forgotten: {len(found.articles)} articles, {found.earlier_versions} earlier versions, "
        f"{found.visits} visits, {found.records} records of {len(found.segments)} segments"
    )


def _print_remains(remains: "Remains") -> None:
    for article in remains.articles:
        out.print(Text(article.title, "bold"))
        out.print(Text(f"  {article.id}  {article.url}", "dim"))
    for key in sorted(remains.keys - {article.key for article in remains.articles}):
        out.print(Text(f"  {key} (no article)", "dim"))
    out.print(
        f"with {remains.earlier_versions} earlier versions, {remains.visits} visits and every record "
        "of the archive; lists that name it stay as they are"
    )
    if remains.reprints:
        out.print(f"the same text stays elsewhere: {', '.join(remains.reprints)}")


def _print(found: "History") -> None:
    out.print(Text(found.title, "bold"))
    out.print(Text(f"{found.id}  {found.url}", "dim"))
    names = ("when", "what", "version", "how it showed", "archived as")
    events = table(*names, whole={"when", "what"})
    archived = {version.number: version.warc for version in found.versions}
    for event in found.events:
        number = str(event.version or "")
        how = event.reason or ""
        if event.confirmed_at:
            how += f", confirmed {event.confirmed_at}"
        events.add_row(
            to_the_minute(event.at), event.kind, number, how, archived.get(event.version or 0, "")
        )
    out.print(events)
    for one in found.differences:
        _print_difference(one)


def _print_difference(one: "Difference") -> None:
    from storage.diff import excerpt

    out.print(Text(f"\nversion {one.older} → {one.newer}", "bold"))
    for name, line in one.fields.items():
        out.print(Text(f"{name}: ", "dim") + marked(line))
    for shown in excerpt(one.body):
        out.print(Text("  …", "dim") if shown is None else Text("  ") + marked(shown))


def marked(line: "Line") -> Text:
    """A line with what went and what came, for a terminal."""
    text = Text()
    for part in line.parts:
        form, style = _SHOWN[part.mark]
        text.append(form.format(part.text), style)
    return text
