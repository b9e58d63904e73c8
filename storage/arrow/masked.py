"""Personal numbers in columns: the one place where what `storage.arrow.read` reads is masked.

What is masked depends on several fields at once (`storage.personal`), so a row with such a number is
made again from its masked record. Few rows have one, and those few are found in the columns.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage.arrow.digits import suspects
from storage.arrow.records import article_table
from storage.articles import load_articles
from storage.masked_html import mask_html
from storage.masking import mask
from storage.personal import TEXTS, sees_all

_WRITTEN = (*TEXTS, "section", "keywords", "attachments", "links", "provenance")
"""What somebody wrote. Tags show words of the title and the body."""

Found = tuple[NDArray[np.int64], pa.Array]
"""Texts, and for each of them the row that it belongs to."""


def without_personal(session: Session, batch: pa.RecordBatch, pks: list[int]) -> pa.RecordBatch:
    """A batch of the articles with these keys as this session may see it."""
    if sees_all(session):
        return batch
    found = {row for owners, texts in _texts(batch) for row in _changed(owners, texts)}
    rows = sorted(found.union(_changed_html(batch["body_html"])))
    if not rows:
        return batch
    masked = article_table(load_articles(session, [pks[row] for row in rows]))
    order = np.arange(len(batch))
    order[rows] = len(batch) + np.arange(len(rows))
    whole = pa.concat_tables([pa.Table.from_batches([batch]), masked]).take(pa.array(order))
    return whole.combine_chunks().to_batches()[0]


def _changed(owners: NDArray[np.int64], texts: pa.Array) -> Iterator[int]:
    for at in suspects(texts).tolist():
        text = texts[at].as_py()
        if mask(text) != text:
            yield int(owners[at])


def _changed_html(column: pa.Array) -> Iterator[int]:
    for row, html in enumerate(column.to_pylist()):
        if html and mask_html(html) != html:
            yield row


def _texts(batch: pa.RecordBatch) -> Iterator[Found]:
    """Every text of a batch that somebody wrote, but for HTML."""
    every = np.arange(len(batch))
    for name in _WRITTEN:
        yield from _parts(every, batch[name])


def _parts(owners: NDArray[np.int64], values: pa.Array) -> Iterator[Found]:
    if pa.types.is_string(values.type):
        yield owners, values
    elif pa.types.is_struct(values.type):
        for field in values.type:
            if field.name != "url":
                yield from _parts(owners, values.field(field.name))
    elif pa.types.is_list(values.type):
        yield from _parts(owners[pc.list_parent_indices(values).to_numpy()], values.flatten())
