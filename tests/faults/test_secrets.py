"""Secrets stay where they are: no output, error or row that anybody reads has one in it."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.models import Page
from tests.flows.test_cli import Shell, suqian
from tests.storage.samples import NOW, RUN, Sample, store

__all__ = ["suqian"]

CANARY = "kanarienvogel"
DATABASE = f"postgresql+psycopg://suqian:{CANARY}1@127.0.0.1:9/none?sslpassword={CANARY}2"
ENVIRONMENT = {
    "SUQIAN_DATABASE_URL": DATABASE,
    "SUQIAN_ALERT_WEBHOOK": f"http://127.0.0.1:9/hook/{CANARY}3",
    "AWS_ACCESS_KEY_ID": f"{CANARY}4",
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}5",
    "PREFECT_SERVER_API_AUTH_STRING": f"admin:{CANARY}6",
}
COMMANDS = (
    ("config",),
    ("config", "--json"),
    ("doctor", "--json"),
    ("status",),
    ("search", "宿迁"),
    ("health",),
    ("verify",),
    ("ingest",),
    ("backup", "backup"),
    ("db", "current", "--json"),
    ("db", "check"),
    ("db", "copy", DATABASE, DATABASE),
    ("export", "out.jsonl"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_tells_a_secret_when_it_fails(
    suqian: Shell, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    _, out, err = suqian("--verbose", *command)
    assert out or err
    assert CANARY not in out + err
    files = (path for path in tmp_path.rglob("*") if path.is_file())
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


def test_an_error_of_the_database_tells_no_row(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="a", title=CANARY))
    row = {"key": "a", "url": CANARY, "source": CANARY, "discovered_at": NOW, "run_id": RUN}
    row |= {"outcome": "new", "outcome_at": NOW}
    with database.reading() as session, pytest.raises(IntegrityError) as caught:
        session.execute(insert(Page), [row])
    assert "DETAIL" not in str(caught.value)
    assert "=(a)" not in str(caught.value)
    assert CANARY not in str(caught.value)
    assert "DETAIL" not in str(caught.value.orig)


def test_every_package_of_the_lock_file_has_its_hashes() -> None:
    lock = tomllib.loads((Path(__file__).parents[2] / "uv.lock").read_text("utf-8"))
    for package in lock["package"]:
        if "registry" not in package["source"]:
            assert package["name"] == "suqian"
            continue
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]
