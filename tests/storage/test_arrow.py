"""Arrow tables: what is read from the tables by columns is what the records say."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import insert, select

from storage import Corpus
from storage.arrow.read import read_batch
from storage.arrow.records import article_table
from storage.arrow.schema import ARTICLE
from storage.database import Database
from storage.models import Article, Attachment, Link, Tag, Wording
from tests.storage.samples import NOW, Sample, store

LONG = '宿迁市泗洪县𠮷\u2028"引\\号"\n' * 40_000
SAMPLES = (
    Sample(key="a", tags=(("topic", "t/水", "水"), ("place", "p/泗洪", "泗洪"))),
    Sample(key="b", story="a", published_at=datetime(2026, 7, 31, 16, tzinfo=UTC)),
    Sample(key="c", body=LONG, published_at=None, attached="附"),
    Sample(
        key="d",
        body="别的",
        published_at=datetime(2024, 2, 29, 16, tzinfo=UTC),
        published_precision="day",
        tags=(("main_place", "p/泗洪", "泗洪"), ("topic", "t/农", "农"), ("topic", "t/水", "水")),
        fields={
            "keywords": ["水", "“利”\n"],
            "needs_ocr": True,
            "withdrawn_at": NOW,
            "body_raw": "x",
        },
    ),
)
ROLES = [{"title": "市长", "organisation": None, "body": "市政府"}]


@pytest.fixture
def stored(database: Database) -> Database:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
        pks = session.scalars(select(Article.pk).order_by(Article.pk)).all()
        _relate(session, pks)
        person: dict[str, Any] = {"kind": "person", "value": "王", "label": "王", "score": 2.5}
        more = {"evidence": [], "taxonomy": "t", "amount": 1.5, "roles": ROLES}
        session.execute(insert(Tag), [person | more | {"article_pk": pks[3]}])
        file = {"article_pk": pks[2], "url": "u", "text": "附", "text_status": "read"}
        session.execute(
            insert(Attachment), [file | {"position": n, "name": f"{n}.pdf"} for n in (1, 0)]
        )
    return database


def _relate(session: Any, pks: Any) -> None:
    """The first two have the same text, of which a part stands in the third."""
    digests = session.scalars(select(Article.text_digest).order_by(Article.pk)).all()
    session.add_all([Wording(pk=n, digest=digests[n + 1], version=1) for n in (0, 1)])
    session.flush()
    evidence = {"shared": [0.5, 1.0], "run": 7, "differs": ["−甲", "乙→丙"]}
    session.add(Link(a_pk=0, b_pk=1, kind="excerpt", evidence=evidence))


def test_columns_say_what_the_records_say(stored: Database) -> None:
    records = article_table(Corpus(stored).articles())
    with stored.reading() as session:
        pks = session.scalars(select(Article.pk)).all()
        batch = read_batch(session, pks)
    assert batch.schema == ARTICLE
    batch.validate(full=True)
    for ours, theirs in zip(batch.to_pylist(), records.to_pylist(), strict=True):
        assert ours == theirs
    assert [len(links) for links in batch["links"].to_pylist()] == [2, 2, 1, 0]
    assert pa.Table.from_batches([batch]).equals(records)


CARD = "11010519491231002X"
PHONE = "13812345678"
PRIVATE = {
    "title": f"公示{CARD}",
    "body": f"联系人：王某，电话{PHONE}。",
    "body_raw": f"电话：１３８　１２３４　５６７８ {CARD}",
    "author": f"王某 {PHONE}",
    "section": PHONE,
    "keywords": ["水", PHONE],
    "provenance": {"title": f"label:{PHONE}"},
    "body_html": f"<p>{PHONE[:3]}<b>{PHONE[3:]}</b></p>",
}
SHOWN = (
    *({"body_html": html} for html in (f'<img alt="{CARD}">', f"<td>{PHONE}</td><td>{CARD}</td>")),
    {"body_html": "".join(f"&#{ord(digit)};" for digit in PHONE)},
    {"body_html": f'<p>{PHONE[:3]}&nbsp;{PHONE[3:7]}<i title=">7y8">&nbsp;</i>{PHONE[7:]}</p>'},
)


@pytest.mark.parametrize("fields", [*({name: PRIVATE[name]} for name in PRIVATE), *SHOWN])
def test_personal_numbers_are_masked_in_columns_as_in_records(
    database: Database, fields: dict[str, Any]
) -> None:
    with database.unit_of_work() as session:
        store(session, Sample(key="p", fields=fields), SAMPLES[3])
    corpus = Corpus(database)
    table = corpus.articles().to_arrow()
    assert table.to_pylist() == article_table(corpus.articles()).to_pylist()
    shown = str(table.to_pylist())
    assert PHONE not in shown
    assert CARD not in shown
    with Corpus.open(database.url, unmasked=True) as whole:
        assert whole.articles().to_arrow().to_pylist() != table.to_pylist()


def test_no_articles_are_an_empty_table_of_the_same_shape(stored: Database) -> None:
    with stored.reading() as session:
        batch = read_batch(session, [])
    assert (batch.num_rows, batch.schema) == (0, ARTICLE)
