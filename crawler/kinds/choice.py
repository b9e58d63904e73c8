"""Which reader a column of the catalogue has."""

import re
from datetime import date
from urllib.parse import quote

from crawler.catalogue import Catalogue, Column
from crawler.kinds.api import ApiReader
from crawler.kinds.epaper import EpaperReader
from crawler.kinds.feed import FeedReader
from crawler.kinds.options import Issues
from crawler.kinds.pages import PageReader
from crawler.kinds.reader import Reader
from crawler.kinds.search import SearchReader
from crawler.kinds.sitemap import SitemapReader
from crawler.layouts import ListTemplate


def reader_of(catalogue: Catalogue, source: str, column: str, at: date) -> Reader:
    """How the lists of a column are read that were fetched on a day."""
    declared = catalogue.source(source).columns[column]
    template = catalogue.list_template(source, column, at) if declared.template else None
    match declared.kind:
        case "feed":
            return FeedReader(declared.start)
        case "sitemap":
            match = re.compile(declared.match) if declared.match else None
            return SitemapReader(declared.start, match)
        case "epaper":
            first = declared.since or date.min
            return EpaperReader(declared.start, first, declared.issues or Issues())
        case "search":
            return SearchReader(
                {word: _search(declared, template, word) for word in declared.keywords}
            )
        case _:
            return _paged(declared, template, "")


def _search(declared: Column, template: ListTemplate | None, word: str) -> Reader:
    """How the hits for one word are read: pages of HTML, or what an interface gives."""
    if template is not None and declared.api is None:
        pager = template.pager.replace("{keyword}", quote(word))
        template = template.model_copy(update={"pager": pager})
    return _paged(declared, template, word)


def _paged(declared: Column, template: ListTemplate | None, word: str) -> Reader:
    if declared.api is not None:
        return ApiReader(declared.start, declared.api, template, word)
    assert template is not None  # noqa: S101 - the catalogue has made sure of one
    return PageReader(declared.start.replace("{keyword}", quote(word)), template)
