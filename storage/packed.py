"""The labels of many articles in two columns: ten thousand objects of bytes take longer to handle
than what is in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Packed:
    """Lists of label numbers, one for each row, as stretches of one array."""

    flat: NDArray[np.int32]
    starts: Numbers
    lengths: Numbers

    @classmethod
    def of(cls, rows: Sequence[bytes]) -> "Packed":
        """From the column `labels` of some entries."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows)) // 4
        return cls.end_to_end(np.frombuffer(b"".join(rows), "<i4"), lengths)

    @classmethod
    def end_to_end(cls, flat: NDArray[np.int32], lengths: Numbers) -> "Packed":
        """From lists that stand one behind the other."""
        return cls(flat, np.cumsum(lengths) - lengths, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    def part(self, places: Numbers | slice) -> "Packed":
        """The lists of some rows, in the order given."""
        return Packed(self.flat, self.starts[places], self.lengths[places])

    def numbers(self) -> NDArray[np.int32]:
        """All numbers, list by list."""
        there = np.cumsum(self.lengths) - self.lengths
        total = int(self.lengths.sum())
        if total == len(self.flat) and np.array_equal(there, self.starts):
            return self.flat
        return self.flat[np.repeat(self.starts - there, self.lengths) + np.arange(total)]


def chained(parts: Sequence[Packed]) -> Packed:
    """The lists of some, one after another."""
    flat = np.concatenate([one.numbers() for one in parts])
    return Packed.end_to_end(flat, np.concatenate([one.lengths for one in parts]))
