"""One article: its page, its history, how it differs from another that tells the same."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from storage.corpus import Corpus
from storage.diff import compare, compare_line
from storage.history import Difference, History, Version, difference
from storage.records import Article, to_the_minute
from storage.web.pages import marks
from storage.web.pages.view import View


def router(corpus: Corpus, view: View) -> APIRouter:
    """The routes of an article."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    def missing(request: Request, which: str) -> HTMLResponse:
        return view.page(request, "missing.html", 404, which=which)

    @routes.get("/articles/{article_id}")
    def article(
        request: Request, article_id: str, tags: bool = False, whole: bool = False
    ) -> HTMLResponse:
        found = corpus.get(article_id)
        if found is None:
            return missing(request, article_id)
        text = _text(found, marked=tags, whole=whole)
        return view.page(request, "article.html", **_about(corpus, found), **text)

    @routes.get("/articles/{article_id}/files/{number}")
    def file(
        request: Request,
        article_id: str,
        number: Annotated[int, Path(ge=1)],
        part: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> HTMLResponse:
        found = corpus.get(article_id)
        if found is None or number > len(found.attachments):
            return missing(request, f"{article_id}/files/{number}")
        said = found.attachments[number - 1].text
        return view.page(
            request,
            "file.html",
            article=found,
            file=found.attachments[number - 1],
            text=said[(part - 1) * _PART : part * _PART],
            part=part,
            last=max(1, -(-len(said) // _PART)),
        )

    @routes.get("/articles/{article_id}/history")
    def history(
        request: Request,
        article_id: str,
        older: Annotated[int | None, Query(alias="from", ge=1)] = None,
        newer: Annotated[int | None, Query(alias="to", ge=1)] = None,
        whole: bool = False,
    ) -> HTMLResponse:
        past = corpus.history(article_id)
        if past is None:
            return missing(request, article_id)
        pair = _two(past, older, newer)
        changed = difference(*pair) if pair[0] is not pair[1] else None
        return view.page(
            request, "history.html", past=past, pair=pair, difference=changed, whole=whole
        )

    @routes.get("/articles/{article_id}/compare/{other_id}")
    def against(
        request: Request, article_id: str, other_id: str, whole: bool = False
    ) -> HTMLResponse:
        one, other = corpus.get(article_id), corpus.get(other_id)
        if one is None or other is None:
            return missing(request, other_id if one else article_id)
        return view.page(
            request,
            "compare.html",
            one=one,
            other=other,
            difference=_between(one, other),
            whole=whole,
        )

    return routes


def _about(corpus: Corpus, found: Article) -> dict[str, Any]:
    """What stands around the text."""
    story = corpus.story(found.story_id)
    return {
        "article": found,
        "others": [one for one in story if one.id != found.id],
        "links": {link.id: link for link in found.links},
        "cited": corpus.citations(found.id),
        "past": corpus.history(found.id),
        "tags": marks.by_kind(found.tags),
    }


def _text(found: Article, *, marked: bool, whole: bool) -> dict[str, Any]:
    """The text: as HTML where that is what it says and the page stays light, else in blocks, with
    the tags in them where these are wanted; the beginning of a long one unless it is whole."""
    most = None if whole else _MARKED if marked else _PART
    html = found.body_html if found.body_raw is None and not marked else None
    if html and (whole or len(html) <= _HTML):
        return {"marked": False, "html": html, "left_out": 0}
    return {
        "marked": marked,
        "html": None,
        "title": marks.lines(found.title, "title", found.tags if marked else ())[0],
        "body": marks.blocks(found, found.tags if marked else (), most),
        "left_out": len(found.body) - min(len(found.body), most or len(found.body)),
    }


def _two(past: History, older: int | None, newer: int | None) -> tuple[Version, Version]:
    """The versions with these numbers, the earlier one first; else the last one and the one before."""
    versions = {version.number: version for version in past.versions}
    last = past.versions[-1]
    before = past.versions[-2] if len(past.versions) > 1 else last
    two = (versions.get(older or 0, before), versions.get(newer or 0, last))
    first, second = sorted(two, key=lambda version: version.number)
    return first, second


_PART, _MARKED, _HTML = 25_000, 8_000, 40_000
"""Characters of a text, of one with tags in it, and of HTML that keep a page under 150 kB."""
_COMPARED = ("title", "subtitle", "published_at", "origin", "author", "document_number")


def _between(one: Article, other: Article) -> Difference:
    """What another article of the same story says otherwise."""
    fields = {
        name: compare_line(old, new)
        for name in _COMPARED
        if (old := _said(one, name)) != (new := _said(other, name))
    }
    return Difference(0, 0, fields, compare(one.body, other.body))


def _said(article: Article, name: str) -> str:
    """A field as the page shows it."""
    value = getattr(article, name)
    return to_the_minute(value) if name == "published_at" else value or ""
