"""A page into an article, by the layout of the day on which it was fetched, and its tags."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import structlog

from crawler.aside import Read, here
from crawler.attachments.document import read_document
from crawler.attachments.kinds import is_document
from crawler.attachments.reader import FileReader
from crawler.catalogue import ArticleLayout, Catalogue
from crawler.errors import Park
from crawler.records import Article, Dropped, Page, city_day
from crawler.segment import Unfetched
from flows.steps.attach import attach
from flows.steps.language import language
from flows.steps.load import Tagged
from flows.steps.tag import Tag, Tagger
from storage.models import Outcome

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Means:
    """What it takes to read a page: no database."""

    catalogue: Catalogue
    files: FileReader
    attachment: Callable[[str], Page | str | None]
    """The file at an address, or why there is none."""
    read: Read = here


@dataclass(frozen=True, slots=True)
class Described:
    """What the text of an article tells."""

    lang: str
    tags: tuple[Tag, ...]
    taxonomy: str
    """The version that has these tags."""


Extracted = tuple[tuple[Outcome, str | None] | None, Article | None]
"""An article, or the outcome of what is none."""


def extracted(means: Means, page: Page) -> Extracted:
    """What a page is."""
    return begun(means, page)()


def begun(means: Means, page: Page) -> Callable[[], Extracted]:
    """Begin to read a page; what it returns waits for what comes of it."""
    source, column = owner_of(means.catalogue, page)
    page = replace(page, source=source, column=column)
    _, layout = layout_of(means.catalogue, page)
    if is_document(page.body, page.content_type):
        return partial(_ended, means, page, partial(read_document, page, means.files))
    return partial(_ended, means, page, means.read(page, layout))


def _ended(means: Means, page: Page, reading: Callable[[], Article | Dropped]) -> Extracted:
    try:
        found = _with_files(means, reading())
    except Park as error:
        log.warning("page parked", url=page.url, warc=page.warc, reason=str(error))
        return (Outcome.PARKED, str(error)), None
    except Exception as error:
        log.exception("page could not be read", url=page.url, warc=page.warc)
        return (Outcome.PARKED, f"{type(error).__name__}: {error}"), None
    if isinstance(found, Dropped):
        return (Outcome.DROPPED, found.reason), None
    return None, found


def _with_files(means: Means, found: Article | Dropped) -> Article | Dropped:
    if isinstance(found, Dropped) or not found.attachments:
        return found
    return attach(found, means.attachment, means.files)


def declared_column(catalogue: Catalogue, page: Page) -> str | None:
    """The column whose layout says where the text of a page stands; None where none does."""
    column, layout = layout_of(catalogue, page)
    return column if layout and layout.bodies else None


def owner_of(catalogue: Catalogue, entry: Page | Unfetched) -> tuple[str, str | None]:
    """Whose page an entry is, and of which column: its list's, unless it lies on the host of another
    publisher of the catalogue."""
    owner = catalogue.source_of(entry.url)
    if owner is None or owner.id == entry.source:
        return entry.source, entry.column
    return catalogue.column_of(entry.url) or (owner.id, None)


def layout_of(catalogue: Catalogue, page: Page) -> tuple[str | None, ArticleLayout | None]:
    """(``publisher/column``, layout) that a page is read by: that of the day on which it was fetched.

    A page that was not crawled but brought belongs to the column that its address lies in.
    """
    source, column = page.source, page.column
    if column is None:
        source, column = catalogue.column_of(page.url) or (source, None)
    layout = catalogue.layout(source, column, city_day(page.fetched_at))
    return (f"{source}/{column}", layout) if layout else (None, None)


def _day(article: Article) -> date | None:
    return article.published.day if article.published else None


def described(catalogue: Catalogue, tagger: Tagger, article: Article) -> Described:
    """What the text of an article tells: neither its key nor its files have a part in it."""
    source = catalogue.sources.get(article.source)
    home = tagger.home_of(source.name) if source else None
    return Described(
        lang=language(f"{article.title}\n{article.body}"),
        tags=tagger.tag(article.title, article.body, _day(article), home=home),
        taxonomy=tagger.taxonomy.version,
    )


def tagged(
    catalogue: Catalogue, tagger: Tagger, article: Article, page_id: int, *, live: bool
) -> Tagged:
    """An article with all that is found out about it; `live`: it is what the address says now."""
    text = described(catalogue, tagger, article)
    return tagged_with(catalogue, article, text, page_id, live=live)


def tagged_with(
    catalogue: Catalogue, article: Article, text: Described, page_id: int, *, live: bool
) -> Tagged:
    """The same, where it is known already what its text tells."""
    source = catalogue.sources.get(article.source)
    return Tagged(
        article=article,
        page_id=page_id,
        authority=source.authority if source else 0,
        lang=text.lang,
        tags=text.tags,
        taxonomy=text.taxonomy,
        captured_at=None if live else article.fetched_at,
    )
