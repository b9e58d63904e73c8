"""What a notebook shows: told in full, and nothing of a page gets through as markup."""

import re
from collections.abc import Iterator

import pytest
from lxml import html
from sqlalchemy import insert, select

from storage import Corpus
from storage.database import Database
from storage.models import Article, Revision
from tests.storage.samples import NOW, Sample, store

EVIL = "<script>alert(1)</script>\"'&"
SAMPLES = (
    Sample(
        key="a",
        title=EVIL,
        body=f"{EVIL}\n今日",
        source=EVIL,
        tags=(("topic", EVIL, EVIL),),
        fields={"origin": EVIL, "document_number": EVIL},
    ),
    Sample(key="b", title="网址", fields={"url": "javascript:alert(1)"}),
)


@pytest.fixture
def corpus(database: Database) -> Iterator[Corpus]:
    with database.unit_of_work() as session:
        store(session, *SAMPLES)
        pk = session.scalar(select(Article.pk).where(Article.key == "a"))
        version = {"article_pk": pk, "number": 1, "title": EVIL, "body": f"{EVIL}\n昨日"}
        more = {"fields": {"origin": EVIL}, "digest": "0", "seen_at": NOW, "warc": "w"}
        session.execute(insert(Revision), [version | more])
    with Corpus.open(database.url) as opened:
        yield opened


def shown(answer: object) -> str:
    text = answer._repr_html_()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def test_nothing_of_a_page_is_markup(corpus: Corpus) -> None:
    article = corpus.get("a")
    answers = (corpus, corpus.articles(), article, corpus.counts(["topic"]), corpus.history("a"))
    for answer in answers:
        text = shown(answer)
        assert "<script" not in text, answer
        assert not re.search(r'href="(?!https?://)', text)
        assert EVIL in html.fromstring(f"<div>{text}</div>").xpath("string()")


def test_an_address_that_is_none_is_no_link(corpus: Corpus) -> None:
    assert "javascript:" not in shown(corpus.articles())
    assert "javascript:" not in shown(corpus.get("b"))


def test_a_change_is_marked(corpus: Corpus) -> None:
    text = shown(corpus.history("a"))
    assert "<del>昨</del>" in text
    assert "<ins>今</ins>" in text


def test_a_list_says_how_many_there_are(corpus: Corpus) -> None:
    assert "2 articles" in shown(corpus.articles())
    assert "2 articles in 2 stories, 1 earlier versions" in shown(corpus)
