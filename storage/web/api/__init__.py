"""The JSON API, version 1."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Depends

from storage.corpus import Corpus
from storage.web.api import articles, changes, export, overview, search
from storage.web.questions import API, only_its_own, readable


def router(
    corpus: Corpus,
    key_of: Callable[[str], str],
    news: changes.News | None,
    publishers: Mapping[str, str],
) -> APIRouter:
    """The routes of the API. `key_of` turns an address into its canonical key; `publishers` are the
    names of sources by their ids."""
    routes = APIRouter(prefix=API, dependencies=[Depends(readable), Depends(only_its_own)])
    for room in (articles, export):
        routes.include_router(room.router(corpus))
    routes.include_router(search.router(corpus, publishers))
    routes.include_router(changes.router(news or changes.News(corpus)))
    routes.include_router(overview.router(corpus, key_of))
    return routes
