"""Parquet: columns from the tables into files, without an object for an article. Needs the extra
``arrow``: import this only after `storage.tabular.required` has looked for it."""

import os
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from threading import Event
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from storage.arrow.schema import ARTICLE
from storage.export.spool import Spool
from storage.listing import Articles

_BATCH = 500
"""Articles that are read at once."""
_GROUP = 1000
"""Articles in a row group, and in a part of the one file."""
_MONTH_FILE = 50_000
"""Articles in a file of a month, at the most."""
_MOST = 3
"""Threads: to fetch rows, which one of them does at a time, takes a third of the work."""
UNDATED = "__HIVE_DEFAULT_PARTITION__"
"""What readers of partitioned folders take for an unknown month."""
_FEW = (
    *("published_precision", "source", "column", "lang", "main_place", "section", "issuer"),
    *("topics.list.element", "places.list.element", "organisations.list.element"),
    *("types.list.element", "provenance.list.element.field", "provenance.list.element.origin"),
    *("tags.list.element.kind", "tags.list.element.value", "tags.list.element.label"),
    *("tags.list.element.taxonomy", "tags.list.element.evidence.list.element.field"),
    *(
        "tags.list.element.evidence.list.element.rule",
        "validity",
        "attachments.list.element.text_status",
    ),
)
"""Columns of few different values; a dictionary of any other would be tried in vain."""
_COMPARED = (
    *("published_at", "first_seen", "withdrawn_at", "published_precision", "source", "column"),
    *("lang", "main_place", "revision", "needs_ocr"),
)
"""Columns by whose least and greatest value a reader may pass over a row group: no text's."""


Compression = Literal["zstd", "lz4"]
"""Of what stays, and of what is read once more at the end."""


class _Job(NamedTuple):
    """A part that is to be written."""

    name: str
    keys: "array[int]"


def write_file(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write one file. Its parts are files of one row group each, which become its own."""
    keys = articles.keys()
    keys = keys[: bisect_right(keys, spool.until)]
    done = bisect_right(keys, spool.last_key())
    on_part(done, len(keys))
    starts = range(done, len(keys), _GROUP)
    jobs = (_Job(".parquet", keys[at : at + _GROUP]) for at in starts)
    for count in _written(articles, spool, jobs, "lz4"):
        done += count
        on_part(done, len(keys))
    if parts := spool.parts():
        _join(spool.whole, parts)
    else:
        pq.write_table(ARTICLE.empty_table(), spool.whole)
    spool.finish()


def write_months(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write a folder with a folder for each month. Its files are parts by themselves."""
    months = articles.keys_by_month(spool.until)
    total, done = sum(map(len, months.values())), 0
    jobs: list[_Job] = []
    for month, keys in months.items():
        folder = f"month={month or UNDATED}"
        at = bisect_right(keys, spool.last_key(folder))
        done += at
        starts = range(at, len(keys), _MONTH_FILE)
        jobs += (_Job(f"{folder}/.parquet", keys[one : one + _MONTH_FILE]) for one in starts)
    on_part(done, total)
    for count in _written(articles, spool, jobs, "zstd"):
        done += count
        on_part(done, total)
    spool.finish_folder()


def _written(
    articles: Articles, spool: Spool, jobs: Iterable[_Job], compression: Compression
) -> Iterator[int]:
    """Write parts, several at once, and add them in their order; the number of keys of each. When
    that is given up, no part is read to its end."""
    count = min(os.cpu_count() or 1, _MOST)
    under_way: deque[tuple[_Job, Path, Future[int]]] = deque()
    ended = Event()

    def settle() -> int:
        job, file, writing = under_way.popleft()
        spool.add(job.name, job.keys[-1], writing.result(), file.replace)
        return len(job.keys)

    with ThreadPoolExecutor(count, "export") as threads:
        try:
            for number, job in enumerate(jobs):
                file = spool.draft(number)
                writing = threads.submit(_write, articles, job.keys, file, ended, compression)
                under_way.append((job, file, writing))
                if len(under_way) > count:
                    yield settle()
            while under_way:
                yield settle()
        finally:
            ended.set()
            threads.shutdown(cancel_futures=True)


def _write(
    articles: Articles, keys: "array[int]", file: Path, ended: Event, compression: Compression
) -> int:
    """Write articles to a file, unless all has ended; how many there were."""
    count = 0
    with _writer(file, compression) as parquet:
        starts = range(0, len(keys), _GROUP)
        for at in takewhile(lambda _: not ended.is_set(), starts):
            group = pa.Table.from_batches(_batches(articles, keys[at : at + _GROUP]), ARTICLE)
            parquet.write_table(group)
            count += len(group)
    return count


def _join(whole: Path, parts: Iterable[Path]) -> None:
    """Write the row groups of several files into one."""
    with _writer(whole, "zstd") as parquet:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for number in range(file.num_row_groups):
                    parquet.write_table(file.read_row_group(number))


def _writer(file: Path, compression: Compression) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        file,
        ARTICLE,
        compression=compression,
        compression_level=1 if compression == "zstd" else None,
        use_dictionary=list(_FEW),
        write_statistics=list(_COMPARED),
    )


def _batches(articles: Articles, keys: "array[int]") -> Iterator[pa.RecordBatch]:
    return (articles.read(keys[at : at + _BATCH]) for at in range(0, len(keys), _BATCH))
