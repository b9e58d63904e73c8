"""Parquet files whose row groups become those of one file, their bytes as they are.

What a file says of its row groups stands at its end and names their places. A part is written as if what
comes before it in the whole file stood there already; so to join parts is to put one behind the other, and
what all of them say at the end. What each says by itself stays between them, some 10 kB in 5 MB, where no
reader looks.
"""

import io
import mmap
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from storage.arrow.schema import ARTICLE

_FEW = (
    *("published_precision", "source", "column", "lang", "main_place", "section", "issuer"),
    *("topics.list.element", "places.list.element", "organisations.list.element"),
    *("types.list.element", "provenance.list.element.field", "provenance.list.element.origin"),
    *("tags.list.element.kind", "tags.list.element.value", "tags.list.element.label"),
    *("tags.list.element.taxonomy", "tags.list.element.evidence.list.element.field"),
    *(
        "tags.list.element.evidence.list.element.rule",
        "validity",
        "attachments.list.element.text_status",
    ),
)
"""Columns of few different values; a dictionary of any other would be tried in vain."""
_COMPARED = (
    *("published_at", "first_seen", "withdrawn_at", "published_precision", "source", "column"),
    *("lang", "main_place", "revision", "needs_ocr"),
)
"""Columns by whose least and greatest value a reader may pass over a row group: no text's."""
_BUFFER = 1 << 20
"""Bytes that Python is given at once: it may have to be waited for."""
_GAP = 1 << 30
"""Bytes of a gap that are passed over at once. They are nowhere in memory, since nobody reads them."""


def write_groups(groups: Iterable[pa.Table], file: Path, place: int = 0) -> int:
    """Write each table as a row group of a file that is to stand at a place of a whole one; the number
    of their rows."""
    rows = 0
    with (
        _Behind(file, place) as own,
        pa.BufferedOutputStream(pa.PythonFile(own, "w"), _BUFFER) as sink,
        pq.ParquetWriter(
            sink,
            ARTICLE,
            compression="zstd",
            compression_level=1,
            use_dictionary=list(_FEW),
            write_statistics=list(_COMPARED),
        ) as parquet,
    ):
        _pass_over(sink, place)
        for group in groups:
            parquet.write_table(group)
            rows += len(group)
    return rows


def join(parts: Sequence[Path], whole: Path) -> None:
    """Put parts together, each of which was written for the place where those before it end."""
    said = pq.read_metadata(parts[0])
    for part in parts[1:]:
        said.append_row_groups(pq.read_metadata(part))
    with whole.open("wb") as file:
        for part in parts:
            with part.open("rb") as one:
                shutil.copyfileobj(one, file, _BUFFER)
        said.write_metadata_file(file)


class _Behind(io.BufferedWriter):
    """A new file without its first so many bytes."""

    def __init__(self, file: Path, left_out: int) -> None:
        super().__init__(io.FileIO(file, "wb"))
        self._left_out = left_out

    def write(self, data: Any) -> int:
        """Write, but for what is left out."""
        passed = min(self._left_out, len(data))
        self._left_out -= passed
        return passed + super().write(memoryview(data)[passed:])


def _pass_over(sink: pa.NativeFile, place: int) -> None:
    """Have a stream count from here on as if so many bytes had been written; Arrow's have no other way
    to begin at a place."""
    while place > sink.tell():
        sink.write(pa.py_buffer(mmap.mmap(-1, min(_GAP, place - sink.tell()))))
