"""The catalogue as tables."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from crawler.catalogue import Column, Source
    from flows.turns import Politeness


def sources_table(sources: Iterable["Source"], asked: "Mapping[str, Politeness]") -> Table:
    """A line a publisher: what kinds of list it has, which columns, how many were verified, what it was
    asked today."""
    table = Table("id", "name", "group", "kind", "columns", "verified", "host", "today", "")
    for source in sources:
        columns = source.columns.values()
        kinds = sorted({column.kind for column in columns})
        named = ", ".join(f"{name} {column.name}" for name, column in source.columns.items())
        verified = sum(column.verified is not None for column in columns)
        table.add_row(
            source.id,
            source.name,
            source.group,
            ", ".join(kinds),
            escape(named),
            f"{verified} of {len(columns)}",
            source.hosts[0],
            f"{asked[source.id].requests:,}" if asked[source.id].requests else "",
            "" if source.enabled else "off",
        )
    return table


def columns_table(
    source: "Source", every: Mapping[tuple[str, str], float], asked: "Politeness"
) -> Table:
    """A line a column of one publisher; `every` are the hours after which each is asked again."""
    names = ("column", "name", "kind", "list", "verified", "asked every", "note")
    table = Table(*names, title=escape(source.name), caption=escape(str(asked)))
    for name, column in source.columns.items():
        table.add_row(
            name,
            escape(column.name),
            column.kind,
            escape(column.start),
            _standing(column),
            f"{every[source.id, name]:g} h" if (source.id, name) in every else "",
            escape(column.note or ""),
        )
    return table


def _standing(column: "Column") -> str:
    """What is known of a column's address."""
    if column.verified is not None:
        return str(column.verified)
    if column.basis == "pattern":
        return "no: inferred"
    return f"no: claimed {column.claimed}" if column.claimed else "no"
