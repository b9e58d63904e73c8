"""The index stays in step with the tables, whoever writes; facets and pages are what they say."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from storage import (
    Corpus,
    Filters,
    candidates,
    candidates_sqlite,
    docids,
    entries,
    finding,
    labels,
    migrations,
    ranking,
    search,
    shares,
)
from storage.database import Database
from storage.errors import BadQuestion
from storage.facets import FACETS
from storage.kept import Kept
from storage.models import OVERFLOWN, Article, SearchEntry, SearchLabel, Tag
from storage.query import Text
from storage.records import FacetValue
from tests.storage.in_step import in_step
from tests.storage.samples import NOW, Sample, store

DAY = timedelta(days=1)
SAMPLES = [
    Sample(
        key=f"a.cn/{number}",
        title="防汛通知" if number % 3 == 0 else "会议简讯",
        body=f"第{number}号：" + "防汛抗旱" * (number % 4),
        source=f"source-{number % 2}",
        published_at=None if number == 0 else NOW - number * 40 * DAY,
        story=f"a.cn/{number - 1}" if number % 5 == 4 else None,
        tags=(
            ("topic", f"safety/{number % 3}", f"安全{number % 3}"),
            ("place", "321324", "泗洪县"),
        ),
    )
    for number in range(24)
]


def test_the_index_follows_tags_stories_and_removal(database: Database, corpus: Corpus) -> None:
    with database.unit_of_work() as session:
        pks = list(session.scalars(select(Article.pk).order_by(Article.pk)))
        assert in_step(session)
        session.execute(delete(Tag).where(Tag.article_pk == pks[1], Tag.kind == "topic"))
        tag = {"kind": "person", "value": "张三", "label": "张三", "taxonomy": "t2"}
        session.add(Tag(article_pk=pks[1], score=1.0, evidence=[], **tag))
        session.flush()
        search.relabel(session, pks[:2])
        session.execute(update(Article).where(Article.pk == pks[2]).values(duplicate_of="x"))
        search.follow_stories(session, [pks[2]])
        assert in_step(session)
    assert corpus.search("person:张三", reprints=True).total == 1
    with database.unit_of_work() as session:
        session.execute(delete(Tag).where(Tag.kind == "person"))
        labels.sweep(session)
        assert labels.named(session, "person", "张三") == []
        assert labels.named(session, "topic", "safety")
    assert corpus.search("topic:安全1", reprints=True).total == 7
    assert corpus.search("第1号 topic:安全1", reprints=True).total == 0
    assert corpus.search("第1号 place:泗洪县", reprints=True).total == 1


def test_the_newest_have_the_highest_numbers_and_a_full_day_overflows(
    database: Database, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.reading() as session:
        entry = SearchEntry
        order = select(Article.published_at).join(entry, entry.article_pk == Article.pk)
        found = list(session.scalars(order.order_by(entry.docid)))
        assert found[0] is None
        assert found[1:] == sorted(at for at in found[1:] if at)
        day = date(2020, 2, 2)
        numbers = docids.assign(session, dict.fromkeys(range(3000), day))
        assert len(set(numbers.values())) == 3000
        rooms = {number >> docids.BITS for number in numbers.values()}
        assert rooms == set(range(min(rooms), min(rooms) + 3))


CROWDED = datetime(2020, 2, 2, 4, tzinfo=UTC)
CROWD = [
    Sample(key=f"b.cn/{number}", title="防汛", published_at=at)
    for number, at in enumerate(
        [CROWDED + minute * timedelta(minutes=7) for minute in (5, 1, 4, 2, 9, 3, 8, 6, 7, 0)]
        + [CROWDED + days * DAY for days in (1, 1, 2, 3, 40, -1, -1, -2, -3)]
        + [None, None, None]
    )
]


@pytest.mark.parametrize("query", ["", "防汛"])
@pytest.mark.parametrize(("counted", "ranked"), [(3, 1), (4, 2), (10_000, 200)])
def test_however_many_a_day_has_the_newest_come_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, counted: int, ranked: int, query: str
) -> None:
    monkeypatch.setattr(docids, "_FULL", 3)  # two a day
    with database.unit_of_work() as session:
        store(session, *CROWD)
        overflown = select(func.count()).where(text(OVERFLOWN)).select_from(SearchEntry)
        assert (session.scalar(overflown) or 0) > 8
    monkeypatch.setattr(finding, "COUNTED", counted)
    monkeypatch.setattr(finding, "RANKED", ranked)
    found, after = [], None
    with Corpus.open(database.url) as corpus:
        while True:
            page = corpus.search(query, sort="date", reprints=True, limit=2, after=after)
            found += [(one.published_at or "", one.id) for one in page.items]
            if (after := page.next) is None:
                break
    assert len(set(found)) == len(found) == len(CROWD)
    assert [at for at, _ in found] == sorted((at for at, _ in found), reverse=True)


DAYS = [date(1900, 1, 1), date(2199, 12, 31)]
DAYS[1:1] = [date(2020, 2, 2) + days * DAY for days in (-1, 0, 1, 3)]


@pytest.mark.parametrize(("room", "query"), [(3, ""), (3, "防汛"), (1024, "防汛")])
def test_a_time_holds_what_was_published_in_it_however_full_its_days_are(
    database: Database, monkeypatch: pytest.MonkeyPatch, room: int, query: str
) -> None:
    monkeypatch.setattr(docids, "_FULL", room)
    far = [
        Sample(key=f"c.cn/{year}", title="防汛", published_at=datetime(year, 6, 1, tzinfo=UTC))
        for year in (1850, 2300)
    ]
    with database.unit_of_work() as session:
        store(session, *CROWD, *far)
    spans = [*((None, day) for day in DAYS), *((day, None) for day in DAYS)]
    spans += combinations(DAYS, 2)
    told = 0
    with Corpus.open(database.url) as corpus:
        days = [one[:10] for one in (article.published_at for article in corpus.articles()) if one]
        for since, until in spans:
            asked = Filters(since=since, until=until)
            expected = sum(
                (since or date.min).isoformat() <= day <= (until or date.max).isoformat()
                for day in days
            )
            assert corpus.search(query, asked, reprints=True, limit=0).total == expected, asked
            with database.reading() as session:
                told += docids.of_days(session, since, until) is not None
    assert told == 14 if room == 1024 else 0 < told < 10


@pytest.mark.parametrize("sort", ["relevance", "date"])
@pytest.mark.parametrize("reprints", [False, True])
@pytest.mark.parametrize("counted", [3, 12, 10_000])
def test_pages_follow_each_other_without_gap_or_repetition(
    corpus: Corpus,
    monkeypatch: pytest.MonkeyPatch,
    sort: finding.Sort,
    reprints: bool,
    counted: int,
) -> None:
    whole = corpus.search("防汛", sort=sort, reprints=True, limit=100)
    assert (whole.total, whole.exact) == (20, True)
    monkeypatch.setattr(finding, "COUNTED", counted)
    monkeypatch.setattr(finding, "RANKED", 2)
    monkeypatch.setattr(candidates, "_NEWEST", 2)
    pages, after = [], None
    while True:
        page = corpus.search("防汛", sort=sort, reprints=reprints, limit=3, after=after)
        pages += [article.id for article in page.items]
        if (after := page.next) is None:
            break
    assert len(pages) == len(set(pages))
    assert reprints is False or set(pages) == {article.id for article in whole.items}
    if sort == "date" and reprints:
        assert pages == [article.id for article in whole.items]


def test_beyond_what_is_counted_totals_are_estimates_unless_all_are_asked_for(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "COUNTED", 8)
    monkeypatch.setattr(candidates, "_NEWEST", 3)
    monkeypatch.setattr(candidates, "_SPREAD", 4)
    some = corpus.search("防汛", reprints=True, facets=["source"])
    assert not some.exact
    assert 15 <= some.total <= 25
    assert {one.value for one in some.facets["source"]} == {"source-0", "source-1"}
    assert abs(sum(one.count for one in some.facets["source"]) - some.total) <= 1
    assert corpus.search("防汛", facets=["source"]).total <= some.total
    within = Filters(since=(NOW - 12 * 40 * DAY).date())
    few = corpus.search("防汛", within, reprints=True)
    true = corpus.search("防汛", within, reprints=True, exact=True).total
    assert not few.exact
    assert abs(few.total - true) <= 3, "what lies before is not estimated"
    every = corpus.search("防汛", reprints=True, facets=["source"], exact=True)
    assert (every.total, every.exact) == (20, True)
    assert sum(one.count for one in every.facets["source"]) == 20


@pytest.mark.parametrize("reprints", [False, True])
def test_articles_with_a_word_in_the_title_are_ranked_however_they_are_found(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, reprints: bool
) -> None:
    monkeypatch.setattr(finding, "RANKED", 2)
    asked = {"filters": Filters(place="321324"), "reprints": reprints, "facets": ["topic"]}
    usual = corpus.search("防汛", **asked)  # type: ignore[arg-type]
    # The newest that has it in its title is the fourth of all.
    assert [hit.article.title for hit in usual.hits[:3]] == ["防汛通知", "防汛通知", "会议简讯"]
    monkeypatch.setattr(candidates_sqlite, "_TITLES", 1)
    monkeypatch.setattr(entries, "_AT_ONCE", 3)
    assert corpus.search("防汛", **asked) == usual  # type: ignore[arg-type]


@pytest.mark.parametrize("years", [1, 30])
def test_a_first_page_of_titles_is_what_ranking_all_gives(
    database: Database, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    samples = [
        Sample(
            key=f"a.cn/{number}",
            title="防汛通知" if number % 3 == 0 else "会议简讯",
            body="防汛" * (number % 7 + 1) + "。" * 40,
            published_at=NOW - number * years * 12 * DAY,
        )
        for number in range(30)
    ]
    with database.unit_of_work() as session:
        store(session, *samples)
    corpus = Corpus(database)
    usual = corpus.search("防汛", limit=4)
    read: list[int] = []

    def counting(
        session: Session, docids: Sequence[int], texts: Sequence[Text]
    ) -> dict[int, float]:
        read.append(len(docids))
        return ranking.scores(session, docids, texts)

    monkeypatch.setattr(finding, "RANKED", 20)
    monkeypatch.setattr(finding, "scores", counting)
    for limit in (4, 20):
        page = corpus.search("防汛", limit=limit)
        assert page.hits[:4] == usual.hits
    rest = corpus.search("防汛", limit=4, after=usual.next)
    assert not {one.id for one in rest.items} & {one.id for one in usual.items}
    assert read == [10 if years == 1 else 23, 23, 23]


def test_facets_count_what_is_found(corpus: Corpus) -> None:
    found = corpus.search("title:防汛", reprints=True, facets=FACETS)
    assert found.total == 8
    assert found.facets["topic"] == (FacetValue("safety/0", "安全0", 8),)
    assert found.facets["place"] == (FacetValue("321324", "泗洪县", 8),)
    assert {one.value: one.count for one in found.facets["source"]} == {
        "source-0": 4,
        "source-1": 4,
    }
    assert sum(one.count for one in found.facets["year"]) == 7
    assert found.facets["person"] == ()
    with pytest.raises(BadQuestion, match="choose among source"):
        corpus.search("防汛", facets=["colour"])


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("防汛 -抗旱", Filters()),
        ("防汛 OR 会议", Filters(source="source-1")),
        ("(title:防汛 OR 第1) -source:source-0", Filters()),
        ("after:2025-03 before:2026-02-11", Filters()),
        ("防汛 -after:2025", Filters(topic="safety")),
        ("-防汛", Filters(since=date(2024, 5, 17), until=date(2026, 3, 1))),
        ("抗旱防 place:泗洪县 -topic:安全2", Filters()),
        ("topic:nothing OR 简", Filters()),
        ("号：防", Filters()),
        ("讯", Filters(until=date(2025, 12, 31))),
    ],
)
def test_the_index_and_reading_every_text_agree(
    database: Database, corpus: Corpus, query: str, filters: Filters
) -> None:
    past = corpus.at(datetime(2100, 1, 1, tzinfo=UTC)).search(
        query, filters, limit=100, reprints=True
    )
    found = corpus.search(query, filters, limit=100, reprints=True)
    assert {one.id for one in found.items} == {one.id for one in past.items}
    assert 0 < found.total < len(SAMPLES)


def test_snippets_show_the_words_as_they_were_written(database: Database) -> None:
    body = f"{'前言。' * 40}\n各縣區\n防汛抗旱指揮部：{'后文。' * 40}"
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/x", title="關於防汛的通知", body=body))
    [hit] = Corpus(database).search("关于 县区防汛抗旱").hits
    assert [piece.text for piece in hit.title if piece.hit] == ["關於"]
    assert [piece.text for piece in hit.snippet if piece.hit] == ["縣區 防汛抗旱"]
    assert hit.snippet[0].text == hit.snippet[-1].text == "…"
    assert "".join(piece.text for piece in hit.title) == "關於防汛的通知"


def test_a_snippet_marks_what_stands_near_in_another_writing(database: Database) -> None:
    body = f"{'前言。' * 90}防汛與防\n汛，防 汛。{'后文。' * 90}e\u0301e"
    with database.unit_of_work() as session:
        store(session, Sample(key="a.cn/x", title="通知", body=body))
    corpus = Corpus(database)
    [hit] = corpus.search("防汛").hits
    assert [piece.text for piece in hit.snippet if piece.hit] == ["防汛", "防 汛", "防 汛"]
    # The first "e" is one character with its accent: only the second one is a hit.
    [hit] = corpus.search("e 与").hits
    assert [piece.text for piece in hit.snippet if piece.hit] == ["與"]
    [hit] = corpus.search('"ée"').hits
    assert [piece.text for piece in hit.snippet if piece.hit] == ["e\u0301e"]


def test_the_share_of_articles_is_told_by_marks_among_them(
    database: Database, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "_MARKS", 6)
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has statistics of its own")
    with database.reading() as session:
        found = list(session.scalars(select(SearchEntry.docid).order_by(SearchEntry.docid)))
        marks = shares.marks_of(session, Kept())
        assert 6 <= len(marks.docids) <= 10
        for place, docid in enumerate(found):
            assert abs(marks.share_from(docid) - (1 - place / len(found))) < 0.25
        assert 0 < marks.share_from(found[-1] + 1) < 0.1
    assert shares.Marks([]).share_from(1) == 1
    assert shares.Marks([10, 20, 30, 40, 50]).share_from(40, low=20, high=50) == pytest.approx(
        1 / 3
    )


def test_a_place_that_no_search_gave_is_refused(corpus: Corpus) -> None:
    for after in ("", "x", "r_1", "d_1", "d_1_2_3", "d_a_b", "r_nan_x", f"d_{10**30}_1", "r_inf_1"):
        with pytest.raises(BadQuestion, match="pass on what a search gave as next"):
            corpus.search("防汛", after=after)


def test_days_are_made_up_of_whole_years_and_months() -> None:
    parts = labels._year(2024, date(2024, 2, 28), date(2024, 5, 2))
    assert parts == [
        *(("day", "2024-02-28"), ("day", "2024-02-29"), ("month", "2024-03")),
        *(("month", "2024-04"), ("day", "2024-05-01"), ("day", "2024-05-02")),
    ]
    assert labels._year(2024, date(2023, 1, 1), date(2024, 12, 31)) == [("year", "2024")]


def test_the_migration_indexes_what_is_stored_both_ways(database: Database) -> None:
    with database.unit_of_work() as session:
        store(session, *SAMPLES[:6])
    with database.engine.begin() as connection:
        migrations.downgrade(connection, "0005")
    with database.engine.begin() as connection:
        migrations.upgrade(connection)
    with database.unit_of_work() as session:
        assert in_step(session)
        assert len(session.scalars(select(SearchLabel.pk)).all()) > 6
    assert Corpus(database).search("防汛", reprints=True).total == 5
