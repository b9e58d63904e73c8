"""No way out of the corpus tells a personal number, nor can a search find out about one."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, text, update

from storage import Corpus, migrations
from storage.database import Database, State
from storage.folding import fold
from storage.masked_html import mask_html
from storage.masking import mask
from storage.models import (
    Article,
    Attachment,
    Counter,
    Fingerprint,
    FoldedText,
    Link,
    Revision,
    Wording,
)
from storage.models import Tag as TagRow
from tests.storage.samples import NOW, Sample, store

TAGS = (("topic", "t/水", "水"),)
PHONE = "13812345678"
ID = "321321199001011233"
BODY = f"公示名单：张三，身份证号{ID}，电话{PHONE}。\n举报电话：0527-84368000。"
OLD = BODY.replace(PHONE, "13987654321")
LATER = datetime(2026, 11, 25, tzinfo=UTC)


def _tell(database: Database) -> str:
    """An article with a number in every place that there is; its id."""
    with database.unit_of_work() as session:
        (found,) = store(
            session,
            Sample(
                key="a.cn/1",
                title=f"关于张三（{PHONE}）的公示",
                body=BODY,
                attached=f"张三 {PHONE}",
                fields={
                    "subtitle": f"电话{PHONE}",
                    "body_raw": f"{BODY} ",
                    "body_html": f"<p>电话<b>138</b>12345678 {ID}</p>",
                    "author": f"张三 {PHONE}",
                    "keywords": [PHONE, "公示"],
                    "provenance": {"author": f"label:联系电话 {PHONE}"},
                    "document_number": "宿政发〔2024〕3号",
                    "document_key": "宿政发〔2024〕3号",
                    "revision": 2,
                },
            ),
        )
        (citing,) = store(session, Sample(key="a.cn/2", title="另一篇"))
        pk = session.scalar(select(Article.pk).where(Article.id == found))
        other = session.scalar(select(Article.pk).where(Article.id == citing))
        evidence = {"field": "body", "start": 0, "end": len(BODY), "text": BODY, "rule": "r"}
        cites = {"field": "title", "start": 0, "end": 3, "text": "另一篇", "rule": "r"}
        same = {"score": 1.0, "taxonomy": "t"}
        person = {"kind": "person", "value": "张三", "label": "张三", "evidence": [evidence]}
        number = {
            "kind": "document",
            "value": "宿政发〔2024〕3号",
            "label": "x",
            "evidence": [cites],
        }
        rows = [person | {"article_pk": pk} | same, number | {"article_pk": other} | same]
        session.execute(insert(TagRow), rows)
        file = {"url": "http://a.cn/x.pdf", "name": f"{PHONE}.pdf", "text": f"张三 {PHONE}"}
        session.execute(insert(Attachment), [file | {"article_pk": pk, "position": 0}])
        fields = {
            "author": PHONE,
            "attachments": [{"url": "u", "name": PHONE}],
            "keywords": [PHONE],
        }
        session.add(
            Revision(
                article_pk=pk,
                number=1,
                title=PHONE,
                body=OLD,
                fields=fields,
                tags=[
                    {
                        "kind": "person",
                        "value": "张三",
                        "label": "张三",
                        "score": 1.0,
                        "taxonomy": "t",
                        "evidence": [evidence | {"text": OLD}],
                    }
                ],
                digest="d",
                seen_at=NOW,
                seen_until=NOW,
                warc="w",
            )
        )
        session.execute(update(Article).where(Article.pk == pk).values(revised_at=LATER))
    return found


def _answers(corpus: Corpus, which: str) -> Iterator[object]:
    """Everything that the corpus says of an article."""
    article = corpus.get(which)
    assert article is not None
    yield article.as_dict()
    yield [one.as_dict() for one in corpus.search("张三", reprints=True).items]
    yield [one.as_dict() for one in corpus.articles()]
    yield [one.as_dict() for one in corpus.story(article.story_id)]
    yield [asdict(one) for one in corpus.revisions(which)]
    for known in (corpus.history(which), *(corpus.citations(one.id) for one in corpus.articles())):
        assert known is not None
        yield known.as_dict()
    past = corpus.at(NOW)
    yield [one.as_dict() for one in past.articles()]
    then = past.get(which)
    assert then is not None
    yield then.as_dict()


def _digits(number: str) -> tuple[str, ...]:
    return number, number[3:], number[-8:], "13987654321"


def test_no_record_holds_a_personal_number(database: Database) -> None:
    which = _tell(database)
    for answer in _answers(Corpus(database), which):
        said = json.dumps(answer, ensure_ascii=False)
        for digits in (*_digits(PHONE), *_digits(ID)):
            assert digits not in said
        assert "0527-84368000" in said or "另一篇" in said or "举报" not in said


def test_evidence_stands_where_it_did(database: Database) -> None:
    article = Corpus(database).get(_tell(database))
    assert article is not None
    (evidence,) = article.tags[0].evidence
    assert evidence.text == article.body[evidence.start : evidence.end]
    assert len(article.body) == len(BODY)


def test_a_shown_digest_is_not_made_of_the_number(database: Database) -> None:
    which = _tell(database)
    with database.reading() as session:
        stored = session.scalar(select(Article.digest).where(Article.id == which))
    corpus = Corpus(database)
    article, history = corpus.get(which), corpus.history(which)
    assert article is not None
    assert history is not None
    assert stored not in {article.digest, *(version.digest for version in history.versions)}
    assert history.versions[-1].digest == article.digest


def test_the_owner_sees_all(url: str) -> None:
    database = Database.open(url)
    which = _tell(database)
    database.close()
    with Corpus.open(url, unmasked=True) as corpus:
        article, history = corpus.get(which), corpus.history(which)
        assert article is not None
        assert history is not None
        assert article.body == BODY
        assert history.versions[0].body == OLD
        assert [one.id for one in corpus.search(f"张三 {PHONE[3:]}").items] == [which]
        assert corpus.search(f"李四 {PHONE}").total == 0
        assert corpus.search(f"{PHONE} source:nobody").total == 0
        past = corpus.at(NOW).get(which)
        assert past is not None
        assert past.body == OLD


def test_the_owners_search_for_a_number_is_a_search_like_any_other(url: str) -> None:
    database = Database.open(url)
    said = [f"张三电话{PHONE}。", f"再问张三，{PHONE}。", f"张三：{PHONE}"]
    days = [NOW - number * timedelta(days=40) for number in range(3)]
    samples = [
        Sample(key=f"a.cn/{n}", body=body, published_at=day, source=f"s{n % 2}", tags=TAGS[: n % 2])
        for n, (body, day) in enumerate(zip(said, days, strict=True))
    ]
    plain = Sample(key="b.cn/1", body="项目编号20261234567，张三。", published_at=days[2])
    reprint = Sample(key="c.cn/1", body=said[2], published_at=days[0], story="a.cn/2", source="s0")
    with database.unit_of_work() as session:
        ids = store(session, *samples, plain, reprint)
    database.close()
    with Corpus.open(url, unmasked=True) as corpus:
        found = corpus.search(PHONE, sort="date", facets=("source", "topic"))
        assert [one.id for one in found.items] == ids[:3]
        assert (found.total, found.exact) == (3, True)
        assert [(one.value, one.count) for one in found.facets["source"]] == [("s0", 2), ("s1", 1)]
        assert [(one.value, one.count) for one in found.facets["topic"]] == [("t/水", 1)]
        first = corpus.search(PHONE, sort="date", limit=2)
        rest = corpus.search(PHONE, sort="date", limit=2, after=first.next)
        assert [one.id for one in (*first.items, *rest.items)] == ids[:3]
        assert corpus.search(PHONE, reprints=True).total == 4
        assert [one.id for one in corpus.search("20261234567").items] == [ids[3]]


@pytest.mark.parametrize("number", [PHONE, ID, "13987654321"])
def test_no_search_finds_a_number_or_a_part_of_one(database: Database, number: str) -> None:
    _tell(database)
    corpus = Corpus(database)
    for size in range(1, len(number) + 1):
        assert (
            corpus.search(f"张三 {number[-size:]}").total == 0
            or number[-size:] in "0527-84368000 宿政发〔2024〕3号"
        )
        assert corpus.search(f'"电话{number[:size]}"').total == 0
        assert corpus.at(NOW).search(f'"电话{number[:size]}"').total == 0


def test_tags_inside_of_a_number_do_not_hide_it() -> None:
    assert mask_html("<p>138<b>1234</b>5678</p>") == "<p>***<b>****</b>****</p>"
    assert mask_html("<td>张三</td><td>13812345678</td>") == "<td>张三</td><td>***********</td>"
    assert mask_html('<a href="tel:13812345678" title="13812345678">打电话</a>') == (
        '<a href="tel:***********" title="***********">打电话</a>'
    )
    kept = '<a href="http://a.cn/13812345678.html">a &amp; b</a><img src="/13812345678.png">'
    assert mask_html(kept) == kept
    assert mask_html("<p>138&nbsp;1234&nbsp;5678</p>") == "<p>***&nbsp;****&nbsp;****</p>"
    assert mask_html("<p>84212345</p>", {"84212345"}) == "<p>********</p>"


def test_texts_that_are_stored_are_folded_again(database: Database) -> None:
    which = _tell(database)
    with database.unit_of_work() as session:
        session.add_all([Wording(pk=pk, digest=f"{pk}", version=1) for pk in (1, 2, 3)])
        session.execute(update(Article).where(Article.id == which).values(text_digest="1"))
        session.flush()
        session.add_all(
            [Link(a_pk=1, b_pk=2, kind="exact", evidence={}), Fingerprint(hash=1, wording_pk=1)]
        )
        session.add_all(
            [Link(a_pk=2, b_pk=3, kind="exact", evidence={}), Fingerprint(hash=1, wording_pk=2)]
        )
        session.execute(update(Counter).where(Counter.name == "stories").values(value=1))
    masked = _folded(database)
    with database.engine.connect() as connection:
        migrations.downgrade(connection, "0005")
        connection.commit()
    raw = _folded(database)
    assert fold(BODY) in {row[1] for row in raw}
    assert _found(database, PHONE)
    assert database.state() is State.OLDER
    database.upgrade()
    assert _folded(database) == masked
    assert Corpus(database).search(PHONE).total == 0
    assert Corpus(database).search(fold(mask(BODY))[:12]).total == 1
    with database.reading() as session:
        assert session.scalars(select(Wording.pk).order_by(Wording.pk)).all() == [2, 3]
        assert session.scalar(select(func.count()).select_from(Link)) == 1
        assert session.scalars(select(Fingerprint.wording_pk)).all() == [2]
        assert session.scalar(select(Counter.value).where(Counter.name == "stories")) == 0


def _folded(database: Database) -> list[tuple[str, ...]]:
    with database.reading() as session:
        query = select(FoldedText.title, FoldedText.body, FoldedText.attachments)
        return [tuple(row) for row in session.execute(query.order_by(FoldedText.article_pk))]


def _found(database: Database, words: str) -> bool:
    with database.reading() as session:
        query = text("SELECT count(*) FROM folded_text WHERE body LIKE :words")
        return bool(session.scalar(query, {"words": f"%{words}%"}))


def test_masking_a_record_twice_changes_nothing_more(database: Database) -> None:
    from storage.personal import masked_article

    article = Corpus(database).get(_tell(database))
    assert article is not None
    assert masked_article(replace(article)) == article


def test_columns_hold_what_records_do(database: Database) -> None:
    from storage.arrow.records import article_table

    _tell(database)
    corpus = Corpus(database)
    table = corpus.articles().to_arrow()
    assert table.equals(article_table(corpus.articles()))
    said = json.dumps(table.to_pylist(), ensure_ascii=False, default=str)
    assert not [digits for digits in (*_digits(PHONE), *_digits(ID)) if digits in said]
