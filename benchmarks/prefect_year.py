"""How large Prefect's database grows in a year of scheduled runs, with the housekeeping that comes with it.

    uv run python -m benchmarks.prefect_year [--days 365] [--keep 30]

The service crawls the replica for real, each kind of deployment once; what such a run leaves in Prefect's
database (states, logs, events, reports) is then written again for every run that the schedules of
`prefect.yaml` ask for, day by day under an injected clock, with new ids and shifted times. Each report is
lengthened to what a run with much to tell leaves. Every day ends with the server's own cleaning and
the flow `housekeeping`, as in use.
"""

import argparse
import asyncio
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from benchmarks.prefect_runs import template
from flows import prefect_home
from flows.deployments import read_deployments
from flows.prefect_home import make_room
from storage.settings import Settings

STANDS_FOR = {
    "ingest-papers": "ingest-news",
    "recheck-older": "recheck-recent",
    "late-sweep": "ingest-government",
    "housekeeping": "health",
    "digest": "health",
}
_LONG = (
    "\\n- demo_kjj: [关于印发《宿迁市科技型中小企业入库工作方案》的通知](http://127.0.0.1:8080/articles/0)"
    * 100
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
_OF_RUN = {
    "flow_run": "id = :run",
    "flow_run_state": "flow_run_id = :run",
    "log": "flow_run_id = :run",
    "artifact": "flow_run_id = :run",
    "events": "instr(resource, :run) OR instr(related, :run)",
    "event_resources": "event_id IN (SELECT id FROM events WHERE "
    "instr(resource, :run) OR instr(related, :run))",
}


@dataclass(frozen=True)
class Left:
    """What a run has left in one table."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def statement(self) -> str:
        """The insert of a row like these."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        places = ", ".join("?" for _ in self.columns)
        return f"INSERT INTO {self.table} ({names}) VALUES ({places})"


def left_by(database: sqlite3.Connection, run: str) -> list[Left]:
    """Every row that belongs to a run."""
    found = []
    for table, where in _OF_RUN.items():
        cursor = database.execute(f"SELECT * FROM {table} WHERE {where}", {"run": run})
        columns = tuple(name for name, *_ in cursor.description)
        rows = [_lengthened(dict(zip(columns, row, strict=True)), table) for row in cursor]
        found.append(Left(table, columns, [tuple(row.values()) for row in rows]))
    return found


def _lengthened(row: dict[str, Any], table: str) -> dict[str, Any]:
    if table == "artifact" and row["type"] in {"markdown", "table"}:
        row["data"] = f"{row['data'][:-1]}{_LONG}{row['data'][-1]}"
    if table == "flow_run":
        row["idempotency_key"] = None
    return row


def again(left: list[Left], at: datetime) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Inserts for another run like this one, which ends at a time."""
    ids = {str(row[one.columns.index("id")]): str(uuid4()) for one in left for row in one.rows}
    known = re.compile("|".join(ids))
    (run,) = next(one for one in left if one.table == "flow_run").rows
    ended = _parsed(run[left[0].columns.index("end_time")])
    delta = at - ended

    def renewed(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if _TIME.fullmatch(value):
            then = _parsed(value)
            # A length of time is kept as a time of 1970.
            return value if then.year == 1970 else _written(then + delta)
        return known.sub(lambda found: ids[found[0]], value)

    for one in left:
        yield one.statement, [tuple(map(renewed, row)) for row in one.rows]


def _parsed(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def runs_a_week() -> Counter[str]:
    """How often each schedule of `prefect.yaml` begins a run in a week, by name of deployment."""
    from prefect.server.schemas.schedules import CronSchedule

    begin = datetime(2026, 3, 2, tzinfo=UTC)
    found: Counter[str] = Counter()
    for one in read_deployments():
        for schedule in one.schedules:
            cron = CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
            dates = cron.get_dates(10_000, start=begin, end=begin + timedelta(days=7))
            found[STANDS_FOR.get(one.name, one.name)] += len(asyncio.run(dates))
    return found


class Year:
    """Prefect's database as it fills and is cleaned."""

    def __init__(self, settings: Settings, runs: dict[str, str]) -> None:
        self.settings = settings
        self.file = settings.prefect_home / "prefect.db"
        with closing(sqlite3.connect(self.file)) as database:
            self.left = {name: left_by(database, run) for name, run in runs.items()}
        self.week, self.runs = runs_a_week(), 0

    def day(self, begin: datetime) -> None:
        """The runs of a day."""
        with closing(sqlite3.connect(self.file, timeout=60)) as database, database:
            for name, left in self.left.items():
                count = round(self.week[name] / 7)
                self.runs += count
                for n in range(count):
                    at = begin + timedelta(days=1) * n / max(count, 1)
                    for statement, rows in again(left, at):
                        database.executemany(statement, rows)

    def clean(self, now: datetime) -> None:
        """What the server does every hour and every day, as of a time."""
        from prefect.server.services import db_vacuum

        with patch.object(db_vacuum, "now", return_value=now):
            asyncio.run(_vacuumed(db_vacuum))


async def _vacuumed(db_vacuum: Any) -> None:
    from prefect.server.database import provide_database_interface

    database = provide_database_interface()
    for clean in (
        db_vacuum.vacuum_old_flow_runs,
        db_vacuum.vacuum_events_with_retention_overrides,
        db_vacuum.vacuum_old_events,
        db_vacuum.vacuum_orphaned_logs,
        db_vacuum.vacuum_orphaned_artifacts,
        db_vacuum.vacuum_stale_artifact_collections,
    ):
        await clean(db=database)
    engine = await database.engine()
    await engine.dispose()


def live(year: Year, days: int, said: Callable[[str], None]) -> int:
    """Let the days go by; return the most bytes that the database had."""
    start = datetime.now(UTC) - timedelta(days=days)
    most = 0
    for n in range(1, days + 1):
        year.day(start + timedelta(days=n - 1))
        year.clean(start + timedelta(days=n))
        room = make_room(year.settings)
        most = max(most, room.before)
        if n % max(1, days // 12) == 0:
            before, after = (f"{size / 1e6:.0f} MB" for size in (room.before, room.after))
            said(f"| {n} | {year.runs:,} | {before} | {after} |")
    return most


def main() -> None:
    """Fill, clean, print as it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--keep", type=int, default=30, help="SUQIAN_KEEP_DAYS")
    options = parser.parse_args()
    began, own = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        home = Settings.for_home(Path(folder) / "home")
        settings = home.model_copy(update={"keep_days": options.keep})
        runs = template(Path(folder), settings)
        prefect_home.prepare(settings)
        year = Year(settings, runs)
        print(
            "| days | runs | before housekeeping | after |\n| --- | --- | --- | --- |", flush=True
        )
        most = live(year, options.days, lambda line: print(line, flush=True))
    took = f"{time.monotonic() - began:.0f} s, {time.process_time() - own:.0f} s of CPU"
    print(f"\nat the most {most / 1e6:.0f} MB; {took}", flush=True)


if __name__ == "__main__":
    main()
