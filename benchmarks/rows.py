"""The benchmarks by name: what each compares, and where it is measured."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measuring import Scale
from benchmarks.results import Findings


@dataclass(frozen=True, slots=True)
class Row:
    """One benchmark: its module has a function ``row(scale) -> Findings``."""

    name: str
    work: str
    against: str
    module: str

    def measure(self, scale: Scale) -> Findings:
        """Measure it in this process."""
        row: Callable[[Scale], Findings] = importlib.import_module(self.module).row
        return row(scale)


ROWS = {
    row.name: row
    for row in (
        Row(
            "crawl",
            "crawl pages from a loopback server, archive and ledger's notes included",
            "bare Scrapy that writes nothing",
            "benchmarks.crawl",
        ),
        Row(
            "extract",
            "decode → record, one core, general path and declared container",
            "bare trafilatura with metadata, GeneralNewsExtractor, newspaper4k; lxml's parse",
            "benchmarks.extraction",
        ),
        Row(
            "pages",
            "page in the archive → article in the database: extract, dedupe, tag, load; SQLite",
            "trafilatura alone on one core",
            "benchmarks.pages",
        ),
        Row(
            "load",
            "load articles with tags, signatures, stories, search index, ledger and change feed",
            "executemany of the same article rows and the same search index",
            "benchmarks.load",
        ),
    )
}
