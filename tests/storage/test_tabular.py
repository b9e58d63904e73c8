"""Answers as tables of Arrow, polars and pandas."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pytest

from storage import Corpus, Filters
from storage.database import Database
from storage.errors import Refused
from tests.storage.samples import Sample, store

CITY = ZoneInfo("Asia/Shanghai")
WATER = ("topic", "t/水", "水")


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.unit_of_work() as session:
        store(session, Sample(key="a", tags=(WATER,)), Sample(key="b", story="a"), Sample(key="c"))
    with Corpus.open(database.url) as opened:
        yield opened


def test_articles_are_the_same_table_however_they_are_cut(corpus: Corpus) -> None:
    whole = corpus.articles().to_arrow()
    assert whole["id"].to_pylist() == [one.id for one in corpus.articles()]
    assert pa.Table.from_batches(corpus.articles().batches(size=2)).equals(whole)


def test_articles_keep_their_types_in_polars_and_pandas(corpus: Corpus) -> None:
    frame = corpus.articles(Filters(topic="水")).to_polars()
    assert frame["published_at"].to_list() == [datetime(2026, 11, 24, 12, tzinfo=CITY)]
    assert frame.schema["topics"] == pl.List(pl.String)
    assert frame["tags"].to_list()[0][0]["evidence"][0]["rule"] == "t/水"
    table = corpus.articles(Filters(topic="水")).to_pandas()
    assert str(table["published_at"].dtype) == "datetime64[us, Asia/Shanghai]"
    assert list(table["topics"][0]) == ["水"]


def test_canonical_articles_alone_are_each_story_once(corpus: Corpus) -> None:
    assert [one.duplicate_of for one in corpus.articles(canonical=True)] == [None, None]
    assert corpus.articles(canonical=True).count() == 2


def test_a_query_narrows_a_walk(corpus: Corpus) -> None:
    assert corpus.articles(query="各委办局").count() == 3
    assert list(corpus.articles(query="天下无此文")) == []


def test_counts_are_a_table_by_what_is_counted(corpus: Corpus) -> None:
    rows = [{"day": "2026-11-24", "topic": "t/水", "count": 1}]
    rows.append({"day": "2026-11-24", "topic": None, "count": 2})
    counts = corpus.counts(["day", "topic"], Filters(since=date(2026, 1, 1)))
    assert counts.to_arrow().to_pylist() == counts.to_polars().to_dicts() == rows
    assert counts.to_pandas()["count"].sum() == 3


def test_walking_in_batches_is_like_walking_one_by_one_when_there_is_nothing(
    database: Database,
) -> None:
    empty = Corpus(database).articles()
    assert (list(empty), empty.count(), empty.to_arrow().num_rows) == ([], 0, 0)


@pytest.mark.parametrize("library", ["pyarrow", "polars", "pandas"])
def test_a_missing_library_is_named_with_its_extra(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    method = {"pyarrow": "to_arrow", "polars": "to_polars", "pandas": "to_pandas"}[library]
    extra = method.removeprefix("to_")
    with pytest.raises(Refused, match=rf"pip install 'suqian\[{extra}\]'"):
        getattr(corpus.articles(), method)()
