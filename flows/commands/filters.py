"""The options that say which articles are meant: the same for every command that asks for many."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.completion import sources, topics
from flows.commands.console import state

if TYPE_CHECKING:
    from storage.corpus import Corpus, Filters

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


def organisation_id(context: typer.Context, name: str | None) -> str | None:
    """The id of the organisation that has this name; the name itself where none has."""
    if name is None or name.isascii():
        return name
    from flows.app import catalogue_folders
    from flows.tagging.gazetteer import Gazetteer
    from flows.taxonomy import Taxonomy

    taxonomy = Taxonomy.load(*catalogue_folders(state(context).settings)[1:])
    found = Gazetteer(taxonomy).find(name).ours
    whole = (one.id for one in found if (one.start, one.end) == (0, len(name)))
    return next(whole, name)


def require_source(context: typer.Context, opened: "Corpus", source: str | None) -> None:
    """Raise StopRun for a publisher of whom neither the corpus nor the catalogue knows: a slip of the pen
    is not to be taken for a publisher who says nothing."""
    from storage.corpus import Filters

    if source is None or next(iter(opened.articles(Filters(source=source))), None):
        return
    from crawler.catalogue import Catalogue
    from flows.app import catalogue_folders

    Catalogue.load(*catalogue_folders(state(context).settings), shipped=False).source(source)


_NAMED = ("source", "topic", "place", "main_place", "organisation", "person", "document", "type")


def chosen(
    context: typer.Context, days: tuple[datetime | None, ...], *named: str | None
) -> "Filters":
    """The options together, as the corpus takes them.

    `days` are the first, the last and the open-on day; `named` the others in the order above.
    """
    from storage.corpus import Filters

    since, until, open_on = (day.date() if day else None for day in days)
    values = dict(zip(_NAMED, named, strict=True))
    values["organisation"] = organisation_id(context, values["organisation"])
    return Filters(since=since, until=until, open_on=open_on, **values)
