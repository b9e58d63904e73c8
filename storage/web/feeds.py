"""Any search as an Atom feed (RFC 4287).

An entry's id is made of the article's id alone and stays; its ``updated`` moves with every revision and
with a withdrawal. An article that its publisher withdrew stays in the feed and says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from lxml import etree
from lxml.etree import _Element as Element

from storage.corpus import Corpus
from storage.records import Article
from storage.web.questions import Asked, AskedFilters, only_its_own, readable

MEDIA_TYPE = "application/atom+xml"
AUTHORITY = "suqian,2026"
"""The authority of `tag:` URIs (RFC 4151): the same for every copy of the corpus."""
_ATOM = "http://www.w3.org/2005/Atom"
_SUMMARY = 300
_DAY = len("2026-07-31")
_NEVER = "1970-01-01T00:00:00+08:00"
# What XML 1.0 cannot hold.
_UNWRITABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def router(corpus: Corpus, publishers: Mapping[str, str]) -> APIRouter:
    """The route of feeds."""
    routes = APIRouter(tags=["feeds"], dependencies=[Depends(readable), Depends(only_its_own)])

    @routes.get(
        "/feed.atom",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    def feed(
        request: Request,
        only: AskedFilters,
        q: Asked = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> Response:
        """The newest articles of a search as Atom; filters and query are those of the search."""
        found = corpus.search(q, only, limit=limit, sort="date")
        addresses = _Addresses(request)
        entries = [
            _Entry(one, _updated(corpus, one), _author(one, publishers)) for one in found.items
        ]
        tree = _feed(addresses, q, entries)
        text = etree.tostring(tree, xml_declaration=True, encoding="utf-8", pretty_print=True)
        return Response(text, media_type=f"{MEDIA_TYPE}; charset=utf-8")

    return routes


class _Addresses:
    """Where the feed, its page and its entries are to be found."""

    def __init__(self, request: Request) -> None:
        self.base = str(request.base_url).rstrip("/")
        self.query = request.url.query
        self.itself = f"{self.base}/feed.atom" + (f"?{self.query}" if self.query else "")
        self.page = f"{self.base}/" + (f"?{self.query}" if self.query else "")

    def article(self, article: Article) -> str:
        return f"{self.base}/articles/{article.id}"


def _updated(corpus: Corpus, article: Article) -> str:
    """When the latest version of an article was first seen, or its absence."""
    if article.revision == 1 and article.withdrawn_at is None:
        return article.first_seen
    history = corpus.history(article.id)
    events = [event.confirmed_at or event.at for event in history.events] if history else []
    return max([article.first_seen, *events])


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Article
    updated: str
    author: str


def _author(article: Article, publishers: Mapping[str, str]) -> str:
    return article.origin or publishers.get(article.source, article.source)


def _feed(at: _Addresses, q: str, entries: list[_Entry]) -> Element:
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item]
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", "zh-CN")
    _add(feed, "id", f"tag:{AUTHORITY}:search?{at.query}")
    _add(feed, "title", f"宿迁语料库：{q}" if q else "宿迁语料库")
    _add(feed, "updated", max((one.updated for one in entries), default=_NEVER))
    _link(feed, "self", at.itself, MEDIA_TYPE)
    _link(feed, "alternate", at.page, "text/html")
    author = etree.SubElement(feed, f"{{{_ATOM}}}author")
    _add(author, "name", "宿迁语料库")
    for one in entries:
        _add_entry(feed, at, one)
    return feed


def _add_entry(feed: Element, at: _Addresses, one: _Entry) -> None:
    article = one.article
    entry = etree.SubElement(feed, f"{{{_ATOM}}}entry")
    withdrawn = "〔已撤下〕" if article.withdrawn_at else ""
    _add(entry, "id", f"tag:{AUTHORITY}:article/{article.id}")
    _add(entry, "title", withdrawn + (article.title or article.url))
    _add(entry, "updated", one.updated)
    if published := _published(article):
        _add(entry, "published", published)
    _link(entry, "alternate", at.article(article), "text/html")
    if article.url.startswith(("http://", "https://")):
        _link(entry, "via", article.url)
    author = etree.SubElement(entry, f"{{{_ATOM}}}author")
    _add(author, "name", one.author)
    for topic in article.topics:
        etree.SubElement(entry, f"{{{_ATOM}}}category", term=_writable(topic))
    _add(entry, "summary", "\n".join(_summary(article)))


def _summary(article: Article) -> Iterator[str]:
    if article.withdrawn_at:
        yield f"发布者已撤下（{article.withdrawn_at} 起查无此页）。"
    yield article.body[:_SUMMARY] + ("…" if len(article.body) > _SUMMARY else "")


def _published(article: Article) -> str | None:
    at = article.published_at
    return f"{at}T00:00:00+08:00" if at and len(at) == _DAY else at


def _add(parent: Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _writable(text)


def _link(parent: Element, rel: str, href: str, kind: str | None = None) -> None:
    link = etree.SubElement(parent, f"{{{_ATOM}}}link", rel=rel, href=_writable(href))
    if kind:
        link.set("type", kind)


def _writable(text: str) -> str:
    return text.translate(_UNWRITABLE).encode("utf-8", "ignore").decode()
