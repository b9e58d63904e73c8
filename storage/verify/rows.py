"""The database's own pages, and that every row leads to the rows that it names."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Column, ForeignKey, Table, delete, func, select, text
from sqlalchemy.orm import Session

from storage.models import Base
from storage.verify.findings import Finding, Kind

_FROM_BACKUP = "restore a backup: suqian restore DIR --force"
_PARTS = {
    *("tag", "attachment", "folded_text", "search_entry", "revision", "withdrawal", "watch"),
    *("visit", "tally", "run_source", "link", "backfill_month", "hold"),
}
"""Tables whose rows say something of another row only: without it they say nothing."""


def damaged_pages(session: Session) -> Iterator[Finding]:
    """What the database itself says of its files."""
    for said in _said(session):
        yield Finding(Kind.DATABASE, "database", said, _FROM_BACKUP)


def _said(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "postgresql":
        yield from session.scalars(
            text(
                "SELECT 'the index ' || indexrelid::regclass || ' is not valid' FROM pg_index "
                "WHERE NOT indisvalid UNION ALL SELECT 'the constraint ' || conname || ' of ' || "
                "conrelid::regclass || ' is not validated' FROM pg_constraint WHERE NOT convalidated"
            )
        )
        return
    yield from (str(row) for row in session.scalars(text("PRAGMA integrity_check")) if row != "ok")


def orphans(session: Session) -> Iterator[Finding]:
    """Rows that name a row which is not there."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            count = session.scalar(select(func.count()).select_from(table).where(_lost(key)))
            if count:
                yield Finding(
                    Kind.ROWS,
                    _name(table, key),
                    f"{count} rows of {table.name} name a {key.column} that is not there",
                    "" if table.name in _PARTS or _is_story(key) else _FROM_BACKUP,
                )


def remove_orphans(session: Session, findings: Sequence[Finding]) -> None:
    """Remove the rows that say something of nothing."""
    found = {finding.subject for finding in findings}
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if _name(table, key) in found and table.name in _PARTS:
                session.execute(delete(table).where(_lost(key)))


def _lost(key: ForeignKey) -> "Column[bool]":
    """The condition that a row's reference leads nowhere."""
    own, other = key.parent, key.column.table.alias()
    there = select(other.c[key.column.name]).where(other.c[key.column.name] == own).exists()
    lost: Column[bool] = own.is_not(None) & ~there  # type: ignore[assignment]
    return lost


def _name(table: Table, key: ForeignKey) -> str:
    return f"{table.name}.{key.parent.name}"


def _is_story(key: ForeignKey) -> bool:
    return key.column.table.name == "story"
