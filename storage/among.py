"""Rows by their keys, however many: no database takes a parameter for each."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    String,
    any_,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

_T = TypeVar("_T")
_LOOKUP = 500
"""Keys that a statement has parameters for: SQLite's builds of old take 999."""


def parts(keys: Sequence[_T], size: int = _LOOKUP) -> Iterator[Sequence[_T]]:
    """Keys in parts that fit a statement's parameters, in their order."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


def among(
    owner: InstrumentedAttribute[int], pks: Collection[int], dialect: Dialect
) -> ColumnElement[bool]:
    """Whether a column is one of these distinct keys, however many: as one parameter, or two where
    the keys are neighbours."""
    if pks and max(pks) - min(pks) == len(pks) - 1:
        return owner.between(min(pks), max(pks))
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import ARRAY

        return owner == any_(literal(list(pks), ARRAY(BigInteger)))
    listed = func.json_each(cast(json.dumps(list(pks)), String)).table_valued(column("value"))
    return owner.in_(select(listed.c.value))
