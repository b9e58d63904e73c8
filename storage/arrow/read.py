"""Articles from the tables into Arrow, a column at a time: no object is made for an article, a tag
or its evidence. What comes out is what `storage.arrow.records` makes of the records."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import JSON, Column, ColumnElement, Dialect, LargeBinary, String, Text, cast, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from storage.among import among
from storage.arrow.lists import lists_of, parsed
from storage.arrow.masked import without_personal
from storage.arrow.schema import ARTICLE, CITY_TIMESTAMP, EVIDENCE, FILE, LINK, ORIGIN, ROLES, TAG
from storage.links import links_of
from storage.models import Article, Attachment, Tag

_LABELS = {
    "topics": "topic",
    "places": "place",
    "organisations": "organisation",
    "people": "person",
    "types": "type",
}
_OWN = tuple(name for name in ARTICLE.names if hasattr(Article, name))
_TAG = ("article_pk", "kind", "value", "label", "score", "evidence", "amount", "roles", "taxonomy")

_FETCHING = Lock()
"""One thread at a time: two that fetch rows hand Python's lock to and fro with each of them."""

_ROWS = 300
"""Rows that stand as such at once: Python's collector walks through many of them again and again."""

Rows = NDArray[np.int64]


def read_batch(session: Session, pks: Sequence[int]) -> pa.RecordBatch:
    """The articles with these primary keys, in the order of the keys; masked, unless the session
    sees all."""
    found, columns = _own_columns(session, pks)
    columns |= _tag_columns(session, found)
    columns["attachments"] = _attachments(session, found)
    columns["links"] = _links(session, found)
    batch = pa.RecordBatch.from_arrays([columns[name] for name in ARTICLE.names], schema=ARTICLE)
    return without_personal(session, batch, found.tolist())


def _own_columns(session: Session, pks: Sequence[int]) -> tuple[Rows, dict[str, pa.Array]]:
    """The keys that are there, and the columns of `article`."""
    names = ("pk", *_OWN)
    columns = _selected(session, Article, names, pks, (Article.pk,))
    found = np.array(columns.pop("pk"), np.int64)
    made = {name: _column(name, values) for name, values in columns.items()}
    day = pc.equal(made["published_precision"], "day")
    made["published_precision"] = pc.if_else(day, "day", pc.if_else(pc.is_valid(day), "time", None))
    return found, made


def _selected(
    session: Session,
    table: type[Any],
    names: Sequence[str],
    pks: Sequence[int],
    order: Sequence[InstrumentedAttribute[Any]],
) -> dict[str, Sequence[Any]]:
    """Columns of the rows of these articles, as the driver gives them: what SQLAlchemy would do
    for each row and value takes longer than all the rest."""
    dialect = session.get_bind().dialect
    columns = [_raw(table.__table__.c[name], dialect) for name in names]
    owner = Article.pk if table is Article else table.article_pk
    query = select(*columns).where(among(owner, pks, dialect)).order_by(*order)
    result = session.connection().execute(query)
    assert result.cursor is not None  # noqa: S101 - a SELECT always has one
    whole: list[list[Any]] = [[] for _ in names]
    with _FETCHING:
        while rows := result.cursor.fetchmany(_ROWS):
            for values, more in zip(whole, zip(*rows, strict=True), strict=True):
                values.extend(more)
    result.close()
    return dict(zip(names, whole, strict=True))


def _raw(column: Column[Any], dialect: Dialect) -> ColumnElement[Any]:
    """SQLite's texts as their bytes: Arrow takes them as they are, and none is decoded in between."""
    written = isinstance(column.type, JSON | Text) or type(column.type) is String
    if dialect.name == "sqlite" and written:
        return cast(column, LargeBinary)
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _column(name: str, values: Sequence[Any]) -> pa.Array:
    kind = ARTICLE.field(name).type
    if name == "provenance":
        return _origins(values)
    if kind == CITY_TIMESTAMP:
        return _times(values)
    if kind == pa.bool_():
        return pa.array(map(bool, values), kind)  # SQLite's are numbers
    return parsed(values, kind) if pa.types.is_list(kind) else _flat(values, kind)


