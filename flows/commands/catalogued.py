"""The catalogue as tables."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from flows.commands.tables import table

if TYPE_CHECKING:
    from crawler.catalogue import Column, Source
    from flows.turns import Politeness


def sources_table(sources: Iterable["Source"], asked: "Mapping[str, Politeness]") -> Table:
    """A line a publisher: what kinds of list it has, which columns, how many were verified, what it was
    asked today."""
    names = ("id", "name", "kind", "columns", "verified", "host", "today", "")
    made = table(*names, whole={"id"}, numbers={"verified", "today"})
    for source in sources:
        columns = source.columns.values()
        kinds = sorted({column.kind for column in columns})
        verified = sum(column.verified is not None for column in columns)
        made.add_row(
            source.id,
            source.name,
            " ".join(kinds),
            " ".join(source.columns),
            f"{verified} of {len(columns)}",
            source.hosts[0],
            f"{asked[source.id].requests:,}" if asked[source.id].requests else "",
            "" if source.enabled else "off",
        )
    return made


def columns_table(
    source: "Source", every: Mapping[tuple[str, str], float], asked: "Politeness"
) -> Table:
    """A line a column of one publisher; `every` are the hours after which each is asked again."""
    names = ("column", "name", "kind", "list", "verified", "asked every", "note")
    made = table(*names, whole={"column"}, title=escape(source.name), caption=escape(str(asked)))
    for name, column in source.columns.items():
        made.add_row(
            name,
            escape(column.name),
            column.kind,
            escape(column.start),
            _standing(column),
            f"{every[source.id, name]:g} h" if (source.id, name) in every else "",
            escape(column.note or ""),
        )
    return made


def _standing(column: "Column") -> str:
    """What is known of a column's address."""
    if column.verified is not None:
        return str(column.verified)
    if column.basis == "pattern":
        return "no: inferred"
    return f"no: claimed {column.claimed}" if column.claimed else "no"
