"""Loading: idempotent, revisions kept, reprints settled the same way in whatever order they come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from crawler.records import Article as Record
from crawler.records import Attachment, Moment
from flows.steps.dedupe import text_digest
from flows.steps.load import Tagged, load
from flows.steps.tag import Evidence, Role, Tag
from storage import ledger
from storage.corpus import Corpus
from storage.database import Database
from storage.ledger import Sighting
from storage.models import Article, Outcome, Revision, Story
from storage.search import fold
from tests.storage.fresh import fresh
from tests.storage.in_step import in_step

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效，全市高新技术企业数量持续增长，创新主体不断壮大，营商环境持续优化，人民群众的获得感幸福感安全感不断增强。"
OTHER = "骆马湖水位昨日回落至警戒线以下，沿湖五个乡镇的巡堤人员分批撤下，市防汛指挥部提醒渔民仍要留意上游来水，雨具和照明设备继续留在哨所，值班电话二十四小时有人接听，险情随报随处理。"


def record(
    key: str, body: str = LONG, day: int = 1, title: str = "标题", **changes: object
) -> Record:
    values = {
        "url": f"http://{key}",
        "key": key,
        "source": "s",
        "title": title,
        "body": body,
        "published": Moment.local(date(2024, 1, day)),
        "fetched_at": NOW,
        "warc": "seg@0",
    }
    return Record(**(values | changes))  # type: ignore[arg-type]


@contextmanager
def database() -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        opened = Database.open(fresh(Path(folder) / "x.db"))
        try:
            yield opened
        finally:
            opened.close()


def store(
    database: Database,
    *records: Record,
    now: datetime = NOW,
    authority: int = 0,
    saved: bool = False,
    taxonomy: str = "v1",
    label: str = "宿迁市",
    words: str = "标题",
) -> dict[str, Outcome]:
    with database.unit_of_work() as session:
        run = ledger.start_run(session, "test", {}, now)
        ids = ledger.sight(
            session, run, [Sighting(key=r.key, url=r.url, source=r.source) for r in records], now
        )
        tag = Tag("place", "suqian", label, 1.0, (Evidence("title", 0, 2, words, "name"),))
        batch = [
            Tagged(
                article=r,
                page_id=ids[r.key],
                authority=authority,
                lang="zh-Hans",
                tags=(tag,),
                taxonomy=taxonomy,
                captured_at=r.fetched_at if saved else None,
            )
            for r in records
        ]
        return load(session, batch, now)


def test_an_article_is_stored_once_however_often_it_is_loaded() -> None:
    with database() as opened:
        assert store(opened, record("a.cn/1")) == {"a.cn/1": Outcome.NEW}
        before = Corpus(opened).changes()
        assert store(opened, record("a.cn/1")) == {"a.cn/1": Outcome.UNCHANGED}
        assert Corpus(opened).count() == 1
        assert Corpus(opened).changes() == before


def test_a_newer_taxonomy_that_shows_other_words_tags_again() -> None:
    with database() as opened:
        store(opened, record("a.cn/1"))
        store(opened, record("a.cn/1"), taxonomy="v2", words="他处")
        assert [change.kind for change in Corpus(opened).changes()] == ["added", "retagged"]
        (article,) = Corpus(opened).articles()
        assert article.tags[0].evidence[0].text == "他处"


def test_a_change_keeps_the_version_before_it() -> None:
    with database() as opened:
        old = record("a.cn/1", attachments=(Attachment("http://a.cn/x.pdf", "附件"),))
        store(opened, old)
        later = NOW + timedelta(days=1)
        assert store(opened, record("a.cn/1", body=LONG + "补充。"), now=later) == {
            "a.cn/1": Outcome.CHANGED
        }
        article = Corpus(opened).get("a.cn/1")
        assert article is not None
        assert (article.revision, article.body) == (2, LONG + "补充。")
        with opened.reading() as session:
            kept = session.scalars(select(Revision)).one()
        assert (kept.number, kept.body, kept.seen_at) == (1, LONG, NOW)
        assert kept.fields["attachments"] == [
            {"url": "http://a.cn/x.pdf", "name": "附件", "digest": None, "warc": None}
        ]
        assert [change.kind for change in Corpus(opened).changes()] == ["added", "revised"]


def test_what_no_reader_sees_makes_no_revision() -> None:
    with database() as opened:
        store(opened, record("a.cn/1"))
        moved = replace(
            record("a.cn/1"), warc="seg@99", fetched_at=NOW + timedelta(days=1), keywords=("新",)
        )
        assert store(opened, moved) == {"a.cn/1": Outcome.UNCHANGED}


def test_two_bodies_of_one_address_in_one_batch_become_two_versions() -> None:
    with database() as opened:
        outcomes = store(opened, record("a.cn/1"), record("a.cn/1", body=LONG + "二"))
        assert outcomes == {"a.cn/1": Outcome.CHANGED}
        article = Corpus(opened).get("a.cn/1")
        assert article is not None
        assert article.revision == 2


def test_old_text_is_found_no_more_after_a_change() -> None:
    with database() as opened:
        store(opened, record("a.cn/1", body="这里说的是骆马湖的水位变化。"))
        store(opened, record("a.cn/1", body="这里说的是洪泽湖的水位变化。"))
        assert Corpus(opened).search("骆马湖").total == 0
        assert Corpus(opened).search("洪泽湖").total == 1
        with opened.reading() as session:
            assert in_step(session)


def test_a_reprint_is_stored_and_points_to_the_earliest() -> None:
    with database() as opened:
        assert store(opened, record("b.cn/1", day=2)) == {"b.cn/1": Outcome.NEW}
        assert store(opened, record("c.cn/1", day=3, title="转载")) == {"c.cn/1": Outcome.DUPLICATE}
        assert store(opened, record("a.cn/1", day=1)) == {"a.cn/1": Outcome.NEW}
        canonical = Corpus(opened).get("a.cn/1")
        assert canonical is not None
        others = [Corpus(opened).get(key) for key in ("b.cn/1", "c.cn/1")]
        assert [other and other.duplicate_of for other in others] == [canonical.id] * 2
        assert Corpus(opened).search("科技创新").total == 1
        assert Corpus(opened).search("科技创新", reprints=True).total == 3
        with opened.reading() as session:
            assert in_step(session)


def test_a_storys_id_is_its_founders_and_stays_when_an_earlier_article_joins() -> None:
    with database() as opened:
        store(opened, record("b.cn/1", day=2))
        founder = Corpus(opened).get("b.cn/1")
        store(opened, record("a.cn/1", day=1))
        earlier = Corpus(opened).get("a.cn/1")
        assert founder is not None
        assert earlier is not None
        assert earlier.story_id == founder.story_id == founder.id
        # The id that the later article had for a moment goes on to answer.
        assert [a.id for a in Corpus(opened).story(earlier.id)] == [earlier.id, founder.id]


def test_a_revision_that_makes_an_article_differ_takes_it_out_of_its_story() -> None:
    with database() as opened:
        store(opened, record("a.cn/1", day=1), record("b.cn/1", day=2))
        store(opened, record("b.cn/1", day=2, body=OTHER))
        stories = {a.key: (a.story_id, a.duplicate_of) for a in rows(opened)}
        assert stories["a.cn/1"][0] != stories["b.cn/1"][0]
        assert stories["b.cn/1"][1] is None


def test_when_the_canonical_article_leaves_it_keeps_the_storys_id() -> None:
    with database() as opened:
        store(opened, record("a.cn/1", day=1), record("b.cn/1", day=2), record("c.cn/1", day=3))
        before = {a.key: a.story_id for a in rows(opened)}
        store(opened, record("a.cn/1", day=1, body=OTHER))
        after = {a.key: a for a in rows(opened)}
        assert after["a.cn/1"].story_id == before["a.cn/1"]
        assert after["b.cn/1"].story_id == after["c.cn/1"].story_id != before["a.cn/1"]
        assert after["c.cn/1"].duplicate_of == after["b.cn/1"].id


def rows(opened: Database) -> list[Article]:
    with opened.reading() as session:
        return list(session.scalars(select(Article).order_by(Article.key)))


def test_short_bodies_are_one_text_only_with_the_same_title() -> None:
    with database() as opened:
        store(
            opened,
            record("a.cn/1", "详见附件", title="甲公示"),
            record("b.cn/1", "详见附件", title="乙公示"),
        )
        store(opened, record("c.cn/1", "详见附件", title="甲公示", day=5))
        assert [bool(a.duplicate_of) for a in rows(opened)] == [False, False, True]


def test_text_that_differs_only_in_script_and_width_is_the_same() -> None:
    traditional = "近年來，宿遷市把科技創新擺在突出位置,推動高質量發展取得新成效"
    simplified = "近年来，宿迁市把科技创新摆在突出位置，推动高质量发展取得新成效"
    assert text_digest("", fold(traditional)) == text_digest("", fold(simplified))


TEXTS = [LONG, OTHER, "短文一", "短文二"]
ARTICLES = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(range(len(TEXTS))), st.integers(1, 5)),
    min_size=1,
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(ARTICLES, st.randoms(use_true_random=False), st.integers(1, 5))
def test_stories_are_the_same_in_any_order_and_batch(
    drawn: list[tuple[int, int, int]], random: object, size: int
) -> None:
    latest = {key: record(f"k.cn/{key}", TEXTS[text], day) for key, text, day in drawn}
    records = list(latest.values())
    with database() as opened:
        store(opened, *records)
        expected = partition(opened)
    random.shuffle(records)  # type: ignore[attr-defined]
    with database() as opened:
        for start in range(0, len(records), size):
            store(opened, *records[start : start + size])
        assert partition(opened) == expected


def partition(opened: Database) -> set[tuple[frozenset[str], str]]:
    """The stories as sets of keys, each with its canonical article's key."""
    groups: dict[str, list[Article]] = {}
    for row in rows(opened):
        groups.setdefault(row.story_id, []).append(row)
    with opened.reading() as session:
        named = {story.id: story.canonical_id for story in session.scalars(select(Story))}
    for story_id, members in groups.items():
        canonical = [row for row in members if row.duplicate_of is None]
        assert [row.id for row in canonical] == [named[story_id]]
    return {
        (
            frozenset(row.key for row in members),
            next(r.key for r in members if r.duplicate_of is None),
        )
        for members in groups.values()
    }


