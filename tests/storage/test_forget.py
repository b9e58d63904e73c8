"""Forgetting on both databases: every row goes, the vacuum runs, others' readers are waited for."""

import pytest
from sqlalchemy import func, select, text

from storage.corpus import Corpus
from storage.database import Database
from storage.errors import Unavailable
from storage.forget import erase, purge, remains_of
from storage.models import Page, Story, Tag, Tombstone
from storage.tombstones import find, forgotten, forgotten_ids
from tests.storage.samples import NOW, Sample, store

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
        assert session.scalar(text("SELECT count(*) FROM search")) == 1
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


def test_a_reader_that_holds_the_log_is_said_to_be_in_the_way(
    database: Database, backend: str
) -> None:
    if backend == "postgresql":
        pytest.skip("only SQLite's log is emptied")
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/1"))
    with database.engine.connect() as reader:
        reader.exec_driver_sql("PRAGMA busy_timeout = 1")
        assert reader.execute(select(func.count()).select_from(Page)).scalar() == 1
        with database.autocommit() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(Unavailable, match="run the same command again"):
            purge(database)
    purge(database)
