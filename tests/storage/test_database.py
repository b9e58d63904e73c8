"""Opening: what is made, what is refused and with which words; transactions."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError

from storage.database import APPLICATION_ID, Database, State
from storage.errors import Refused, Unavailable
from storage.models import Counter, Run

THREADS = 4
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def a_run(name: str) -> Run:
    return Run(id=name, kind="ingest", parameters={}, state="running", started_at=NOW)


def count_runs(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Run)) or 0


def in_threads(work: Callable[[], None]) -> None:
    """Do the same at once in several threads; the first failure is raised."""
    barrier = threading.Barrier(THREADS)

    def start(_number: int) -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(start, range(THREADS)))


def foreign_file(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url text)")
    connection.close()
    return f"sqlite:///{path}"


# --- opening ------------------------------------------------------------------------------------


def test_an_empty_database_is_made_ready_once(empty_url: str) -> None:
    for _ in range(2):
        database = Database.open(empty_url, create=True)
        assert database.state() is State.CURRENT
        database.close()


def test_an_empty_database_is_not_made_without_being_told(empty_url: str) -> None:
    with pytest.raises(Refused, match=r"suqian (ingest|demo)"):
        Database.open(empty_url)


def test_asking_for_a_missing_file_creates_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no corpus at"):
        Database.open(f"sqlite:///{tmp_path / 'none' / 'suqian.db'}")
    assert list(tmp_path.iterdir()) == []


def test_several_may_make_the_same_database_at_once(empty_url: str) -> None:
    in_threads(lambda: Database.open(empty_url, create=True).close())
    assert Database.look(empty_url) is State.CURRENT


def test_our_files_are_in_wal_mode_from_the_first_write(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'suqian.db'}", create=True)
    with database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA application_id")) == APPLICATION_ID
    database.close()


def test_a_database_of_another_program_is_refused_and_left_byte_for_byte(tmp_path: Path) -> None:
    url = foreign_file(tmp_path / "bookmarks.db")
    before = (tmp_path / "bookmarks.db").read_bytes()
    for way in (lambda: Database.open(url, create=True), lambda: Database.bring_up(url)):
        with pytest.raises(Refused, match=r"another program.*SUQIAN_DATABASE_URL"):
            way()
    assert (tmp_path / "bookmarks.db").read_bytes() == before


def test_tables_of_another_program_are_refused(empty_url: str) -> None:
    database = Database._connect(empty_url, create=True)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    assert database.state() is State.FOREIGN
    database.close()


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert database.state() is State.NEWER
    for way in (Database.open, Database.bring_up):
        with pytest.raises(Refused, match="upgrade this program"):
            way(database.url)


def test_a_database_of_an_older_version_is_refused_with_the_command(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.migrations.HEAD", "9999")
    with pytest.raises(Refused, match="suqian db upgrade"):
        Database.open(database.url, create=True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>not found</html>" * 100, "file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 4000, "not a database|malformed"),
    ],
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "suqian.db"
    path.write_bytes(content)
    with pytest.raises(Refused, match=words):
        Database.open(f"sqlite:///{path}", create=True)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database address"),
        ("oracle9://x", "not a database address"),
        ("sqlite:///.", "is a folder"),
        ("mysql+pymysql://u:geheim@localhost/x", "not a database address"),
        ("mysql://u:geheim@localhost/x", "use sqlite:.* or postgresql"),
        ("postgresql+psycopg2://u:geheim@localhost/x", "driver .psycopg2. .* install"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        Database.open(url)
    assert "geheim" not in str(refused.value)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="SUQIAN_HOME"):
        Database.open(f"sqlite:///{tmp_path / 'file' / 'suqian.db'}", create=True)


@pytest.mark.parametrize("kind", ["postgresql+psycopg", "postgresql", "postgres"])
def test_a_server_that_does_not_answer_is_unavailable_and_no_password_is_told(kind: str) -> None:
    # Port 1 of loopback: nothing listens there.
    address = f"{kind}://suqian:geheim@127.0.0.1:1/suqian?connect_timeout=2"
    with pytest.raises(Unavailable, match="does not answer") as failure:
        Database.open(address)
    assert "geheim" not in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_empty(url: str) -> None:
    with pytest.raises(Refused, match="is empty"):
        Database.open(url)


def test_who_finds_no_connection_free_is_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database._MORE_CONNECTIONS", 0)
    monkeypatch.setattr("storage.database._POOL_SECONDS", 0)
    database = Database.open(f"sqlite:///{tmp_path / 'suqian.db'}", create=True)
    with ExitStack() as readers:
        for _ in range(5):
            readers.enter_context(database.reading()).execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="no connection left"), database.reading() as session:
            session.execute(text("SELECT 1"))
    with database.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_statement_that_fails_tells_no_values(database: Database) -> None:
    wrong = text("INSERT INTO nowhere VALUES (:number)")
    with pytest.raises(DatabaseError, match="nowhere") as failure, database.unit_of_work() as some:
        some.execute(wrong, {"number": "321302199001011234"})
    assert "321302199001011234" not in str(failure.value)


# --- transactions -------------------------------------------------------------------------------


def test_a_unit_of_work_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.unit_of_work() as session:
        session.add(a_run("kept"))
    with pytest.raises(DatabaseError), database.unit_of_work() as session:
        session.add_all([a_run("lost"), a_run("kept")])
    assert count_runs(database) == 1


def test_what_the_disk_has_outlives_a_power_cut(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'corpus.db'}", create=True)
    for name in ("written", "lost"):
        with database.unit_of_work() as session:
            session.add(a_run(name))
        if name == "written":
            database.to_disk()
    shutil.copy(tmp_path / "corpus.db", tmp_path / "after.db")  # without its log
    database.close()
    after = Database.open(f"sqlite:///{tmp_path / 'after.db'}")
    with after.reading() as session:
        assert session.scalars(select(Run.id)).all() == ["written"]
    after.close()


def test_nothing_done_while_reading_is_kept(database: Database) -> None:
    with database.reading() as session:
        session.add(a_run("lost"))
        session.flush()
    assert count_runs(database) == 0


def test_a_database_opened_for_reading_refuses_every_write(database: Database) -> None:
    reader = Database.open(database.url, readonly=True)
    with pytest.raises(Refused), reader.unit_of_work() as session:
        session.add(a_run("lost"))
    assert count_runs(reader) == 0
    reader.close()


def test_writers_that_read_first_wait_for_each_other(database: Database) -> None:
    def add() -> None:
        for _ in range(10):
            with database.unit_of_work() as session:
                counter = select(Counter.value).where(Counter.name == "change")
                value = session.scalars(counter.with_for_update()).one()
                change = update(Counter).where(Counter.name == "change")
                session.execute(change.values(value=value + 1))

    in_threads(add)
    with database.reading() as session:
        counter = select(Counter.value).where(Counter.name == "change")
        assert session.scalar(counter) == 10 * THREADS


def test_a_mistake_in_a_statement_is_a_bug_and_not_an_outage(database: Database) -> None:
    with pytest.raises(DatabaseError), database.reading() as session:
        session.execute(text("SELECT * FROM nowhere"))
