"""Views: what who opens the database sees is what the corpus says."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from storage import Corpus
from storage.database import Database
from tests.storage.samples import Sample, store

SUMMER = datetime(1988, 7, 31, 15, 30, tzinfo=UTC)
SAMPLES = (
    Sample(key="a", published_at=SUMMER, tags=(("topic", "t/水", "水"), ("topic", "t/农", "农"))),
    Sample(key="b", source="sq", story="a", published_precision="day"),
    Sample(key="c", published_at=None, fields={"withdrawn_at": SUMMER}),
)


@pytest.fixture
def corpus(database: Database) -> Corpus:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
    return Corpus(database)


def rows(corpus: Corpus, query: str) -> list[tuple[object, ...]]:
    with corpus._database.reading() as session:
        return [tuple(row) for row in session.execute(text(query))]


def test_articles_read_as_their_records_do(corpus: Corpus) -> None:
    columns = "id, published, source, topics, places, story_id, duplicate_of, first_seen, withdrawn"
    for row in rows(corpus, f"SELECT {columns} FROM article_view"):
        record = corpus.get(str(row[0]))
        assert record is not None
        times = (record.published_at, record.first_seen, record.withdrawn_at)
        published, first_seen, withdrawn = (at and at[:19] for at in times)
        topics = "、".join(record.topics) or None
        seen = (record.id, published, record.source, topics, None, record.story_id)
        assert row == (*seen, record.duplicate_of, first_seen, withdrawn)


def test_a_summer_with_other_clocks_is_told_right(corpus: Corpus) -> None:
    query = "SELECT day, published FROM article_view WHERE published < '1990'"
    assert rows(corpus, query) == [("1988-08-01", "1988-08-01T00:30:00")]


def test_tags_stories_and_days_are_counted(corpus: Corpus) -> None:
    assert rows(corpus, "SELECT label, day FROM tag_view ORDER BY value")[0][1] == "1988-08-01"
    story = rows(corpus, "SELECT articles, sources, first_published FROM story_view ORDER BY 1")
    assert story == [(1, 1, None), (2, 2, "1988-08-01T00:30:00")]
    days = {(row[0], row[1]): row[2:] for row in rows(corpus, "SELECT * FROM source_day")}
    assert days == {
        ("suqian-gov", "1988-08-01"): (1, 0),
        ("sq", "2026-11-24"): (1, 1),
        ("suqian-gov", None): (1, 0),
    }
