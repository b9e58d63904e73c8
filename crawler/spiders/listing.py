"""The spider: the lists of each column first, then what they show that is not known yet."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from operator import itemgetter
from time import monotonic
from typing import Any

import scrapy
from scrapy.http import Request, Response, TextResponse
from twisted.python.failure import Failure

from crawler import browser
from crawler.catalogue import Catalogue
from crawler.challenge import is_challenge
from crawler.errors import Park
from crawler.kinds.choice import reader_of
from crawler.kinds.reader import Answer, ListRequest, Shown
from crawler.metadata import files_on
from crawler.middlewares.recording import ANSWER, NOTE, REPEATED
from crawler.middlewares.refusals import reason_of
from crawler.middlewares.turns import Channel
from crawler.pagers import find_pager
from crawler.plan import ColumnPlan, CrawlPlan, Revisit
from crawler.records import CITY_TIME
from crawler.segment import Handle, Item, Note, Role, SegmentWriter
from crawler.spiders.walk import FETCH, Memory, Walk
from crawler.urls import canonical_key, compact

MAX_CONTINUATIONS = 50
# What is at hand is fetched before the next list page is asked for: a crawl that dies has lost less.
_ARTICLE_PRIORITY = 10
_FILE_PRIORITY = 20
_MAX_ABSENT = 60
"""Days in a row on which a newspaper may have had no issue: then its address is another."""
_MAX_FAILURES = 3
"""List pages of one column that may fail in a crawl, each by itself: then it is the host."""


class ListingSpider(scrapy.Spider):
    """Walks the plan's columns and fetches what is new on them."""

    name = "listing"
    # These are answers too: the ledger says what they mean.
    handle_httpstatus_list = (
        304,
        400,
        401,
        403,
        404,
        405,
        406,
        410,
        429,
        451,
        500,
        502,
        503,
        504,
        521,
    )

    def __init__(
        self,
        plan: CrawlPlan,
        catalogue: Catalogue,
        memory: Memory,
        writer: SegmentWriter,
        channel: Channel | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.catalogue = catalogue
        self.memory = memory
        self.writer = writer
        self.channel = channel
        self._no_browser = browser.lack()

    def source_of(self, url: str) -> str:
        """Id of the source that an address belongs to; empty for an unknown one."""
        source = self.catalogue.source_of(url)
        return source.id if source else ""

    async def start(self) -> AsyncIterator[Request]:
        """The first list page of each column, and the pages to ask for again."""
        began = monotonic()
        for after, request in sorted(self._first_requests(), key=itemgetter(0)):
            await asyncio.sleep(max(0.0, began + after - monotonic()))
            yield request

    def _first_requests(self) -> Iterator[tuple[float, Request]]:
        """(seconds after which to ask, request) for each revisit and column."""
        for revisit in self.plan.revisits:
            asked = self._revisit(revisit)
            if self._no_browser and self.catalogue.needs_browser(revisit.source, revisit.column):
                self.writer.note(replace(asked.meta[NOTE], role=Role.FAILED, reason="no browser"))
                continue
            yield self.plan.starts.get(revisit.source, 0.0), asked
        today = datetime.now(CITY_TIME).date()
        for column in self.plan.columns:
            if self._no_browser and self.catalogue.needs_browser(column.source, column.column):
                declared = self.catalogue.source(column.source).columns[column.column]
                self._problem(column, declared.start, self._no_browser)
                continue
            reader = reader_of(self.catalogue, column.source, column.column, today)
            walk = Walk(column, reader, self._hosts_of(column.source))
            walk.ask(reader.first(walk.window))
            after = self.plan.starts.get(column.source, 0.0)
            yield from ((after, self._list_request(ask, walk)) for ask in walk.next())

    def _hosts_of(self, source_id: str) -> frozenset[str]:
        source = self.catalogue.source(source_id)
        return frozenset([*source.hosts, *source.moved])

    # --- lists ---

    def _list_request(self, ask: ListRequest, walk: Walk) -> Request:
        note = Note(role=Role.LIST, source=walk.plan.source, column=walk.plan.column, url=ask.url)
        return Request(
            ask.url,
            method=ask.method,
            body=ask.body,
            headers={**ask.headers, **(walk.plan.conditions if walk.pages == 0 else {})},
            callback=self.parse_list,
            errback=self.failed_list,
            cb_kwargs={"walk": walk, "ask": ask},
            meta=self._meta(note) | {REPEATED: ask.number == 1 and ask.method == "GET"},
            dont_filter=True,
        )

    def _meta(self, note: Note) -> dict[str, Any]:
        """What a request carries with it: its note, and whether a browser makes it."""
        by_browser = note.role is not Role.ATTACHMENT and self.catalogue.needs_browser(
            note.source, note.column
        )
        return {NOTE: note} | (browser.META if by_browser else {})

    def parse_list(self, response: Response, walk: Walk, ask: ListRequest) -> Iterator[Request]:
        """Decide about each item, then go on to the next page or end the walk."""
        if response.status == HTTPStatus.NOT_MODIFIED and walk.plan.conditions:
            return  # the recorder has noted it: nothing is to be read
        trouble = _trouble(response)
        if trouble == "http-404" and (ask.guessed or ask.number > 1):
            yield from self._not_there(response.url, walk, ask)
            return
        if trouble:
            yield from self._list_failed(response.url, walk, trouble, response)
            return
        answer = answer_of(response)
        try:
            shown = walk.reader.read(answer, ask, walk.window)
        except Park as error:
            yield from self._list_failed(response.url, walk, str(error), response)
            return
        walk.pages, walk.absent = walk.pages + 1, 0
        handle, note = response.meta[ANSWER]
        note = replace(note, shown=len(shown.items), total=shown.total, pages=shown.pages)
        if walk.strays(shown, ask):
            self.writer.note(note, handle)
            yield from self._onward(response.url, walk)
            return
        walk.reached(shown, self.memory)
        decided = walk.decide(shown.items, self.memory)
        self.writer.note(replace(note, items=tuple(decided)), handle)
        if not self.plan.lists_only:
            yield from self._wanted(decided, walk)
            yield from self._behind(answer, shown, walk, ask)

    def _not_there(self, url: str, walk: Walk, ask: ListRequest) -> Iterator[Request]:
        """Go on behind a list page that answers 404: one that was guessed, or that a pager promised."""
        if not ask.guessed:
            walk.pass_over(ask, "answers 404")
        else:
            walk.absent += 1
            if walk.absent >= _MAX_ABSENT:
                self._problem(walk.plan, url, f"{walk.absent} pages in a row are not there")
                return
        yield from self._onward(url, walk)

    def _wanted(self, decided: Iterable[Item], walk: Walk) -> Iterator[Request]:
        for item in decided:
            if item.decision == FETCH:
                yield self._article_request(item, walk.plan)

    def _behind(
        self, answer: Answer, shown: Shown, walk: Walk, ask: ListRequest
    ) -> Iterator[Request]:
        """What is asked for behind a page of a list."""
        if walk.pages == 1 and shown.empty:
            self._problem(walk.plan, answer.url, "the list shows no items: has its layout changed?")
            return
        walk.go_on(answer, shown, ask, self.memory)
        yield from self._onward(answer.url, walk)

    def _onward(self, url: str, walk: Walk) -> Iterator[Request]:
        if walk.pages >= self.plan.limits.max_list_pages and walk.pending:
            self._problem(walk.plan, url, f"more than {walk.pages} list pages")
            return
        onward = [self._list_request(ask, walk) for ask in walk.next()]
        if not onward and not walk.broken:
            self._walked(walk, url)
        yield from onward

    def _walked(self, walk: Walk, url: str) -> None:
        """Note that the column holds nothing more that is wanted; not for a part of its past."""
        if gap := walk.gap():
            self._problem(walk.plan, url, gap)
            return
        if walk.plan.until is not None:
            return
        self.writer.note(
            Note(
                role=Role.WALK,
                source=walk.plan.source,
                column=walk.plan.column,
                url=self.catalogue.source(walk.plan.source).columns[walk.plan.column].start,
                back_to=walk.back_to(),
                whole=walk.whole,
                down_to=walk.down_to(),
                doubts=tuple(walk.trail.doubts),
                shared=walk.trail.shared,
            )
        )

    def failed_list(self, failure: Failure) -> Iterator[Request]:
        """No answer to a list page."""
        request: Request = failure.request  # type: ignore[attr-defined]
        yield from self._list_failed(
            request.url, request.cb_kwargs["walk"], reason_of(failure), None
        )

    def _list_failed(
        self, url: str, walk: Walk, reason: str, response: Response | None
    ) -> Iterator[Request]:
        """Say so, and go on with what does not depend on it: other days, other searches."""
        if response is not None and response.status == 200:
            handle, note = response.meta[ANSWER]
            self.writer.note(note, handle)
        self._problem(walk.plan, url, f"list page: {reason}")
        walk.failures += 1
        if walk.failures < _MAX_FAILURES:
            yield from self._onward(url, walk)

    def _problem(self, column: ColumnPlan, url: str, reason: str) -> None:
        self.logger.warning("%s/%s: %s (%s)", column.source, column.column, reason, url)
        self.writer.note(
            Note(
                role=Role.PROBLEM,
                source=column.source,
                column=column.column,
                url=url,
                reason=reason,
            )
        )

    # --- articles ---

    def _article_request(self, item: Item, column: ColumnPlan) -> Request:
        note = Note(
            role=Role.ARTICLE,
            source=column.source,
            column=column.column,
            url=item.url,
            key=item.key,
            listed=item.listed,
        )
        return self._request(note)

    def _revisit(self, revisit: Revisit) -> Request:
        note = Note(
            role=Role.ARTICLE,
            source=revisit.source,
            column=revisit.column,
            url=revisit.url,
            key=canonical_key(revisit.url),
            listed=revisit.listed,
        )
        self.memory.first_time(note.key)
        return self._request(note, headers=revisit.conditions)

    def _request(self, note: Note, headers: dict[str, str] | None = None) -> Request:
        return Request(
            note.url,
            callback=self.parse_article,
            errback=self.failed_article,
            headers=headers,
            meta=self._meta(note),
            dont_filter=True,
            priority=_ARTICLE_PRIORITY,
        )

    def parse_article(self, response: Response) -> Iterator[Request]:
        """Note an article that is whole; ask for the later pages of one spread over several."""
        if response.status != 200:
            return  # the recorder has noted it: there is nothing to add
        handle, note = response.meta[ANSWER]
        later = [] if self.plan.lists_only else _later_pages(response)
        if later:
            yield self._continuation(later, handle, note)
        else:
            self.writer.note(note, handle)
        yield from self._attachments(response, note)

    def _attachments(self, response: Response, article: Note) -> Iterator[Request]:
        """The files that an article links to: each once, and those that are there already only
        where their server can say that they are as they were."""
        if self.plan.lists_only or not isinstance(response, TextResponse):
            return
        for file in files_on(response.body, _content_type(response), response.url):
            note = replace(
                article, role=Role.ATTACHMENT, url=file.url, key="", parent=article.key, status=None
            )
            known = self.memory.files.get(compact(file.url))
            if known is not None and not known:
                continue
            if not self.memory.first_time(f"file {file.url}"):
                self.writer.note(replace(note, listed=None, size=0, at=None))
                continue
            yield self._request(replace(note, listed=None), headers=dict(known or {})).replace(
                callback=self.parse_attachment, priority=_FILE_PRIORITY
            )

    def parse_attachment(self, response: Response) -> None:
        """Note a file; what is in it is read later."""
        if response.status == 200:  # else the recorder has noted it
            handle, note = response.meta[ANSWER]
            self.writer.note(note, handle)

    def _continuation(self, urls: list[str], handle: Handle, note: Note) -> Request:
        """The next page of an article. The article is noted with its last page: one that breaks
        off, because the crawl dies or a page fails, is fetched again from its beginning."""
        url, *rest = urls
        page = replace(note, role=Role.CONTINUATION, url=url, key="", parent=note.key, status=None)
        return self._request(page).replace(
            callback=self.parse_continuation,
            errback=self.failed_continuation,
            cb_kwargs={"rest": rest, "handle": handle, "note": note},
        )

    def parse_continuation(
        self, response: Response, rest: list[str], handle: Handle, note: Note
    ) -> Iterator[Request]:
        """Go on to the article's next page, or note the article."""
        if response.status != 200:
            self._broken_off(note, f"http-{response.status}")
            return
        own_handle, own_note = response.meta[ANSWER]
        self.writer.note(own_note, own_handle)
        if rest:
            yield self._continuation(rest, handle, note)
        else:
            self.writer.note(note, handle)

    def failed_continuation(self, failure: Failure) -> None:
        """No answer to a later page: the article is not whole."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self._broken_off(request.cb_kwargs["note"], reason_of(failure))

    def _broken_off(self, note: Note, reason: str) -> None:
        self.writer.note(
            replace(note, role=Role.FAILED, status=None, reason=f"later page: {reason}")
        )

    def failed_article(self, failure: Failure) -> None:
        """No answer: the reason becomes part of the segment."""
        request: Request = failure.request  # type: ignore[attr-defined]
        note: Note = request.meta[NOTE]
        role = note.role if note.role is Role.ATTACHMENT else Role.FAILED
        self.writer.note(replace(note, role=role, reason=reason_of(failure)))


def answer_of(response: Response) -> Answer:
    """The answer to a list request, for its reader."""
    return Answer(response.url, _content_type(response), response.body)


def _trouble(response: Response) -> str | None:
    """Why an answer is no list page, if it is none."""
    if response.status != 200:
        return f"http-{response.status}"
    return "challenge" if is_challenge(response.body) else None


def _content_type(response: Response) -> str:
    return (response.headers.get("Content-Type") or b"").decode("latin-1")


def _later_pages(response: Response) -> list[str]:
    """The second and later pages of an article whose pager names the file that it stands in."""
    # The call is ASCII in every charset, and a page may name one that does not exist.
    plain = response.body.translate(None, b"\0").decode("latin-1")
    pager = find_pager(plain) if isinstance(response, TextResponse) else None
    stem = response.url.rpartition("/")[2].partition(".")[0]
    if pager is None or pager.prefix != stem:
        return []
    last = min(pager.pages, MAX_CONTINUATIONS)
    return [pager.page_url(response.url, number) for number in range(2, last + 1)]
