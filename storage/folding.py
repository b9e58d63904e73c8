"""One folding for every text and every query: what compares equal is found, however it is written."""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from storage.masking import mask

_HAN = "\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# A space means something only between two words of letters or digits ("new york", "12 000"). With the
# space first in the pattern only spaces are looked at.
_IDLE_SPACE = re.compile(rf" (?:(?<![^\W{_HAN}] )|(?![^\W{_HAN}]))")
_SPACE = re.compile(r"\s+")
# Variants that OpenCC tells apart, though a reader means the same character.
_VARIANTS = {"著": "着", "臺": "台", "檯": "台", "颱": "台", "裏": "里", "爲": "为", "衆": "众"}
# Soft hyphen, zero-width characters, direction and byte order marks: never seen, never searched.
# NUL and halves of surrogate pairs: no database takes them.
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\0"
_SURROGATES = range(0xD800, 0xE000)
_HAN_BLOCKS = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
# What nearly every Chinese text has. Each is another character in NFKC whatever stands beside it, and
# a text without them mostly is in that form, which is told in a tenth of the time.
_WIDE = (*zip("，：；！？（）％\u3000", ",:;!?()% ", strict=True), ("…", "..."))


@cache
def _characters() -> dict[int, str]:
    """What each character folds to, for those that change.

    One character at a time, unlike OpenCC's phrases: then a part of a text always folds to a part
    of its folded text, and nothing is missed for the sake of its neighbours.
    """
    codes = np.concatenate([np.arange(*block, dtype="<u4") for block in _HAN_BLOCKS])
    # A character a line: what is converted has as many.
    lines = np.full((len(codes), 2), ord("\n"), "<u4")
    lines[:, 0] = codes
    converted = OpenCC("t2s").convert(lines.tobytes().decode("utf-32-le"))
    simplified = np.frombuffer(converted.encode("utf-32-le"), "<u4").reshape(lines.shape)[:, 0]
    changed = codes != simplified
    table = dict(zip(codes[changed].tolist(), map(chr, simplified[changed].tolist()), strict=True))
    table |= {ord(old): new for old, new in _VARIANTS.items()}
    table |= dict.fromkeys(map(ord, _INVISIBLE), "") | dict.fromkeys(_SURROGATES, "")
    # Python's lower case writes a sigma at the end of a word in another way than inside of it.
    return table | {ord("ς"): "σ"}


@cache
def _folding() -> NDArray[np.bool_]:
    """Of each code point, whether `_characters` has it."""
    marked = np.zeros(sys.maxunicode + 1, bool)
    marked[list(_characters())] = True
    return marked


def fold(raw: str) -> str:
    """Fold a text for comparison: never shown, and the same for query and text.

    NFKC, lower case, simplified characters, variants unified; white space and line breaks go,
    except one space between two words of letters or digits.
    """
    return _IDLE_SPACE.sub("", " ".join(_spaced(raw).split()))


def searchable(raw: str) -> str:
    """The folded text that is stored of a title, a body or a file, and that searches compare with.

    It is made of the masked text: no search finds a personal number, nor a part of one.
    """
    return fold(mask(raw))


def compatible(raw: str) -> str:
    """A text in Unicode's normal form NFKC."""
    for wide, narrow in _WIDE:
        raw = raw.replace(wide, narrow)
    return unicodedata.normalize("NFKC", raw)


def _spaced(raw: str) -> str:
    text = compatible(raw).lower()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    # A text has few of these, if any, and `str.translate` would look up each of its characters. In
    # this order none becomes one that is still to come.
    for code in sorted(set(codes[_folding()[codes]].tolist())):
        text = text.replace(chr(code), _characters()[code])
    return text


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows where each of its characters came from."""

    text: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    """For each folded character, the stretch of the original that it stands for."""

    def places(self, word: str) -> Iterator[tuple[int, int]]:
        """Where a folded word stands in the original, without overlaps."""
        at = self.text.find(word)
        while at >= 0:
            yield int(self.starts[at]), int(self.ends[at + len(word) - 1])
            at = self.text.find(word, at + len(word))


# What folds to one character, by itself, and joins none before it: nearly all of nearly every text.
_P = "\t\n\r -~·—“”‘’\u3000-\u3002\u3008-\u3011\u4e00-\u9fff\uff01-\uff5e"
_SHORT = 8
"""Characters of a piece that is worth keeping: a letter can have as many marks as a page has room for."""
_STRETCH = re.compile(rf"([{_P}]+)(?![^{_P}])|[{_P}]?[^{_P}]+")


def fold_with_offsets(raw: str) -> Folded:
    """Fold a text as `fold` does, keeping where each character came from."""
    letters: list[str] = []
    starts: list[NDArray[np.intp]] = []
    ends: list[NDArray[np.intp]] = []
    for stretch in _STRETCH.finditer(raw):
        first, last = stretch.span()
        if stretch[1]:
            letters.append(_spaced(stretch[1]))
            starts.append(np.arange(first, last))
            ends.append(np.arange(first + 1, last + 1))
            continue
        for start, end in _pieces(raw, first, last):
            piece = _folded_piece(raw[start:end])
            letters.append(piece)
            starts.append(np.full(len(piece), start))
            ends.append(np.full(len(piece), end))
    return _without_idle_space("".join(letters), _joined(starts), _joined(ends))


def _joined(parts: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    return np.concatenate(parts) if parts else np.empty(0, np.intp)


def _without_idle_space(spaced: str, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Folded:
    kept = list(_kept(spaced))
    return Folded(
        "".join(" " if counts else spaced[first:last] for first, last, counts in kept),
        np.concatenate([starts[first:last] for first, last, _ in kept]),
        np.concatenate([ends[first:last] for first, last, _ in kept]),
    )


def _pieces(raw: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cut a text where normalisation looks at nothing beyond: before a character that joins none."""
    start = first
    for at in range(first + 1, last + 1):
        if at == last or not _joins(raw[at]):
            yield start, at
            start = at


@lru_cache(maxsize=1 << 16)
def _joins(letter: str) -> bool:
    """Whether a character may become one with what stands before it."""
    decomposed = unicodedata.normalize("NFKD", letter)[:1]
    return bool(unicodedata.combining(decomposed or "a")) or "\u1160" <= decomposed <= "\u11ff"


def _folded_piece(piece: str) -> str:
    return _known_piece(piece) if len(piece) <= _SHORT else _spaced(piece)


@lru_cache(maxsize=1 << 16)
def _known_piece(piece: str) -> str:
    return _spaced(piece)


def _kept(spaced: str) -> Iterator[tuple[int, int, bool]]:
    """The stretches that stay, and whether each is a space that counts: all but idle white space,
    and one character of what white space counts."""
    last = 0
    for run in _SPACE.finditer(spaced):
        yield last, run.start(), False
        around = (
            f"{spaced[max(0, run.start() - 1) : run.start()]} {spaced[run.end() : run.end() + 1]}"
        )
        if len(around) == 3 and _IDLE_SPACE.sub("", around) == around:
            yield run.start(), run.start() + 1, True
        last = run.end()
    yield last, len(spaced), False
