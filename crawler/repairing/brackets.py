"""Pinyin in brackets behind a character, `創(chuàng)新`: a mirror's mark, or an author's gloss.

The mirror goes by a table. Each of its characters bears its bracket every time, always with the
same reading, in the middle of words, and the others never: that tells its brackets from glosses,
which stand once, behind a whole word, behind simplified characters, or behind every character.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from crawler.repairing import script

_LETTERS = "a-zêüāáǎàēéěèếềīíǐìōóǒòūúǔùǖǘǚǜńňǹḿɑɡăĕĭŏŭ\u0300\u0301\u0304\u030c"
LIKELY = re.compile(rf"[(（][{_LETTERS}]{{1,7}}[)）]")
"""Costs next to nothing on a text that has none."""
_BRACKET = re.compile(rf"([\u3400-\u9fff])([(（]([{_LETTERS}]{{1,7}})[)）])")
BEHEADED = re.compile(rf"[?？\ufffd]([{_LETTERS}]{{1,7}})[)）]")
"""A bracket whose character and opening were lost together: `?nèi)` for `內(nèi)`."""

# Old tables have the letters of phonetic alphabets; breves are carons that somebody mistook.
_SAME = str.maketrans("ɑɡăĕĭŏŭ", "agǎěǐǒǔ")


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket that gives a reading of the character before it."""

    character: str
    reading: str
    start: int
    end: int
    exact: bool
    """With the tone."""

    @property
    def sure(self) -> float:
        """How surely its letters are a reading and no word that happens to look like one."""
        return 1.0 if self.exact else 0.9


def find(text: str) -> list[Bracket]:
    """The brackets of a text that match a reading of the character before them."""
    found = []
    for match in _BRACKET.finditer(text):
        reading = match[3].translate(_SAME)
        known = readings(match[1]) | readings(script.simplified_character(match[1]))
        exact = reading in known
        if exact or _plain(reading) in map(_plain, known):
            found.append(Bracket(match[1], reading, match.start(2), match.end(2), exact))
    return found


def from_table(text: str, brackets: list[Bracket]) -> list[Bracket]:
    """Those brackets that a mirror put there by its table; empty if they are an author's."""
    suspects = converted(brackets)
    if not _damaged(text, suspects, len(brackets)):
        return []
    known = set(suspects)
    others = [one for one in brackets if one not in known]
    return suspects + _in_the_table_too(text, others)


def converted(brackets: Iterable[Bracket]) -> list[Bracket]:
    """Those behind characters that only traditional text has."""
    return [one for one in brackets if script.is_traditional(one.character)]


def _damaged(text: str, suspects: list[Bracket], all_: int) -> bool:
    characters = {one.character for one in suspects}
    han = sum(map(script.is_han, text))
    if len(characters) < 2 or (len(suspects) < 3 and han > 60):
        return False
    written = Counter(text)
    occurrences = sum(written[character] for character in characters)
    in_words = sum(script.is_han(text[one.end : one.end + 1] or " ") for one in suspects)
    lines = {line for line in text.split("\n") if LIKELY.search(line)}
    return (
        len(suspects) >= 0.75 * occurrences
        and in_words >= 0.3 * len(suspects)
        and all_ <= 0.6 * han
        and _many_readings(suspects) <= 0.2 * len(characters)
        and script.leaning("".join(lines)) > 0
    )


def _many_readings(brackets: Iterable[Bracket]) -> int:
    """How many characters are read in more than one way."""
    seen = defaultdict(set)
    for one in brackets:
        seen[one.character].add(one.reading)
    return sum(len(ways) > 1 for ways in seen.values())


def _in_the_table_too(text: str, others: list[Bracket]) -> list[Bracket]:
    """Brackets behind characters that are the same in both scripts, if the table has such: then
    they too stand each time. One that stands once is an author's."""
    counts = Counter(one.character for one in others)
    written = Counter(text)
    steady = {
        letter for letter, count in counts.items() if count >= 2 and count >= 0.75 * written[letter]
    }
    return [one for one in others if one.character in steady]


@cache
def readings(character: str) -> frozenset[str]:
    """Every reading of a character, with tone marks."""
    from pypinyin.pinyin_dict import pinyin_dict

    return frozenset(pinyin_dict.get(ord(character), "").split(",")) - {""}


@lru_cache(maxsize=1 << 12)  # there are 1,549; a page has any letters in brackets
def read_as(reading: str) -> tuple[str, ...]:
    """The traditional characters that have a reading."""
    from pypinyin.pinyin_dict import pinyin_dict

    wanted = reading.translate(_SAME)
    return tuple(
        letter
        for code, known in pinyin_dict.items()
        if 0x4E00 <= code <= 0x9FFF and wanted in known.split(",")
        if script.is_traditional(letter := chr(code))
    )


def _plain(reading: str) -> str:
    """A reading without its tone."""
    letters = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(letter for letter in letters if letter.isascii())
