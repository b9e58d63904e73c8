"""Taking an article out of Prefect's database: reports of runs name its title and its address."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

_BUSY_SECONDS = 60.0
_SHORT = 5
"""A title of fewer characters tells of nobody, and stands in many reports."""
_WORDED = ("VARCHAR", "TEXT", "JSON")


def redact_reports(prefect_home: Path, texts: Iterable[str]) -> int:
    """Put an ellipsis in the place of these texts wherever Prefect's SQLite database has them; return
    how many values were changed. What is freed is overwritten. Another database is its operator's."""
    file = prefect_home / "prefect.db"
    if not file.exists():
        return 0
    needles = sorted({form for text in texts for form in _forms(text)}, key=len, reverse=True)
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as database:
        database.execute("PRAGMA secure_delete = ON")
        with database:
            columns = list(_columns(database))
            changed = sum(_replace(database, *where, needles) for where in columns)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return changed


def _forms(text: str) -> Iterator[str]:
    """A text as reports have it: as it is, without what would end a link's text, as JSON escapes it."""
    if len(text) < _SHORT:
        return
    for form in (text, text.replace("[", "(").replace("]", ")")):
        yield from (form, json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1])


def _columns(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Every column that may hold words."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        for _, name, kind, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
            if kind.upper().startswith(_WORDED):
                yield table, name


def _replace(database: sqlite3.Connection, table: str, column: str, needles: Iterable[str]) -> int:
    statement = (
        f'UPDATE "{table}" SET "{column}" = replace("{column}", :text, :other) '  # noqa: S608
        f'WHERE instr("{column}", :text)'
    )
    values = ({"text": needle, "other": "…"} for needle in needles)
    return sum(database.execute(statement, value).rowcount for value in values)