def _flat(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Values as they are; texts without looking again whether they are UTF-8, as they left Python."""
    if kind == pa.string():
        return pa.array(values, pa.binary()).view(kind)
    return pa.array(values, kind)


def _times(values: Sequence[Any]) -> pa.Array:
    if not any(isinstance(value, str) for value in values):
        return pa.array(values, CITY_TIMESTAMP)
    # SQLite's are texts, in UTC.
    utc = pc.assume_timezone(pa.array(values, pa.string()).cast(pa.timestamp("us")), "UTC")
    return utc.cast(CITY_TIMESTAMP)


def _origins(values: Sequence[str]) -> pa.Array:
    owners, fields, origins = [], [], []
    for row, written in enumerate(values):
        for field, origin in _provenance(written):
            owners.append(row)
            fields.append(field)
            origins.append(origin)
    pairs = pa.StructArray.from_arrays(
        [pa.array(fields, pa.string()), pa.array(origins, pa.string())], fields=list(ORIGIN)
    )
    return lists_of(pairs, np.array(owners, np.int64), len(values))


@lru_cache(maxsize=4096)
def _provenance(written: str) -> tuple[tuple[str, str], ...]:
    """The pages of one column mostly say the same."""
    return tuple(json.loads(written).items())


# --- tags -----------------------------------------------------------------------------------------


def _tag_columns(session: Session, found: Rows) -> dict[str, pa.Array]:
    columns = _selected(session, Tag, _TAG, found.tolist(), (Tag.article_pk,))
    owners = np.searchsorted(found, np.array(columns["article_pk"], np.int64))
    tags = pa.StructArray.from_arrays(
        [_tag_column(field, columns[field.name]) for field in TAG], fields=list(TAG)
    )
    order = _order(owners, tags)
    tags, owners = tags.take(order), owners[order.to_numpy()]
    made = {"tags": lists_of(tags, owners, len(found))}
    kinds, labels = tags.field("kind"), tags.field("label")
    for name, kind in _LABELS.items():
        made[name] = _labels(pc.equal(kinds, kind), labels, owners, len(found))
    places = _labels(pc.equal(kinds, "main_place"), labels, owners, len(found))
    made["main_place"] = _first(places)
    return made


def _tag_column(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    if field.name not in {"evidence", "roles"}:
        return _flat(values, field.type)
    column = parsed(values, EVIDENCE if field.name == "evidence" else ROLES)
    # Nobody's roles are none, not unknown: the same lists, without what says which are unknown.
    return pa.ListArray.from_arrays(column.offsets, column.values, type=field.type)


def _order(owners: Rows, tags: pa.StructArray) -> pa.Array:
    """Each article's tags as its record has them: the surest first."""
    named = {name: tags.field(name) for name in ("score", "value", "kind")}
    order = [
        ("owner", "ascending"),
        ("score", "descending"),
        ("value", "ascending"),
        ("kind", "ascending"),
    ]
    keys = pa.table({"owner": owners} | named)
    return pc.sort_indices(keys, sort_keys=order)


def _labels(which: pa.Array, labels: pa.Array, owners: Rows, rows: int) -> pa.ListArray:
    mask = which.to_numpy(zero_copy_only=False)
    return lists_of(labels.filter(which), owners[mask], rows)


def _first(lists: pa.ListArray) -> pa.Array:
    """The first of each list; None where it is empty."""
    offsets = lists.offsets
    starts = pc.if_else(pc.less(offsets[:-1], offsets[1:]), offsets[:-1], None)
    return lists.values.take(starts)


# --- files and links ------------------------------------------------------------------------------


def _attachments(session: Session, found: Rows) -> pa.Array:
    names = ("article_pk", *(field.name for field in FILE))
    order = (Attachment.article_pk, Attachment.position)
    columns = _selected(session, Attachment, names, found.tolist(), order)
    owners = np.searchsorted(found, np.array(columns["article_pk"], np.int64))
    files = [_flat(columns[field.name], field.type) for field in FILE]
    return lists_of(pa.StructArray.from_arrays(files, fields=list(FILE)), owners, len(found))


def _links(session: Session, found: Rows) -> pa.Array:
    some = links_of(session, found.tolist())
    rows = [[asdict(link) for link in some[pk]] for pk in found.tolist()]
    return pa.array(rows, pa.list_(LINK))
