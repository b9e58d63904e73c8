"""The JSON API."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from storage.corpus import Corpus, Filters, SearchResult
from storage.web.questions import PER_PAGE, Text


def router(corpus: Corpus, key_of: Callable[[str], str]) -> APIRouter:
    """The routes of the API. `key_of` turns an address into its canonical key."""
    routes = APIRouter(prefix="/api/v1")
    _add_questions(routes, corpus, key_of)
    _add_articles(routes, corpus)
    return routes


def _add_questions(routes: APIRouter, corpus: Corpus, key_of: Callable[[str], str]) -> None:
    @routes.get("/search")
    def search(
        q: Text = "",
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
        after: Text | None = None,
    ) -> dict[str, Any]:
        """Articles that a query asks for; `next` is the `after` of the page behind."""
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
        return _as_json(corpus.search(q, filters, limit=limit, after=after))

    @routes.get("/why")
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

    @routes.get("/changes")
    def changes(
        since: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
    ) -> dict[str, Any]:
        """What happened to which article after change number `since`, in order, without gaps."""
        return {"changes": [one.as_dict() for one in corpus.changes(since, limit)]}


def _add_articles(routes: APIRouter, corpus: Corpus) -> None:
    @routes.get("/articles/{article_id}")
    def article(article_id: str, at: datetime | None = None) -> dict[str, Any]:
        """One article, whole; with `at`, as it stood at that time."""
        found = corpus.at(at).get(article_id) if at else corpus.get(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()

    @routes.get("/articles/{article_id}/history")
    def history(article_id: str) -> dict[str, Any]:
        """Every version of an article, what changed between them, when it was not there."""
        found = corpus.history(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()

    @routes.get("/articles/{article_id}/citations")
    def citations(article_id: str) -> dict[str, Any]:
        """What an article cites by document number, and what cites it."""
        found = corpus.citations(article_id)
        if found is None:
            raise HTTPException(404, f"no article {article_id!r}")
        return found.as_dict()


def _as_json(found: SearchResult) -> dict[str, Any]:
    return {
        "total": found.total,
        "exact": found.exact,
        "items": [article.as_dict() for article in found.items],
        "in_attachments": {hit.article.id: hit.files for hit in found.hits if hit.files},
        "next": found.next,
    }
