"""What a crawl need not fetch again: a million addresses as sorted numbers in a file."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crawler.urls import compact

_UNLISTED = 0
"""In the place of a list's digest: no list named the address."""


def write_known(path: Path, known: Iterable[tuple[str, str | None]]) -> None:
    """Write addresses to a file: (canonical key, digest of what its list said; None where no list
    named it), as they come. What is held in memory is 16 bytes each."""
    keys, listed = array("Q"), array("Q")
    for key, digest in known:
        keys.append(compact(key))
        listed.append(_number(digest))
    numbers = np.frombuffer(keys, np.uint64) if keys else np.empty(0, np.uint64)
    said = np.frombuffer(listed, np.uint64) if listed else np.empty(0, np.uint64)
    order = np.argsort(numbers, kind="stable")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.save(file, np.stack([numbers[order], said[order]]))


def as_in_list(source: str, column: str, key: str) -> str:
    """What stands for an address as one column's list shows it: lists that say different things of it
    are each compared with what they themselves said."""
    return f"{source}/{column} {key}"


def _number(digest: str | None) -> int:
    return _UNLISTED if digest is None else compact(digest) or 1


class Known(Mapping[int, int | None]):
    """Compact key → compact digest of what its list said; None where no list named it.

    Read from the file where it is looked up: what is not looked up takes no memory.
    """

    def __init__(self, path: Path) -> None:
        # A file without rows cannot be mapped.
        mapped: Literal["r"] | None = "r" if path.stat().st_size > 4096 else None
        rows: NDArray[np.uint64] = np.load(path, mmap_mode=mapped)
        self._keys, self._listed = rows

    def __getitem__(self, number: int) -> int | None:
        at = int(np.searchsorted(self._keys, np.uint64(number)))
        if at == len(self._keys) or int(self._keys[at]) != number:
            raise KeyError(number)
        return int(self._listed[at]) or None

    def __iter__(self) -> Iterator[int]:
        return map(int, self._keys)

    def __len__(self) -> int:
        return len(self._keys)
