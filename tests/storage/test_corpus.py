"""The corpus: one function a question, the same answers on both databases."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DatabaseError

from storage import Article, Corpus, Filters, ledger
from storage.database import Database
from storage.errors import BadQuestion, Refused
from storage.models import Article as ArticleRow
from storage.models import Outcome, Revision, Run, article_id
from tests.storage.samples import NOW, Sample, store

FLOOD = Sample(
    key="suqian.gov.cn/cnsq/szfwj/202407/a1.shtml",
    title="关于加强防汛工作的通知",
    published_at=datetime(2024, 7, 31, 1, 5, tzinfo=UTC),
    tags=(("topic", "safety/flood", "防汛抗旱"), ("place", "321302", "宿迁市宿城区")),
)
REPRINT = Sample(
    key="news.sq1996.com/sqyw/2024/0801/7.shtml",
    title="我市加强防汛工作",
    body="宿城区传达通知。",
    source="sq1996",
    published_at=datetime(2024, 7, 31, 16, tzinfo=UTC),
    published_precision="day",
    story=FLOOD.key,
)
PLAIN = Sample(key="sihong.gov.cn/sihong/x.shtml", title="泗洪县概况", published_at=None)
LATER = Sample(
    key="suqian.gov.cn/cnsq/szfwj/202505/b2.shtml",
    title="防汛形势通报",
    published_at=datetime(2025, 5, 31, 16, tzinfo=UTC),
)


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.unit_of_work() as session:
        store(session, FLOOD, REPRINT, PLAIN, LATER)
    with Corpus.open(database.url) as opened:
        yield opened


def keys(
    corpus: Corpus, query: str, filters: Filters | None = None, *, reprints: bool = False
) -> list[str]:
    """The keys of what a search finds, in its order."""
    by_id = {article_id(one.key): one.key for one in (FLOOD, REPRINT, PLAIN, LATER)}
    found = corpus.search(query, filters or Filters(), reprints=reprints)
    assert found.total == len(found.items)
    return [by_id[item.id] for item in found.items]


# --- the record ---------------------------------------------------------------------------------


def test_a_record_has_the_promised_fields_and_is_json(corpus: Corpus) -> None:
    article = corpus.get(article_id(FLOOD.key))
    assert article is not None
    record = json.loads(json.dumps(article.as_dict()))
    assert record.keys() == {one.name for one in fields(Article)}
    assert record.keys() >= {
        *("id", "url", "title", "body", "published_at", "source", "origin", "author", "editor"),
        *("lang", "topics", "places", "organisations", "people", "document_number", "story_id"),
        *("duplicate_of", "links", "revision", "first_seen", "digest", "warc"),
    }
    assert record["topics"] == ["防汛抗旱"]
    assert record["tags"][0]["evidence"][0]["text"] == "宿迁市宿城区"


@pytest.mark.parametrize(
    ("sample", "shown"),
    [(FLOOD, "2024-07-31T09:05:00+08:00"), (REPRINT, "2024-08-01"), (PLAIN, None)],
)
def test_times_are_shown_as_the_city_reads_them(
    corpus: Corpus, sample: Sample, shown: str | None
) -> None:
    article = corpus.get(article_id(sample.key))
    assert article is not None
    assert article.published_at == shown
    assert article.first_seen == "2026-11-24T12:00:00+08:00"


# --- get ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "which",
    [
        article_id(FLOOD.key),
        FLOOD.key,
        f"https://www.{FLOOD.key}",
        f"http://{FLOOD.key}",
        f"http://WWW.{FLOOD.key}#top",
        f"http://www.suqian.gov.cn:80/{FLOOD.key.partition('/')[2]}",
        f"www.{FLOOD.key}",
    ],
)
def test_an_article_is_found_by_id_key_or_any_form_of_its_address(
    corpus: Corpus, which: str
) -> None:
    article = corpus.get(which)
    assert article is not None
    assert article.title == FLOOD.title


@pytest.mark.parametrize("which", ["", "nothing", "http://[", "https://suqian.gov.cn/", "//"])
def test_what_is_not_there_is_none(corpus: Corpus, which: str) -> None:
    assert corpus.get(which) is None
    assert corpus.why(which) is None
    assert corpus.revisions(which) == ()


# --- search -------------------------------------------------------------------------------------


def test_hits_in_the_title_come_first_then_the_newest(database: Database) -> None:
    samples = [
        Sample(key="a/body", title="概况", body="防汛", published_at=NOW),
        Sample(key="b/title-old", title="防汛", published_at=NOW - timedelta(days=9)),
        Sample(key="c/title-new", title="防汛", published_at=NOW - timedelta(days=1)),
        Sample(key="d/title-undated", title="防汛", published_at=None),
    ]
    with database.unit_of_work() as session:
        store(session, *samples)
    found = Corpus(database).search("防汛")
    assert [one.url.rpartition("/")[2] for one in found.items] == [
        *("title-new", "title-old", "title-undated", "body")
    ]


def test_a_story_is_one_hit_shown_by_its_canonical_article(corpus: Corpus) -> None:
    assert keys(corpus, "防汛工作") == [FLOOD.key]
    assert keys(corpus, "防汛工作", reprints=True) == [REPRINT.key, FLOOD.key]


def test_a_story_hit_only_in_a_reprint_is_shown_by_the_reprint(corpus: Corpus) -> None:
    assert keys(corpus, "传达") == [REPRINT.key]
    assert keys(corpus, "防汛工作", Filters(source="sq1996")) == [REPRINT.key]


def test_a_page_of_hits_knows_how_many_there_are(corpus: Corpus) -> None:
    whole = corpus.search("防汛", reprints=True)
    first = corpus.search("防汛", limit=1, reprints=True)
    part = corpus.search("防汛", limit=1, after=first.next, reprints=True)
    assert (part.total, part.exact, part.items) == (3, True, whole.items[1:2])
    assert corpus.search("防汛", limit=2, after=part.next, reprints=True).next is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(since=date(2024, 8, 1)), [LATER.key, REPRINT.key]),
        (Filters(until=date(2024, 7, 31)), [FLOOD.key]),
        (Filters(since=date(2025, 6, 1), until=date(2025, 6, 1)), [LATER.key]),
        (Filters(topic="防汛抗旱"), [FLOOD.key]),
        (Filters(topic="safety"), [FLOOD.key]),
        (Filters(place="宿城区"), [FLOOD.key]),
        (Filters(topic="flood"), []),
        (Filters(source="nobody"), []),
    ],
)
def test_filters_narrow_a_search(corpus: Corpus, filters: Filters, expected: list[str]) -> None:
    assert keys(corpus, "防汛", filters, reprints=True) == expected


def test_days_are_the_citys_days(corpus: Corpus) -> None:
    # 16:00 UTC on 31 May is midnight on 1 June in the city.
    assert corpus.count(Filters(until=date(2025, 5, 31), since=date(2025, 5, 1))) == 0
    assert corpus.count(Filters(until=date(2025, 6, 1), since=date(2025, 6, 1))) == 1


@pytest.mark.parametrize("name", ["since", "until", "open_on"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_that_no_clock_has_are_refused(corpus: Corpus, name: str, day: date) -> None:
    only = Filters(**{name: day})  # type: ignore[arg-type]
    for ask in (lambda: corpus.search("防汛", only), lambda: corpus.count(only)):
        with pytest.raises(BadQuestion, match="years go from 1900 to 2199"):
            ask()


def test_questions_that_make_no_sense_are_refused(corpus: Corpus) -> None:
    with pytest.raises(BadQuestion, match="give the earlier day first"):
        corpus.search("防汛", Filters(since=date(2025, 1, 2), until=date(2025, 1, 1)))
    with pytest.raises(BadQuestion, match="below zero"):
        corpus.search("防汛", limit=-1)


# --- the other questions ------------------------------------------------------------------------


def test_every_article_is_walked_once_in_the_order_of_its_coming(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.listing._PAGE", 3)
    titles = [article.title for article in corpus.articles()]
    assert titles == [one.title for one in (FLOOD, REPRINT, PLAIN, LATER)]
    assert [one.title for one in corpus.articles(Filters(source="sq1996"))] == [REPRINT.title]
    assert corpus.count() == len(titles)


def test_a_story_is_told_with_its_canonical_article_first(corpus: Corpus) -> None:
    story = corpus.story(article_id(FLOOD.key))
    assert [one.title for one in story] == [FLOOD.title, REPRINT.title]
    assert [one.duplicate_of for one in story] == [None, article_id(FLOOD.key)]
    assert (story.id, story.canonical) == (article_id(FLOOD.key), story[0])
    assert story.reprints == (story[1],)
    assert (corpus.story("nothing"), corpus.story("nothing").canonical) == ((), None)


def test_earlier_versions_are_kept_in_order(database: Database, corpus: Corpus) -> None:
    with database.unit_of_work() as session:
        pk = session.scalar(select(ArticleRow.pk).where(ArticleRow.key == FLOOD.key))
        version = {
            "article_pk": pk,
            "title": "旧题",
            "body": "旧文",
            "fields": {"origin": "市府办"},
        }
        more = {"digest": "0f", "seen_at": NOW, "warc": "s@0"}
        session.execute(insert(Revision), [version | more | {"number": n} for n in (2, 1)])
    versions = corpus.revisions(FLOOD.key)
    assert [one.number for one in versions] == [1, 2]
    assert versions[0].fields == {"origin": "市府办"}
    assert versions[0].seen_at == "2026-11-24T12:00:00+08:00"


def test_why_tells_where_a_page_came_from_and_what_became_of_it(database: Database) -> None:
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "ingest", {}, NOW)
        sighting = ledger.Sighting(
            key="suqian.gov.cn/p", url="http://suqian.gov.cn/p", source="s", found_on="http://list"
        )
        ledger.sight(session, run, [sighting], NOW)
        parked = ledger.Result(key=sighting.key, outcome=Outcome.PARKED, reason="http-503")
        ledger.record(session, run, [parked], NOW)
    for which in (sighting.key, sighting.url, "https://www.suqian.gov.cn/p"):
        found = Corpus(database).why(which)
        assert found is not None
        assert (found.outcome, found.reason, found.article) == ("parked", "http-503", None)
        assert found.discovered_on == "http://list"
        assert found.next_try_at == "2026-11-24T13:00:00+08:00"
        assert [visit.outcome for visit in found.visits] == ["parked"]


def test_status_counts_everything_and_forgets_no_source(database: Database, corpus: Corpus) -> None:
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "ingest", {}, NOW)
        silent = ledger.Sighting(key="silent/1", url="http://silent/1", source="silent")
        ledger.sight(session, run, [silent], NOW)
        unwritten = {("silent", Outcome.SKIPPED, "known"): 7}
        ledger.settle_run(session, run, [ledger.Cost("silent", discovered=7)], unwritten)
    status = corpus.status()
    assert (status.articles, status.stories, status.revisions) == (4, 3, 0)
    assert status.pages == {"new": 3, "duplicate": 1, "parked": 1}
    sources = {one.source: (one.articles, one.parked) for one in status.sources}
    assert sources == {"silent": (0, 1), "sq1996": (1, 0), "suqian-gov": (3, 0)}
    assert {one.id: one.outcomes for one in status.runs}[run] == {"skipped": 7}


def test_changes_are_read_on_from_a_number(corpus: Corpus) -> None:
    assert [one.seq for one in corpus.changes()] == [1, 2, 3, 4]
    assert [one.seq for one in corpus.changes(since=2, limit=1)] == [3]
    assert corpus.changes(since=4) == ()


# --- opening ------------------------------------------------------------------------------------


def test_an_open_corpus_cannot_be_written_to(corpus: Corpus) -> None:
    run = Run(id="r", kind="ingest", parameters={}, state="running", started_at=NOW)
    with (
        pytest.raises((Refused, DatabaseError)),
        corpus._database.unit_of_work() as session,
    ):
        session.add(run)


def test_tags_stand_in_one_order_on_every_database(database: Database) -> None:
    values = ["suqian", "Suqian/a", "suqian-x", "suqian/a", "宿迁", "苏州"]
    tags = [(kind, value, value) for value in values for kind in ("place", "main_place")]
    with database.unit_of_work() as session:
        (one,) = store(session, Sample(key="a.cn/1", tags=tuple(reversed(tags))))
    with Corpus.open(database.url) as opened:
        article = opened.get(one)
    assert article is not None
    shown = [(tag.value, tag.kind) for tag in article.tags]
    assert shown == sorted((value, kind) for kind, value, _ in tags)


def test_asking_loads_nothing_of_the_crawler() -> None:
    heavy = ("prefect", "scrapy", "trafilatura", "lxml", "alembic", "fsspec", "fastapi", "rich")
    program = f"import storage, sys; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.strip() == b"[]"
