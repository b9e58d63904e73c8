"""Everything that filters ask for, as one stream."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from storage.corpus import Corpus
from storage.export.text import cell
from storage.records import Article
from storage.web.places import Places
from storage.web.questions import Asked, AskedFilters

AT_ONCE = 4
"""Exports that may run beside each other."""
COLUMNS = (
    *("id", "url", "title", "subtitle", "published_at", "source", "column", "origin", "author"),
    *("issuer", "document_number", "lang", "topics", "places", "organisations", "people", "types"),
    *("story_id", "duplicate_of", "revision", "first_seen", "withdrawn_at", "body"),
)
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


def router(corpus: Corpus) -> APIRouter:
    """The route of exports."""
    routes = APIRouter(tags=["export"])
    places = Places(AT_ONCE, "exports run")

    @routes.get(
        "/export",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {
                    kind.split(";")[0]: {"schema": {"type": "string"}} for kind in _TYPES.values()
                }
            }
        },
    )
    def export(
        only: AskedFilters,
        q: Asked = "",
        kind: Annotated[Literal["jsonl", "csv"], Query(alias="format")] = "jsonl",
        canonical: Annotated[bool, Query(description="Leave reprints out.")] = False,
    ) -> StreamingResponse:
        """Every article that filters and query ask for, reprints included, as JSON Lines or CSV.

        Parquet is `suqian export`'s: it wants a file that can be sought in.
        """
        articles = corpus.articles(only, q, canonical=canonical)
        articles.count()  # a question that makes no sense is refused before anything is sent
        places.require_free()
        lines = json_lines(articles) if kind == "jsonl" else csv_lines(articles)
        name = f'attachment; filename="suqian.{kind}"'
        return StreamingResponse(
            _counted(lines, places),
            media_type=_TYPES[kind],
            headers={"Content-Disposition": name},
        )

    return routes


def _counted(lines: Iterator[str], places: Places) -> Iterator[str]:
    with places.one():
        yield from lines


def json_lines(articles: Iterable[Article]) -> Iterator[str]:
    """Articles as JSON Lines."""
    for article in articles:
        yield json.dumps(article.as_dict(), ensure_ascii=False) + "\n"


def csv_lines(articles: Iterable[Article]) -> Iterator[str]:
    """Articles as CSV that Excel opens: with a byte order mark, and nothing that it would compute."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(COLUMNS)
    for article in articles:
        writer.writerow([cell(getattr(article, name)) for name in COLUMNS])
        yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
