"""Text of which one byte was lost, so that its GBK bytes pair up wrongly until the next ASCII byte.

A full-width mark has lost its first byte, which shows as ``?``. Every pair after it is the second
byte of one character and the first of the next. Pairs that mean nothing have vanished; NFKC has
narrowed some of the rest; where the misreading met an ASCII byte, half a character may have become
another ``?``. All of this leaves several readings, among which the language model chooses: a beam
search over the damaged symbols, in which each reading is in step, or holds the first byte of a
character whose second is still to come.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from crawler.repairing import gbk
from crawler.repairing.brackets import BEHEADED, read_as
from crawler.repairing.language import Language
from crawler.repairing.reading import Reading, Run, begin, fold, runs
from crawler.repairing.script import is_han, simplified_character

LOST = "?？\ufffd"
"""What a lost byte looks like."""
BEGINS = re.compile(r"(?<![0-9A-Za-z/.])[?？]|[?？](?![0-9A-Za-z_])|(?<!\ufffd)\ufffd(?!\ufffd)")
"""Where a misreading may begin: not in an address; and several broken characters together are the
debris of another."""
_MARK_LEADS = (0xA1, 0xA3)
"""First bytes of the marks: ``。`` is A1A3, ``，`` is A3AC."""

_BEAM = 48
_HALVES = (24, 12)
"""Of readings of which one pair has vanished, and of those of which two have, so many are kept."""
_CLOSE, _COMMON = 12, 10
"""So many characters are tried behind such a pair: those that go with a neighbour, common ones."""
_WELL_KNOWN = 300
"""So many characters are thought of where both bytes are gone."""
_GIVE_UP = 14.0
"""A reading so much worse (natural logarithm) than the best at the same place is dropped."""
_SETTLED = 5
"""So many characters in step end the search."""
_FAR = 240
"""The longest stretch that is searched."""

Step = tuple[int, Reading]
"""A reading, and the place that it has read up to."""
Half = tuple[Reading, int]
"""A reading, and the second byte of its last character, which has vanished with the next one's first."""