def attached(text: str = "", status: str = "not fetched", digest: str | None = None) -> Record:
    file = Attachment("http://a.cn/x.pdf", "附件", text, status, digest)
    return record("a.cn/1", attachments=(file,))


def test_html_section_and_mark_are_stored() -> None:
    with database() as opened:
        store(opened, record("a.cn/1", body_html="<p>一</p>", section="公示", needs_ocr=True))
        article = Corpus(opened).get("a.cn/1")
        assert article is not None
        assert (article.body_html, article.section, article.needs_ocr) == (
            "<p>一</p>",
            "公示",
            True,
        )


def test_the_text_of_a_file_that_comes_later_is_no_revision_but_news() -> None:
    with database() as opened:
        store(opened, attached())
        assert store(opened, attached("骆马湖名单", "read", "d1")) == {"a.cn/1": Outcome.UNCHANGED}
        article = Corpus(opened).get("a.cn/1")
        assert article is not None
        assert article.revision == 1
        assert Corpus(opened).search("骆马湖").total == 1
        assert [change.kind for change in Corpus(opened).changes()] == ["added", "attached"]
        assert store(opened, attached("骆马湖名单", "read", "d1")) == {"a.cn/1": Outcome.UNCHANGED}
        assert len(Corpus(opened).changes()) == 2


