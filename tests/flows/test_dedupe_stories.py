"""Stories: the same sets in any order, batch and number of workers; ids that stay; links."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from crawler.records import Article as Record
from flows.steps import dedupe
from flows.steps.dedupe import relatives
from storage import migrations
from storage.corpus import Corpus
from storage.database import Database, State
from storage.export import export
from storage.models import (
    Article,
    Attachment,
    Counter,
    Fingerprint,
    FoldedText,
    Link,
    Story,
    Tag,
    Wording,
    article_id,
)
from storage.search import unindex
from storage.web import create_app
from tests.flows.test_dedupe_compare import BODY, FIELDS, NEWS, NOTICE
from tests.flows.test_load import NOW, partition, record, rows, store
from tests.storage.asking import Client

CUT = "\n".join(NEWS[:-1])
CUT_MORE = "\n".join(NEWS[:-2])
LED = "编者按：制造业是实体经济的根基，本报今起推出系列报道，敬请读者关注。\n" + CUT
ROUND_UP = (
    f"本周全市多项工作取得进展。\n{NEWS[0]}\n{NEWS[1]}\n"
    + "洋河新区举行酒都文化节开幕式，来自各地的客商参加产品推介，现场签下订单，沿街的商户也搬出了新酒请人品尝。\n"
    * 4
)


# Both are like the whole text, and not like each other.
START = "\n".join(NEWS[:-2])
END = "\n".join(
    [*NEWS[1:], "记者还走访了沿河的几个村庄，村里的老人说起从前的纺车，年轻人说起新厂。"]
)


def notice(**changes: str) -> str:
    return NOTICE.format_map(FIELDS | changes)


TEXTS = [
    *(START, END),
    *(BODY, CUT, CUT_MORE, LED, ROUND_UP),
    *(notice(), notice(month="6"), notice(person="李保国"), notice() + "\n来源：蔡集镇"),
    *("详见附件", "".join(reversed(BODY))),
]
TITLES = ["宿迁高新区推动纺织产业转型", "2023年公示", "2024年公示"]
ARTICLES = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(range(len(TEXTS))),
        st.sampled_from(TITLES),
        st.integers(1, 4),
    ),
    min_size=2,
    max_size=14,
)
Stories = set[tuple[frozenset[str], str]]


@contextmanager
def fresh(url: Callable[[Path], str]) -> Iterator[Database]:
    with TemporaryDirectory() as folder:
        opened = Database.open(url(Path(folder)))
        try:
            yield opened
        finally:
            opened.close()


@pytest.fixture
def new_url(backend: str, copy_of_template: Callable[[str, Path], str]) -> Callable[[Path], str]:
    return lambda folder: copy_of_template(backend, folder)


def records(drawn: Sequence[tuple[int, int, str, int]]) -> list[Record]:
    latest = {
        key: record(f"k.cn/{key}", TEXTS[text], day, title) for key, text, title, day in drawn
    }
    return list(latest.values())


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ARTICLES, st.integers(0, 99), st.integers(1, 5))
def test_stories_are_the_same_shuffled_and_in_batches(
    new_url: Callable[[Path], str], drawn: list[tuple[int, int, str, int]], seed: int, size: int
) -> None:
    articles = records(drawn)
    with fresh(new_url) as opened:
        store(opened, *articles)
        expected = partition(opened)
    Random(seed).shuffle(articles)
    with fresh(new_url) as opened:
        for start in range(0, len(articles), size):
            store(opened, *articles[start : start + size])
        assert partition(opened) == expected


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ARTICLES, ARTICLES, st.integers(0, 99))
def test_whatever_the_articles_said_before_counts_for_nothing(
    new_url: Callable[[Path], str],
    before: list[tuple[int, int, str, int]],
    after: list[tuple[int, int, str, int]],
    seed: int,
) -> None:
    """Revisions take articles out of stories and into others; what stands in the end decides."""
    last = records([*before, *after])
    with fresh(new_url) as opened:
        store(opened, *last)
        expected = partition(opened)
    Random(seed).shuffle(last)
    with fresh(new_url) as opened:
        store(opened, *records(before))
        store(opened, *last[: len(last) // 2])
        store(opened, *last[len(last) // 2 :])
        assert partition(opened) == expected
        assert nothing_is_left_over(opened)


def nothing_is_left_over(opened: Database) -> bool:
    """Whether exactly the texts that articles have are stored, with exactly their keys."""
    with opened.reading() as session:
        wordings = {row.pk: row.digest for row in session.scalars(select(Wording))}
        keys = {(row.hash, row.wording_pk) for row in session.scalars(select(Fingerprint))}
        texts = relatives._texts(session, wordings)
        links = {pk for row in session.scalars(select(Link)) for pk in (row.a_pk, row.b_pk)}
        held = set(session.scalars(select(Article.text_digest)))
    expected = {
        (key, pk) for pk, t in texts.items() for key in dedupe.signature(t.title, t.body).keys
    }
    return set(wordings.values()) == held and keys == expected and links <= wordings.keys()


@pytest.mark.parametrize("seed", range(4))
def test_two_workers_with_halves_of_a_corpus_end_where_one_with_all_of_it_does(
    new_url: Callable[[Path], str], seed: int
) -> None:
    random = Random(seed)
    articles = [
        record(f"k.cn/{key}", random.choice(TEXTS), random.randint(1, 4), random.choice(TITLES))
        for key in range(40)
    ]
    with fresh(new_url) as opened:
        store(opened, *articles)
        expected = partition(opened)
    with fresh(new_url) as opened:
        together(opened, articles[::2], articles[1::2])
        assert partition(opened) == expected
        assert [change.seq for change in Corpus(opened).changes()] == list(
            range(1, len(Corpus(opened).changes()) + 1)
        )


def together(opened: Database, *halves: Sequence[Record]) -> None:
    """Load each half from a thread and a connection of its own, five articles a transaction."""
    start, failed = Barrier(len(halves)), []

    def work(half: Sequence[Record]) -> None:
        start.wait()
        try:
            for at in range(0, len(half), 5):
                store(opened, *half[at : at + 5])
        except Exception as error:  # noqa: BLE001 - told by the test, not by a thread nobody hears
            failed.append(error)

    workers = [Thread(target=work, args=(half,)) for half in halves]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []


def test_an_excerpt_links_stories_and_merges_none(database: Database) -> None:
    store(
        database,
        record("a.cn/1", NEWS[0] + NEWS[1], 1),
        record("b.cn/1", ROUND_UP, 2, "一周要闻"),
        record("c.cn/1", BODY, 3, "纺织"),
    )
    assert len(partition(database)) == 3
    with database.reading() as session:
        assert {link.kind for link in session.scalars(select(Link))} == {"excerpt"}


def test_links_name_the_others_their_kind_and_what_shows_it(database: Database) -> None:
    store(
        database,
        record("a.cn/1", BODY, 1),
        record("b.cn/1", BODY, 2),
        record("c.cn/1", CUT, 3, "老产业焕新"),
        record("d.cn/1", ROUND_UP, 4, "一周要闻"),
    )
    corpus = Corpus(database)
    links = corpus.links("a.cn/1")
    assert [(link.kind, link.id) for link in links] == [
        ("exact", article_id("b.cn/1")),
        ("reprint", article_id("c.cn/1")),
        ("excerpt", article_id("d.cn/1")),
    ]
    reprint, back = links[1], corpus.links("c.cn/1")[0]
    assert reprint.shared[0] < reprint.shared[1] == 1.0
    assert (reprint.differs[0][0], back.differs[0][0]) == ("−", "+")
    # Of two copies of a text, the canonical one stands for it.
    assert back.id == article_id("a.cn/1")
    assert back.shared == reprint.shared[::-1]
    assert back.run == reprint.run > 150
    assert corpus.links("nowhere") == ()


def test_an_export_carries_story_and_links_of_every_article(
    database: Database, tmp_path: Path
) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2))
    assert export(Corpus(database).articles(), tmp_path / "all.jsonl").articles == 2
    first, second = map(json.loads, (tmp_path / "all.jsonl").read_text("utf-8").splitlines())
    assert first["story_id"] == second["story_id"]
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])
    (link,) = second["links"]
    assert (link["kind"], link["url"], link["id"]) == ("reprint", first["url"], first["id"])
    assert link["shared"] == first["links"][0]["shared"][::-1]


def test_what_a_third_text_held_together_parts_when_that_goes(database: Database) -> None:
    store(
        database,
        record("a.cn/1", START, 1),
        record("b.cn/1", BODY, 2),
        record("c.cn/1", END, 3),
    )
    assert len(partition(database)) == 1
    store(database, record("b.cn/1", "".join(reversed(BODY)), 2))
    assert {keys for keys, _ in partition(database)} == {
        frozenset({"a.cn/1"}),
        frozenset({"b.cn/1"}),
        frozenset({"c.cn/1"}),
    }


def test_a_story_of_many_copies_holds_when_any_of_them_goes(database: Database) -> None:
    """Each copy is compared with a few of a story; when one goes, the others are, too."""
    for key in range(8):
        store(database, record(f"k.cn/{key}", f"{BODY}\n编辑：{'甲乙丙丁戊己庚辛'[key]}", key + 1))
    assert len(partition(database)) == 1
    for key in range(5):
        store(database, record(f"k.cn/{key}", "".join(reversed(BODY)) + str(key), key + 1))
    groups = {keys for keys, _ in partition(database)}
    assert frozenset({"k.cn/5", "k.cn/6", "k.cn/7"}) in groups
    assert nothing_is_left_over(database)


def test_after_a_merge_the_older_id_stays_and_the_other_redirects(database: Database) -> None:
    store(database, record("a.cn/1", START, 2))
    store(database, record("c.cn/1", END, 1))
    older, younger = article_id("a.cn/1"), article_id("c.cn/1")
    store(database, record("b.cn/1", BODY, 3))
    assert {row.story_id for row in rows(database)} == {older}
    assert {a.story_id for a in Corpus(database).story(younger)} == {older}
    kinds = [(change.article_id, change.kind) for change in Corpus(database).changes()]
    # The one that was canonical of its own story and now is of both; the other points to it.
    assert kinds[2:] == [
        (article_id("b.cn/1"), "added"),
        (older, "merged"),
        (younger, "merged"),
    ]


def test_a_reprint_that_comes_to_differ_is_split_off_and_told_of(database: Database) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2))
    store(database, record("b.cn/1", "".join(reversed(BODY)), 2))
    assert [c.kind for c in Corpus(database).changes()][-2:] == ["revised", "split"]
    assert len({row.story_id for row in rows(database)}) == 2


def test_at_a_tie_the_issuing_body_is_the_canonical_one(database: Database) -> None:
    store(database, record("a.cn/1", CUT, 1), authority=1)
    store(database, record("b.cn/1", BODY, 1), authority=5)
    assert partition(database) == {(frozenset({"a.cn/1", "b.cn/1"}), "b.cn/1")}


def forget(database: Database, *keys: str) -> None:
    """Leave the stories, then delete: as whoever forgets articles does."""
    with database.unit_of_work() as session:
        pks = list(session.scalars(select(Article.pk).where(Article.key.in_(keys))))
        dedupe.leave(session, pks, NOW)
        unindex(session, pks)
        for table in (Tag, Attachment, FoldedText):
            session.execute(delete(table).where(table.article_pk.in_(pks)))
        session.execute(delete(Article).where(Article.pk.in_(pks)))


def test_when_the_canonical_article_is_forgotten_the_others_keep_the_story(
    database: Database,
) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2), record("c.cn/1", LED, 3))
    story = rows(database)[0].story_id
    forget(database, "a.cn/1")
    assert partition(database) == {(frozenset({"b.cn/1", "c.cn/1"}), "b.cn/1")}
    assert {row.story_id for row in rows(database)} == {story}
    assert nothing_is_left_over(database)
    told = {(c.article_id, c.kind) for c in Corpus(database).changes()[3:]}
    assert told == {(article_id("b.cn/1"), "split"), (article_id("c.cn/1"), "split")}


def test_forgetting_an_equal_copy_leaves_the_text_to_be_found(database: Database) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", BODY, 2))
    forget(database, "a.cn/1")
    store(database, record("c.cn/1", CUT, 3))
    assert partition(database) == {(frozenset({"b.cn/1", "c.cn/1"}), "b.cn/1")}


def test_forgetting_all_of_a_story_leaves_nothing_of_it(database: Database) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2))
    forget(database, "a.cn/1", "b.cn/1")
    with database.reading() as session:
        for table in (Article, Wording, Fingerprint, Link):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_one_address_with_two_bodies_in_one_batch_stands_where_the_last_says(
    database: Database,
) -> None:
    store(
        database,
        record("a.cn/1", BODY, 1),
        record("b.cn/1", CUT, 2),
        record("b.cn/1", "".join(reversed(BODY)), 2),
    )
    assert len(partition(database)) == 2
    assert nothing_is_left_over(database)


def test_a_clock_that_goes_backwards_changes_no_story(database: Database) -> None:
    store(database, record("a.cn/1", BODY, 1))
    store(database, record("b.cn/1", CUT, 2), now=NOW - timedelta(days=400))
    store(database, record("c.cn/1", LED, 3), now=NOW - timedelta(days=800))
    assert partition(database) == {(frozenset({"a.cn/1", "b.cn/1", "c.cn/1"}), "a.cn/1")}


@pytest.mark.parametrize("first", [0, 1])
def test_a_revision_before_its_original_leaves_the_story_to_what_stands_last(
    database: Database, first: int
) -> None:
    store(database, record("z.cn/1", BODY, 1))
    versions = [record("a.cn/1", CUT, 2), record("a.cn/1", "".join(reversed(BODY)), 2)]
    store(database, versions[first])
    store(database, versions[1 - first])
    assert len(partition(database)) == (1 if first else 2)
    assert nothing_is_left_over(database)


def test_one_character_and_a_very_long_text_are_articles_like_any_other(
    database: Database,
) -> None:
    long = "".join(f"第{number}条，{NEWS[number % 5]}\n" for number in range(1, 1500))
    store(
        database,
        record("a.cn/1", "无", 1),
        record("b.cn/1", long, 1),
        record("c.cn/1", long, 2, "另一标题"),
        record("d.cn/1", "无", 2),
    )
    assert {keys for keys, _ in partition(database)} == {
        frozenset({"a.cn/1", "d.cn/1"}),
        frozenset({"b.cn/1", "c.cn/1"}),
    }
    with database.reading() as session:
        per_text = select(func.count()).select_from(Fingerprint).group_by(Fingerprint.wording_pk)
        assert max(session.scalars(per_text)) < 2500


def test_what_was_stored_before_the_method_is_caught_up_with(database: Database) -> None:
    articles = [record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2), record("c.cn/1", BODY, 3)]
    store(database, *articles)
    expected = partition(database)
    with database.unit_of_work() as session:
        for table in (Link, Fingerprint, Wording):
            session.execute(delete(table))
        for row in session.scalars(select(Article)):
            row.story_id, row.duplicate_of, row.text_digest = row.id, None, f"old {row.pk}"
        session.execute(update(Story).values(merged_into=None, canonical_id=Story.id))
        session.execute(update(Counter).where(Counter.name == "stories").values(value=0))
    assert dedupe.catch_up(database, NOW) == 3
    assert partition(database) == expected
    assert nothing_is_left_over(database)
    assert dedupe.catch_up(database, NOW) == 0


def test_what_another_version_of_the_method_found_is_found_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2))
    dedupe.catch_up(database, NOW)
    for module in (dedupe, relatives):
        monkeypatch.setattr(module, "VERSION", 99)
    assert dedupe.catch_up(database, NOW) == 2
    with database.reading() as session:
        assert set(session.scalars(select(Wording.version))) == {99}
    assert nothing_is_left_over(database)


def test_a_corpus_of_the_schema_before_is_brought_up_with_all_that_is_in_it(
    database: Database,
) -> None:
    store(database, record("a.cn/1", BODY, 1), record("b.cn/1", CUT, 2), record("c.cn/1", END, 3))
    expected = partition(database)
    with database.engine.connect() as connection:
        migrations.downgrade(connection, "0001")
        connection.commit()
    assert database.state() is State.OLDER
    database.upgrade()
    assert partition(database) == expected
    assert dedupe.catch_up(database, NOW) == 3
    assert partition(database) == expected
    assert nothing_is_left_over(database)


def test_an_articles_page_names_reprints_and_excerpts(database: Database) -> None:
    store(
        database,
        record("a.cn/1", NEWS[0] + NEWS[1], 1, "原文"),
        record("b.cn/1", NEWS[0] + NEWS[1] + "（完）", 2, "转载的"),
        record("c.cn/1", ROUND_UP, 3, "一周要闻"),
    )
    corpus = Corpus(database)
    article = corpus.get("a.cn/1")
    assert article is not None
    page = Client(create_app(corpus)).get(f"/articles/{article.id}").text
    assert "转载的" in page
    assert "本文的 100% 见于该文" in page
