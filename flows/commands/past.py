"""What became of an article over time: its versions and what changed between them."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.commands.ask import key_of
from flows.commands.console import Json, corpus, err, out, print_json
from storage.diff import Line, Mark, excerpt
from storage.history import Difference, History

_SHOWN = {
    Mark.SAME: ("{}", ""),
    Mark.REMOVED: ("[-{}-]", "red"),
    Mark.ADDED: ("{{+{}+}}", "green"),
}
"""Signs for who sees no colours, and colours for who does."""


def history(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|URL", help="An article's id or address.")],
    as_json: Json = False,
) -> None:
    """Show the versions of an article, what changed between them, and when it was not there."""
    with corpus(context) as opened:
        found = opened.history(key_of(which)) or opened.history(which)
    if found is None:
        err.print(
            f"no article {which!r}; `suqian why` tells what is known of an address", markup=False
        )
        raise typer.Exit(1)
    if as_json:
        print_json(found.as_dict())
        return
    _print(found)


def _print(found: History) -> None:
    out.print(Text(found.title, "bold"))
    out.print(Text(f"{found.id}  {found.url}", "dim"))
    events = Table("when", "what", "version", "how it showed", "archived as")
    archived = {version.number: version.warc for version in found.versions}
    for event in found.events:
        number = str(event.version or "")
        how = event.reason or ""
        if event.confirmed_at:
            how += f", confirmed {event.confirmed_at}"
        events.add_row(event.at, event.kind, number, how, archived.get(event.version or 0, ""))
    out.print(events)
    for one in found.differences:
        _print_difference(one)


def _print_difference(one: Difference) -> None:
    out.print(Text(f"\nversion {one.older} → {one.newer}", "bold"))
    for name, line in one.fields.items():
        out.print(Text(f"{name}: ", "dim") + _text(line))
    for shown in excerpt(one.body):
        out.print(Text("  …", "dim") if shown is None else Text("  ") + _text(shown))


def _text(line: Line) -> Text:
    text = Text()
    for part in line.parts:
        form, style = _SHOWN[part.mark]
        text.append(form.format(part.text), style)
    return text
