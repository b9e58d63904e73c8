"""The application: routes, errors, headers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response

from storage.corpus import Corpus
from storage.web import api, pages
from storage.web.headers import SecurityHeaders
from storage.web.problems import add_problems

_HERE = Path(__file__).parent


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

    @app.get("/healthz")
    def healthz() -> dict[str, Any]:
        """Whether the corpus answers."""
        return {"status": "ok", "articles": corpus.count()}

    @app.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((_HERE / "style.css").read_text("utf-8"), media_type="text/css")

    @app.get("/icon.svg", include_in_schema=False)
    def icon() -> Response:
        return Response((_HERE / "icon.svg").read_text("utf-8"), media_type="image/svg+xml")

    app.add_middleware(SecurityHeaders)
    add_problems(app)
    app.include_router(api.router(corpus, key_of))
    app.include_router(pages.router(corpus, key_of))
    return app
