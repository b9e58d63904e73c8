"""Whose turn a host is: what a crawl asks its parent, and what it refuses."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request, Response
from scrapy.utils.test import get_crawler

from crawler.errors import StopRun
from crawler.middlewares.backoff import Backoff
from crawler.middlewares.recording import Recorder
from crawler.middlewares.refusals import Refusal
from crawler.middlewares.turns import Turns
from crawler.progress import Turn
from crawler.quiet import quiet_until, spans_of
from crawler.segment import Note

PAGE = Request("http://a.cn/1.shtml")


def at(clock: str) -> datetime:
    """A moment of the city's clocks."""
    return datetime.fromisoformat(f"2026-07-01T{clock}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("spans", "clock", "end"),
    [
        (["08:00-18:00"], "07:59", None),
        (["08:00-18:00"], "08:00", "18:00"),
        (["08:00-18:00"], "18:00", None),
        (["22:00-06:00"], "23:30", "06:00"),
        (["22:00-06:00"], "05:59", "06:00"),
        (["22:00-06:00"], "12:00", None),
        (["08:00-10:00", "09:00-11:00"], "09:30", "11:00"),
        ([], "12:00", None),
    ],
)
def test_quiet_hours_are_the_citys(spans: list[str], clock: str, end: str | None) -> None:
    assert quiet_until(spans, at(clock)) == (time.fromisoformat(end) if end else None)


def test_a_setting_that_is_no_span_is_named() -> None:
    assert spans_of(" 08:00-12:00, 14:00-18:00 ") == ("08:00-12:00", "14:00-18:00")
    with pytest.raises(StopRun, match="'8-12'"):
        spans_of("08:00-12:00,8-12")


class Parent:
    """Answers what it is told to, and counts who asks."""

    def __init__(self, **turn: object) -> None:
        self.turn, self.asked = turn, 0

    async def __call__(self, host: str) -> Turn:
        self.asked += 1
        return Turn(host, **self.turn)  # type: ignore[arg-type]


async def _passed(turns: Turns, request: Request) -> str:
    try:
        waiting = turns.process_request(request)
        if isinstance(waiting, Awaitable):
            await waiting
    except Refusal as refusal:
        return refusal.reason
    return "asked"


def test_a_host_is_asked_for_once_however_many_requests_wait() -> None:
    parent = Parent()

    async def crawl() -> list[str]:
        turns = Turns(parent, {})
        first = await asyncio.gather(*(_passed(turns, PAGE) for _ in range(5)))
        return [*first, await _passed(turns, PAGE)]

    assert asyncio.run(crawl()) == ["asked"] * 6
    assert parent.asked == 1


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ({"granted": False}, "host-busy"),
        ({"wait": 3600.0}, "host-busy"),
        ({"bytes_left": 0}, "host-budget"),
        ({"bytes_left": 1}, "asked"),
    ],
)
def test_what_the_parent_does_not_grant_is_refused(turn: dict[str, object], reason: str) -> None:
    assert asyncio.run(_passed(Turns(Parent(**turn), {}), PAGE)) == reason


def test_a_host_is_left_alone_once_it_has_served_its_bytes() -> None:
    async def crawl() -> list[str]:
        turns, said = Turns(Parent(bytes_left=1000), {}), []
        for _ in range(3):
            said.append(await _passed(turns, PAGE))
            turns.downloaded(Response(PAGE.url, body=b"x" * 600), PAGE)
        return [*said, await _passed(turns, Request("http://b.cn/"))]

    assert asyncio.run(crawl()) == ["asked", "asked", "host-budget", "asked"]


def test_a_host_that_asks_for_hours_is_left_alone_and_until_when_is_noted() -> None:
    notes: list[Note | None] = []
    writer: Any = SimpleNamespace(answer=lambda _exchange, note: notes.append(note))
    busy = Response(PAGE.url, status=503, headers={"Retry-After": "7200"}, request=PAGE)
    crawler: Any = get_crawler()
    refused: list[Any] = []
    queue = deque([(PAGE, SimpleNamespace(errback=refused.append))])
    slots = {"a.cn": SimpleNamespace(queue=queue)}
    downloader = SimpleNamespace(get_slot_key=lambda _: "a.cn", slots=slots)
    crawler.engine = SimpleNamespace(downloader=downloader)
    backoff = Backoff(crawler)
    assert backoff.process_response(
        PAGE, Recorder(writer, lambda _: "s").process_response(PAGE, busy)
    )
    assert [one.check(Refusal) for one in refused] == [Refusal]
    with pytest.raises(Refusal, match="retry-after"):
        backoff.process_request(PAGE)
    backoff.process_request(Request("http://b.cn/"))
    [note] = notes
    assert note is not None
    assert note.at is not None
    assert note.free_at == note.at + timedelta(hours=2)


def test_nothing_is_asked_in_quiet_hours_that_begin_during_a_crawl() -> None:
    clock = [at("07:59")]
    turns = Turns(None, {"a.cn": ["08:00-18:00"]}, lambda: clock[0])
    assert asyncio.run(_passed(turns, PAGE)) == "asked"
    clock[0] = at("08:00")
    assert asyncio.run(_passed(turns, PAGE)) == "quiet-hours"
    assert asyncio.run(_passed(turns, Request("http://b.cn/"))) == "asked"