class Decoder:
    """Reads again what follows a lost byte."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.tried = 0
        """How many readings were tried so far."""
        self._led: dict[int, list[tuple[str, int]]] = {}
        self._met: dict[tuple[int, int], list[tuple[str, str]]] = {}
        self._silent: dict[int, tuple[list[tuple[str, str]], dict[str, int]]] = {}
        self._close: dict[tuple[str, int], list[str]] = {}

    def read(self, symbols: str, at: int) -> tuple[int, list[Run]]:
        """Read on from a symbol that may be a lost byte: where the search ended, and what was
        misread up to there (nothing, if the text says more as it is)."""
        fronts: dict[int, list[Reading]] = {
            at: [begin(self.language, symbols[:at].rpartition("\n")[2])]
        }
        end = min(len(symbols), at + _FAR)
        front: list[Reading] = []
        for place in range(at, end):
            front = _pruned(fronts.pop(place, []))
            if symbols[place] == "\n" or (_settled(front) and not fronts):
                end = place
                break
            for next_place, next_ in self._steps(front, symbols, place):
                self.tried += 1
                fronts.setdefault(next_place, []).append(next_)
        else:
            front = _pruned(fronts.pop(end, []))
        front = _pruned([next_ for one in front for next_ in self._cut(one, symbols, end)])
        return end, runs(front) if front else []

    def _steps(self, front: list[Reading], symbols: str, at: int) -> Iterator[Step]:
        """Every reading of what stands at a place."""
        off = [one for one in front if one.pending]
        for one in front:
            if not one.pending:
                yield at + 1, one.in_step(self.language, symbols[at])
                if BEGINS.match(symbols, at):
                    yield from ((at + 1, one.misreading(at, lead)) for lead in _MARK_LEADS)
        if off and symbols[at] in LOST:
            yield from ((at + 1, whole.ended(at + 1)) for one in off for whole in self._broken(one))
        for end, first, second in _pairs(symbols, at):
            for whole in self._completed(off, symbols, end, first, second):
                yield end, whole if whole.pending else whole.ended(end)

    def _completed(
        self, off: list[Reading], symbols: str, end: int, first: int, second: int
    ) -> Iterator[Reading]:
        """The readings with a character completed by `first`, straight or behind vanished pairs."""
        for one in off:
            if letter := gbk.character(one.pending, first):
                yield self._opened(one.plus(self.language, letter), second)
        after = _after(symbols, end, second)
        halves = _best(self._half(off), _HALVES[0])
        for more in (halves, _best(self._half_again(halves), _HALVES[1])):
            for one, trail in more:
                for letter in self._likely(one.folded[-1], self._meeting(trail, first), after):
                    yield self._opened(one.plus(self.language, letter), second)

    def _opened(self, one: Reading, second: int) -> Reading:
        """With the second byte of a pair, which opens a character or stands for itself."""
        if second >= gbk.ASCII:
            return one.opening(second)
        return one.plus(self.language, chr(second)) if second else one

    def _half(self, off: list[Reading]) -> Iterator[Half]:
        for one in off:
            for letter, trail in self._vanishing(one.pending):
                yield one.plus(self.language, letter, guessed=True), trail

    def _half_again(self, halves: list[Half]) -> Iterator[Half]:
        for one, trail in halves:
            options, trails = self._vanishing_behind(trail)
            for letter in self._likely(one.folded[-1], options, ()):
                yield one.plus(self.language, letter, guessed=True), trails[letter]

    def _likely(
        self, last: str, options: list[tuple[str, str]], after: Sequence[str]
    ) -> Iterable[str]:
        """Those of some characters that are common or go with their neighbours."""
        near = self.language.neighbours
        found = [letter for letter, _ in options[:_COMMON]]
        found += self._behind(last, options)
        for next_ in after:
            found += [letter for letter, known in options if known + next_ in near][:_CLOSE]
        return dict.fromkeys(found)

    def _behind(self, last: str, options: list[tuple[str, str]]) -> list[str]:
        """Those that go with the character before; `options` is one of the lists that are kept."""
        key = last, id(options)
        if key not in self._close:
            near = self.language.neighbours
            close = (letter for letter, known in options if last + known in near)
            self._close[key] = list(islice(close, _CLOSE))
        return self._close[key]

    def _vanishing(self, lead: int) -> list[tuple[str, int]]:
        """The known characters led by a byte whose second byte can vanish with the one after it."""
        if lead not in self._led:
            self._led[lead] = [
                (letter, trail)
                for trail, letter in gbk.characters_led_by(lead).items()
                if gbk.silent_after(trail) and fold(letter) in self.language.words
            ]
        return self._led[lead]

    def _vanishing_behind(self, trail: int) -> tuple[list[tuple[str, str]], dict[str, int]]:
        """The commonest characters whose first byte vanishes behind `trail` and whose second byte
        can vanish in its turn, as they are and folded; and those second bytes."""
        if trail not in self._silent:
            trails = {
                letter: second
                for lead in gbk.silent_after(trail)
                for letter, second in self._vanishing(lead)
            }
            options = self._by_frequency((letter, fold(letter)) for letter in trails)
            self._silent[trail] = options[:_WELL_KNOWN], trails
        return self._silent[trail]

    def _meeting(self, trail: int, first: int) -> list[tuple[str, str]]:
        """The known characters whose first byte vanishes behind `trail` and whose second is
        `first`, as they are and folded, the commonest first."""
        if (trail, first) not in self._met:
            silent = gbk.silent_after(trail)
            self._met[trail, first] = self._by_frequency(
                (letter, known)
                for lead, letter in gbk.characters_ending_in(first).items()
                if lead in silent and (known := fold(letter)) in self.language.words
            )
        return self._met[trail, first]

    def _by_frequency(self, options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return sorted(options, key=lambda option: -self.language.words[option[1]])

    def _broken(self, one: Reading) -> Iterator[Reading]:
        """The reading with a character of which the second byte is unknown."""
        for letter in gbk.characters_led_by(one.pending).values():
            if fold(letter) in self.language.words:
                yield one.plus(self.language, letter)

    def _cut(self, one: Reading, symbols: str, at: int) -> Iterator[Reading]:
        """The end of a search: at that of a line half a character may be missing."""
        ends = at == len(symbols) or symbols[at] == "\n"
        whole = [b.ended(at) for b in self._broken(one)] if one.pending else [one]
        yield from (two.plus(self.language, "\n") if ends else two for two in whole)


def suspected(text: str) -> bool:
    """Whether something in a text looks like misread bytes: what stands behind a lost one are
    characters that hardly anybody writes. Costs next to nothing on a text without such marks."""
    if not any(mark in text for mark in LOST):
        return False
    return any(_strange(text[at.end() : at.end() + 12]) for at in BEGINS.finditer(text))


def _strange(after: str) -> bool:
    han = [letter for letter in after.partition("\n")[0] if is_han(letter)]
    strange = sum(not gbk.is_common(letter) for letter in han)
    if strange < 2:
        return False
    strange = sum(not gbk.is_common(simplified_character(letter)) for letter in han)
    return strange >= 2 and strange >= 0.4 * len(han)


def _pairs(symbols: str, at: int) -> Iterator[tuple[int, int, int]]:
    """The pairs that can stand behind the symbols from a place on, with the place behind them; an
    ASCII letter can be a second byte alone (its pair's second is then 0)."""
    symbol = symbols[at]
    if symbol.isascii() and ord(symbol) >= gbk.TRAIL:
        yield at + 1, ord(symbol), 0
    for length, (first, second) in gbk.readings(symbols, at):
        yield at + length, first, second
    headless = BEHEADED.match(symbols, at)
    if headless:
        pairs = (gbk.pair(letter) for letter in read_as(headless[1]))
        yield from ((headless.end(), *own) for own in pairs if own)


def _after(symbols: str, at: int, second: int) -> list[str]:
    """What can follow a character: the one that begins with `second`, or the next symbol."""
    if at >= len(symbols):
        return []
    if second < gbk.ASCII:
        return [fold(symbols[at])]
    return [fold(gbk.character(second, first)) for _, first, _ in _pairs(symbols, at)]


def _pruned(front: list[Reading]) -> list[Reading]:
    """The best readings of a place, the best first."""
    kept: dict[tuple[int, str], Reading] = {}
    ranked = sorted(front, key=lambda one: one.score, reverse=True)
    for one in ranked:
        if len(kept) == _BEAM or one.score < ranked[0].score - _GIVE_UP:
            break
        kept.setdefault((one.pending, one.text), one)
    return list(kept.values())


def _best(halves: Iterable[Half], count: int) -> list[Half]:
    return sorted(halves, key=lambda half: half[0].score, reverse=True)[:count]


def _settled(front: Sequence[Reading]) -> bool:
    return bool(front) and all(one.steps >= _SETTLED for one in front[:8])
