"""Many rows at once: what SQLAlchemy makes of each value, with nothing of it in between."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select

from storage.bulk import insert_missing, insert_rows, update_rows
from storage.database import Database
from storage.models import Base, Run, Story, Tally

NOW = datetime(2026, 11, 24, 4, tzinfo=timezone(timedelta(hours=8)))
RUNS = [
    {
        "id": name,
        "kind": "ingest",
        "parameters": {"来源": [None, 1.5, name]},
        "state": "running",
        "started_at": NOW + timedelta(minutes=number),
    }
    for number, name in enumerate("ab")
]


def stored(database: Database, table: type[Base]) -> list[dict[str, Any]]:
    columns = table.__table__.columns
    with database.reading() as session:
        rows = session.execute(select(*columns).order_by(*table.__table__.primary_key))
        return [dict(row._mapping) for row in rows]


def test_times_and_json_are_written_as_the_tables_declare_them(database: Database) -> None:
    with database.unit_of_work() as session:
        insert_rows(session, Run, RUNS)
    rest = {"error": None, "finished_at": None}
    assert stored(database, Run) == [run | rest for run in RUNS]
    assert stored(database, Run)[0]["started_at"].tzinfo is UTC


def test_no_rows_are_no_statement(database: Database) -> None:
    with database.unit_of_work() as session:
        for write in (insert_rows, insert_missing, update_rows):
            write(session, Run, [])
    assert stored(database, Run) == []


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = RUNS[0] | {"started_at": NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="time zone"), database.unit_of_work() as session:
        insert_rows(session, Run, [naive])


def test_a_row_that_is_there_stays_as_it_is(database: Database) -> None:
    with database.unit_of_work() as session:
        insert_rows(session, Story, [{"id": "a", "canonical_id": "a"}])
        insert_missing(session, Story, [{"id": name, "canonical_id": "b"} for name in "ab"])
    canonical = [(row["id"], row["canonical_id"]) for row in stored(database, Story)]
    assert canonical == [("a", "a"), ("b", "b")]


def test_rows_are_changed_by_all_of_their_keys_each_in_the_columns_it_names(
    database: Database,
) -> None:
    tally = {"run_id": "a", "source": "x", "outcome": "new", "reason": "", "count": 1}
    key = {name: tally[name] for name in ("run_id", "source", "outcome", "reason")}
    with database.unit_of_work() as session:
        insert_rows(session, Run, RUNS)
        insert_rows(session, Tally, [tally, tally | {"run_id": "b"}])
        update_rows(session, Tally, [key | {"count": 2}])
        update_rows(session, Run, [{"id": "a", "state": "failed"}, {"id": "b", "kind": "import"}])
    assert [row["count"] for row in stored(database, Tally)] == [2, 1]
    runs = [(row["state"], row["kind"]) for row in stored(database, Run)]
    assert runs == [("failed", "ingest"), ("running", "import")]
