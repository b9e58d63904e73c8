"""Rows by their keys, however many: no database takes a parameter for each."""

import json
from collections.abc import Collection

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
