"""Which answers are written whole, and which only refer to what is there."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request, Response

from crawler.middlewares.recording import ANSWER, NOTE, REPEATED, Recorder
from crawler.plan import Archived
from crawler.segment import Exchange, Note, Role
from crawler.warc import digest

URL = "http://a.cn/list.shtml"
BODY = b"<ul></ul>"
THERE = Archived(digest(BODY), datetime(2026, 11, 24, tzinfo=UTC), "seg@512")


def recorded(body: bytes, *, repeated: bool = True, **answer: Any) -> tuple[Exchange, Note]:
    """What is written of a list's answer, and what is said of it."""
    written: list[Exchange] = []
    writer: Any = SimpleNamespace(answer=lambda exchange, _: written.append(exchange))
    note = Note(role=Role.LIST, source="s", url=URL)
    request = Request(URL, meta={NOTE: note, REPEATED: repeated})
    given: dict[str, Any] = {"url": URL, "status": 200} | answer
    response = Response(body=body, request=request, **given)
    Recorder(writer, lambda _: "s", {URL: THERE}).process_response(request, response)
    return written[0], request.meta[ANSWER][1]


def test_a_list_that_is_as_it_was_refers_to_what_is_there() -> None:
    exchange, note = recorded(BODY)
    assert (exchange.same_as, note.same_as, note.digest) == (THERE, THERE.warc, THERE.digest)
    assert (exchange.at, note.size) == (note.at, len(BODY))


def test_a_list_that_changed_is_written_and_its_digest_noted() -> None:
    exchange, note = recorded(b"<ol></ol>")
    assert (exchange.same_as, note.same_as, note.digest) == (None, None, digest(b"<ol></ol>"))


@pytest.mark.parametrize(
    "answer",
    [{"repeated": False}, {"status": 404}, {"status": 302}, {"url": "https://a.cn/list.shtml"}],
)
def test_what_is_no_list_of_each_cycle_is_written_whole(answer: dict[str, Any]) -> None:
    exchange, note = recorded(BODY, **answer)
    assert (exchange.same_as, note.same_as, note.digest) == (None, None, None)
