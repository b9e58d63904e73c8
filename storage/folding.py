"""One folding for every text and every query: what compares equal is found, however it is written."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from opencc import OpenCC

_HAN = "\u2e80-\u2fff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# A space means something only between two words of letters or digits ("new york", "12 000").
_IDLE_SPACE = re.compile(rf"(?<![^\W{_HAN}]) | (?![^\W{_HAN}])")
_SPACE = re.compile(r"\s+")
# Variants that OpenCC tells apart, though a reader means the same character.
_VARIANTS = {"著": "着", "臺": "台", "檯": "台", "颱": "台", "裏": "里", "爲": "为", "衆": "众"}
# Soft hyphen, zero-width characters, direction and byte order marks: never seen, never searched.
# NUL and halves of surrogate pairs: no database takes them.
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\0"
_SURROGATES = range(0xD800, 0xE000)


@cache
def _characters() -> dict[int, str]:
    """What each character folds to, for those that change.

    One character at a time, unlike OpenCC's phrases: then a part of a text always folds to a part
    of its folded text, and nothing is missed for the sake of its neighbours.
    """
    codes = [*range(0x3400, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x2A6E0)]
    characters = [chr(code) for code in codes]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(old): new for old, new in zip(characters, simplified, strict=True) if old != new}
    table |= {ord(old): new for old, new in _VARIANTS.items()}
    table |= dict.fromkeys(map(ord, _INVISIBLE), "") | dict.fromkeys(_SURROGATES, "")
    # Python's lower case writes a sigma at the end of a word in another way than inside of it.
    return table | {ord("ς"): "σ"}


def fold(raw: str) -> str:
    """Fold a text for comparison: never shown, and the same for query and text.

    NFKC, lower case, simplified characters, variants unified; white space and line breaks go,
    except one space between two words of letters or digits.
    """
    return _IDLE_SPACE.sub("", _SPACE.sub(" ", _spaced(raw))).strip()


def searchable(raw: str) -> str:
    """The folded text that is stored of a title, a body or a file, and that searches compare with.

    What must not be found is to be taken out of `raw` here.
    """
    return fold(raw)


def _spaced(raw: str) -> str:
    return unicodedata.normalize("NFKC", raw).lower().translate(_characters())


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows where each of its characters came from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """For each folded character, the stretch of the original that it stands for."""

    def places(self, word: str) -> Iterator[tuple[int, int]]:
        """Where a folded word stands in the original, without overlaps."""
        at = self.text.find(word)
        while at >= 0:
            yield self.starts[at], self.ends[at + len(word) - 1]
            at = self.text.find(word, at + len(word))


def fold_with_offsets(raw: str) -> Folded:
    """Fold a text as `fold` does, character by character, keeping where each came from."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _pieces(raw):
        for letter in _fold_piece(raw[start:end]):
            letters.append(letter)
            starts.append(start)
            ends.append(end)
    spaced = "".join(letters)
    kept = list(_kept(spaced))
    folded = "".join(" " if letters[at].isspace() else letters[at] for at in kept)
    return Folded(folded, tuple(starts[at] for at in kept), tuple(ends[at] for at in kept))


def _pieces(raw: str) -> Iterator[tuple[int, int]]:
    """Cut a text where normalisation looks at nothing beyond: before a character that joins none."""
    start = 0
    for at in range(1, len(raw) + 1):
        if at == len(raw) or not _joins(raw[at]):
            yield start, at
            start = at


@lru_cache(maxsize=1 << 16)
def _joins(letter: str) -> bool:
    """Whether a character may become one with what stands before it."""
    decomposed = unicodedata.normalize("NFKD", letter)[:1]
    return bool(unicodedata.combining(decomposed or "a")) or "\u1160" <= decomposed <= "\u11ff"


@lru_cache(maxsize=1 << 16)
def _fold_piece(piece: str) -> str:
    return _spaced(piece)


def _kept(spaced: str) -> Iterator[int]:
    """The places of the characters that stay: all but idle white space, one of a run that counts."""
    last = 0
    for run in _SPACE.finditer(spaced):
        yield from range(last, run.start())
        around = (
            f"{spaced[max(0, run.start() - 1) : run.start()]} {spaced[run.end() : run.end() + 1]}"
        )
        if len(around) == 3 and _IDLE_SPACE.sub("", around) == around:
            yield run.start()
        last = run.end()
    yield from range(last, len(spaced))
