"""The application: routes, errors, headers."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader

from storage.corpus import Corpus, Filters, SearchResult
from storage.diff import excerpt
from storage.errors import BadQuestion, StorageError
from storage.web.shown import shown

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PER_PAGE = 20
Text = Annotated[str, Query(max_length=200)]
Offset = Annotated[int, Query(ge=0, le=10_000)]


def _same(url: str) -> str:
    return url


def create_app(corpus: Corpus, key_of: Callable[[str], str] = _same) -> FastAPI:
    """The application over an open corpus. `key_of` turns an address into its canonical key."""
    app = FastAPI(
        title="suqian",
        version="1",
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
    pages.filters["shown"] = shown

    @app.middleware("http")
    async def headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call(request)
        # FastAPI's own documentation page brings its scripts along.
        if not request.url.path.startswith("/api/docs"):
            response.headers.update(_HEADERS)
        return response

    @app.exception_handler(StorageError)
    async def problem(_request: Request, error: StorageError) -> JSONResponse:
        status = 400 if isinstance(error, BadQuestion) else 503
        return JSONResponse(
            {"title": str(error), "status": status}, status, media_type="application/problem+json"
        )

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        """Whether the corpus answers."""
        return {"status": "ok", "articles": corpus.count()}

    @app.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((_HERE / "style.css").read_text("utf-8"), media_type="text/css")

    _add_api(app, corpus, key_of)
    _add_articles(app, corpus)
    _add_pages(app, corpus, pages)
    return app


def _add_api(app: FastAPI, corpus: Corpus, key_of: Callable[[str], str]) -> None:
    @app.get("/api/v1/search")
    def search(
        q: Text,
        since: Annotated[date | None, Query(alias="from")] = None,
        until: Annotated[date | None, Query(alias="to")] = None,
        source: Text | None = None,
        topic: Text | None = None,
        place: Text | None = None,
        main_place: Text | None = None,
        organisation: Text | None = None,
        person: Text | None = None,
        document: Text | None = None,
        kind: Annotated[str | None, Query(alias="type", max_length=200)] = None,
        open_on: date | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = PER_PAGE,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Articles whose title, body or attachments hold every word and "phrase" of the query."""
        filters = Filters(
            since=since,
            until=until,
            source=source,
            topic=topic,
            place=place,
            main_place=main_place,
            organisation=organisation,
            person=person,
            document=document,
            type=kind,
            open_on=open_on,
        )
        return _as_json(corpus.search(q, filters, limit=limit, offset=offset))

    @app.get("/api/v1/why")
    def why(url: Annotated[str, Query(max_length=2000)]) -> dict[str, Any]:
        """Why an address is in the corpus, or is not."""
        from dataclasses import asdict

        try:
            found = corpus.why(key_of(url)) or corpus.why(url)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        if found is None:
            raise HTTPException(404, f"{url} was never discovered")
        return asdict(found)

    @app.get("/api/v1/changes")
    def changes(
        since: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
    ) -> dict[str, Any]:
        """What happened to which article after change number `since`, in order, without gaps."""
        return {"changes": corpus.changes(since, limit)}


def _add_articles(app: FastAPI, corpus: Corpus) -> None:
    @app.get("/api/v1/articles/{article_id}")
    def article(article_id: str, at: datetime | None = None) -> dict[str, Any]:
        """One article, whole; with `at`, as it stood at that time."""
        found = corpus.at(at).get(article_id) if at else corpus.get(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()

    @app.get("/api/v1/articles/{article_id}/history")
    def history(article_id: str) -> dict[str, Any]:
        """Every version of an article, what changed between them, when it was not there."""
        found = corpus.history(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()

    @app.get("/api/v1/articles/{article_id}/citations")
    def citations(article_id: str) -> dict[str, Any]:
        """What an article cites by document number, and what cites it."""
        found = corpus.citations(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()


def _as_json(found: SearchResult) -> dict[str, Any]:
    return {
        "total": found.total,
        "items": [article.as_dict() for article in found.items],
        "in_attachments": found.in_attachments,
    }


def _add_pages(app: FastAPI, corpus: Corpus, pages: Environment) -> None:
    def page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(pages.get_template(name).render(**values), status)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def front(q: Text = "", offset: Offset = 0) -> HTMLResponse:
        if not q.strip():
            return page("front.html", status_=corpus.status(runs=3), q="")
        try:
            found = corpus.search(q, limit=PER_PAGE, offset=offset)
        except BadQuestion as error:
            return page(
                "search.html",
                400,
                q=q,
                error=str(error),
                total=0,
                items=(),
                in_attachments={},
                offset=0,
                per_page=PER_PAGE,
            )
        return page(
            "search.html",
            q=q,
            error=None,
            total=found.total,
            items=found.items,
            in_attachments=found.in_attachments,
            offset=offset,
            per_page=PER_PAGE,
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
