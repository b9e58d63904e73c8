"""Arrow's nested columns from flat ones: what belongs to a row as a list in it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import json as arrow_json

_BLOCK = 1 << 20


def lists_of(values: pa.Array, owners: NDArray[np.int64], rows: int) -> pa.ListArray:
    """One list a row out of values that are sorted by the row that owns each."""
    offsets = np.searchsorted(owners, np.arange(rows + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def parsed(written: Sequence[str | None], kind: pa.DataType) -> pa.Array:
    """A column of JSON texts as a column of a type; None stays None.

    Arrow's reader makes the columns in C++: the objects in between are never made.
    """
    if not written:
        return pa.array([], kind)
    lines = b"".join(b'{"v":%b}\n' % (one or "null").encode() for one in written)
    longest = max((len(one or "") for one in written), default=0)
    table = arrow_json.read_json(
        pa.BufferReader(lines),
        # A line must fit into a block; a character may take four bytes.
        read_options=arrow_json.ReadOptions(block_size=max(_BLOCK, 4 * longest + 16)),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=pa.schema([("v", kind)]), unexpected_field_behavior="ignore"
        ),
    )
    return table["v"].combine_chunks()
