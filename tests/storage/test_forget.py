"""Forgetting on both databases: every row goes, the vacuum runs, others' readers are waited for."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import forget
from storage.corpus import Corpus
from storage.database import Database
from storage.errors import Unavailable
from storage.forget import erase, purge, remains_of
from storage.models import Page, SearchEntry, Story, Tag, Tombstone
from storage.tombstones import find, forgotten, forgotten_ids
from tests.storage.samples import NOW, Sample, store

RARE = "龘靐齉爩"
TAGS = (("place", "suqian", "宿迁市"),)


def test_every_row_of_an_article_goes_and_those_of_others_stay(database: Database) -> None:
    with database.unit_of_work() as session:
        store(
            session, Sample(key="a.cn/1", tags=TAGS), Sample(key="a.cn/2", tags=TAGS, body="别的。")
        )
    with database.unit_of_work() as session:
        remains = remains_of(session, frozenset({"a.cn/1"}))
        assert not remains.empty
        assert remains.sources == ("suqian-gov",)
        erase(session, remains, "本人要求", NOW)
    purge(database)
    corpus = Corpus(database)
    assert corpus.get("a.cn/1") is None
    assert [article.url for article in corpus.search("防汛").items] == ["https://www.a.cn/2"]
    with database.reading() as session:
        for table in (Page, Story, Tag):
            assert session.scalar(select(func.count()).select_from(table)) == 1
        assert session.scalar(select(func.count()).select_from(SearchEntry)) == 1
        assert session.scalars(select(Tombstone.reason)).all() == ["本人要求"]


def test_a_page_that_never_was_an_article_can_be_forgotten(database: Database) -> None:
    with database.unit_of_work() as session:
        remains = remains_of(session, frozenset({"a.cn/nothing"}))
        assert remains.empty
        erase(session, remains, "不收", NOW)
    with database.reading() as session:
        assert forgotten(session, ["a.cn/nothing", "a.cn/1"]) == {"a.cn/nothing"}
        assert find(session, "a.cn/1") is None
        assert len(forgotten_ids(session)) == 1
    assert Corpus(database).changes() == ()


def files_with(database: Database, needle: str) -> set[str]:
    """The database's files in which a text stands."""
    folder = Path(database.engine.url.database or "").parent
    if database.engine.dialect.name == "postgresql":
        with database.autocommit() as connection:
            connection.exec_driver_sql("CHECKPOINT")
            where = "SELECT oid::text FROM pg_database WHERE datname = current_database()"
            number = connection.exec_driver_sql(where).scalar_one()
            data = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        folder = Path(data) / "base" / number
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.name for file in files if needle.encode() in file.read_bytes()}


@pytest.mark.parametrize("place", [0, 3])
def test_its_text_stands_in_no_file_of_the_database(database: Database, place: int) -> None:
    """Wherever its rows lie in their page: what others move over is gone by itself."""
    others = [Sample(key=f"a.cn/{n}", body=f"别的{n}。") for n in range(2, 5)]
    secret = Sample(key="a.cn/1", title=f"关于{RARE}的通知", body=f"{RARE}住在骆马湖。")
    with database.unit_of_work() as session:
        store(session, *others[:place], secret, *others[place:])
    with database.autocommit() as connection:
        connection.exec_driver_sql("ANALYZE")
    assert files_with(database, RARE) != set()
    with database.unit_of_work() as session:
        erase(session, remains_of(session, frozenset({"a.cn/1"})), "本人要求", NOW)
    purge(database)
    for text in (RARE, RARE[:2], RARE[2:], "www.a.cn/1"):
        assert files_with(database, text) == set()
    assert files_with(database, "www.a.cn/2") != set()


def test_somebody_who_reads_is_said_to_be_in_the_way(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "_LOCK_SECONDS", 0.01)
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"))
    with database.engine.connect() as reader:
        assert reader.execute(select(func.count()).select_from(Page)).scalar() == 1
        if database.engine.dialect.name == "sqlite":
            with database.autocommit() as other:
                other.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(Unavailable, match="run the same command again"):
            purge(database)
    purge(database)
