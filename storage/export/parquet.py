"""Parquet: columns from the tables into files, without an object for an article. Needs the extra
``arrow``: import this only after `storage.tabular.required` has looked for it."""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from storage.arrow.schema import ARTICLE
from storage.export.spool import Spool
from storage.listing import Articles

_BATCH = 2000
_AHEAD = 2
"""Batches that may wait to be written."""
_MONTH_FILE = 50_000
"""Articles in a file of a month, at the most."""
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


def write_file(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write one file, a row group a batch. Parts are uncompressed Arrow beside it, from which it is
    begun anew: a Parquet file that was cut off cannot be gone on with."""
    keys = articles.keys()
    keys = keys[: bisect_right(keys, spool.until)]
    done = bisect_right(keys, spool.last_key())
    on_part(done, len(keys))
    with _writing(spool.whole) as write:
        for part in spool.parts():
            write(_spooled(part))
        while done < len(keys):
            some = keys[done : done + _BATCH]
            batch = articles.read(some)
            write(batch)
            spool.add(".arrow", some[-1], len(batch), partial(_spool, batch))
            done += len(some)
            on_part(done, len(keys))
    spool.finish()


def write_months(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write a folder with a folder for each month. Its files are parts by themselves."""
    months = articles.keys_by_month(spool.until)
    total, done = sum(map(len, months.values())), 0
    for month, keys in months.items():
        folder = f"month={month or UNDATED}"
        at = bisect_right(keys, spool.last_key(folder))
        done += at
        on_part(done, total)
        while at < len(keys):
            some = keys[at : at + _MONTH_FILE]
            batches = (articles.read(some[n : n + _BATCH]) for n in range(0, len(some), _BATCH))
            spool.add(
                f"{folder}/.parquet",
                some[-1],
                len(some),
                partial(_write, batches),
            )
            at, done = at + len(some), done + len(some)
            on_part(done, total)
    spool.finish_folder()


def _spool(batch: pa.RecordBatch, file: Path) -> None:
    with ipc.new_file(file, ARTICLE) as writer:
        writer.write_batch(batch)


def _spooled(part: Path) -> pa.RecordBatch:
    with pa.memory_map(str(part)) as source:
        return ipc.open_file(source).get_batch(0)


def _write(batches: Iterator[pa.RecordBatch], file: Path) -> None:
    with _writing(file) as write:
        for batch in batches:
            write(batch)


@contextmanager
def _writing(file: Path) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """What takes the batches of a Parquet file. They are compressed, half of the work, in a thread
    while the next is read."""
    parquet = pq.ParquetWriter(
        file, ARTICLE, compression="zstd", compression_level=1, use_dictionary=list(_FEW)
    )
    under_way: deque[Future[None]] = deque()

    def write(batch: pa.RecordBatch) -> None:
        if len(under_way) == _AHEAD:
            under_way.popleft().result()
        under_way.append(thread.submit(parquet.write_batch, batch))

    with parquet, ThreadPoolExecutor(1) as thread:
        yield write
        for one in under_way:
            one.result()
