"""Lists that fail: what goes on all the same, and what is given up."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from scrapy.http import Request, Response

from crawler.catalogue import Catalogue
from crawler.middlewares.recording import ANSWER, NOTE
from crawler.plan import ColumnPlan, CrawlPlan
from crawler.segment import Handle, Role, SegmentWriter
from crawler.spiders.listing import ListingSpider
from crawler.spiders.walk import Memory
from tests.crawler.test_spider_files import Notes

SOURCE = """\
name: 报
level: paper
hosts: [p.cn]
columns:
  paper: {name: 报, kind: epaper, start: 'http://p.cn/{year}-{month}/{day}/node_1.htm', since: 2020-01-01}
"""
PAGE = b"<a href='content_1.htm'>x</a>"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "s.yaml").write_text(SOURCE, "utf-8")
    return Catalogue.load(tmp_path)


def spider(catalogue: Catalogue, since: date | None = None) -> tuple[ListingSpider, Notes]:
    column = ColumnPlan(source="s", column="paper", since=since, until=date(2026, 6, 30))
    plan = CrawlPlan(segment="s", folder="", catalogue=(), columns=(column,))
    notes, memory = Notes(), Memory({}, frozenset({"p.cn"}))
    return ListingSpider(plan, catalogue, memory, cast("SegmentWriter", notes)), notes


def walked(one: ListingSpider, statuses: Iterator[int]) -> list[str]:
    """Answer its list requests with these statuses; the addresses that were asked for."""
    asked = []
    waiting = [request for _, request in one._first_requests()]
    while waiting:
        request = waiting.pop()
        asked.append(request.url)
        waiting += [r for r in one.parse_list(answer(request, next(statuses)), **request.cb_kwargs) if "walk" in r.cb_kwargs]  # fmt: skip
    return asked


def answer(request: Request, status: int) -> Response:
    meta: dict[str, Any] = {ANSWER: (Handle(), request.meta[NOTE])}
    return Response(
        request.url, status=status, body=PAGE, request=request.replace(meta=request.meta | meta)
    )


def problems(notes: Notes) -> list[str | None]:
    return [note.reason for note in notes.notes if note.role is Role.PROBLEM]


def test_days_without_an_issue_are_passed_over(catalogue: Catalogue) -> None:
    one, notes = spider(catalogue, since=date(2026, 6, 26))
    asked = walked(one, iter([404, 200, 404, 404, 200]))
    assert [url[12:22] for url in asked] == [f"2026-06/{day}" for day in (30, 29, 28, 27, 26)]
    assert problems(notes) == []


def test_a_paper_that_is_not_there_is_given_up(catalogue: Catalogue) -> None:
    one, notes = spider(catalogue)
    assert len(walked(one, iter([404] * 100))) == 60
    assert problems(notes) == ["60 pages in a row are not there"]


def test_a_day_that_fails_keeps_no_other_from_being_asked_for(catalogue: Catalogue) -> None:
    one, notes = spider(catalogue, since=date(2026, 6, 28))
    assert len(walked(one, iter([200, 500, 200]))) == 3
    assert problems(notes) == ["list page: http-500"]


def test_a_host_that_fails_again_and_again_is_left_alone(catalogue: Catalogue) -> None:
    one, notes = spider(catalogue)
    assert len(walked(one, iter([500] * 100))) == 3
    assert len(problems(notes)) == 3
