"""What the API answers, where it is not a record of the corpus as it is."""

from typing import Any, Self

from fastapi import Request, Response
from pydantic import BaseModel, Field

from storage.records import Article, FacetValue, Hit, Piece, SearchResult


class HitAnswer(BaseModel):
    """Where the words stand in an article of `items` that a search found."""

    id: str
    title: list[Piece]
    snippet: list[Piece]
    files: list[str] = Field(description="Attachments that alone hold a word.")
    reprints: int
    score: float

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """What a hit says beside its article."""
        return cls(
            id=hit.article.id,
            title=list(hit.title),
            snippet=list(hit.snippet),
            files=list(hit.files),
            reprints=hit.reprints,
            score=hit.score,
        )


class Page(BaseModel):
    """Some articles of a list."""

    total: int
    exact: bool = Field(description="Whether `total` and facets are counted, not estimated.")
    items: list[Article]
    next: str | None = Field(
        description="What to pass as `after`; also as a whole address in `Link`."
    )


class SearchPage(Page):
    """Some hits of a search."""

    hits: list[HitAnswer] = Field(description="One for each of `items`, in their order.")
    facets: dict[str, list[FacetValue]]
    in_attachments: dict[str, list[str]] = Field(
        description="Id of an article → names of its attachments that alone hold a word."
    )


class StoryAnswer(BaseModel):
    """A story and its articles, the canonical one first."""

    id: str
    items: list[Article]


class HistoryAnswer(BaseModel):
    """Every version of an article, what changed between them, when it was not there."""

    id: str
    url: str
    title: str
    withdrawn_at: str | None
    versions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    differences: list[dict[str, Any]]


class ChangeAnswer(BaseModel):
    """What happened to one article."""

    seq: int
    article_id: str
    kind: str
    at: str


class ChangesAnswer(BaseModel):
    """What happened, in order and without gaps."""

    changes: list[ChangeAnswer]
    next: int = Field(description="What to pass as `since` next time.")


class CountsAnswer(BaseModel):
    """How many articles there are of each kind."""

    by: list[str]
    counts: list[dict[str, str | int | None]]


class TopicsAnswer(BaseModel):
    """The topics that articles have, the commonest first."""

    topics: list[FacetValue]


def link_next(request: Request, response: Response, after: str | None) -> None:
    """Name the next page in the header ``Link`` (RFC 8288)."""
    if after is not None:
        url = request.url.include_query_params(after=after)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


def page_values(found: SearchResult) -> dict[str, Any]:
    """The values of a `Page`."""
    return {
        "total": found.total,
        "exact": found.exact,
        "items": list(found.items),
        "next": found.next,
    }
