"""Text of which one byte was lost, so that its GBK bytes pair up wrongly until the next ASCII byte.

A full-width mark has lost its first byte, which shows as ``?``. Every pair after it is the second
byte of one character and the first of the next. Pairs that mean nothing have vanished; NFKC has
narrowed some of the rest; where the misreading met an ASCII byte, half a character may have become
another ``?``. All of this leaves several readings, among which the language model chooses: a beam
search over the damaged symbols, in which each reading is in step, or holds the first byte of a
character whose second is still to come.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from crawler.repairing import gbk, vanished
from crawler.repairing.brackets import BEHEADED, read_as
from crawler.repairing.front import Floor, Front, Half, Halves
from crawler.repairing.grammar import MOST_GAIN
from crawler.repairing.language import Language
from crawler.repairing.reading import Reading, Run, begin, fold_letter, runs
from crawler.repairing.script import is_han, simplified_character
from crawler.repairing.vanished import Option

LOST = "?？\ufffd"
"""What a lost byte looks like."""
BEGINS = re.compile(r"(?<![0-9A-Za-z/.])[?？]|[?？](?![0-9A-Za-z_])|(?<!\ufffd)\ufffd(?!\ufffd)")
"""Where a misreading may begin: not in an address; and several broken characters together are the
debris of another."""
_MARK_LEADS = (0xA1, 0xA3)
"""First bytes of the marks: ``。`` is A1A3, ``，`` is A3AC."""

_HALVES = (24, 12)
"""Of readings of which one pair has vanished, and of those of which two have, so many are kept."""
_CLOSE, _COMMON = 12, 10
"""So many characters are tried behind such a pair: those that go with a neighbour, common ones."""
_SETTLED = 5
"""So many characters in step end the search."""
_FAR = 240
"""The longest stretch that is searched."""
_AHEAD = 32
"""More symbols behind a stretch than any step of the search looks at."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A stretch that was read, places counted from its own beginning."""

    symbols: str
    """With what stands behind it."""
    ends: bool
    """The text ends with them."""
    length: int
    runs: tuple[Run, ...]

    def stands(self, symbols: str, at: int) -> bool:
        """Whether the same stands at a place of a text."""
        end = at + len(self.symbols)
        return (end >= len(symbols)) == self.ends and symbols.startswith(self.symbols, at)


