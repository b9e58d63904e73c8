"""A run that reads its pages in processes: the same corpus, in the same order, whoever dies."""

import sys
from functools import partial

import pytest
from sqlalchemy import select

from crawler import aside
from flows.steps import read
from storage.models import Article, Change, Page
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


def test_a_page_over_which_its_process_dies_is_parked(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = (sys.executable, "-c", "import sys; sys.stdin.buffer.read(4)")
    monkeypatch.setattr(aside, "Processes", partial(aside.Processes, command=dies))
    assert crawls.run(PAGES[:2]).outcomes == {"parked": 2}
    with crawls.app.database.reading() as session:
        reasons = set(session.scalars(select(Page.reason)))
    assert all((one or "").startswith("the process that read it died") for one in reasons)
