"""Copies between databases: complete, verified, on from where they were killed, into nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from storage import Corpus
from storage.database import Database
from storage.errors import Refused, StorageError
from storage.models import Article, Attachment, Link, Wording
from storage.transfer import TABLES, copy
from storage.verify import CHECKS
from tests.storage.samples import Sample, store

SAMPLES = (
    Sample(
        key="a", tags=(("topic", "t/水", "水"),), fields={"keywords": ["水"], "needs_ocr": True}
    ),
    Sample(key="b", story="a"),
    Sample(key="c", title="泗洪县概况", published_at=None, attached="附件"),
    Sample(key="d", body="丁𠮷\n\u2028"),
)


@pytest.fixture
def source(database: Database) -> str:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
        session.add_all([Wording(pk=pk, digest=f"{pk}", version=1) for pk in (3, 9)])
        session.flush()
        session.add(Link(a_pk=3, b_pk=9, kind="excerpt", evidence={"shared": [0.1, 1 / 3]}))
        pk = session.scalar(select(Article.pk).where(Article.key == "c"))
        file = {"article_pk": pk, "position": 0, "url": "u", "name": "n", "text": "附件"}
        session.execute(insert(Attachment), [file])
    return database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place on either database."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres").create())
    return f"sqlite:///{tmp_path / 'other' / 'suqian.db'}"


def test_a_copy_answers_every_question_alike(source: str, target: str) -> None:
    copied = {one.table: one.rows for one in copy(source, target)}
    assert set(copied) == {table.name for table in TABLES}
    assert (copied["article"], copied["tag"], copied["link"]) == (4, 1, 1)
    with Corpus.open(source) as old, Corpus.open(target) as new:
        assert [one.as_dict() for one in new.articles()] == [
            one.as_dict() for one in old.articles()
        ]
        assert new.changes() == old.changes()
        for query in ("防汛", "附件", "丁", "泗洪县概况", "没有"):
            assert new.search(query, reprints=True) == old.search(query, reprints=True)


def test_a_copy_is_whole_and_goes_on_counting(source: str, target: str) -> None:
    copy(source, target)
    database = Database.open(target)
    assert wrong(database) == {}
    with database.unit_of_work() as session:
        store(session, Sample(key="e"))
        session.add(Wording(digest="new", version=1))
        session.flush()
        assert session.scalar(select(Article.pk).where(Article.key == "e")) == 5
        assert session.scalar(select(Wording.pk).where(Wording.digest == "new")) == 10
    assert [one.seq for one in Corpus(database).changes()] == [1, 2, 3, 4, 5]
    database.close()


def test_a_copy_has_the_indexes_of_a_new_database(source: str, target: str) -> None:
    Database.open(target, create=True).close()
    new = _indexes(target)
    copy(source, target)
    assert new == _indexes(target)


def _indexes(url: str) -> set[str]:
    database = Database.for_copy(url)
    lists = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with database.reading() as session:
        found = set(session.scalars(text(lists[database.engine.dialect.name])))
    database.close()
    assert any("search_entry" in one for one in found)
    return found


def test_a_copy_of_a_copy_has_the_same_digests(source: str, target: str, tmp_path: Path) -> None:
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert copy(source, target) == copy(target, back)


class Killed(Exception):
    """Stands for a kill between two transactions."""


@pytest.mark.parametrize("table", ["run", "article", "counter", "compare tag", "search index"])
def test_a_copy_that_was_killed_is_refused_and_then_finished(
    source: str, target: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.transfer._BATCH", 2)

    def die(what: str, done: int, total: int) -> None:
        if what == table and (done or what not in {"article", "counter"}):
            raise Killed

    with pytest.raises(Killed):
        copy(source, target, die)
    with pytest.raises(Refused, match="finish it: suqian db copy"):
        Database.open(target)
    assert len(copy(source, target)) == len(TABLES)
    with Corpus.open(source) as old, Corpus.open(target) as new:
        assert list(new.articles()) == list(old.articles())
        assert new.search("防汛").total == old.search("防汛").total


def test_a_process_that_is_killed_is_gone_on_with(source: str, target: str) -> None:
    program = f"""
import os, signal
from storage import transfer
transfer._BATCH = 1
def die(what, done, total):
    if what == "article" and done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
transfer.copy({source!r}, {target!r}, die)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    heard: list[tuple[str, int, int]] = []
    copy(source, target, lambda *now: heard.append(now))
    assert ("article", 2, 4) in heard
    assert ("article", 1, 4) not in heard


def test_a_source_that_changes_meanwhile_is_told_and_copied_again(source: str, target: str) -> None:
    writer = Database.open(source)

    def interfere(what: str, done: int, total: int) -> None:
        """Between two tries: what has been copied is edited."""
        if what == "compare article" and not done:
            raise Killed

    with pytest.raises(Killed):
        copy(source, target, interfere)
    with writer.unit_of_work() as session:
        session.execute(text("UPDATE article SET title = '改' WHERE key = 'a'"))
    writer.close()
    with pytest.raises(StorageError, match="has changed while it was copied"):
        copy(source, target)
    copy(source, target)
    with Corpus.open(target) as new:
        article = new.get("a")
        assert article is not None
        assert article.title == "改"


def test_a_target_that_holds_something_is_left_alone(source: str, database: Database) -> None:
    with pytest.raises(Refused, match="is not empty: it holds"):
        copy(source, source)
    assert Corpus(database).count() == 4


def test_an_unfinished_copy_of_another_database_is_left_alone(
    source: str, target: str, tmp_path: Path
) -> None:
    other = f"sqlite:///{tmp_path / 'second.db'}"
    copy(source, other)

    def die(what: str, done: int, total: int) -> None:
        if what == "article":
            raise Killed

    with pytest.raises(Killed):
        copy(source, target, die)
    with pytest.raises(Refused, match="unfinished copy of another database"):
        copy(other, target)


# --- check --------------------------------------------------------------------------------------


IN_SAMPLES = CHECKS.keys() - {"watches", "wordings"}
"""The samples are neither watched nor compared."""


def wrong(database: Database) -> dict[str, list[str]]:
    """What each check finds."""
    with database.standing() as session:
        found = {name: [one.said for one in CHECKS[name](session)] for name in IN_SAMPLES}
    return {name: said for name, said in found.items() if said}


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("DELETE FROM folded_text WHERE article_pk = 1", "folded texts"),
        ("UPDATE folded_text SET body = 'x' WHERE article_pk = 1", "folded texts"),
        ("DELETE FROM change WHERE seq = 2", "change feed"),
        ("UPDATE counter SET value = 9 WHERE name = 'change'", "change feed"),
        ("UPDATE counter SET value = 1 WHERE name = 'change'", "feed counter"),
        ("UPDATE story SET canonical_id = 'x'", "stories"),
    ],
)
def test_a_check_finds_what_is_wrong(
    source: str, database: Database, damage: str, name: str
) -> None:
    assert wrong(database) == {}
    with database.unit_of_work() as session:
        session.execute(text(damage))
    assert name in wrong(database)


def test_a_row_that_refers_to_nothing_is_found(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'suqian.db'}", create=True)
    with database.unit_of_work() as session:
        store(session, *SAMPLES[:2])
    with database.autocommit() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("DELETE FROM page WHERE id = 1")
    assert wrong(database) == {"references": ["1 rows of article name a page.id that is not there"]}
    database.close()
