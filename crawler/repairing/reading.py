"""One way to read misread text so far: a state of the search in `crawler.repairing.shift`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from math import exp
from typing import NamedTuple

from crawler.repairing.language import START, Language, Tail
from crawler.repairing.script import simplified_character

_WIDE = dict(zip(",:;?!()", "，：；？！（）", strict=True))
_MARKS = frozenset("，。、：；？！“”‘’（）《》〈〉【】「」『』—…·")
_QUOTES = "“”"
_CONTEXT = 8
"""Characters before the lost byte that the first words may have begun in."""

# Logarithmic weights.
_LOSS = -5.0
_GUESS = -1.0
_NO_MARK = -6.0
"""What lost its first byte is no mark of running text."""
_NARROWED = -1.0
"""It is a mark that can be narrowed, and then has one byte; it was lost before, or was another."""
_CLOSING = 1.5
"""How much likelier the end of a quotation is where one is open."""
_ODD_QUOTE = -4.0
"""A quotation opened in another, or closed where none is open."""

Stretch = tuple[int, int, int, int]
"""Start and end in the symbols, start and end in the text that they are read as."""
Place = tuple[int, int]
"""In the symbols, and in that text."""


class Reading(NamedTuple):
    """What the symbols up to a place say, and how likely that is.

    Tens of thousands are made for a broken article: a frozen dataclass takes four times as long.
    """

    text: str
    folded: str
    """As the language model knows it, with what stands before."""
    tail: Tail
    cost: float = 0.0
    pending: int = 0
    """The first byte of the character that is still to come; 0 in step."""
    steps: int = 0
    """How many symbols have been in step since the last misreading."""
    quoting: bool = False
    """Whether a quotation is open."""
    runs: tuple[Stretch, ...] = ()
    """Misread stretches."""
    began: Place = (0, 0)
    """Where the stretch began that is being read."""

    @property
    def score(self) -> float:
        """Logarithmic probability."""
        return self.tail[-1][0] + self.cost

    def plus(
        self, language: Language, letter: str, *, guessed: bool = False, steps: int = 0
    ) -> "Reading":
        """With one more character, the last of so many in step; what comes after it is open.

        A guessed one stands for a pair of bytes that left no trace. Given the text that is no
        chance; but the model thinks too well of texts with a word more.
        """
        folded = fold_letter(letter)
        cost, quoting = self.cost + _GUESS * guessed, self.quoting
        if letter in _QUOTES:
            cost += _ODD_QUOTE if quoting == (letter == "“") else _CLOSING * quoting
            quoting = letter == "“"
        if self.pending and len(self.text) == self.began[1]:
            cost += _lost(letter)
        tail = language.extend(self.tail, self.folded, folded)
        runs, began = self.runs, self.began
        return Reading(
            self.text + letter, self.folded + folded, tail, cost, 0, steps, quoting, runs, began
        )

    def in_step(self, language: Language, letter: str) -> "Reading":
        """With a character that is as it was."""
        return self.plus(language, letter, steps=self.steps + 1)

    def misreading(self, at: int, lead: int) -> "Reading":
        """From here on one byte off: the lost byte at a place was `lead`."""
        began = (at, len(self.text))
        return self._placed(self.cost + _LOSS, lead, 0, self.runs, began)

    def opening(self, lead: int) -> "Reading":
        """With the first byte of the next character."""
        return self._placed(self.cost, lead, self.steps, self.runs, self.began)

    def ended(self, at: int) -> "Reading":
        """In step again from a place on."""
        start, out = self.began
        runs = (*self.runs, (start, at, out, len(self.text)))
        return self._placed(self.cost, 0, self.steps, runs, self.began)

    def _placed(
        self, cost: float, pending: int, steps: int, runs: tuple[Stretch, ...], began: Place
    ) -> "Reading":
        """The same text, read so far at that cost."""
        text, folded, tail = self.text, self.folded, self.tail
        return Reading(text, folded, tail, cost, pending, steps, self.quoting, runs, began)


@dataclass(frozen=True, slots=True)
class Run:
    """A misread stretch, read again."""

    start: int
    end: int
    text: str
    sure: float
    """How probable it is that all of it is right."""
    alike: float
    """The share of its characters that are right, as may be expected."""

    def moved(self, by: int) -> "Run":
        """The same so many symbols further on."""
        return replace(self, start=self.start + by, end=self.end + by)


def begin(language: Language, before: str) -> Reading:
    """A reading that has read nothing; `before` is the line up to there."""
    folded = fold(before[-_CONTEXT:])
    tail = START
    for place, letter in enumerate(folded):
        tail = language.extend(tail, folded[:place], letter)
    values = tuple((value - tail[-1][0], kind) for value, kind in tail)
    return Reading("", folded, values, quoting=before.rfind("“") > before.rfind("”"))


def runs(readings: Sequence[Reading]) -> list[Run]:
    """The first reading's misread stretches, each as sure as all readings make it together."""
    best = readings[0]
    weights = [exp(one.score - best.score) for one in readings]
    found = []
    for start, end, out, stop in best.runs:
        text = best.text[out:stop]
        parts = (_part(one, start, end) for one in readings)
        others = [
            (part, weight / sum(weights)) for part, weight in zip(parts, weights, strict=True)
        ]
        sure = sum(weight for other, weight in others if other == text)
        alike = sum(weight * _likeness(text, other) for other, weight in others)
        found.append(Run(start, end, text, sure, alike))
    return found


def _part(one: Reading, start: int, end: int) -> str:
    """What a reading makes of just this stretch."""
    return next((one.text[a:b] for x, y, a, b in one.runs if (x, y) == (start, end)), "")


def _likeness(text: str, other: str) -> float:
    return SequenceMatcher(None, text, other, autojunk=False).ratio() if other else 0.0


def _lost(letter: str) -> float:
    """What speaks against a character as the one that lost its first byte."""
    if letter in _WIDE.values():
        return _NARROWED
    return 0.0 if letter in _MARKS else _NO_MARK


def fold(text: str) -> str:
    """A text as the language model knows it, as long as before."""
    return "".join(map(fold_letter, text))


@cache
def fold_letter(letter: str) -> str:
    """One character of it; there are so many, while no end of texts comes."""
    return _WIDE.get(letter) or simplified_character(letter)
