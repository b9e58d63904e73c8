"""Counts: the database groups, and says what counting the articles one by one says."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage import Corpus, Filters, label_counts
from storage.counts import DIMENSIONS
from storage.database import Database
from storage.errors import BadQuestion
from storage.models import Article
from storage.records import Count, city_time
from storage.times import SUMMERS, city_text
from tests.storage.samples import Sample, store

TOPIC, PLACE, MINISTER = (
    ("topic", "t/水", "水"),
    ("place", "p/泗洪", "泗洪"),
    ("person", "王", "王"),
)
SAMPLES = (
    Sample(key="a", published_at=datetime(2026, 7, 31, 15, 59, tzinfo=UTC), tags=(TOPIC, PLACE)),
    Sample(key="b", published_at=datetime(2026, 7, 31, 16, tzinfo=UTC), tags=(TOPIC,), story="a"),
    Sample(
        key="c", published_at=None, body="防汛", tags=(MINISTER, ("topic", "t/农", "农"), TOPIC)
    ),
    Sample(key="d", source="sq1996", title="防汛", fields={"column": "要闻", "lang": None}),
)


def counted(corpus: Corpus, *by: str, query: str = "") -> dict[tuple[str | None, ...], int]:
    return {one.key: one.count for one in corpus.counts(by, query=query)}


def test_a_day_is_the_citys_day_and_what_has_none_counts_under_none(corpus: Corpus) -> None:
    assert counted(corpus, "day") == {
        ("2026-07-31",): 1,
        ("2026-08-01",): 1,
        ("2026-11-24",): 1,
        (None,): 1,
    }
    assert counted(corpus, "year") == {("2026",): 3, (None,): 1}


def test_an_article_counts_under_each_of_its_topics(corpus: Corpus) -> None:
    assert counted(corpus, "topic") == {("t/水",): 3, ("t/农",): 1, (None,): 1}
    assert counted(corpus, "topic", "place")["t/水", "p/泗洪"] == 1


def test_filters_and_a_query_narrow_what_is_counted(corpus: Corpus) -> None:
    assert counted(corpus, "source", query="各委办局") == {("sq1996",): 1, ("suqian-gov",): 2}
    july = Filters(since=date(2026, 7, 1), until=date(2026, 7, 31))
    assert corpus.counts(["topic"], july) == (Count(("t/水",), 1),)


@pytest.mark.parametrize(
    "by", [*product(DIMENSIONS), ("month", "topic"), ("source", "day", "lang")]
)
def test_groups_are_what_counting_one_by_one_gives(corpus: Corpus, by: tuple[str, ...]) -> None:
    expected: Counter[tuple[str | None, ...]] = Counter()
    for article in corpus.articles():
        at = article.published_at
        values: dict[str, list[str | None]] = {
            **{name: [getattr(article, name)] for name in ("source", "column", "lang")},
            **{name: [at and at[:n]] for name, n in (("day", 10), ("month", 7), ("year", 4))},
        }
        for tag in article.tags:
            values.setdefault(tag.kind, []).append(tag.value)
        expected.update(product(*(values.get(name, [None]) for name in by)))
    assert counted(corpus, *by) == expected


def test_what_is_read_some_at_a_time_is_counted_as_a_whole(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = counted(corpus, "source", "topic", "place", "person")
    found = counted(corpus, "source", "topic", query="防汛")
    monkeypatch.setattr(label_counts, "_BATCH", 1)
    with Corpus.open(corpus._database.url) as anew:
        assert counted(anew, "source", "topic", "place", "person") == whole
        assert counted(anew, "source", "topic", query="防汛") == found
    assert sum(whole.values()) == 5  # one of the four has two topics


def test_counts_are_sorted_alike_on_every_database_none_last(corpus: Corpus) -> None:
    keys = [one.key for one in corpus.counts(["topic"])]
    assert keys == [("t/农",), ("t/水",), (None,)]
    assert next(iter(corpus.counts(["topic"]).rows())) == {"topic": "t/农", "count": 1}


@pytest.mark.parametrize("by", [(), ("colour",), ("day", "day"), tuple(DIMENSIONS[:5])])
def test_what_cannot_be_counted_by_is_refused(corpus: Corpus, by: tuple[str, ...]) -> None:
    with pytest.raises(BadQuestion, match="count"):
        corpus.counts(by)


EDGES = [datetime.fromisoformat(text).replace(tzinfo=UTC) for pair in SUMMERS for text in pair]
MOMENTS = st.builds(datetime.fromtimestamp, st.floats(0, 4e9), st.just(UTC)) | (
    st.builds(
        lambda at, off: at + timedelta(seconds=off), st.sampled_from(EDGES), st.integers(-9, 9)
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(MOMENTS, min_size=4, max_size=4))
def test_the_database_tells_the_citys_time_as_we_do(
    database: Database, moments: list[datetime]
) -> None:
    with database.unit_of_work() as session:
        if session.scalar(select(Article.pk).limit(1)) is None:
            store(session, *SAMPLES)
        pks = session.scalars(select(Article.pk).order_by(Article.pk)).all()
        for pk, at in zip(pks, moments, strict=True):
            session.execute(update(Article).where(Article.pk == pk).values(published_at=at))
        text = city_text(Article.published_at, session.get_bind().dialect)
        told = session.scalars(select(text).order_by(Article.pk)).all()
    assert told == [(city_time(at) or "")[:19] for at in moments]
