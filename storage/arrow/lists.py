"""Arrow's nested columns from flat ones: what belongs to a row as a list in it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import json as arrow_json

_BLOCK = 1 << 20


def lists_of(values: pa.Array, owners: NDArray[np.int64], rows: int) -> pa.ListArray:
    """One list a row out of values that are sorted by the row that owns each."""
    offsets = np.searchsorted(owners, np.arange(rows + 1))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def parsed(written: Sequence[str | bytes | None], kind: pa.DataType) -> pa.Array:
    """A column of JSON texts as a column of a type; None stays None.

    Arrow joins the lines and reads them: the objects in between are never made.
    """
    if not any(written):
        return pa.nulls(len(written), kind)
    texts = pc.coalesce(pa.array(written, pa.string()), "null")
    lines = pc.binary_join_element_wise('{"v":', texts, "}\n", "")
    table = arrow_json.read_json(
        pa.BufferReader(lines.buffers()[2]),
        # A line must fit into a block.
        read_options=arrow_json.ReadOptions(
            block_size=max(_BLOCK, pc.max(pc.binary_length(lines)).as_py() + 1)
        ),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=pa.schema([("v", kind)]), unexpected_field_behavior="ignore"
        ),
    )
    return table["v"].combine_chunks()