class Decoder:
    """Reads again what follows a lost byte; in all, no more than so many characters are tried."""

    def __init__(self, language: Language, most: int) -> None:
        self.language = language
        self.left = most
        """So many characters may still be tried."""
        self._read: dict[tuple[str, bool], list[_Read]] = defaultdict(list)
        self._close: dict[tuple[int, int, str, str], list[Option]] = {}

    def read(self, symbols: str, at: int) -> tuple[int, list[Run]]:
        """Read on from a symbol that may be a lost byte: where the search ended, and what was
        misread up to there (nothing, if the text says more as it is)."""
        start = begin(self.language, symbols[symbols.rfind("\n", 0, at) + 1 : at])
        before = self._read[start.folded, start.quoting]
        found = next((one for one in before if one.stands(symbols, at)), None)
        if found is None:
            found = self._searched(start, symbols, at)
            before.append(found)
        return at + found.length, [one.moved(at) for one in found.runs]

    def _searched(self, start: Reading, symbols: str, at: int) -> _Read:
        end, front = self._search(start, symbols, at)
        found = runs(front) if front and self.left > 0 else []
        stop = end + _AHEAD
        moved = tuple(one.moved(-at) for one in found)
        return _Read(symbols[at:stop], stop >= len(symbols), end - at, moved)

    def _search(self, start: Reading, symbols: str, at: int) -> tuple[int, list[Reading]]:
        """Where the search ends, and the best readings up to there."""
        fronts: dict[int, Front] = defaultdict(Front)
        fronts[at].add(start)
        end = min(len(symbols), at + _FAR)
        for place in range(at, end):
            front = fronts.pop(place, Front()).best()
            if symbols[place] == "\n" or (_settled(front) and not fronts) or self.left <= 0:
                end = place
                break
            self._step(front, fronts, symbols, place)
        else:
            front = fronts.pop(end, Front()).best()
        last = Front()
        for one in front:
            for whole in self._cut(one, symbols, end, last.floor):
                last.add(whole)
        return end, last.best()

    def _step(self, front: list[Reading], fronts: dict[int, Front], symbols: str, at: int) -> None:
        """Every reading of what stands at a place, to the fronts behind it."""
        off = [one for one in front if one.pending]
        for one in front:
            if not one.pending:
                fronts[at + 1].add(one.in_step(self.language, symbols[at]))
                if BEGINS.match(symbols, at):
                    for lead in _MARK_LEADS:
                        fronts[at + 1].add(one.misreading(at, lead))
        self.left -= len(front)
        if off:
            self._step_off(off, fronts, symbols, at)

    def _step_off(
        self, off: list[Reading], fronts: dict[int, Front], symbols: str, at: int
    ) -> None:
        """The readings that hold the first byte of a character."""
        if symbols[at] in LOST:
            for one in off:
                for whole in self._broken(one, fronts[at + 1].floor):
                    fronts[at + 1].add(whole.ended(at + 1))
        halves = self._half(off)
        halves += self._half_again(halves)
        for end, first, second in _pairs(symbols, at):
            front = fronts[end]
            after = _after(symbols, end, second)
            for whole in self._completed(off, halves, front, (first, second), after):
                front.add(whole if whole.pending else whole.ended(end))

    def _completed(
        self,
        off: list[Reading],
        halves: list[Half],
        front: Front,
        pair: tuple[int, int],
        after: Sequence[str],
    ) -> Iterator[Reading]:
        """The readings with a character completed by a pair, straight or behind vanished pairs."""
        first, second = pair
        for one in off:
            if letter := gbk.character(one.pending, first):
                yield self._opened(self._plus(one, letter), second)
        for one, trail in halves:
            options = self._likely(one.folded[-1], (trail, first), after)
            # A byte that stands for itself is a character more, which may make up for the one before.
            beaten = Floor(1) if 0 < second < gbk.ASCII else front.floor
            for letter, _, _ in self._promising(one, options, beaten):
                yield self._opened(self._plus(one, letter), second)

    def _plus(self, one: Reading, letter: str, *, guessed: bool = False) -> Reading:
        self.left -= 1
        return one.plus(self.language, letter, guessed=guessed)

    def _opened(self, one: Reading, second: int) -> Reading:
        """With the second byte of a pair, which opens a character or stands for itself."""
        if second >= gbk.ASCII:
            return one.opening(second)
        return self._plus(one, chr(second)) if second else one

    def _promising(
        self, one: Reading, options: Iterable[Option], beaten: Floor
    ) -> Iterator[Option]:
        """Those of some characters with which a reading may be better than what is to be beaten."""
        last, most = one.folded[-1:], one.score + MOST_GAIN
        words, joins = self.language.words, self.language.joins
        for option in options:
            if most + words[option[1]] > beaten.value or joins(last, option[1]):
                yield option

    def _half(self, off: list[Reading]) -> list[Half]:
        """The best readings with a character whose second byte has vanished with the next one's first."""
        best = Halves(_HALVES[0])
        for one in off:
            for letter, _, trail in self._promising(
                one, vanished.half_led_by(one.pending), best.floor
            ):
                best.add(self._plus(one, letter, guessed=True), trail)
        return best.best()

    def _half_again(self, halves: list[Half]) -> list[Half]:
        best = Halves(_HALVES[1])
        for one, behind in halves:
            options = self._likely(one.folded[-1], (behind, 0), ())
            for letter, _, trail in self._promising(one, options, best.floor):
                best.add(self._plus(one, letter, guessed=True), trail)
        return best.best()

    def _likely(self, last: str, where: tuple[int, int], after: Sequence[str]) -> Iterable[Option]:
        """Those of the characters behind a vanished pair that are common or go with their neighbours;
        `where` is the second byte of the one before, and their own, if that is there."""
        found = [*vanished.options(*where)[:_COMMON], *self._beside(where, last, "")]
        for next_ in after:
            found += self._beside(where, "", next_)
        return dict.fromkeys(found)

    def _beside(self, where: tuple[int, int], last: str, next_: str) -> list[Option]:
        """Those that go with the character before or behind."""
        key = *where, last, next_
        if key not in self._close:
            near = self.language.neighbours
            close = (one for one in vanished.options(*where) if last + one[1] + next_ in near)
            self._close[key] = list(islice(close, _CLOSE))
        return self._close[key]

    def _broken(self, one: Reading, beaten: Floor) -> Iterator[Reading]:
        """The reading with a character of which the second byte is unknown."""
        for letter, _, _ in self._promising(one, vanished.led_by(one.pending), beaten):
            yield self._plus(one, letter)

    def _cut(self, one: Reading, symbols: str, at: int, beaten: Floor) -> Iterator[Reading]:
        """The end of a search: at that of a line half a character may be missing."""
        ends = at == len(symbols) or symbols[at] == "\n"
        whole = [b.ended(at) for b in self._broken(one, beaten)] if one.pending else [one]
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
        return [fold_letter(symbols[at])]
    return [fold_letter(gbk.character(second, first)) for _, first, _ in _pairs(symbols, at)]


def _settled(front: Sequence[Reading]) -> bool:
    return bool(front) and all(one.steps >= _SETTLED for one in front[:8])
