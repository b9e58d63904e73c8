"""How list pages and articles look: the templates that publishers on one software share."""

import re
from typing import Annotated, Literal, Self

from cssselect import SelectorError
from lxml.cssselect import CSSSelector
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator


def _selector(css: str) -> str:
    try:
        CSSSelector(css)
    except SelectorError as error:
        raise ValueError(f"{css!r} is no CSS selector: {error}") from error
    return css


def _part(css: str) -> str:
    """A selector with what may stand around it: ``+ dd``, ``time@datetime``, ``@stime``, ``+``."""
    inner = css.removeprefix("+").partition("@")[0].strip()
    if inner:
        _selector(inner)
    return css


def _pager(name: str) -> str:
    if name not in PAGERS and not PAGE_NUMBER.search(name):
        known = ", ".join(PAGERS)
        raise ValueError(f"{name!r} is no pager: {known}, or an address with {{page}}")
    return name


def _pattern(regex: str) -> str:
    try:
        re.compile(regex)
    except re.error as error:
        raise ValueError(f"{regex!r} is no regular expression: {error}") from error
    return regex


CONTAINER_MISSING = "declared container missing"
"""Stands in a body's provenance where none of the layout's containers is in the page."""
PAGERS = ("createPageHTML", "next", "none")
PAGE_NUMBER = re.compile(r"\{page(?P<less>-1)?\}")
"""Stands in a pager's address for the page's number, the second being 2, or for one less."""
Selector = Annotated[str, AfterValidator(_selector)]
Part = Annotated[str, AfterValidator(_part)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Strict(BaseModel):
    """A part of a file that people edit: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemData(Strict):
    """Where the items are that a script of the page holds as data."""

    items: str = ""
    """The keys that lead to the array, with dots between; empty: the data are an array themselves."""
    url: str
    """A key, or an address with keys in braces: ``/art/{id}.html``."""
    title: str
    date: str | None = None


class ListTemplate(Strict):
    """How a list page shows its items. Selectors are relative to the item.

    Behind a selector ``@attribute`` takes an attribute in place of the text, and ``+`` before one
    looks at what follows the item, up to the next; alone it takes all of that.
    """

    item: Selector | None = None
    link: Selector = "a[href]"
    title: Part | None = None
    """None: the link's title attribute, else its text."""
    date: Part | None = None
    """A selector, or ``@attribute`` of the item; None: any date in the item's own text."""
    dated: bool = True
    """False where lists never show a date."""
    yearless: bool = False
    """True where they show days without a year."""
    url_date: bool = False
    """True where a day that is not shown is in the article's address."""
    embedded: Literal["datastore"] | None = None
    """``datastore``: the items stand in records inside of a script, each as markup."""
    data: ItemData | None = None
    pager: Annotated[str, AfterValidator(_pager)] = "createPageHTML"
    article: str = "generic"
    """The layout (under ``articles:``) of what it links to."""

    @model_validator(mode="after")
    def _has_items(self) -> Self:
        if (self.item is None) == (self.data is None):
            raise ValueError("a list needs `item` or `data`, and not both")
        return self


class ArticleLayout(Strict):
    """Where the parts of an article stand. Selectors, the most specific first."""

    bodies: tuple[Selector, ...] = ()
    titles: tuple[Selector, ...] = ()
    dates: tuple[Selector, ...] = ()
    noise: tuple[Selector, ...] = ()
