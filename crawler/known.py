"""What a crawl need not fetch again: a million addresses as sorted numbers in a file."""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crawler.plan import conditions
from crawler.urls import compact

_NOTHING = b"[null, null]\n"
_UNLISTED = 0
"""In the place of a list's digest: no list named the address."""


def write_known(path: Path, known: Iterable[tuple[str, str | None]]) -> None:
    """Write addresses to a file: (canonical key, digest of what its list said; None where no list
    named it), as they come. What is held in memory is 16 bytes each."""
    keys, listed = array("Q"), array("Q")
    for key, digest in known:
        keys.append(compact(key))
        listed.append(_number(digest))
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_sorted(path, keys, listed)


def write_files(path: Path, files: Iterable[tuple[str, str | None, str | None]]) -> None:
    """Write which attachments are there already: of (address, etag, last modified) the latter two, a JSON
    array a line, and beside them whose it is."""
    keys, begins = array("Q"), array("Q")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as lines:
        # Of most there is nothing to be told: they share a line.
        lines.write(_NOTHING)
        for url, *validators in files:
            keys.append(compact(url))
            begins.append(lines.tell() if any(validators) else 0)
            if any(validators):
                lines.write(json.dumps(validators).encode() + b"\n")
    _write_sorted(_index_of(path), keys, begins)


def as_in_list(source: str, column: str, key: str) -> str:
    """What stands for an address as one column's list shows it: lists that say different things of it
    are each compared with what they themselves said."""
    return f"{source}/{column} {key}"


def _number(digest: str | None) -> int:
    return _UNLISTED if digest is None else compact(digest) or 1


class _Sorted:
    """Numbers that stand for others, looked up in their file: what is not looked up takes no memory. Of
    one that was written twice the later counts."""

    def __init__(self, path: Path) -> None:
        # A file without rows cannot be mapped.
        mapped: Literal["r"] | None = "r" if path.stat().st_size > 4096 else None
        rows: NDArray[np.uint64] = np.load(path, mmap_mode=mapped)
        self.keys, self._values = rows

    def __getitem__(self, number: int) -> int:
        at = int(np.searchsorted(self.keys, np.uint64(number), "right")) - 1
        if at < 0 or int(self.keys[at]) != number:
            raise KeyError(number)
        return int(self._values[at])


def _write_sorted(path: Path, keys: "array[int]", values: "array[int]") -> None:
    rows = np.array([keys, values], np.uint64)
    with path.open("wb") as file:
        np.save(file, rows[:, np.argsort(rows[0], kind="stable")])


class Known(Mapping[int, int | None]):
    """Compact key → compact digest of what its list said; None where no list named it."""

    def __init__(self, path: Path) -> None:
        self._rows = _Sorted(path)

    def __getitem__(self, number: int) -> int | None:
        return self._rows[number] or None

    def __iter__(self) -> Iterator[int]:
        return map(int, self._rows.keys)

    def __len__(self) -> int:
        return len(self._rows.keys)


class KnownFiles(Mapping[int, Mapping[str, str]]):
    """Compact address → the headers of a conditional request, of attachments that are there."""

    def __init__(self, path: Path) -> None:
        self._begins = _Sorted(_index_of(path))
        with path.open("rb") as file:
            self._lines = mmap(file.fileno(), 0, access=ACCESS_READ)

    def __getitem__(self, number: int) -> Mapping[str, str]:
        begin = self._begins[number]
        return conditions(*json.loads(self._lines[begin : self._lines.find(b"\n", begin)]))

    def __iter__(self) -> Iterator[int]:
        return map(int, self._begins.keys)

    def __len__(self) -> int:
        return len(self._begins.keys)


def _index_of(path: Path) -> Path:
    return path.with_suffix(".npy")
