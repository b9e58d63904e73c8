"""Breaks a text as a mirror site has broken real ones, so that the undamaged text is known.

What happened there, in this order: full-width punctuation was narrowed; simplified characters
became traditional, one by one; behind some fullstops one byte of the GBK text was lost, so that
the bytes after it paired up wrongly until the next ASCII byte; pinyin was put in brackets behind
certain characters, rightly and wrongly read ones alike.
"""

import re
import unicodedata
from functools import cache
from random import Random

from opencc import OpenCC

from crawler.demo.texts import load_data

_NARROWED = "，：；！？（）"
# Where bytes were lost: at a fullstop with a quotation mark behind it.
_LOSS = re.compile("。(?=[“”])")
_TRAIL = 0x40
"""The lowest second byte of a GBK character."""


def damage(text: str, random: Random, *, loss: float = 0.5) -> str:
    """The text as the mirror would have served it; `loss` is how likely a byte is lost at a place
    where one can be. The same random state breaks it in the same way."""
    traditional = "".join(map(_traditional, _narrow(text)))
    lines = (_lose_bytes(line, random, loss) for line in traditional.split("\n"))
    readings: dict[str, str] = load_data("damage")["readings"]
    shifted = _narrow("\n".join(lines))
    return "".join(f"{c}({readings[c]})" if c in readings else c for c in shifted)


def _narrow(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", c) if c in _NARROWED else c for c in text)


@cache
def _converter() -> OpenCC:
    return OpenCC("s2tw")


@cache
def _traditional(character: str) -> str:
    left: str = load_data("damage")["left"]
    return character if character in left else str(_converter().convert(character))


def _lose_bytes(line: str, random: Random, loss: float) -> str:
    """Lose a byte at some of a line's places, each behind where the one before was mended."""
    done, rest = "", line
    while place := _LOSS.search(rest):
        before, after = rest[: place.start()], rest[place.start() :]
        if random.random() < loss:
            broken, rest = _shift(after)
            done += f"{before}?{broken}"
        else:
            done, rest = done + before + after[0], after[1:]
    return done + rest


def _shift(text: str) -> tuple[str, str]:
    """A text that lost its first byte, up to where it is whole again; and the rest."""
    raw = text.encode("gb18030")
    read, at = "", 1
    while at < len(raw) and raw[at] >= 0x80:
        pair = raw[at : at + 2]
        if len(pair) < 2 or pair[1] < _TRAIL:
            # No character: the byte becomes a mark, and what follows is in step again.
            return f"{read}?", raw[at + 1 :].decode("gb18030")
        read += _character(pair)
        at += 2
    # An ASCII byte that was the second half of a character: it is all that is left of it.
    return read + raw[at : at + 1].decode("ascii"), raw[at + 1 :].decode("gb18030")


def _character(pair: bytes) -> str:
    """Two bytes as the mirror showed them: nothing for what has no glyph."""
    character = pair.decode("gb18030", errors="replace")
    return "" if character == "\ufffd" or unicodedata.category(character) == "Co" else character
