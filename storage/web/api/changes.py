"""The change feed: at once, waiting for news, or as server-sent events."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from storage.corpus import Corpus
from storage.errors import StorageError
from storage.records import Change
from storage.web.api.answers import ChangeAnswer, ChangesAnswer
from storage.web.places import Places

WAITING = 64
"""Requests that may wait for news at once, streams among them."""
LONGEST_STREAM = 3600.0
"""Seconds after which a stream ends; the client goes on with `Last-Event-ID`."""
_EVENTS = "text/event-stream"
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": {_EVENTS: {"schema": {"type": "string"}}}}
}
Since = Annotated[int, Query(ge=0, le=2**53 - 1, description="The last number that is known.")]
Most = Annotated[int, Query(ge=1, le=1000)]
Seconds = Annotated[
    float, Query(ge=0, le=60, description="How long to wait for news where there is none.")
]
LastEvent = Annotated[str | None, Header(max_length=20)]


class News:
    """The change feed of a corpus, for those who wait for it.

    The corpus is looked at every `pause` seconds; a stream without news sends a comment every
    `heartbeat` seconds. Nobody waits longer than `longest`.
    """

    def __init__(
        self, corpus: Corpus, pause: float = 1.0, heartbeat: float = 15.0, longest: float = 60.0
    ) -> None:
        self._corpus = corpus
        self._pause = pause
        self._heartbeat = heartbeat
        self._longest = longest
        self.places = Places(WAITING, "requests wait for news")

    async def after(self, since: int, limit: int, wait: float = 0.0) -> tuple[Change, ...]:
        """What happened after a change; where nothing did, what happens in so many seconds."""
        deadline = time.monotonic() + wait
        while True:
            found = await to_thread.run_sync(self._corpus.changes, since, limit)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            await asyncio.sleep(min(self._pause, left))

    async def waited_for(self, since: int, limit: int, wait: float) -> tuple[Change, ...]:
        """The same, among a bounded number of those who wait."""
        if not wait:
            return await self.after(since, limit)
        self.places.require_free()
        with self.places.one():
            return await self.after(since, limit, min(wait, self._longest))

    async def events(self, since: int) -> AsyncIterator[str]:
        """What happens from here on, as server-sent events."""
        ends = time.monotonic() + LONGEST_STREAM
        with self.places.one():
            yield "retry: 5000\n\n"
            while time.monotonic() < ends:
                try:
                    found = await self.after(since, 100, self._heartbeat)
                except StorageError:
                    return  # the client comes again
                yield "".join(map(event, found)) or ": nothing new\n\n"
                since = found[-1].seq if found else since

    def stream(self, since: int, last: str | None) -> StreamingResponse:
        """The answer with these events."""
        self.places.require_free()
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        events = self.events(resumed(since, last))
        return StreamingResponse(events, media_type=_EVENTS, headers=headers)


def router(news: News) -> APIRouter:
    """The routes of the change feed."""
    routes = APIRouter(tags=["changes"])

    @routes.get("/changes", response_model=ChangesAnswer, responses=_STREAMED)
    async def changes(
        request: Request,
        since: Since = 0,
        limit: Most = 1000,
        wait: Seconds = 0,
        last_event_id: LastEvent = None,
    ) -> Response | ChangesAnswer:
        """What happened to which article after change number `since`, in order, without gaps.

        Asked for `text/event-stream`, it streams like `/changes/stream`.
        """
        if _EVENTS in request.headers.get("accept", ""):
            return news.stream(since, last_event_id)
        found = await news.waited_for(since, limit, wait)
        last = found[-1].seq if found else since
        return ChangesAnswer(changes=[ChangeAnswer(**one.as_dict()) for one in found], next=last)

    @routes.get("/changes/stream", response_class=StreamingResponse, responses=_STREAMED)
    async def changes_stream(
        since: Since = 0, last_event_id: LastEvent = None
    ) -> StreamingResponse:
        """The same as server-sent events: `id` is the change's number, `event` its kind."""
        return news.stream(since, last_event_id)

    return routes


def resumed(since: int, last: str | None) -> int:
    """Where a stream goes on: behind the last event that a client has got."""
    known = int(last) if last and last.isascii() and last.isdecimal() else 0
    return max(since, min(known, 2**53 - 1))


def event(change: Change) -> str:
    """A change as a server-sent event."""
    data = json.dumps(change.as_dict(), ensure_ascii=False)
    return f"id: {change.seq}\nevent: {change.kind}\ndata: {data}\n\n"
