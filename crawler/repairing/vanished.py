"""Which characters may have stood where a pair of bytes left no trace: it held the second byte of one
and the first of the next, and meant nothing. The commonest come first, and unknown ones not at all.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

from crawler.repairing import gbk
from crawler.repairing.language import chinese
from crawler.repairing.reading import fold_letter

_WELL_KNOWN = 300
"""So many characters are thought of where both bytes are gone."""

Option = tuple[str, str, int]
"""A character, as it is and folded, and its second byte."""


@cache
def led_by(lead: int) -> tuple[Option, ...]:
    """The characters with this first byte."""
    return _known((letter, trail) for trail, letter in gbk.characters_led_by(lead).items())


@cache
def half_led_by(lead: int) -> tuple[Option, ...]:
    """Those of them whose second byte can vanish with the one after it."""
    return tuple(one for one in led_by(lead) if gbk.silent_after(one[2]))


@lru_cache(1 << 12)
def options(trail: int, second: int) -> tuple[Option, ...]:
    """The characters whose first byte vanishes behind `trail`, and whose second byte is `second`, or,
    if that is 0, can vanish in its turn."""
    leads = gbk.silent_after(trail)
    if second:
        letters = gbk.characters_ending_in(second)
        return _known((letter, second) for lead, letter in letters.items() if lead in leads)
    open_ = {letter: its for lead in leads for letter, _, its in half_led_by(lead)}
    return _known(open_.items())[:_WELL_KNOWN]


def _known(letters: Iterable[tuple[str, int]]) -> tuple[Option, ...]:
    words = chinese().words
    options = ((letter, fold_letter(letter), second) for letter, second in letters)
    return tuple(
        sorted((one for one in options if one[1] in words), key=lambda one: -words[one[1]])
    )
