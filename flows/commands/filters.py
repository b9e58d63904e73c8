"""The options that say which articles are meant: the same for every command that asks for many."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.completion import sources, topics

if TYPE_CHECKING:
    from storage.corpus import Filters

_DAY = ["%Y-%m-%d"]

Since = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day.")]
Until = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day.")]
Source = Annotated[str | None, typer.Option(help="Id of the publisher.", autocompletion=sources)]
Topic = Annotated[str | None, typer.Option(help="Id or name of a topic.", autocompletion=topics)]
Place = Annotated[str | None, typer.Option(help="Id or name of a place that is named.")]
MainPlace = Annotated[str | None, typer.Option(help="Id or name of the place where it plays.")]
Org = Annotated[str | None, typer.Option(help="Id or any name of an organisation: 市科技局.")]
Person = Annotated[str | None, typer.Option(help="Name of a person.")]
Doc = Annotated[str | None, typer.Option(help="Document number that is cited: 宿政发〔2024〕12号.")]
Type = Annotated[str | None, typer.Option("--type", help="Kind of paper: 通知, 公示, 新闻 …")]
OpenOn = Annotated[
    datetime | None, typer.Option(formats=_DAY, help="With a deadline on this day or later.")
]


_NAMED = ("source", "topic", "place", "main_place", "organisation", "person", "document", "type")


def chosen(days: tuple[datetime | None, ...], *named: str | None) -> "Filters":
    """The options together, as the corpus takes them.

    `days` are the first, the last and the open-on day; `named` the others in the order above.
    """
    from storage.corpus import Filters

    since, until, open_on = (day.date() if day else None for day in days)
    values = dict(zip(_NAMED, named, strict=True))
    return Filters(since=since, until=until, open_on=open_on, **values)
