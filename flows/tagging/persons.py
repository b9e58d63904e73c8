"""Reading a Chinese person's name at a given spot: where it ends, or where it begins."""

import re
from collections.abc import Container, Iterable

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
# Behind the end of a body's name, and 的, a person's may begin: 金融业联合会陈伊芬秘书长.
_BEFORE_LIKELY = frozenset("会局部厅院校学所司团社站办委处科心队的")
_LONGEST_FOLLOWER = 5
_ENDS_LIST = re.compile(r"[^\u4e00-\u9fff]|等|$")


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
        self._rare = re.compile(f"{surnames}|{_any_of(taxonomy.words('rare'))}")
        self._followers = frozenset(taxonomy.words("followers"))
        self._beginnings = frozenset(taxonomy.words("beginnings"))
        self._leaders = frozenset(taxonomy.words("leaders"))
        self._never = re.compile(_any_of(taxonomy.words("never")))
        self._unlikely = frozenset(taxonomy.words("unlikely"))
        self._given = frozenset("".join(taxonomy.words("given")))
        self._words = frozenset(taxonomy.words("words"))

    def end(self, text: str, start: int) -> int | None:
        """Where the name that begins at `start` ends; None where none begins."""
        surname = self._surname.match(text, start)
        if surname is None:
            return self._rare_end(text, start)
        if spaced := self._spaced.match(text, start):
            return spaced.end()
        short, long = surname.end() + 1, surname.end() + 2
        fits = [end for end in (short, long) if self._is_name(text, start, end)]
        if text[start:short] in self._words:
            fits = [end for end in fits if end == long]
        bounded = [end for end in fits if self._is_bounded(text, end)]
        if bounded == [long] and short in fits and self._splits_a_word(text, long):
            return short
        if len(bounded) == 2:
            return short if self._third_is_a_word(text, long) else long
        if bounded:
            return bounded[0]
        likely = (end for end in reversed(fits) if self._is_likely(text, surname, end))
        return next(likely, None)

    def listed_end(self, text: str, start: int) -> int | None:
        """Where a name in a list of names ends, though its surname is not known: 孔祥群、买万国、."""
        end = start + 3
        listed = self._given.issuperset(text[start + 1 : end]) and text[end : end + 1] == "、"
        return end if listed and self._is_name(text, start, end) else None

    def _rare_end(self, text: str, start: int) -> int | None:
        """A name with a surname that is mostly another word: three characters before a mark."""
        surname, end = self._rare.match(text, start), start + 3
        named = surname and self._is_name(text, start, end) and self._is_likely(text, surname, end)
        alone = named and text[start + 1 : end] not in self._beginnings
        return end if alone and _ENDS_LIST.match(text, end) else None

    def start(
        self,
        text: str,
        end: int,
        boundaries: Container[int] = (),
        *,
        rare: bool = False,
        likely: bool = False,
    ) -> int | None:
        """Where the name that ends at `end` begins.

        `boundaries` are offsets where one may; with `rare`, surnames count that are mostly words;
        with `likely`, only names that are made as names are.
        """
        surnames = self._rare if rare else self._surname
        if spaced := self._spaced_before.search(text, max(0, end - _LONGEST_SPACED), end):
            return spaced.start(1)
        for start in range(max(0, end - 4), end - 1):
            surname = surnames.match(text, start, end)
            if surname is None or not 1 <= end - surname.end() <= 2:
                continue
            made_so = self._is_made_so(text, surname, end)
            begins = start in boundaries or self._may_begin(text, start)
            begins = begins or (made_so and text[start - 1] in _BEFORE_LIKELY)
            if begins and (made_so or not likely) and self._is_name(text, start, end):
                return start
        return None

    def _is_name(self, text: str, start: int, end: int) -> bool:
        name = text[start:end]
        return (
            len(name) == end - start
            and all(map(_HAN.match, name))
            and self._unlikely.isdisjoint(name[1:])
            and not self._never.match(name)
        )

    def _is_bounded(self, text: str, end: int) -> bool:
        """Whether a name can end here: no Han character follows, or a word that follows names."""
        return not _HAN.match(text, end) or self._follower(text, end) > 0

    def _splits_a_word(self, text: str, end: int) -> bool:
        """Whether a name that ended here would take the first half of a word: 刘旺|操作."""
        return bool(_HAN.match(text, end)) and text[end - 1 : end + 1] in self._beginnings

    def _follower(self, text: str, at: int) -> int:
        """How long the word is that follows names and stands here; 0 where none does."""
        lengths = range(_LONGEST_FOLLOWER, 0, -1)
        return next((n for n in lengths if text[at : at + n] in self._followers), 0)

    def _is_likely(self, text: str, surname: re.Match[str], end: int) -> bool:
        """Whether it is made as names are, and nothing is left over that would belong to it."""
        if not self._is_made_so(text, surname, end):
            return False
        if end - surname.end() == 2:
            return text[end - 1 : end + 1] not in self._beginnings
        return not _HAN.match(text, end) or text[end : end + 2] in self._beginnings

    def _is_made_so(self, text: str, surname: re.Match[str], end: int) -> bool:
        """Whether it is of characters that names have, and no common word."""
        first = surname.end() + 1
        return (
            self._given.issuperset(text[surname.end() : end])
            and text[surname.start() : first] not in self._words
        )

    def _may_begin(self, text: str, start: int) -> bool:
        before = text[max(0, start - 2) : start]
        if not before or not _HAN.match(before[-1]):
            return True
        return before in self._leaders or before[-1] in self._leaders or before in self._beginnings

    def _third_is_a_word(self, text: str, long: int) -> bool:
        """Whether the last of three characters rather begins what follows: 吕娟说，张辉和李明."""
        third = text[long - 1]
        if third in _LIKELY_VERBS or self._follower(text, long - 1) > 1:
            return True
        return third in _LIKELY_WORDS and _GOES_ON.match(text, long) is not None
