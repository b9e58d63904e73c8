"""What the catalogue can say of the kinds that need more than an address."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import model_validator

from crawler.layouts import ItemData, Selector, Strict

PLACES = re.compile(r"\{(page-1|page|offset|keyword)\}")
"""What stands in an address or a body for what differs from request to request."""


class ListApi(Strict):
    """How an interface for programs is asked for a list, and where its answer has the items."""

    method: Literal["GET", "POST"] = "GET"
    form: Mapping[str, str] | None = None
    """Fields of a form that is sent."""
    document: Mapping[str, Any] | None = None
    """A JSON document that is sent."""
    headers: Mapping[str, str] = {}
    data: ItemData | None = None
    """Where the items are that the answer has as data."""
    markup: str | None = None
    """The keys that lead to the items as HTML, which the column's template reads; empty: the answer."""
    total: str | None = None
    """The keys that lead to the number of all items."""
    pages: str | None = None
    """The keys that lead to the number of pages."""

    @model_validator(mode="after")
    def _is_one_request(self) -> Self:
        if (self.data is None) == (self.markup is None):
            raise ValueError("an api needs `data` or `markup`, and not both")
        if self.form is not None and self.document is not None:
            raise ValueError("an api sends a `form` or a `document`, and not both")
        if self.method == "GET" and (self.form is not None or self.document is not None):
            raise ValueError("a `form` or a `document` is sent by `method: POST`")
        return self


class Issues(Strict):
    """How a newspaper's day is laid out; the address of its first page is the column's `start`."""

    pages: Selector = "a[href*='node_'], area[href*='node_']"
    """The links to the pages of a day."""
    articles: Selector = "a[href*='content_'], area[href*='content_']"
    """The links to the articles of a page."""
