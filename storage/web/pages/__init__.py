"""The pages for people: HTML from templates, in Chinese and English, whole without a script."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, HTTPException, Request

from storage.corpus import Corpus
from storage.web.pages import article, coverage, search, sources, subjects
from storage.web.pages.view import View

__all__ = ["View", "router"]


def router(corpus: Corpus, key_of: Callable[[str], str]) -> APIRouter:
    """The routes of all pages. `key_of` turns an address into its canonical key."""
    view = View()
    routes = APIRouter(dependencies=[Depends(_no_nul)])
    for room in (search, article, subjects, coverage):
        routes.include_router(room.router(corpus, view))
    routes.include_router(sources.router(corpus, view, key_of))
    return routes


def _no_nul(request: Request) -> None:
    """Refuse what no database can hold."""
    values = (value for _, value in request.query_params.multi_items())
    if any("\0" in text for text in (request.url.path, *request.path_params.values(), *values)):
        raise HTTPException(400, "the address holds a NUL character")
