"""Parquet: columns from the tables into files, without an object for an article. Needs the extra
``arrow``: import this only after `storage.tabular.required` has looked for it."""

import os
from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice

import pyarrow as pa

from storage.export.row_groups import join, write_groups
from storage.export.spool import Spool
from storage.listing import Articles

_BATCH = 500
"""Articles that are read at once."""
_GROUP = 1000
"""Articles in a row group, and in a part of the one file."""
_MONTH_FILE = 50_000
"""Articles in a file of a month, at the most."""
_MOST = 3
"""Threads that read: to fetch rows, which one of them does at a time, takes a third of the work."""
UNDATED = "__HIVE_DEFAULT_PARTITION__"
"""What readers of partitioned folders take for an unknown month."""


def write_file(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write one file. Its parts are row groups, which become its own."""
    keys = articles.keys()
    keys = keys[: bisect_right(keys, spool.until)]
    done = bisect_right(keys, spool.last_key())
    on_part(done, len(keys))
    place = sum(part.stat().st_size for part in spool.parts())
    stretches = list(_cut(keys[done:], _GROUP))
    with _reading_ahead(articles, stretches) as groups:
        for some, group in zip(stretches, groups, strict=True):
            write_groups([group], spool.draft, place)
            place += spool.draft.stat().st_size
            spool.add(".parquet", some[-1], len(group), spool.draft.replace)
            done += len(some)
            on_part(done, len(keys))
    if parts := spool.parts():
        join(parts, spool.whole)
    else:
        write_groups([], spool.whole)
    spool.finish()


def write_months(articles: Articles, spool: Spool, on_part: Callable[[int, int], None]) -> None:
    """Write a folder with a folder for each month. Its files are parts by themselves."""
    months = articles.keys_by_month(spool.until)
    total, done = sum(map(len, months.values())), 0
    files: list[tuple[str, list[array[int]]]] = []
    for month, keys in months.items():
        folder = f"month={month or UNDATED}"
        at = bisect_right(keys, spool.last_key(folder))
        done += at
        files += ((folder, list(_cut(some, _GROUP))) for some in _cut(keys[at:], _MONTH_FILE))
    on_part(done, total)
    with _reading_ahead(articles, chain.from_iterable(some for _, some in files)) as groups:
        for folder, stretches in files:
            rows = write_groups(islice(groups, len(stretches)), spool.draft)
            spool.add(f"{folder}/.parquet", stretches[-1][-1], rows, spool.draft.replace)
            done += sum(map(len, stretches))
            on_part(done, total)
    spool.finish_folder()


def _cut(keys: "array[int]", size: int) -> "Iterator[array[int]]":
    return (keys[at : at + size] for at in range(0, len(keys), size))


@contextmanager
def _reading_ahead(
    articles: Articles, stretches: "Iterable[array[int]]"
) -> Iterator[Iterator[pa.Table]]:
    """The articles of each stretch of keys, in order. Threads read the next ones while those before
    are written, which needs nothing of Python's."""
    count = min(os.cpu_count() or 1, _MOST)
    with ThreadPoolExecutor(count, "export") as threads:
        try:
            begun = (threads.submit(_group, articles, keys) for keys in stretches)
            yield (one.result() for one in _ahead(begun, count))
        finally:
            threads.shutdown(cancel_futures=True)


def _ahead(begun: "Iterable[Future[pa.Table]]", count: int) -> "Iterator[Future[pa.Table]]":
    """What is begun one after another, each when so many more are."""
    waiting: deque[Future[pa.Table]] = deque()
    for one in begun:
        waiting.append(one)
        if len(waiting) > count:
            yield waiting.popleft()
    yield from waiting


def _group(articles: Articles, keys: "array[int]") -> pa.Table:
    return pa.Table.from_batches([articles.read(some) for some in _cut(keys, _BATCH)])
