"""Parquet: columns from the tables into files, without an object for an article. Needs the extra
``arrow``: import this only after `storage.tabular.required` has looked for it."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

from storage.arrow.schema import ARTICLE
from storage.export.spool import Spool
from storage.listing import Articles

_BATCH = 2000
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
    """Write one file, a row group a batch. Parts are uncompressed Arrow: they are made into
    Parquet at the end, since a Parquet file that was cut off cannot be gone on with."""
    keys = articles.keys()
    keys = keys[: bisect_right(keys, spool.until)]
    done = bisect_right(keys, spool.last_key())
    on_part(done, len(keys))
    while done < len(keys):
        some = keys[done : done + _BATCH]
        batch = articles.read(some)
        spool.add(".arrow", some[-1], len(batch), partial(_spool, batch))
        done += len(some)
        on_part(done, len(keys))
    spool.finish(partial(_write, map(_spooled, spool.parts())))


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
    with pq.ParquetWriter(
        file, ARTICLE, compression="zstd", compression_level=1, use_dictionary=list(_FEW)
    ) as writer:
        for batch in batches:
            writer.write_batch(batch)
