"""Reading a Chinese person's name at a given spot: where it ends, or where it begins."""

import re
from collections.abc import Iterable

from flows.taxonomy import Taxonomy

_HAN = re.compile(r"[\u4e00-\u9fff]")
# Behind a preposition a word or a quotation follows: 张严对《日报》说.
_GOES_ON = re.compile(r"[\u4e00-\u9fff《“「]")
# Two characters set apart so that they fill the place of three: 吕　娟.
_SPACED = r"[ \u3000]{1,3}"
_LONGEST_SPACED = 7
# After these a name of two characters is likelier than one of three that ends in them.
_LIKELY_VERBS = "说等称讲"
_LIKELY_WORDS = "和与及同在到向对为任就作来赴率是由据将也已并从又还"


def _any_of(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, longest_first)) or r"(?!)"


class NameReader:
    """Reads names by surname, length and what stands around them; in doubt it reads none."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        surnames = _any_of(taxonomy.words("surnames"))
        self._surname = re.compile(surnames)
        self._spaced = re.compile(rf"(?:{surnames}){_SPACED}[\u4e00-\u9fff](?![\u4e00-\u9fff])")
        self._spaced_before = re.compile(
            rf"(?:^|[^\u4e00-\u9fff])((?:{surnames}){_SPACED}[\u4e00-\u9fff])$", re.MULTILINE
        )
        self._follower = re.compile(_any_of(taxonomy.words("followers")))
        self._leader = re.compile(f"(?:{_any_of(taxonomy.words('leaders'))})$")
        self._never = re.compile(_any_of(taxonomy.words("never")))
        self._unlikely = re.compile(f"[{''.join(taxonomy.words('unlikely'))}]")

    def end(self, text: str, start: int) -> int | None:
        """Where the name that begins at `start` ends; None where none begins."""
        surname = self._surname.match(text, start)
        if surname is None:
            return None
        if spaced := self._spaced.match(text, start):
            return spaced.end()
        short, long = surname.end() + 1, surname.end() + 2
        fits = [end for end in (short, long) if self._is_name(text, start, end)]
        bounded = [end for end in fits if self._is_bounded(text, end)]
        if len(bounded) < 2:
            return next(iter(bounded), None)
        return short if self._third_is_a_word(text, long) else long

    def start(self, text: str, end: int, boundaries: Iterable[int] = ()) -> int | None:
        """Where the name that ends at `end` begins; `boundaries` are offsets where one may."""
        allowed = set(boundaries)
        if spaced := self._spaced_before.search(text, max(0, end - _LONGEST_SPACED), end):
            return spaced.start(1)
        for start in range(max(0, end - 4), end - 1):
            surname = self._surname.match(text, start, end)
            if surname is None or not 1 <= end - surname.end() <= 2:
                continue
            if (start in allowed or self._may_begin(text, start)) and self._is_name(
                text, start, end
            ):
                return start
        return None

    def _is_name(self, text: str, start: int, end: int) -> bool:
        name = text[start:end]
        return (
            len(name) == end - start
            and all(map(_HAN.match, name))
            and not self._never.match(name)
            and not self._unlikely.search(name, 1)
        )

    def _is_bounded(self, text: str, end: int) -> bool:
        """Whether a name can end here: no Han character follows, or a word that follows names."""
        return not _HAN.match(text, end) or self._follower.match(text, end) is not None

    def _may_begin(self, text: str, start: int) -> bool:
        before = text[max(0, start - 2) : start]
        return not before or not _HAN.match(before[-1]) or bool(self._leader.search(before))

    def _third_is_a_word(self, text: str, long: int) -> bool:
        """Whether the last of three characters rather begins what follows: 吕娟说，张辉和李明."""
        third = text[long - 1]
        follower = self._follower.match(text, long - 1)
        if third in _LIKELY_VERBS or (follower and follower.end() > long):
            return True
        return third in _LIKELY_WORDS and _GOES_ON.match(text, long) is not None
