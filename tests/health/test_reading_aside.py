"""A run that reads its pages in processes: the same corpus, in the same order, whoever dies."""

import sys
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from crawler import aside
from crawler.urls import canonical_key
from flows.steps import read
from flows.steps.tag import Tag, Tagger
from storage.corpus import Corpus
from storage.models import Article, Change, Page, Revision
from tests.health.conftest import Answer, Crawls

PAGES = [Answer(number) for number in range(1, 9)]


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "ENOUGH", 1)
    monkeypatch.setattr("crawler.aside.os.cpu_count", lambda: 2)
    monkeypatch.setattr(read, "BATCH", 3)


def test_pages_are_stored_in_the_order_of_their_segment(crawls: Crawls) -> None:
    report = crawls.run(PAGES)
    assert report.outcomes == {"new": 8}
    with crawls.app.database.reading() as session:
        feed = select(Article.url).join(Change, Change.article_id == Article.id)
        assert list(session.scalars(feed.order_by(Change.seq))) == [one.url for one in PAGES]
    assert crawls.run(PAGES).outcomes == {"unchanged": 8}


def test_texts_are_tagged_before_any_is_stored(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[int] = []
    tag = Tagger.tag

    def noting(tagger: Tagger, title: str, body: str, *args: Any, **named: Any) -> tuple[Tag, ...]:
        stored.append(Corpus(crawls.app.database).count())
        return tag(tagger, title, body, *args, **named)

    monkeypatch.setattr(Tagger, "tag", noting)
    assert crawls.run(PAGES).outcomes == {"new": 8}
    assert stored == [0] * 8


def test_each_answer_of_one_address_has_the_tags_of_its_own_text(crawls: Crawls) -> None:
    texts = ["泗阳县召开会议，部署全县防汛工作。" * 3, "沭阳县召开会议，部署全县防汛工作。" * 3]
    crawls.run([PAGES[0], *(Answer(9, body=text) for text in texts), PAGES[1]])
    with crawls.app.database.reading() as session:
        [before] = session.scalars(select(Revision.tags))
    now = Corpus(crawls.app.database).get(canonical_key(Answer(9).url))
    assert now is not None
    assert [tag["label"] for tag in before or () if tag["kind"] == "place"] == ["宿迁市泗阳县"]
    assert now.places == ("宿迁市沭阳县",)


def test_a_page_over_which_its_process_dies_is_parked(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = (sys.executable, "-c", "import sys; sys.stdin.buffer.read(4)")
    monkeypatch.setattr(aside, "Processes", partial(aside.Processes, command=dies))
    assert crawls.run(PAGES[:2]).outcomes == {"parked": 2}
    with crawls.app.database.reading() as session:
        reasons = set(session.scalars(select(Page.reason)))
    assert all((one or "").startswith("the process that read it died") for one in reasons)
