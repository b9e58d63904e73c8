"""The application: routes, and what goes around them."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware

from storage.checks import Checks
from storage.corpus import Corpus
from storage.web import access, api, feeds, pages
from storage.web.access.attempts import Attempts
from storage.web.conditional import Conditional
from storage.web.headers import SecurityHeaders
from storage.web.heads import Heads
from storage.web.openapi import Described
from storage.web.operations import add_operations
from storage.web.problems import Unexpected, add_problems
from storage.web.turns import Turns

_HERE = Path(__file__).parent
_SMALLEST = 1000
"""Bytes below which compressing gains nothing."""


def _same(url: str) -> str:
    return url


def create_app(
    corpus: Corpus,
    key_of: Callable[[str], str] = _same,
    checks: Checks | None = None,
    *,
    keys: access.Keys | None = None,
    names: Collection[str] = (),
    news: api.changes.News | None = None,
    publishers: Mapping[str, str] = pages.NOBODY,
) -> FastAPI:
    """The application over an open corpus. `key_of` turns an address into its canonical key;
    `checks` looks at the system, where nobody gives it as far as the database tells. Where `keys` are
    given, every request needs one of them, or a session that was begun with one; where not, only who asks
    this machine by a name of its own, or by one of `names`, is answered. `news` says how long those who
    follow the changes may wait; `publishers` what people call the sources, by their ids.
    """
    app = Described(
        title="suqian",
        description="What the city of Suqian publishes. Read-only; docs/http.md has the rules.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    view = pages.View(publishers)
    attempts = Attempts()
    _add_middleware(app, keys, attempts, names)
    add_problems(app, view.problem)
    add_operations(app, corpus, checks or (lambda: corpus.checks(datetime.now(UTC))))
    app.include_router(api.router(corpus, key_of, news, publishers))
    app.include_router(feeds.router(corpus, publishers))
    if keys is not None:
        app.include_router(access.router(keys, attempts, view.page))
    app.include_router(pages.router(corpus, view, key_of))
    _add_own(app, view)
    return app


def _add_middleware(
    app: FastAPI, keys: access.Keys | None, attempts: Attempts, names: Collection[str]
) -> None:
    """The innermost first."""
    app.add_middleware(Conditional)
    if keys is not None:
        app.add_middleware(access.Guard, keys=keys, attempts=attempts)
    app.add_middleware(Turns)
    if keys is None:
        app.add_middleware(access.OwnNames, names=names)
    app.add_middleware(Unexpected)
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST)
    app.add_middleware(Heads)
    app.add_middleware(SecurityHeaders)


def _add_own(app: FastAPI, view: pages.View) -> None:
    """What belongs to the application itself."""

    @app.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((_HERE / "style.css").read_text("utf-8"), media_type="text/css")

    @app.get("/api/docs", include_in_schema=False)
    def documentation(request: Request) -> HTMLResponse:
        base = str(request.base_url).rstrip("/")
        return view.page(request, "api.html", api=app.openapi(), base=base)

    @app.get("/icon.svg", include_in_schema=False)
    def icon() -> Response:
        return Response((_HERE / "icon.svg").read_text("utf-8"), media_type="image/svg+xml")
