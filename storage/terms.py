"""The terms of the search index: every pair of neighbouring characters, and labels.

SQLite's FTS5 keeps where each pair stands: a phrase of pairs is found exactly, whatever it holds, and
a single character is what pairs begin with. PostgreSQL keeps numbers without places, one for each
distinct pair and character: what holds all of them may hold the text, and is verified.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

EVERY = "xxx"
"""A term of FTS5 that every article has…"""
NONE = "xxz"
"""…and one that none has."""

# FTS5's ascii tokenizer parts terms at these; far away in a private area it takes them for letters.
_PARTING = {code: chr(0x10F000 + code) for code in range(128) if not chr(code).isalnum()}
_UNPARTED = np.array([ord(_PARTING.get(code, chr(code))) for code in range(128)], np.uint32)
_PLANE = 0x10000
# Numbers for pairs of what two bytes hold have all 32 bits. The first half of such a pair is never
# half of a surrogate pair: there is room for labels and for the pairs of titles.
_LABELS = 0xD8000000
_TITLES = 0xDC000000
_BLOCKS = 0xDA000000
_ROOM = 0x04000000
# Characters beyond two bytes share these, which are private: what has one is to be verified.
_SHARED, _SHARING = 0xE000, 0x1900


# --- for FTS5 -----------------------------------------------------------------------------------


def fts_text(folded: str) -> str:
    """The terms of a text as FTS5 reads them: its pairs in order, the last with what is no text, so
    that every character begins one."""
    letters = np.frombuffer(f"{folded}\n".encode("utf-32-le"), np.uint32)
    letters = np.where(letters < 128, _UNPARTED[letters & 127], letters)
    pairs = np.full((len(folded), 3), ord(" "), np.uint32)
    pairs[:, 0], pairs[:, 1] = letters[:-1], letters[1:]
    return pairs.tobytes()[:-4].decode("utf-32-le")


def fts_phrase(folded: str) -> str:
    """The FTS5 expression for a text."""
    text = folded.translate(_PARTING)
    pairs = " ".join(map("".join, pairwise(text)))
    return f'"{pairs}"' if pairs else f'"{text}" *'


def fts_stretches(folded: str) -> list[tuple[str, str]]:
    """The stretches of FTS5's order of terms that a text makes it read."""
    text = folded.translate(_PARTING)
    pairs = ["".join(pair) for pair in pairwise(text)]
    return [(pair, pair) for pair in pairs] or [(text, text + chr(0x10FFFF))]


def fts_label(number: int) -> str:
    """The term of a label: no pair of characters looks like it."""
    return f"xx{number:x}"


# --- for PostgreSQL -----------------------------------------------------------------------------


def numbers(
    docid: int, title: str, texts: Iterable[str], labels: Iterable[int]
) -> NDArray[np.int32]:
    """The distinct terms of an article."""
    letters = _letters("\n".join([title, *texts]))
    known = [_BLOCKS + block_of(docid), *(_LABELS + label for label in labels)]
    parts = [letters, _pairs(letters), _title_pairs(title), np.array(known, np.uint32)]
    return _distinct(np.concatenate(parts)).view(np.int32)


def wanted(folded: str) -> list[int]:
    """The terms that an article has which holds a text."""
    letters = _letters(folded)
    return _signed(_distinct(_pairs(letters) if len(letters) > 1 else letters))


def wanted_in_title(folded: str) -> list[int]:
    """The terms that an article has whose title holds a text."""
    found = _signed(_distinct(_title_pairs(folded)))
    return found or wanted(folded)


def label_terms(labels: Iterable[int]) -> list[int]:
    """The terms of labels."""
    return _signed(np.array([_LABELS + label for label in labels], np.uint32))


def block_terms(first: int, last: int) -> list[int]:
    """The terms of the blocks from one docid to another."""
    blocks = range(block_of(first), block_of(last) + 1)
    return _signed(np.array([_BLOCKS + block for block in blocks], np.uint32))


def block_of(docid: int) -> int:
    """Neighbours in the order of publication, a month or so of them, share a block."""
    return docid >> 15


def first_of_block(docid: int) -> int:
    """The first docid of the block that a docid is in."""
    return docid >> 15 << 15


def decides(folded: str) -> bool:
    """Whether the terms of a text decide, so that nothing is left to verify."""
    return len(folded) <= 2 and all(ord(letter) < _SHARED for letter in folded)


def _letters(text: str) -> NDArray[np.uint32]:
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return np.where(letters < _PLANE, letters, _SHARED + letters % _SHARING).astype(np.uint32)


def _pairs(letters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (letters[:-1] << np.uint32(16)) | letters[1:]


def _title_pairs(title: str) -> NDArray[np.uint32]:
    """The pairs of a title, scattered over what room there is: two may share a number."""
    pairs = _pairs(_letters(title)).astype(np.uint64) * np.uint64(0x9E3779B1)
    return (_TITLES + (pairs >> np.uint64(7)) % _ROOM).astype(np.uint32)


def _distinct(terms: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Each term once, in order; `np.unique` counts them in a table, which takes five times as long."""
    terms = np.sort(terms)
    return terms[np.concatenate([[True], terms[1:] != terms[:-1]])] if len(terms) else terms


def _signed(terms: NDArray[np.uint32]) -> list[int]:
    found: list[int] = terms.view(np.int32).tolist()
    return found
