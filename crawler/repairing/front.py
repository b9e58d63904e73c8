"""The best readings that meet at a place of a text, and what another has to beat to be among them."""

import math
from heapq import heappush, heapreplace

from crawler.repairing.reading import Reading

_BEAM = 48
_GIVE_UP = 14.0
"""A reading so much worse (natural logarithm) than the best at the same place is dropped."""

Half = tuple[Reading, int]
"""A reading, and the second byte of its last character, which has vanished with the next one's first."""


class Floor:
    """The worst of the best so many scores, while there are so many."""

    def __init__(self, count: int) -> None:
        self.value = -math.inf
        self._count = count
        self._scores: list[float] = []

    def note(self, score: float) -> None:
        """One more score."""
        if len(self._scores) < self._count:
            heappush(self._scores, score)
        elif score > self._scores[0]:
            heapreplace(self._scores, score)
        else:
            return
        if len(self._scores) == self._count:
            self.value = max(self.value, self._scores[0])

    def lift(self, value: float) -> None:
        """Nothing below this is worth anything either."""
        self.value = max(self.value, value)


class Front:
    """The readings of a place."""

    def __init__(self) -> None:
        self.floor = Floor(_BEAM)
        self._kept: dict[tuple[int, str], Reading] = {}

    def add(self, one: Reading) -> None:
        """One more reading; of two that say the same the better one stays."""
        key, score = (one.pending, one.text), one.score
        if score <= self.floor.value:
            return
        known = self._kept.get(key)
        if known is None:
            # That of a text which comes again in a better way stays as it was: a floor may be too low.
            self.floor.note(score)
        if known is None or known.score < score:
            self._kept[key] = one
            self.floor.lift(score - _GIVE_UP)

    def best(self) -> list[Reading]:
        """The best, the best first."""
        ranked = sorted(self._kept.values(), key=lambda one: one.score, reverse=True)[:_BEAM]
        return [one for one in ranked if one.score >= ranked[0].score - _GIVE_UP]


class Halves:
    """The best so many readings that have lost half a character each."""

    def __init__(self, count: int) -> None:
        self.floor = Floor(count)
        self._count = count
        self._found: list[Half] = []

    def add(self, one: Reading, trail: int) -> None:
        """One more, and the second byte that is open."""
        self.floor.note(one.score)
        self._found.append((one, trail))

    def best(self) -> list[Half]:
        """The best, the best first."""
        return sorted(self._found, key=lambda half: half[0].score, reverse=True)[: self._count]
