"""What holds the text of a column's articles, told from a few of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element as Element
from rapidfuzz.fuzz import ratio

from crawler.blocks import han_length, inner_text
from crawler.discover.names import names_of, up_from
from crawler.errors import Park
from crawler.extract import Reading, extract
from crawler.layouts import ArticleLayout
from crawler.records import Article, Page

_SAME = 95
"""Likeness of two readings, of 100, from which on they are the same text."""
_AROUND = 1.1
"""How much more text than the located element one around it may hold and still mean the same."""


@dataclass(frozen=True, slots=True)
class Container:
    """What was found out of a column's articles."""

    articles: tuple[Article, ...]
    """As they were read."""
    layout: str = "generic"
    """The layout of the catalogue that reads them, where one does."""
    body: str | None = None
    """The selector of their text, where no layout has it."""
    doubt: str | None = None


def find_container(pages: Sequence[Page], layouts: Mapping[str, ArticleLayout]) -> Container:
    """What holds the text of these pages: a known layout, else a selector that they share."""
    read = [article for page in pages if (article := _read(page)) is not None]
    texts = {article.url: article for article in read if han_length(article.body) > 0}
    told = [page for page in pages if page.url in texts]
    if not told:
        return Container((), doubt="no article could be read: what holds the text is not known")
    for name, layout in layouts.items():
        if layout.bodies and all(_same(page, layout, texts) for page in told):
            return Container(tuple(_read_all(told, layout)), layout=name)
    for css in _shared(told):
        layout = ArticleLayout(bodies=(css,))
        if all(_same(page, layout, texts) for page in told):
            return Container(tuple(_read_all(told, layout)), body=css, doubt=_few(told, pages))
    return Container(
        tuple(texts.values()),
        doubt="the articles share no container with a name: a locator reads them",
    )


def _few(told: Sequence[Page], pages: Sequence[Page]) -> str | None:
    if len(told) == len(pages) and len(told) > 1:
        return None
    return f"{len(told)} of {len(pages)} articles could be read"


def _read(page: Page, layout: ArticleLayout | None = None) -> Article | None:
    try:
        found = extract(page, layout)
    except Park:
        return None
    return found if isinstance(found, Article) else None


def _read_all(pages: Sequence[Page], layout: ArticleLayout) -> Iterator[Article]:
    for page in pages:
        article = _read(page, layout)
        if article is not None:
            yield article


def _same(page: Page, layout: ArticleLayout, texts: Mapping[str, Article]) -> bool:
    article = _read(page, layout)
    if article is None or not article.provenance.get("body", "").startswith("layout:"):
        return False
    return ratio(article.body, texts[page.url].body) >= _SAME


def _shared(pages: Sequence[Page]) -> Iterator[str]:
    """Selectors of what holds the text, the nearest first, that every page has."""
    offered = [list(_selectors(page)) for page in pages]
    for css in offered[0]:
        if all(css in others for others in offered[1:]):
            yield css


def _selectors(page: Page) -> Iterator[str]:
    body = Reading(page, None).document.body
    if body is None:
        return
    size = han_length(inner_text(body))
    yield from _named(body)
    for outer in up_from(body):
        if han_length(inner_text(outer)) > _AROUND * size + 20:
            return
        yield from _named(outer)


def _named(element: Element) -> Iterator[str]:
    return (name for name in names_of(element) if element.tag != "body")
