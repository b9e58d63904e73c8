"""Looking for many words at once, in time that doesn't grow with their number."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

_Owner = TypeVar("_Owner")


@dataclass(frozen=True, slots=True)
class Found(Generic[_Owner]):
    """A word of the list, where it stands, and whose it is."""

    start: int
    end: int
    owners: tuple[_Owner, ...]


class WordFinder(Generic[_Owner]):
    """Finds the words of a list: leftmost first, of those the longest, none within another.

    A word without an owner is found too and hides the shorter ones in it.
    """

    def __init__(self, words: Mapping[str, Iterable[_Owner]]) -> None:
        self._owners = [tuple(owners) for owners in words.values()]
        self._automaton = AhoCorasick(
            list(words),
            matchkind=MatchKind.LeftmostLongest,
            implementation=Implementation.ContiguousNFA,
        )

    def find(self, text: str) -> Iterator[Found[_Owner]]:
        """Every word in the text, in its order."""
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            yield Found(start, end, self._owners[index])
