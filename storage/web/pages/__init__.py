"""The pages for people: HTML from templates, in Chinese and English, whole without a script."""

from collections.abc import Callable

from fastapi import APIRouter, Depends

from storage.corpus import Corpus
from storage.web.pages import article, coverage, search, sources, subjects
from storage.web.pages.view import NOBODY, View
from storage.web.questions import readable

__all__ = ["NOBODY", "View", "router"]


def router(corpus: Corpus, view: View, key_of: Callable[[str], str]) -> APIRouter:
    """The routes of all pages. `key_of` turns an address into its canonical key."""
    routes = APIRouter(dependencies=[Depends(readable)])
    for room in (search, article, subjects, coverage):
        routes.include_router(room.router(corpus, view))
    routes.include_router(sources.router(corpus, view, key_of))
    return routes
