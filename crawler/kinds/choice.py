"""Which reader a column of the catalogue has."""

from datetime import date

from crawler.catalogue import Catalogue
from crawler.kinds.pages import PageReader
from crawler.kinds.reader import Reader


def reader_of(catalogue: Catalogue, source: str, column: str, at: date) -> Reader:
    """How the lists of a column are read that were fetched on a day."""
    start = catalogue.source(source).columns[column].start
    return PageReader(start, catalogue.list_template(source, column, at))
