"""Arrays of numbers as PostgreSQL takes them on the wire, made without an object for each number."""

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from psycopg.abc import Buffer

_INT4, _INT4_ARRAY = 23, 1007
"""PostgreSQL's numbers of the types (`pg_type`)."""


class Int4Array(bytes):
    """An array of 32-bit numbers, to be given to a statement."""

    __slots__ = ()


def int4_array(numbers: Iterable[int]) -> Int4Array:
    """The array of these numbers: a header, then length and value of each, the big end first."""
    values = np.asarray(numbers if isinstance(numbers, np.ndarray) else list(numbers), np.int32)
    items = np.full((len(values), 2), 4, ">i4")
    items[:, 1] = values
    dimensions = struct.pack(">ii", len(values), 1) if len(values) else b""
    head = struct.pack(">iiI", 1 if len(values) else 0, 0, _INT4)
    return Int4Array(head + dimensions + items.tobytes())


def teach(connection: Any, _record: object = None) -> None:
    """Have a connection of psycopg's take such arrays as they are."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class AsItIs(Dumper):
        format = Format.BINARY
        oid = _INT4_ARRAY

        def dump(self, obj: Int4Array) -> "Buffer":
            return obj

    connection.adapters.register_dumper(Int4Array, AsItIs)
