"""GBK byte pairs: how a character that was read one byte off was written, and what reads as nothing."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

ASCII = 0x80
"""Bytes below it stand for themselves and end every misreading."""
TRAIL = 0x40
"""The lowest second byte of a pair."""
_LEADS = range(0x81, 0xFF)
_EVERYDAY = range(0xB0, 0xD8)
_TRAILS = [byte for byte in range(TRAIL, 0xFF) if byte != 0x7F]
_LONGEST = 5
"""The longest that normalisation makes of one character which GBK has, such as `(10)` of ⑽."""


@cache
def character(lead: int, trail: int) -> str:
    """The character that two bytes mean; empty for a pair that means none (or one without a glyph)."""
    try:
        read = bytes((lead, trail)).decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return read if len(read) == 1 and unicodedata.category(read) not in {"Co", "Cn"} else ""


@cache
def pair(symbol: str) -> tuple[int, int] | None:
    """The two bytes of a character; None when it has one byte or four."""
    try:
        raw = symbol.encode("gb18030")
    except UnicodeEncodeError:
        return None
    return (raw[0], raw[1]) if len(raw) == 2 else None


def readings(text: str, at: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Every pair that can stand behind the text at a place, with how many characters it became."""
    if own := pair(text[at]):
        yield 1, own
    narrowed = _narrowed()
    for length in range(1, min(_LONGEST, len(text) - at) + 1):
        for other in narrowed.get(text[at : at + length], ()):
            yield length, other


@cache
def is_common(symbol: str) -> bool:
    """Whether a character is one of the 3,755 that GB 2312 orders by sound: the everyday ones."""
    own = pair(symbol)
    return own is not None and own[0] in _EVERYDAY and own[1] > 0xA0


def common_characters() -> Iterator[str]:
    """All of those."""
    for lead in _EVERYDAY:
        yield from (symbol for symbol in characters_led_by(lead).values() if is_common(symbol))


@cache
def characters_led_by(lead: int) -> Mapping[int, str]:
    """The Han characters and marks whose first byte is `lead`, by their second."""
    return {trail: read for trail in _TRAILS if (read := character(lead, trail))}


@cache
def characters_ending_in(trail: int) -> Mapping[int, str]:
    """The characters whose second byte is `trail`, by their first."""
    return {lead: read for lead in _LEADS if (read := character(lead, trail))}


@cache
def silent_after(first: int) -> frozenset[int]:
    """The second bytes that with this first one mean no character, so that the pair vanishes."""
    return frozenset(
        byte for byte in range(ASCII, 0xFF) if first >= ASCII and not character(first, byte)
    )


@cache
def _narrowed() -> Mapping[str, tuple[tuple[int, int], ...]]:
    """What NFKC makes of GBK's characters, with the pairs that it makes it of."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for lead in _LEADS:
        for trail, read in characters_led_by(lead).items():
            narrow = unicodedata.normalize("NFKC", read)
            if narrow != read:
                found[narrow].append((lead, trail))
    return {narrow: tuple(pairs) for narrow, pairs in found.items()}
