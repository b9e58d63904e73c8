"""The front page and the search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from storage.corpus import Corpus
from storage.errors import BadQuestion
from storage.records import FacetValue, SearchResult
from storage.web.pages.asked import FACETS, Asked, asked
from storage.web.pages.subjects import PATHS
from storage.web.pages.view import View
from storage.web.questions import PER_PAGE

_SHOWN = 8
"""Values of a facet before the rest is folded away."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One facet beside the hits."""

    name: str
    chosen: str
    shown: tuple[FacetValue, ...]
    more: tuple[FacetValue, ...]


def router(corpus: Corpus, view: View) -> APIRouter:
    """The routes of the search."""
    routes = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    @routes.get("/")
    def front(request: Request, wanted: Annotated[Asked, Depends(asked)]) -> HTMLResponse:
        if not wanted.anything:
            newest = corpus.search(limit=10, facets=("topic", "place", "year"))
            facets = newest.facets
            return view.page(
                request,
                "front.html",
                found=newest,
                facets=facets,
                standing=corpus.totals(),
                sources=len(corpus.sources()),
            )
        try:
            found = _find(corpus, wanted)
        except BadQuestion as error:
            return view.page(request, "search.html", 400, **_refused(wanted, error))
        return view.page(
            request,
            "search.html",
            asked=wanted,
            q=wanted.q,
            found=found,
            facets=_facets(wanted, found.facets),
            chosen=_chosen(corpus, wanted),
            feed=wanted.link("/feed.atom", sort="", reprints=""),
            error=None,
        )

    return routes


def _find(corpus: Corpus, wanted: Asked) -> SearchResult:
    return corpus.search(
        wanted.q,
        wanted.filters(),
        limit=PER_PAGE,
        after=wanted.after or None,
        sort="date" if wanted.sort == "date" or not wanted.q else "relevance",
        reprints=wanted.reprints == "all",
        facets=FACETS,
    )


def _refused(wanted: Asked, error: BadQuestion) -> dict[str, Any]:
    """The page of a search that cannot be answered; it points at the character that is wrong."""
    return {
        "asked": wanted,
        "q": wanted.q,
        "found": None,
        "facets": (),
        "chosen": {},
        "error": error,
        "position": error.position,
    }


def _chosen(corpus: Corpus, wanted: Asked) -> dict[str, str]:
    """What the chosen values are called."""
    return {
        name: corpus.labels(name, [value]).get(value, value)
        for name, value in wanted.given()
        if name in PATHS
    }


def _facets(wanted: Asked, found: Mapping[str, tuple[FacetValue, ...]]) -> tuple[Facet, ...]:
    return tuple(
        Facet(name, getattr(wanted, name), values[:_SHOWN], values[_SHOWN:])
        for name in FACETS
        if (values := found.get(name, ()))
    )
