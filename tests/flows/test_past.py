"""The corpus as it stood: what load stores over time is what `Corpus.at` gives back."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, select, update

from crawler.records import Attachment, Moment
from storage.corpus import Article, Corpus, Filters
from storage.database import Database
from storage.errors import BadQuestion
from storage.models import Article as Row
from storage.models import Outcome, Revision, Withdrawal
from storage.search import fold
from tests.flows.test_load import LONG, NOW, database, record, store

DAY = timedelta(days=1)


@pytest.fixture
def opened() -> Iterator[Database]:
    with database() as one:
        yield one


def bodies(corpus: Corpus, key: str) -> list[str]:
    found = corpus.history(key)
    assert found is not None
    return [version.body for version in found.versions]


def test_an_article_reads_as_the_version_seen_last_by_then(opened: Database) -> None:
    file = Attachment("http://a.cn/x.pdf", "附件")
    store(opened, record("a.cn/1", attachments=(file,), origin="市科技局", keywords=("科技",)))
    store(opened, record("a.cn/1", body=LONG + "补充。", title="新标题"), now=NOW + 2 * DAY)
    corpus = Corpus(opened)
    before = corpus.at(NOW + DAY).get("a.cn/1")
    assert before is not None
    assert (before.title, before.body, before.revision) == ("标题", LONG, 1)
    assert [(one.url, one.name) for one in before.attachments] == [(file.url, file.name)]
    assert (before.origin, before.keywords, before.places) == ("市科技局", ("科技",), ("宿迁市",))
    assert before.tags[0].evidence[0].text == "标题"
    assert corpus.at(NOW + 2 * DAY).get("a.cn/1") == corpus.get("a.cn/1")
    assert corpus.at(NOW - timedelta(seconds=1)).get("a.cn/1") is None


def test_search_finds_what_stood_then_and_nothing_else(opened: Database) -> None:
    store(opened, record("a.cn/1", body="这里说的是骆马湖的水位变化。"))
    store(opened, record("a.cn/1", body="这里说的是洪泽湖的水位变化。"), now=NOW + 2 * DAY)
    store(opened, record("b.cn/1", body="洪泽湖又是另一回事。"), now=NOW + 3 * DAY)
    corpus = Corpus(opened)
    then, now = corpus.at(NOW + DAY), corpus.at(NOW + 9 * DAY)
    assert (then.search("骆马湖").total, then.search("洪泽湖").total) == (1, 0)
    assert then.search("駱馬湖").items[0].body == "这里说的是骆马湖的水位变化。"
    assert (now.search("骆马湖").total, now.search("洪泽湖").total) == (0, 2)
    with pytest.raises(BadQuestion):
        then.search('"骆马湖')
    with pytest.raises(BadQuestion):
        then.search("湖", limit=-1)


def test_filters_mean_the_version_of_then(opened: Database) -> None:
    store(opened, record("a.cn/1", day=3))
    store(opened, record("a.cn/1", day=20, body=LONG + "改期。"), now=NOW + 2 * DAY)
    then = Corpus(opened).at(NOW + DAY)
    early, late = Filters(until=date(2024, 1, 10)), Filters(since=date(2024, 1, 10))
    assert [then.count(one) for one in (early, late, Filters(place="宿迁市"))] == [1, 0, 1]
    assert [len([*then.articles(one)]) for one in (early, late)] == [1, 0]
    assert then.search("科技创新", early).total == 1
    assert then.count(Filters(source="another")) == 0
    with pytest.raises(BadQuestion, match="earlier day first"):
        then.count(Filters(since=date(2024, 2, 1), until=date(2024, 1, 1)))


def _tag(kind: str, value: str, label: str) -> dict[str, object]:
    return {"kind": kind, "value": value, "label": label, "score": 1.0, "evidence": []}


OF_THEN = [
    _tag("organisation", "suqian/kjj", "宿迁市科技局"),
    _tag("person", "张三", "张三"),
    _tag("document", "宿政发〔2024〕12号", "宿政发〔2024〕12号"),
    _tag("type", "notice", "通知"),
    _tag("topic", "t/水/防汛", "防汛"),
    _tag("deadline", "2026-03-01", "3月1日"),
]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        (Filters(organisation="科技局"), "org:科技局"),
        (Filters(person="张三"), "person:张三"),
        (Filters(document="宿政发[2024]12号"), "doc:宿政发[2024]12号"),
        (Filters(type="通知"), "type:notice"),
        (Filters(topic="t/水"), "topic:防汛"),
        (Filters(open_on=date(2026, 3, 1)), "科技创新"),
    ],
)
def test_filters_of_every_kind_mean_the_tags_of_then(
    opened: Database, filters: Filters, query: str
) -> None:
    store(opened, record("a.cn/1"))
    store(opened, record("a.cn/1", body=LONG + "补充。"), now=NOW + 2 * DAY)
    with opened.unit_of_work() as session:
        session.execute(update(Revision).values(tags=OF_THEN))
    then, now = Corpus(opened).at(NOW + DAY), Corpus(opened).at(NOW + 3 * DAY)
    assert then.search("科技创新", filters).total == then.count(filters) == 1
    assert then.search(query, filters).total == 1
    assert now.search(query, filters).total == now.count(filters) == 0
    other = Filters(organisation="水利局", person="李四", type="公示")
    assert then.search("科技创新", other).total == then.count(other) == 0


def test_where_nobody_kept_the_tags_of_then_filters_mean_those_of_now(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    store(opened, record("a.cn/1", body=LONG + "补充。"), now=NOW + 2 * DAY)
    with opened.unit_of_work() as session:
        session.execute(update(Revision).values(tags=None))
    then = Corpus(opened).at(NOW + DAY)
    assert then.count(Filters(place="宿迁市")) == 1
    assert then.count(Filters(place="泗洪县")) == 0


def test_the_past_reads_only_what_was_replaced_since(opened: Database) -> None:
    store(opened, *(record(f"s.cn/{n}", body=f"第{n}号，骆马湖的水位。{LONG}") for n in range(3)))
    store(opened, record("s.cn/1", body=f"第1号，骆马湖的水位退了。{LONG}"), now=NOW + 2 * DAY)
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(opened.engine, "before_cursor_execute", note)
    found = Corpus(opened).at(NOW + DAY).search("骆马湖", limit=0)
    assert (found.total, found.hits) == (3, ())
    assert not [one for one in seen if "folded_text" in one or "article.body" in one]
    assert [one for one in seen if "revision.body" in one]


def test_a_withdrawal_counts_from_its_confirmation_to_its_end(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    with opened.unit_of_work() as session:
        row = {
            "article_pk": session.scalar(select(Row.pk)),
            "number": 1,
            "gone_at": NOW + DAY,
            "confirmed_at": NOW + 2 * DAY,
            "reason": "http-404",
            "restored_at": NOW + 4 * DAY,
        }
        session.execute(insert(Withdrawal), [row])
    corpus = Corpus(opened)
    marked = [
        (article := corpus.at(NOW + days * DAY).get("a.cn/1")) and article.withdrawn_at
        for days in (0, 1, 2, 3, 4, 5)
    ]
    shown = "2026-01-02T08:00:00+08:00"
    assert marked == [None, None, shown, shown, None, None]


def test_a_story_has_the_articles_that_were_there(opened: Database) -> None:
    store(opened, record("b.cn/1", day=2))
    store(opened, record("c.cn/1", day=3), now=NOW + DAY)
    store(opened, record("a.cn/1", day=1), now=NOW + 3 * DAY)
    corpus = Corpus(opened)
    (b, c, a) = [corpus.get(key) for key in ("b.cn/1", "c.cn/1", "a.cn/1")]
    assert a is not None
    assert b is not None
    assert c is not None
    then = corpus.at(NOW + 2 * DAY)
    assert [(one.url, one.duplicate_of) for one in then.story(b.story_id)] == [
        ("http://b.cn/1", None),
        ("http://c.cn/1", b.id),
    ]
    assert then.search("科技创新").total == 1
    assert then.search("科技创新", reprints=True).total == 2
    assert [one.url for one in corpus.at(NOW + 3 * DAY).story(a.story_id)] == [
        "http://a.cn/1",
        "http://b.cn/1",
        "http://c.cn/1",
    ]


def test_links_lead_to_what_was_there_and_belong_to_the_text_that_stands(opened: Database) -> None:
    store(opened, record("a.cn/1", day=1))
    store(opened, record("b.cn/1", day=2), now=NOW + 2 * DAY)
    store(opened, record("a.cn/1", day=1, body=LONG + "（完）"), now=NOW + 4 * DAY)
    corpus = Corpus(opened)

    def linked(key: str, days: int) -> list[str]:
        article = corpus.at(NOW + days * DAY).get(key)
        assert article is not None
        return [link.url for link in article.links]

    assert (linked("a.cn/1", 5), linked("b.cn/1", 5)) == (["http://b.cn/1"], ["http://a.cn/1"])
    assert (linked("a.cn/1", 3), linked("b.cn/1", 3)) == ([], ["http://a.cn/1"])
    assert linked("a.cn/1", 1) == []


def test_a_time_as_it_is_shown_means_the_whole_second(opened: Database) -> None:
    store(opened, record("a.cn/1"), now=NOW + timedelta(milliseconds=700))
    corpus = Corpus(opened)
    article = corpus.get("a.cn/1")
    assert article is not None
    assert corpus.at(datetime.fromisoformat(article.first_seen)).get("a.cn/1") == article
    assert corpus.at(NOW + timedelta(milliseconds=600)).get("a.cn/1") is None


@pytest.mark.parametrize("time", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01"])  # noqa: DTZ001
def test_a_time_without_a_zone_is_no_time(opened: Database, time: object) -> None:
    with pytest.raises(BadQuestion, match="no time with a time zone"):
        Corpus(opened).at(time)  # type: ignore[arg-type]


def test_a_clock_that_is_set_back_makes_no_version_older(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    store(opened, record("a.cn/1", body=LONG + "二"), now=NOW - 3 * DAY)
    store(opened, record("a.cn/1", body=LONG + "三"), now=NOW + DAY)
    found = Corpus(opened).history("a.cn/1")
    assert found is not None
    assert [version.body[-1] for version in found.versions] == ["。", "二", "三"]
    times = [version.seen_at for version in found.versions]
    assert times == sorted(times)
    assert bodies(Corpus(opened), "a.cn/1")[-1] == LONG + "三"


# --- captures that come late ----------------------------------------------------------------------


def capture(database_: Database, body: str, days: float, key: str = "a.cn/1") -> Outcome:
    """Import a page that somebody saved so many days ago."""
    at = NOW - days * DAY
    return store(database_, record(key, body, fetched_at=at), saved=True)[key]


def test_an_older_capture_becomes_an_earlier_version(opened: Database) -> None:
    store(opened, record("a.cn/1", body="现在的文字。"))
    assert capture(opened, "更早的文字。", 5) is Outcome.CHANGED
    assert capture(opened, "最早的文字。", 9) is Outcome.CHANGED
    corpus = Corpus(opened)
    assert bodies(corpus, "a.cn/1") == ["最早的文字。", "更早的文字。", "现在的文字。"]
    article = corpus.get("a.cn/1")
    assert article is not None
    assert (article.body, article.revision) == ("现在的文字。", 3)
    assert article.first_seen == "2025-12-23T08:00:00+08:00"
    assert [change.kind for change in corpus.changes()] == ["added", "revised", "revised"]
    assert corpus.search("更早").total == 0
    then = corpus.at(NOW - 6 * DAY).get("a.cn/1")
    assert then is not None
    assert then.body == "最早的文字。"


def test_a_capture_of_a_text_that_stood_then_adds_no_version(opened: Database) -> None:
    capture(opened, "一。", 9)
    capture(opened, "二。", 5)
    assert capture(opened, "一。", 7) is Outcome.UNCHANGED
    assert capture(opened, "二。", 6) is Outcome.UNCHANGED
    assert bodies(Corpus(opened), "a.cn/1") == ["一。", "二。"]
    # But the second text is known to have been there a day earlier.
    then = Corpus(opened).at(NOW - 5.5 * DAY).get("a.cn/1")
    assert then is not None
    assert then.body == "二。"


def test_a_newer_capture_replaces_the_current_version(opened: Database) -> None:
    capture(opened, "一。", 9)
    assert capture(opened, "二。", 5) is Outcome.CHANGED
    assert bodies(Corpus(opened), "a.cn/1") == ["一。", "二。"]


def test_a_capture_from_the_future_counts_as_of_now(opened: Database) -> None:
    capture(opened, "一。", -300)
    article = Corpus(opened).get("a.cn/1")
    assert article is not None
    assert article.first_seen == "2026-01-01T08:00:00+08:00"


def test_a_capture_between_two_sightings_of_one_text_stands_between_them(
    opened: Database,
) -> None:
    """The text that stands now stood before it as well; the current version stays."""
    capture(opened, "一。", 9)
    capture(opened, "一。", 3)
    assert capture(opened, "二。", 5) is Outcome.CHANGED
    corpus = Corpus(opened)
    assert bodies(corpus, "a.cn/1") == ["一。", "二。", "一。"]
    article = corpus.get("a.cn/1")
    assert article is not None
    assert (article.body, article.revision) == ("一。", 3)
    texts = [
        (then := corpus.at(NOW - days * DAY).get("a.cn/1")) and then.body for days in (8, 4, 2)
    ]
    assert texts == ["一。", "二。", "一。"]


CAPTURES = st.lists(
    st.tuples(st.text("甲乙丙", min_size=1, max_size=2), st.integers(1, 30)),
    min_size=1,
    max_size=6,
    unique_by=(lambda one: one[0], lambda one: one[1]),
)


@settings(max_examples=20, deadline=None)
@given(CAPTURES, st.permutations(range(6)))
def test_captures_make_one_history_in_whatever_order_they_come(
    captures: list[tuple[str, int]], order: list[int]
) -> None:
    expected = [text for text, _ in sorted(captures, key=lambda one: -one[1])]
    with database() as one:
        for number in order:
            for text, days in captures[number : number + 1]:
                capture(one, text, days)
        corpus = Corpus(one)
        assert bodies(corpus, "a.cn/1") == expected
        for text, days in captures:
            then = corpus.at(NOW - days * DAY).get("a.cn/1")
            assert then is not None
            assert then.body == text


def test_an_old_digest_makes_no_revision_when_the_rules_of_noise_change(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    with opened.unit_of_work() as session:
        session.execute(update(Row).values(digest="by other rules"))
    assert store(opened, record("a.cn/1")) == {"a.cn/1": Outcome.UNCHANGED}
    with opened.reading() as session:
        assert session.scalars(select(Revision)).all() == []
        assert session.scalar(select(Row.digest)) != "by other rules"


def test_tags_of_a_newer_taxonomy_are_taken_and_told(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    store(opened, record("a.cn/1"), taxonomy="v2", label="宿豫区")
    article = Corpus(opened).get("a.cn/1")
    assert article is not None
    assert (article.places, article.revision) == (("宿豫区",), 1)
    store(opened, record("a.cn/1"), taxonomy="v3", label="宿豫区")
    assert [c.kind for c in Corpus(opened).changes()] == ["added", "retagged"]


LIVES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["骆马湖", "洪泽湖", "古黄河"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(LIVES)
def test_the_past_answers_as_the_present_did(lives: list[tuple[int, str]]) -> None:
    """Whatever is loaded day by day: what was asked then and what is asked of then are the same."""
    with database() as one:
        corpus = Corpus(one)
        answers = []
        for day, (key, text) in enumerate(lives):
            body = f"{text}的水位，第{key}号。{LONG}"
            store(one, record(f"k.cn/{key}", body, day=key + 1), now=NOW + day * DAY)
            found = {
                lake: urls(corpus.search(lake, reprints=True).items)
                for lake in ("骆马湖", "洪泽湖")
            }
            answers.append((corpus.count(), known(corpus.articles()), found))
        for day, (count, articles, found) in enumerate(answers):
            then = corpus.at(NOW + day * DAY + timedelta(hours=1))
            assert then.count() == count
            assert known(then.articles()) == articles
            for lake, expected in found.items():
                assert urls(then.search(lake, reprints=True).items) == expected


def urls(articles: tuple[Article, ...]) -> list[str]:
    return [article.url for article in articles]


def known(articles: Iterable[Article]) -> set[tuple[str, str, int]]:
    return {(article.url, fold(article.body), article.revision) for article in articles}


def test_aware_times_of_any_zone_are_one_moment(opened: Database) -> None:
    store(opened, record("a.cn/1"))
    moment = Moment.local(date(2026, 1, 2)).at
    for zone in (UTC, None):
        assert Corpus(opened).at(moment.astimezone(zone)).count() == 1
    assert replace(Filters(), source="s") == Filters(source="s")
