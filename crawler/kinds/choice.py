"""Which reader a column of the catalogue has."""

import re
from datetime import date

from crawler.catalogue import Catalogue
from crawler.kinds.feed import FeedReader
from crawler.kinds.pages import PageReader
from crawler.kinds.reader import Reader
from crawler.kinds.sitemap import SitemapReader


def reader_of(catalogue: Catalogue, source: str, column: str, at: date) -> Reader:
    """How the lists of a column are read that were fetched on a day."""
    declared = catalogue.source(source).columns[column]
    match declared.kind:
        case "feed":
            return FeedReader(declared.start)
        case "sitemap":
            match = re.compile(declared.match) if declared.match else None
            return SitemapReader(declared.start, match)
        case _:
            return PageReader(declared.start, catalogue.list_template(source, column, at))
