"""What a text names: places and bodies, each at its spot, and how to find one of them again."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flows.tagging.names import Name
from flows.tagging.words import Found


@dataclass(frozen=True, slots=True)
class Mention:
    """One place or body, named at one spot."""

    kind: str
    id: str
    start: int
    end: int
    place: str | None
    place_end: int | None = None
    """Where the name of the place that begins it ends; None where it begins with none."""


@dataclass(frozen=True)
class Mentions:
    """All that a text names of ours, in its order, and the spans of what is not ours.

    No two of them overlap. Each question costs no more in a long text than in a short one.
    """

    ours: tuple[Mention, ...]
    elsewhere: tuple[Found[Name], ...]
    local: bool
    """Whether the text can be read as one of this city."""
    home: str | None = None
    """The publisher's place, which a text means where it names none: 县教育局 on a county's site."""

    @cached_property
    def by_end(self) -> Mapping[int, Mention]:
        """Ours by where they end."""
        return {mention.end: mention for mention in self.ours}

    @cached_property
    def foreign_by_end(self) -> Mapping[int, Found[Name]]:
        """Those elsewhere by where they end."""
        return {found.end: found for found in self.elsewhere}

    @cached_property
    def _starts(self) -> list[int]:
        return [mention.start for mention in self.ours]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        ours = ((mention.start, mention.end) for mention in self.ours)
        return sorted([*ours, *((found.start, found.end) for found in self.elsewhere)])

    @cached_property
    def _places(self) -> Mapping[str, list[int]]:
        """Where each place is named."""
        named: dict[str, list[int]] = defaultdict(list)
        for mention in self.ours:
            if mention.place and mention.place_end:
                named[mention.place].append(mention.start)
        return named

    def nearest_place(self, places: Sequence[str], at: int) -> str | None:
        """Which of some places is meant at an offset.

        It is the one named last before it, or first after; else the publisher's, or that in it.
        """
        named = [(self._places[place], place) for place in places if place in self._places]
        before = [
            (starts[nth - 1], place) for starts, place in named if (nth := bisect_left(starts, at))
        ]
        if before:
            return max(before)[1]
        if named:
            return min((starts[0], place) for starts, place in named)[1]
        return self._at_home(places) if self.local else None

    def _at_home(self, places: Sequence[str]) -> str | None:
        if self.home in places:
            return self.home
        inside = [place for place in places if place.rpartition("/")[0] == self.home]
        return inside[0] if len(inside) == 1 else None

    def before(self, at: int) -> Iterator[Mention]:
        """Ours that begin before an offset, the nearest first."""
        return (self.ours[nth] for nth in range(bisect_left(self._starts, at) - 1, -1, -1))

    def covers(self, at: int) -> bool:
        """Whether anything is named over an offset, ours or not."""
        nth = bisect_right(self._spans, (at, at)) if self._spans else 0
        around = self._spans[max(0, nth - 1) : nth + 1]
        return any(start <= at < end for start, end in around)