def test_another_file_at_the_same_address_is_a_revision() -> None:
    with database() as opened:
        store(opened, attached("骆马湖名单", "read", "d1"))
        assert store(opened, attached("洪泽湖名单", "read", "d2")) == {"a.cn/1": Outcome.CHANGED}
        assert Corpus(opened).search("骆马湖").total == 0
        assert Corpus(opened).revisions("a.cn/1")[0].fields["attachments"][0]["digest"] == "d1"


def test_pages_that_are_but_a_title_and_a_file_are_told_apart_by_the_file() -> None:
    with database() as opened:
        one, other = (
            record(
                key, body="", attachments=(Attachment("http://a.cn/x", "件", text, "read", key),)
            )
            for key, text in (("a.cn/1", "甲公司"), ("b.cn/1", "乙公司"))
        )
        store(opened, one, other)
        assert [Corpus(opened).get(key).duplicate_of for key in ("a.cn/1", "b.cn/1")] == [None] * 2  # type: ignore[union-attr]


def test_a_batch_takes_as_many_statements_whatever_it_holds() -> None:
    """Each statement costs what some rows do: a batch is not to fall apart by which fields are empty."""
    counts = []
    for number in (2, 20):
        with database() as corpus, statements(corpus) as made:
            store_tagged(corpus, number)
        counts.append(len(made))
    assert counts[0] == counts[1]


@contextmanager
def statements(corpus: Database) -> Iterator[list[str]]:
    made: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        made.append(statement)

    event.listen(corpus.engine, "before_cursor_execute", note)
    yield made
    event.remove(corpus.engine, "before_cursor_execute", note)


def store_tagged(corpus: Database, number: int) -> None:
    """Articles of as many days, each with a tag of every form: bare, of an amount, of a role."""
    shown = (Evidence("title", 0, 2, "标题", "r"),)
    tags = (
        Tag("topic", "t", "题", 1.0, shown),
        Tag("money", "CNY:5", "5元", 1.0, shown, amount=5.0),
        Tag("person", "p", "人", 1.0, shown, roles=(Role("局长"),)),
    )
    with corpus.unit_of_work() as session:
        run = ledger.start_run(session, "test", {}, NOW)
        bodies = ["".join(map(chr, range(0x4E00 + 50 * n, 0x4E32 + 50 * n))) for n in range(number)]
        records = [record(f"a.cn/{n}", body, n + 1, f"第{n}篇") for n, body in enumerate(bodies)]
        sightings = [Sighting(key=one.key, url=one.url, source="s") for one in records]
        pages = ledger.sight(session, run, sightings, NOW)
        load(
            session, [Tagged(one, pages[one.key], 0, "zh-Hans", tags, "v1") for one in records], NOW
        )
