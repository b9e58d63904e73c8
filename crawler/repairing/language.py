"""How likely a piece of Chinese is, by the words of jieba's dictionary and those of the text around it.

A piece is worth its best division into words, each with its logarithmic frequency and what its kind
gains behind the word before (divided by Viterbi's method, of which only the best division up to
each place is kept). The text around it counts as words too: what an article says once it says
again, its names above all.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml

from crawler.repairing.grammar import MARK, MOST_GAIN, Grammar, Kind, data, kind_of, load
from crawler.repairing.script import is_han

LONGEST = 4
"""Words are no longer than this; longer ones come apart into such."""
_RARE = 3
"""Words that the dictionary counts so seldom are as often mistakes."""
_PER_WORD = 1.65
"""Characters in a word of running text."""
_ALONE = 0.02
"""How often a character stands alone, of all times it stands in a word: if only in a name."""
_UNKNOWN = math.log(1e-9)
"""A character that no word has."""
_SYMBOL = math.log(1e-7)
"""A mark that running text hardly has."""
_FIGURE, _LETTER = math.log(0.003), math.log(2e-5)
_AGAIN = math.log(0.05)
"""A figure or a letter behind another."""
_CLAUSE = frozenset("，。、：；？！")
_DOUBLED = math.log(1e-6)
"""A mark that ends a clause behind another."""
_OWN_SHARE = 0.3
"""How much of a text's words is its own, rather than everybody's."""

Tail = tuple[tuple[float, Kind], ...]
"""The value of the best division up to each of the last places and the kind of its last word, the
newest place last."""
START: Tail = ((0.0, ""),)


@dataclass(frozen=True, eq=False)
class Language:
    """Words with their logarithmic probabilities, and the neighbours that occur inside them."""

    words: Mapping[str, float]
    neighbours: frozenset[str]
    kinds: Mapping[str, Kind]
    grammar: Grammar

    def extend(self, tail: Tail, text: str, added: str) -> Tail:
        """The tail after one more character, which `text` does not yet have."""
        last = text[-1:]
        value, kind = tail[-1]
        if added.isascii() and added.isalnum() and last.isascii() and last.isalnum():
            return (*tail[1 - LONGEST :], (value + _AGAIN, ""))
        own = self.kinds.get(added, "")
        best = value + self._alone(added, last) + self.grammar.gain(kind, own), own
        if self.joins(last, added):
            best = self._joined(tail, text, added, best)
        return (*tail[1 - LONGEST :], best)

    def _joined(
        self, tail: Tail, text: str, added: str, best: tuple[float, Kind]
    ) -> tuple[float, Kind]:
        """The best of a division and those in which a character ends a longer word."""
        words = self.words
        for length in range(1, min(LONGEST, len(tail), len(text) + 1)):
            word = text[-length:] + added
            known = words.get(word)
            if known is not None:
                value, kind = tail[-1 - length]
                if value + known > best[0] - MOST_GAIN:
                    own = self.kinds.get(word, "")
                    best = max(best, (value + known + self.grammar.gain(kind, own), own))
        return best

    def joins(self, last: str, letter: str) -> bool:
        """Whether a character may be more likely behind another than it is by itself and its kind."""
        return last + letter in self.neighbours or self.kinds.get(letter) == MARK

    def _alone(self, letter: str, last: str) -> float:
        if letter in _CLAUSE and last in _CLAUSE:
            return _DOUBLED
        known = self.words.get(letter)
        return _unseen(letter) if known is None else known

    def knowing(self, lines: Iterable[str]) -> "Language":
        """The same language for a text of which these undamaged pieces are known."""
        counts: Counter[str] = Counter()
        size = 0
        for line in lines:
            size += len(line)
            for length in range(2, LONGEST + 1):
                counts.update(line[at : at + length] for at in range(len(line) - length + 1))
        words = dict(self.words)
        for word, count in counts.items():
            words[word] = max(words.get(word, -math.inf), math.log(_OWN_SHARE * count / size))
        near = {word for word in counts if len(word) == 2}
        return replace(self, words=words, neighbours=self.neighbours | near)


def _unseen(letter: str) -> float:
    """The value of a character that is no word."""
    if letter.isascii():
        return _FIGURE if letter.isdigit() else _LETTER
    return _UNKNOWN if is_han(letter) else _SYMBOL


@cache
def chinese() -> Language:
    """General Chinese in simplified characters. Reads 5 MB the first time, about a second."""
    counts: dict[str, int] = {}
    letters: Counter[str] = Counter()
    kinds: dict[str, Kind] = {}
    for line in (data() / "dict.txt").read_text("utf-8").splitlines():
        word, figure, tag = line.split(" ")
        count = int(figure)
        if count > _RARE and len(word) <= LONGEST:
            counts[word] = count
            kinds[word] = kind_of(word, tag)
        for letter in word:
            letters[letter] += count
    total = sum(counts.values())
    words = {
        letter: math.log(_ALONE * count / total)
        for letter, count in letters.items()
        if count and is_han(letter)
    }
    for word, count in counts.items():
        if not word.isascii():
            words[word] = max(math.log(count / total), words.get(word, -math.inf))
    marks = _marks()
    grammar = load(_shares(counts, kinds))
    kinds |= dict.fromkeys(marks, MARK)
    return Language(words | marks, frozenset(_neighbours(counts)), kinds, grammar)


def _shares(counts: Mapping[str, int], kinds: Mapping[str, Kind]) -> tuple[tuple[Kind, float], ...]:
    sums: Counter[Kind] = Counter()
    for word, count in counts.items():
        sums[kinds[word]] += count
    return tuple((kind, count / sums.total()) for kind, count in sums.items())


def _marks() -> dict[str, float]:
    shares = yaml.safe_load((files("crawler.repairing") / "marks.yaml").read_text("utf-8"))
    every = shares["single"] | shares["pairs"]
    return {mark: math.log(share * _PER_WORD) for mark, share in every.items()}


def _neighbours(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        if len(word) == 2:
            yield word
        else:
            yield from (a + b for a, b in pairwise(word))
