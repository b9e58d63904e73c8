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
            "cores",
            "read pages in two processes",
            "one process",
            "benchmarks.cores",
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
        Row(
            "dedupe",
            "find an article's reprints with many stored",
            "itself with few",
            "benchmarks.dedupe",
        ),
        Row(
            "search",
            "search with filters, ranking and facets as the corpus grows",
            "a LIKE scan, SQLite's trigram tokenizer, Whoosh",
            "benchmarks.search_growth",
        ),
        Row(
            "reprocess",
            "read the archive again, nothing changed in the result",
            "extracting the same pages",
            "benchmarks.rereading",
        ),
        Row(
            "start",
            "`suqian search` from a cold start",
            "Python's own start",
            "benchmarks.cold_start",
        ),
        Row(
            "quiet",
            "a cycle without news of 100 columns",
            "an empty Prefect flow and an empty Scrapy child",
            "benchmarks.quiet_cycle",
        ),
        Row(
            "memory",
            "peak memory of crawl child, extractor, loader and web",
            "themselves with less stored",
            "benchmarks.memory",
        ),
        Row(
            "disk",
            "what an article takes on the disk, everything included",
            "its text",
            "benchmarks.disk",
        ),
        Row(
            "workers",
            "load into one PostgreSQL with two processes",
            "one process",
            "benchmarks.two_loaders",
        ),
    )
}
