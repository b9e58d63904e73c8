"""`suqian doctor` in broken situations: each is named, with what to do, and ends with 1."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from flows.health.service import doctor
from storage.checks import Check, Level, database_checks
from storage.database import Database
from storage.heartbeats import CLOCK, RUNNER, beat
from storage.settings import Settings
from tests.flows.test_cli import Shell, suqian
from tests.storage.fresh import with_tables

__all__ = ["suqian"]


@pytest.fixture
def settings(suqian: Shell) -> Settings:
    found = with_tables(Settings.for_home(suqian.home))
    alive(found)
    return found


def alive(settings: Settings, name: str = RUNNER, ago: float = 0, **details: Any) -> None:
    database = Database.open(settings.database_url)
    with database.unit_of_work() as session:
        beat(session, name, datetime.now(UTC) - timedelta(minutes=ago), details)
    database.close()


def found(suqian: Shell, name: str) -> tuple[int, dict[str, str]]:
    code, out, _ = suqian("doctor", "--json")
    (check,) = [one for one in json.loads(out)["checks"] if one["name"] == name]
    return code, check


def test_a_system_that_is_well_says_so(suqian: Shell, settings: Settings) -> None:
    code, out, _ = suqian("doctor", "--json")
    levels = {one["name"]: one["level"] for one in json.loads(out)["checks"]}
    assert code == 0
    assert {levels[name] for name in ("database", "archive", "scheduler", "queue", "clock")} == {
        "ok"
    }


def scheduler_is_gone(settings: Settings) -> None:
    alive(settings, ago=60)


def queue_grows(settings: Settings) -> None:
    alive(settings, late=40)


def clock_is_wrong(settings: Settings) -> None:
    alive(settings, CLOCK, skew=7200.0, hosts=3)


def archive_is_no_folder(settings: Settings) -> None:
    Path(settings.archive).write_text("in the way", "utf-8")


def database_is_of_a_newer_version(settings: Settings) -> None:
    database = Database.open(settings.database_url)
    with database.unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()


def server_died(settings: Settings) -> None:
    settings.prefect_home.mkdir(parents=True)
    note = settings.prefect_home / "server.json"
    note.write_text('{"api": "http://127.0.0.1:9/api"}', "utf-8")


@pytest.mark.parametrize(
    ("breaks", "name", "said", "advice"),
    [
        (scheduler_is_gone, "scheduler", "was last heard of", "suqian up"),
        (queue_grows, "queue", "40 flow runs are late", "too few workers"),
        (clock_is_wrong, "clock", "7200 s ahead of 3 web servers' clocks", "chrony"),
        (archive_is_no_folder, "archive", "cannot be used", "SUQIAN_ARCHIVE"),
        (database_is_of_a_newer_version, "database", "newer version", "suqian db current"),
        (server_died, "prefect", "does not answer", "logs/server.log"),
    ],
)
def test_what_is_broken_is_named_with_what_to_do_about_it(
    suqian: Shell,
    settings: Settings,
    breaks: Callable[[Settings], None],
    name: str,
    said: str,
    advice: str,
) -> None:
    breaks(settings)
    code, check = found(suqian, name)
    assert (code, check["level"]) == (1, "fail")
    assert said in check["found"]
    assert advice in check["advice"]


def test_a_disk_that_fills_up_is_told_before_it_is_full(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, level in ((20 * 2**30, Level.OK), (3 * 2**30, Level.WARN), (2**29, Level.FAIL)):
        figures = type("usage", (), {"free": free, "total": 100 * 2**30})
        monkeypatch.setattr("shutil.disk_usage", lambda _, figures=figures: figures)
        (check,) = [one for one in doctor(settings) if one.name == "disk"]
        assert check.level is level


def test_holidays_that_are_not_known_yet_are_a_warning(settings: Settings) -> None:
    def calendar(at: datetime) -> Check:
        return next(one for one in doctor(settings, at) if one.name == "calendar")

    assert calendar(datetime(2024, 6, 1, tzinfo=UTC)).level is Level.OK
    late = calendar(datetime(2040, 1, 1, tzinfo=UTC))
    assert late.level is Level.WARN
    assert "chinese-calendar" in late.advice


def test_checks_read_the_same_on_both_databases(database: Database) -> None:
    with database.unit_of_work() as session:
        beat(session, RUNNER, datetime.now(UTC), {"late": 2, "server": True})
    with database.reading() as session:
        levels = {one.name: one.level for one in database_checks(session, datetime.now(UTC))}
    assert levels["database-clock"] is Level.OK
    assert levels["queue"] is Level.WARN
    assert levels["scheduler"] is Level.OK


def test_the_table_for_people_has_a_row_for_each_check(suqian: Shell, settings: Settings) -> None:
    code, out, _ = suqian("doctor")
    assert code == 0
    for name in ("database", "disk", "archive", "clock", "scheduler", "prefect", "calendar"):
        assert name in out
