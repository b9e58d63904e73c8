"""What there is at all: sources, topics, and why an address is here."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from storage.corpus import Corpus
from storage.records import Explanation, SourceStatus
from storage.web.api.answers import TopicsAnswer


def router(corpus: Corpus, key_of: Callable[[str], str]) -> APIRouter:
    """The routes of sources, topics and reasons."""
    routes = APIRouter(tags=["overview"])

    @routes.get("/sources")
    def sources() -> list[SourceStatus]:
        """How each source stands, by id."""
        return list(corpus.sources())

    @routes.get("/topics")
    def topics() -> TopicsAnswer:
        """The topics that articles have, the commonest first."""
        return TopicsAnswer(topics=list(corpus.topics()))

    @routes.get("/why")
    def why(url: Annotated[str, Query(max_length=2000)]) -> Explanation:
        """Why an address is in the corpus, or is not."""
        try:
            found = corpus.why(key_of(url)) or corpus.why(url)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        if found is None:
            raise HTTPException(404, f"{url} was never discovered")
        return found

    return routes
