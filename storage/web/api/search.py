"""Search and counts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from storage.corpus import Corpus
from storage.records import FacetValue
from storage.web.api.answers import CountsAnswer, HitAnswer, SearchPage, link_next, page_values
from storage.web.questions import PER_PAGE, After, Asked, AskedFilters, Limit

_FACETS = Annotated[
    list[Literal["source", "topic", "place", "organisation", "person", "type", "year"]],
    Query(alias="facet", max_length=7, description="Count the hits by these."),
]
_BY = Annotated[
    list[
        Literal[
            "day",
            "month",
            "year",
            "source",
            "column",
            "lang",
            "topic",
            "place",
            "organisation",
            "person",
            "type",
        ]
    ],
    Query(min_length=1, max_length=2, description="What to count by."),
]
MOST_COUNTS = 10_000


def _named(
    facet: str, values: Iterable[FacetValue], publishers: Mapping[str, str]
) -> list[FacetValue]:
    """The values of a facet with what people call them; the corpus knows publishers by their ids."""
    if facet != "source":
        return list(values)
    return [replace(one, label=publishers.get(one.value, one.label)) for one in values]


def router(corpus: Corpus, publishers: Mapping[str, str]) -> APIRouter:
    """The routes of search and counts. `publishers` are the names of sources by their ids."""
    routes = APIRouter(tags=["search"])

    @routes.get("/search")
    def search(
        request: Request,
        response: Response,
        only: AskedFilters,
        q: Asked = "",
        limit: Limit = PER_PAGE,
        after: After = None,
        sort: Literal["relevance", "date"] = "relevance",
        reprints: Annotated[
            bool | Literal["all"], Query(description="Every article of a story: true, or all.")
        ] = False,
        facets: _FACETS = [],  # noqa: B006 - FastAPI copies it
    ) -> SearchPage:
        """The articles that a query asks for, the best or the newest first; without a query all."""
        found = corpus.search(
            q, only, limit=limit, after=after, sort=sort, reprints=bool(reprints), facets=facets
        )
        link_next(request, response, found.next)
        return SearchPage(
            **page_values(found),
            hits=[HitAnswer.of(hit) for hit in found.hits],
            facets={
                name: _named(name, values, publishers) for name, values in found.facets.items()
            },
            in_attachments={hit.article.id: list(hit.files) for hit in found.hits if hit.files},
        )

    @routes.get("/counts")
    def counts(only: AskedFilters, by: _BY, q: Asked = "") -> CountsAnswer:
        """How many articles there are by day, source, topic and the like; 10,000 groups at the most."""
        found = corpus.counts(by, only, q)
        rows = [row for row, _ in zip(found.rows(), range(MOST_COUNTS), strict=False)]
        return CountsAnswer(by=list(by), counts=rows)

    return routes
