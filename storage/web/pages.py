"""The pages for people."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from storage.corpus import Corpus
from storage.diff import excerpt
from storage.errors import BadQuestion
from storage.web.questions import PER_PAGE, Text


def add_pages(app: FastAPI, corpus: Corpus, pages: Environment) -> None:
    """Add the front page with the search, and the page of an article."""

    def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(pages.get_template(name).render(**values), status)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def front(q: Text = "", after: Text | None = None) -> HTMLResponse:
        if not q.strip():
            return page("front.html", status_=corpus.status(runs=3), q="")
        try:
            found = corpus.search(q, limit=PER_PAGE, after=after)
        except BadQuestion as error:
            return page(
                "search.html",
                400,
                q=q,
                error=str(error),
                found=None,
            )
        return page(
            "search.html",
            q=q,
            error=None,
            found=found,
        )

    @app.get("/articles/{article_id}", response_class=HTMLResponse, include_in_schema=False)
    def article(article_id: str) -> HTMLResponse:
        found = corpus.get(article_id)
        if found is None:
            return page("missing.html", 404, q="", which=article_id)
        others = [one for one in corpus.story(found.story_id) if one.id != found.id]
        cited = corpus.citations(found.id)
        past = corpus.history(article_id)
        return page(
            "article.html",
            q="",
            article=found,
            others=others,
            cited=cited,
            past=past,
            excerpt=excerpt,
        )
