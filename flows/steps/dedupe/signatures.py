"""The keys by which an article's near relatives are looked up: equal keys make a candidate.

Two families of keys, both of letters and digits alone (`skeleton`), both the same on every machine:

- MinHash (Broder 1997) over shingles of `SHINGLE` characters, in bands of `ROWS`: finds texts that
  are alike as wholes, down to short ones, and ones that are damaged every few words.
- Winnowing (Schleimer, Wilkerson, Aiken 2003) over runs of `RUN` characters: of every `WINDOW`
  neighbouring runs the one with the least hash is kept, so that two texts which share
  `RUN + WINDOW - 1` letters in a row share a key for certain. Finds excerpts and cut reprints.

Runs with numbers come first in winnowing's order. Any order keeps the guarantee; this one keeps the
runs in which the notices of one template differ, by which a reprint of one of them is told from its
hundred thousand siblings.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from flows.steps.dedupe.skeleton import skeleton

VERSION = 1
"""Raise it when an article's keys become others: all are then computed again."""

SHINGLE = 5
BANDS = 8
ROWS = 3
RUN = 32
WINDOW = 89
"""120 letters in a row for certain: 150 characters of Chinese hold 15 to 25 marks and spaces."""
_DENSE_BELOW, _DENSE_WINDOW = 200, 24
"""A text with few runs keeps more of them; they hold all that the wider window would."""
SHORT_TEXT = 80
"""Below this many folded characters a body says too little by itself ("详见附件"): hundreds of
notices share it, and it is compared together with its title, for equality alone."""
_MIN_NUMBERS = 4
_MIN_TITLE = 10
_DIGITS = 5
"""So many make a run one with numbers: a date, a sum."""

_NUMBER = re.compile(r"[0-9]+")
_Hashes = NDArray[np.uint64]


def _u64(value: int) -> np.uint64:
    return np.uint64(value & 0xFFFFFFFFFFFFFFFF)


def _constants(label: str, count: int) -> _Hashes:
    """Odd 64-bit numbers that never change, drawn from a digest."""
    drawn = [
        int.from_bytes(blake2b(f"{label}/{number}".encode(), digest_size=8).digest(), "little") | 1
        for number in range(count)
    ]
    return np.array(drawn, dtype=np.uint64)


_JOIN = _constants("join", 8)
_PERMUTE = _constants("permute", BANDS * ROWS)[:, None]
_SHIFT = _constants("shift", BANDS * ROWS)[:, None]
_ROW = _constants("row", ROWS)
_BAND = _constants("band", BANDS)


@dataclass(frozen=True, slots=True)
class Signature:
    """The keys of a text, signed 32-bit numbers; none for a text that only an equal one matches.

    At a million articles a key of 32 bits meets another's by accident once in a hundred times,
    which costs a glance at a text; a wider one would cost every article a third more storage.
    """

    keys: frozenset[int]


def text_digest(title: str, body: str) -> str:
    """Digest of an article's folded text: equal where headline and body are the same."""
    return blake2b(f"{title}\n{body}".encode(), digest_size=16).hexdigest()


def signature(title: str, body: str) -> Signature:
    """The keys of a folded text. Bounded: what lies beyond `MAX_LENGTH` gives none."""
    if len(body) < SHORT_TEXT:
        return Signature(frozenset())
    text = skeleton(body).text
    keys = {_whole("body", body)}
    if len(title) >= _MIN_TITLE:
        keys.add(_whole("title", title))
    numbers = _NUMBER.findall(text)
    if len(numbers) >= _MIN_NUMBERS:
        keys.add(_whole("numbers", " ".join(numbers)))
    if len(text) >= RUN:
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        lengths = _runs(codes)
        keys.update(_bands(codes, lengths[2]), _winnowed(codes, lengths[-1]))
    return Signature(frozenset(keys))


def _whole(kind: str, text: str) -> int:
    digest = blake2b(f"{kind}/{text}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little", signed=True)


def _mix(hashes: _Hashes) -> _Hashes:
    """Spread every bit over the whole number (the finaliser of SplitMix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _u64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _u64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def _runs(codes: NDArray[np.uint32]) -> list[_Hashes]:
    """Hashes of all runs of 1, 2, 4, … `RUN` characters, each made by joining two shorter ones."""
    lengths = [_mix(codes + _JOIN[0])]
    while (size := 1 << (len(lengths) - 1)) < RUN:
        shorter = lengths[-1]
        lengths.append(shorter[:-size] * _JOIN[len(lengths)] + shorter[size:])
    return lengths


def _bands(codes: NDArray[np.uint32], fours: _Hashes) -> list[int]:
    shingles = _mix(fours[:-1] * _JOIN[-1] + codes[SHINGLE - 1 :])
    permuted = shingles * _PERMUTE
    permuted += _SHIFT
    least = permuted.min(axis=1).reshape(BANDS, ROWS)
    return _keys(_mix((least * _ROW).sum(axis=1, dtype=np.uint64) + _BAND))


def _winnowed(codes: NDArray[np.uint32], hashes: _Hashes) -> list[int]:
    order = (_mix(hashes) >> np.uint64(1)) | (_plain(codes) << np.uint64(63))
    window = WINDOW if len(codes) >= _DENSE_BELOW else _DENSE_WINDOW
    least = _least(order, window)
    first = np.empty(len(least), dtype=bool)
    first[0] = True
    np.not_equal(least[1:], least[:-1], out=first[1:])
    return _keys(least[first])


def _plain(codes: NDArray[np.uint32]) -> _Hashes:
    """Of each run 1 where it has few digits, else 0."""
    digits = np.cumsum((codes >= ord("0")) & (codes <= ord("9")), dtype=np.int64)
    held = digits[RUN - 1 :].copy()
    np.subtract(held[1:], digits[:-RUN], out=held[1:])
    return (held < _DIGITS).astype(np.uint64)


def _least(order: _Hashes, window: int) -> _Hashes:
    """The least of every `window` neighbours; of all where there are fewer."""
    window = min(window, len(order))
    size = 1
    while size * 2 <= window:
        order = np.minimum(order[:-size], order[size:])
        size *= 2
    rest = window - size
    return np.minimum(order[:-rest], order[rest:]) if rest else order


def _keys(hashes: _Hashes) -> list[int]:
    kept: list[int] = hashes.astype(np.uint32).view(np.int32).tolist()
    return kept
