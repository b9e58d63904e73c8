"""What the crawl asks for beside an article: its files, each once, known ones only with a condition."""

from pathlib import Path
from typing import Any, cast

from scrapy.http import HtmlResponse, Request
from twisted.python.failure import Failure

from crawler.catalogue import Catalogue
from crawler.middlewares.recording import ANSWER, NOTE
from crawler.middlewares.refusals import Refusal
from crawler.plan import CrawlPlan
from crawler.segment import Handle, Note, Role, SegmentWriter
from crawler.spiders.listing import ListingSpider
from crawler.spiders.walk import Memory
from crawler.urls import compact

URL = "http://a.cn/x/1.html"


class Notes:
    """A segment writer that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[Note] = []

    def note(self, note: Note, _: Handle | None = None) -> None:
        self.notes.append(note)


def spider(files: dict[str, dict[str, str]] | None = None) -> tuple[ListingSpider, Notes]:
    notes = Notes()
    known = {compact(url): conditions for url, conditions in (files or {}).items()}
    memory = Memory({}, frozenset({"a.cn"}), files=known)
    plan = CrawlPlan(segment="s", folder=str(Path()), catalogue=())
    catalogue = Catalogue({}, {}, {})
    return ListingSpider(plan, catalogue, memory, cast("SegmentWriter", notes)), notes


def page(links: str, key: str = "a.cn/x/1.html") -> HtmlResponse:
    note = Note(role=Role.ARTICLE, source="s", url=URL, key=key, status=200)
    request = Request(URL, meta={ANSWER: (Handle(), note)})
    body = f"<html><body><p>正文</p>{links}<nav><a href='m.pdf'>菜单</a></nav></body></html>"
    return HtmlResponse(
        URL, request=request, body=body.encode(), headers={"Content-Type": "text/html"}
    )


def asked(one: ListingSpider, response: HtmlResponse) -> list[Request]:
    return list(one.parse_article(response))


def test_each_file_is_asked_for_once_by_its_absolute_address() -> None:
    one, notes = spider()
    links = '<a href="f/1.pdf">一</a><a href="/2.docx">二</a><a href="f/1.pdf">又</a><a href="3.html">页</a>'
    requests = asked(one, page(links))
    assert [request.url for request in requests] == ["http://a.cn/x/f/1.pdf", "http://a.cn/2.docx"]
    note: Note = requests[0].meta[NOTE]
    assert (note.role, note.parent, note.key) == (Role.ATTACHMENT, "a.cn/x/1.html", "")
    assert asked(one, page(links, key="a.cn/x/2.html")) == []
    shared = [note for note in notes.notes if note.parent == "a.cn/x/2.html"]
    assert [note.url for note in shared] == ["http://a.cn/x/f/1.pdf", "http://a.cn/2.docx"]


def test_a_file_that_is_there_is_asked_for_only_with_a_condition() -> None:
    known = {"http://a.cn/1.pdf": {"If-None-Match": '"e"'}, "http://a.cn/2.pdf": {}}
    one, _ = spider(known)
    requests = asked(one, page('<a href="/1.pdf">一</a><a href="/2.pdf">二</a>'))
    assert [request.url for request in requests] == ["http://a.cn/1.pdf"]
    assert requests[0].headers["If-None-Match"] == b'"e"'


def test_why_a_file_was_not_fetched_is_noted_beside_its_article() -> None:
    one, notes = spider()
    request = asked(one, page('<a href="http://b.cn/1.pdf">一</a>'))[0]
    failure: Any = Failure(Refusal("skipped:offsite"))  # type: ignore[no-untyped-call]
    failure.request = request
    one.failed_article(failure)
    assert (notes.notes[-1].role, notes.notes[-1].reason) == (Role.ATTACHMENT, "skipped:offsite")
