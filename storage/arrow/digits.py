"""Which texts of a column may hold a long number, told from their bytes, all of them at once.

Few texts do, and `storage.masking` then looks at those alone. No text is passed over in which it finds
digits enough for a personal number; that a text is named proves nothing.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LEAST = 7
"""Digits that `masking.LONG` asks for."""
_FAR = 13
"""Bytes from the end of a digit to the end of the next, at the most: three joints and itself."""
_JOINING = np.zeros(256, bool)
"""Bytes of which joints and digits of other widths are made; of Chinese characters the first is none."""
_JOINING[[*b" \t\r\n_-", 0xC2, 0xE1, 0xE2, 0xE3, 0xEF, 0xF0, *range(0x80, 0xC0)]] = True


def suspects(texts: pa.Array) -> Places:
    """The indices of the texts in which seven digits follow each other with nothing but joints
    between them."""
    offsets, data = _stored(texts)
    at = _digits(data)
    if len(at) < _LEAST:
        return np.empty(0, np.int64)
    starts = _runs(at, _are_joined(data, at))
    return np.unique(np.searchsorted(offsets, starts, "right") - 1)


def _stored(texts: pa.Array) -> tuple[Places, Bytes]:
    """Where each text begins, and the bytes of all."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return np.zeros(1, np.int64), np.empty(0, np.uint8)
    begins = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    first, last = int(begins[0]), int(begins[-1])
    return begins.astype(np.int64) - first, np.frombuffer(data, np.uint8)[first:last]


def _digits(data: Bytes) -> Places:
    """Where digits end: plain ones, U+FF10 to U+FF19, U+1D7CE to U+1D7FF."""
    plain = np.flatnonzero(data - np.uint8(0x30) < 10)
    wide = np.flatnonzero(data[1:-1] == 0xBC) + 1
    wide = wide[(data[wide - 1] == 0xEF) & (data[wide + 1] - np.uint8(0x90) < 10)] + 1
    fancy = np.flatnonzero(data[:-3] == 0xF0)
    fancy = fancy[(data[fancy + 1] == 0x9D) & (data[fancy + 2] == 0x9F)] + 3
    if not len(wide) and not len(fancy):
        return plain
    return np.sort(np.concatenate([plain, wide, fancy]))


def _are_joined(data: Bytes, at: Places) -> Flags:
    """Of each digit whether only joints stand between it and the next."""
    apart = np.diff(at)
    joined = apart <= _FAR
    for step in range(1, _FAR):
        joined &= (step >= apart) | _JOINING[data[np.minimum(at[:-1] + step, len(data) - 1)]]
    return joined


def _runs(at: Places, joined: Flags) -> Places:
    """Where seven digits begin of which each is joined to the next."""
    if len(at) < _LEAST:
        return np.empty(0, np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(joined, _LEAST - 1)
    return at[: len(windows)][windows.all(axis=1)]
