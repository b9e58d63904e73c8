"""Articles: many by filters, one with its past, a story."""

import re
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BeforeValidator

from storage import messages
from storage.citations import Citations
from storage.corpus import Corpus
from storage.errors import BadQuestion
from storage.records import Article
from storage.web.api.answers import HistoryAnswer, Page, StoryAnswer, link_next, page_values
from storage.web.questions import PER_PAGE, After, AskedFilters, Limit

_Found = TypeVar("_Found")
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


def _with_plus(at: object) -> object:
    """A time as it was typed: in an address a bare + is a blank."""
    return _LOST_PLUS.sub("+", at) if isinstance(at, str) else at


At = Annotated[
    datetime | None,
    BeforeValidator(_with_plus),
    Query(description="As it stood then, with a zone."),
]
Id = Annotated[str, Path(max_length=300, description="An article's id.")]


def router(corpus: Corpus) -> APIRouter:
    """The routes of articles."""
    routes = APIRouter(tags=["articles"])

    @routes.get("/articles")
    def articles(
        request: Request,
        response: Response,
        only: AskedFilters,
        limit: Limit = PER_PAGE,
        after: After = None,
        canonical: Annotated[bool, Query(description="Leave reprints out.")] = False,
    ) -> Page:
        """Articles, the newest first, reprints included."""
        found = corpus.search(
            "", only, limit=limit, after=after, sort="date", reprints=not canonical
        )
        link_next(request, response, found.next)
        return Page(**page_values(found))

    @routes.get("/articles/{article_id}")
    def article(
        article_id: Id,
        at: At = None,
    ) -> Article:
        """One article, whole; with `at`, as it stood at that time."""
        if at is not None and not 1900 <= at.year < 2200:
            raise BadQuestion(messages.NO_SUCH_TIME, at=at)
        found = corpus.at(at).get(article_id) if at else corpus.get(article_id)
        return _there(found, article_id)

    @routes.get("/articles/{article_id}/history")
    def history(article_id: Id) -> HistoryAnswer:
        """Every version of an article, what changed between them, when it was not there."""
        return HistoryAnswer(**_there(corpus.history(article_id), article_id).as_dict())

    @routes.get("/articles/{article_id}/citations")
    def citations(article_id: Id) -> Citations:
        """What an article cites by document number, and what cites it."""
        return _there(corpus.citations(article_id), article_id)

    @routes.get("/stories/{story_id}")
    def story(story_id: Annotated[str, Path(max_length=300)]) -> StoryAnswer:
        """A story: the articles that tell one text, the canonical one first."""
        members = corpus.story(story_id)
        if not members:
            raise HTTPException(404, f"no story {story_id!r}")
        return StoryAnswer(id=members[0].story_id, items=list(members))

    return routes


def _there(found: _Found | None, which: str) -> _Found:
    if found is None:
        raise HTTPException(404, f"no article {which!r}")
    return found
