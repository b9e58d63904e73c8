"""The application: routes, errors, headers."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from jinja2 import Environment, FileSystemLoader

from storage.checks import Checks
from storage.corpus import Corpus
from storage.errors import BadQuestion, StorageError
from storage.web.api import add_api, add_articles
from storage.web.operations import add_operations
from storage.web.pages import add_pages
from storage.web.shown import shown

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _same(url: str) -> str:
    return url


def create_app(
    corpus: Corpus, key_of: Callable[[str], str] = _same, checks: Checks | None = None
) -> FastAPI:
    """The application over an open corpus. `key_of` turns an address into its canonical key;
    `checks` looks at the system, where nobody gives it as far as the database tells."""
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

    @app.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((_HERE / "style.css").read_text("utf-8"), media_type="text/css")

    add_operations(app, corpus, checks or (lambda: corpus.checks(datetime.now(UTC))))
    add_api(app, corpus, key_of)
    add_articles(app, corpus)
    add_pages(app, corpus, pages)
    return app
