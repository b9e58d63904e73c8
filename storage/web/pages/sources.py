"""Sources with their health, runs with their outcomes, and why an address is here or not."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from storage.corpus import Corpus
from storage.records import Filters
from storage.web.pages.asked import Asked
from storage.web.pages.calendar import LEVELS
from storage.web.pages.coverage import covered
from storage.web.pages.subjects import bars
from storage.web.pages.view import View

_RUNS = 50
_NEWEST = 5


def router(corpus: Corpus, view: View, key_of: Callable[[str], str]) -> APIRouter:
    """The routes about where the corpus comes from."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    def missing(request: Request, which: str) -> HTMLResponse:
        return view.page(request, "missing.html", 404, which=which)

    @routes.get("/sources")
    def sources(request: Request) -> HTMLResponse:
        health = {one.source: one for one in corpus.health()}
        return view.page(request, "sources.html", sources=corpus.sources(), health=health)

    @routes.get("/sources/{source}")
    def source(
        request: Request,
        source: str,
        year: Annotated[int | None, Query(ge=1000, le=9999)] = None,
    ) -> HTMLResponse:
        about = _about(corpus, source, year)
        if about is None:
            return missing(request, source)
        return view.page(request, "source.html", **about)

    @routes.get("/runs")
    def runs(request: Request) -> HTMLResponse:
        return view.page(request, "runs.html", runs=corpus.runs(_RUNS))

    @routes.get("/runs/{run_id}")
    def run(request: Request, run_id: str) -> HTMLResponse:
        found = corpus.run(run_id)
        if found is None:
            return missing(request, run_id)
        return view.page(request, "run.html", run=found)

    @routes.get("/why")
    def why(request: Request, url: Annotated[str, Query(max_length=2000)] = "") -> HTMLResponse:
        wanted = url.strip()
        found = _why(corpus, key_of, wanted) if wanted else None
        status = 404 if wanted and found is None else 200
        return view.page(request, "why.html", status, url=wanted, why=found)

    return routes


def _about(corpus: Corpus, source: str, year: int | None) -> dict[str, Any] | None:
    status = next((one for one in corpus.sources() if one.source == source), None)
    if status is None:
        return None
    asked = Asked(source=source)
    coverage = covered(corpus, year, source)
    return {
        "source": status,
        "health": next((one for one in corpus.health() if one.source == source), None),
        "coverage": coverage,
        "calendar": next(iter(coverage.sources), None),
        "levels": LEVELS,
        "bars": bars(corpus.counts(["month"], Filters(source=source)), asked),
        "asked": asked,
        "found": corpus.search("", Filters(source=source), limit=_NEWEST),
    }


def _why(corpus: Corpus, key_of: Callable[[str], str], url: str) -> Any:
    try:
        return corpus.why(key_of(url)) or corpus.why(url)
    except ValueError:  # no address; it may be a canonical key
        return corpus.why(url)
