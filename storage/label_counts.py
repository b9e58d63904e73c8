"""Counts by what the search index knows of articles, without reading an article.

An entry of the index carries the numbers of its labels (`storage.labels`): its source, its day, month
and year, its tags. A million entries are read and put in groups in the time in which as many articles
would not even be opened.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import labels
from storage.finding import matching
from storage.models import SearchEntry
from storage.packed import Numbers, Packed
from storage.query import Query
from storage.records import Filters

DIMENSIONS = frozenset({"source", "day", "month", "year"} | labels.TAGS)
"""What labels tell."""
_BATCH = 20_000
_NONE = -1
"""In the place of a label that an article does not have."""
Key = tuple[str | None, ...]


def count_labels(
    session: Session, by: Sequence[str], filters: Filters, query: Query
) -> dict[Key, int]:
    """How many articles, reprints included, a question finds of each combination of labels."""
    kinds = [labels.KINDS.index(name) for name in by]
    counted: Counter[tuple[int, ...]] = Counter()
    for packed in _packed(session, filters, query):
        counted.update(_groups(packed, kinds))
    numbers = {number for key in counted for number in key} - {_NONE}
    known = labels.names_of(session, sorted(numbers))
    return {tuple(_value(known, one) for one in key): n for key, n in counted.items()}


def _value(known: Mapping[int, labels.Label], number: int) -> str | None:
    return None if number == _NONE else known[number].value


def _packed(session: Session, filters: Filters, query: Query) -> Iterator[Packed]:
    """The labels of what is found, some articles at a time."""
    if query.root is None and filters == Filters():
        yield from _every(session)
        return
    found = matching(session, query, filters).labels
    yield from (found.part(slice(start, start + _BATCH)) for start in range(0, len(found), _BATCH))


def _every(session: Session) -> Iterator[Packed]:
    # Rows of the connection: making objects of a million would take longer than all else.
    options = {"yield_per": _BATCH}
    with session.connection().execute(
        select(SearchEntry.labels), execution_options=options
    ) as rows:
        for some in rows.partitions():
            yield Packed.of([packed for (packed,) in some])


def _groups(packed: Packed, kinds: Iterable[int]) -> dict[tuple[int, ...], int]:
    """The articles of each combination of these kinds of labels; one with several labels of a kind
    is in as many."""
    flat = packed.numbers()
    kind_of = flat % 16
    owners = np.repeat(np.arange(len(packed)), packed.lengths)
    rows = np.arange(len(packed))
    columns: list[Numbers] = []
    for kind in kinds:
        which = kind_of == kind
        had = flat[which].astype(np.int64)
        taken, values = _joined(rows, *_filled(owners[which], had, len(packed)))
        rows, columns = rows[taken], [*(column[taken] for column in columns), values]
    return _counted(columns)


def _filled(owners: Numbers, values: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """Labels with the articles that have them, in the order of articles; each has at least one."""
    without = np.flatnonzero(np.bincount(owners, minlength=count) == 0)
    if not len(without):
        return owners, values
    owners = np.concatenate([owners, without])
    order = np.argsort(owners, kind="stable")
    return owners[order], np.concatenate([values, np.full(len(without), _NONE)])[order]


def _joined(rows: Numbers, owners: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Each row, given by its article, with each label of that article: the place of the row, and the
    label."""
    starts = np.searchsorted(owners, rows, "left")
    times = np.searchsorted(owners, rows, "right") - starts
    taken = np.repeat(np.arange(len(rows)), times)
    within = np.arange(len(taken)) - np.repeat(np.cumsum(times) - times, times)
    return taken, values[starts[taken] + within]


def _counted(columns: Sequence[Numbers]) -> dict[tuple[int, ...], int]:
    if not len(columns[0]):
        return {}
    each = [np.unique(column, return_inverse=True) for column in columns]
    sizes = tuple(len(values) for values, _ in each)
    codes, counts = np.unique(
        np.ravel_multi_index(tuple(place for _, place in each), sizes), return_counts=True
    )
    places = np.unravel_index(codes, sizes)
    keys = zip(
        *(values[at].tolist() for (values, _), at in zip(each, places, strict=True)), strict=True
    )
    return dict(zip(keys, counts.tolist(), strict=True))
