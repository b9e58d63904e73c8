"""Personal numbers in columns: the one place where what `storage.arrow.read` reads is masked.

What is masked depends on several fields at once (`storage.personal`), so a row with such a number is
made again from its masked record. Few rows have one, and those few are found in the columns.
"""

from collections.abc import Iterator
from html import unescape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from storage.arrow.records import article_table
from storage.articles import load_articles
from storage.masking import DIGIT, JOINT, LONG, mask
from storage.personal import sees_all

_MARKUP = "<[^<>]*>"
_LONG_IN_HTML = f"[{DIGIT}](?:(?:{_MARKUP})*(?:{JOINT}(?:{_MARKUP})*){{0,3}}[{DIGIT}]){{6}}|&#"
"""What is long with the tags away, without taking them away; in an address it is found in vain."""

_ELSEWHERE = {"id", "url", "digest", "warc", "body_html"}
"""Columns that nobody wrote, and one that is read in its own way."""

Found = tuple[NDArray[np.int64], pa.Array]
"""Texts, and for each of them the row that it belongs to."""


def without_personal(session: Session, batch: pa.RecordBatch, pks: list[int]) -> pa.RecordBatch:
    """A batch of the articles with these keys as this session may see it."""
    if sees_all(session):
        return batch
    rows = sorted({row for owners, texts in _texts(batch) for row in _changed(owners, texts)})
    if not rows:
        return batch
    masked = article_table(load_articles(session, [pks[row] for row in rows]))
    order = np.arange(len(batch))
    order[rows] = len(batch) + np.arange(len(rows))
    whole = pa.concat_tables([pa.Table.from_batches([batch]), masked]).take(pa.array(order))
    return whole.combine_chunks().to_batches()[0]


def _changed(owners: NDArray[np.int64], texts: pa.Array) -> Iterator[int]:
    suspect = pc.indices_nonzero(pc.match_substring_regex(texts, LONG.pattern)).to_pylist()
    for at in suspect:
        text = texts[at].as_py()
        if mask(text) != text:
            yield int(owners[at])


def _texts(batch: pa.RecordBatch) -> Iterator[Found]:
    """Every text of a batch that somebody wrote."""
    every = np.arange(len(batch))
    for name in batch.schema.names:
        column = batch[name]
        if pa.types.is_string(column.type) and name not in _ELSEWHERE:
            yield every, column
        elif pa.types.is_list(column.type) and name != "tags":
            # Tags show words of the title and the body.
            yield from _parts(pc.list_parent_indices(column).to_numpy(), column.flatten())
    yield from _html(every, batch["body_html"])


def _parts(owners: NDArray[np.int64], values: pa.Array) -> Iterator[Found]:
    if pa.types.is_string(values.type):
        yield owners, values
    elif pa.types.is_struct(values.type):
        for field in values.type:
            if field.name != "url":
                yield from _parts(owners, values.field(field.name))
    elif pa.types.is_list(values.type):
        yield from _parts(owners[pc.list_parent_indices(values).to_numpy()], values.flatten())


def _html(every: NDArray[np.int64], column: pa.Array) -> Iterator[Found]:
    """HTML that may hold a number, as it is, and as it reads with its tags away, whether they part
    what stands beside them or not."""
    digits = pc.fill_null(pc.match_substring_regex(column, _LONG_IN_HTML), False)
    rows, html = every[digits.to_numpy(zero_copy_only=False)], column.filter(digits)
    yield rows, html
    for between in ("", "\n"):
        read = pc.replace_substring_regex(html, _MARKUP, between)
        yield rows, pa.array([unescape(one) for one in read.to_pylist()], pa.string())
