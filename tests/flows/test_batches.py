"""Batches of what is loaded: as many as a transaction takes, as few as memory takes."""

from datetime import UTC, datetime

import pytest

from crawler.records import Page
from flows.steps import read


def page(size: int, *later: Page) -> Page:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    body = b"x" * size
    return Page(
        url="http://a.cn/1", key="a.cn/1", source="a", body=body, fetched_at=at, continuations=later
    )


def test_a_batch_ends_with_the_page_that_makes_it_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_BATCH_BYTES", 100)
    pages = [page(40), page(40), page(20), page(10, page(90)), page(1)]
    assert [len(batch) for batch in read._batches(pages)] == [3, 1, 1]


def test_a_batch_of_small_pages_ends_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "BATCH", 2)
    assert [len(batch) for batch in read._batches([page(1)] * 5)] == [2, 2, 1]
    assert list(read._batches([])) == []
