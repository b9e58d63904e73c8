"""Breaks a text as a mirror site has broken real ones, so that the undamaged text is known.

What happened there, in this order: full-width punctuation was narrowed; simplified characters
became traditional, one by one; behind some fullstops one byte of the GBK text was lost, so that
the bytes after it paired up wrongly until the next ASCII byte; pinyin was put in brackets behind
certain characters, rightly and wrongly read ones alike.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random

from opencc import OpenCC

from crawler.demo.texts import load_data

_NARROWED = "，：；！？（）"
_TRAIL = 0x40
"""The lowest second byte of a GBK character."""


def _seen_readings() -> Mapping[str, str]:
    readings: Mapping[str, str] = load_data("damage")["readings"]
    return readings


@dataclass(frozen=True)
class Mirror:
    """How a mirror breaks texts; by default as the one that was looked at."""

    loses: re.Pattern[str] = re.compile("。(?=[“”])")
    """The marks that can lose a byte: fullstops with a quotation mark behind them."""
    readings: Mapping[str, str] = field(default_factory=_seen_readings)
    """What is put in brackets behind which traditional character."""
    nfkc: bool = False
    """Whether all compatibility characters are narrowed, rather than the common marks alone."""
    narrows_first: bool = True
    """Whether that comes before bytes are lost, so that narrow marks end a misreading."""


def damage(text: str, random: Random, *, loss: float = 0.5, mirror: Mirror | None = None) -> str:
    """The text as the mirror would have served it; `loss` is how likely a byte is lost at a place
    where one can be. The same random state breaks it in the same way."""
    mirror = mirror or Mirror()
    narrow = _narrow(text, mirror) if mirror.narrows_first else text
    traditional = "".join(map(_traditional, narrow))
    lines = (_lose_bytes(line, random, loss, mirror) for line in traditional.split("\n"))
    return _bracketed(_narrow("\n".join(lines), mirror), mirror)


def _narrow(text: str, mirror: Mirror) -> str:
    return "".join(
        unicodedata.normalize("NFKC", c) if mirror.nfkc or c in _NARROWED else c for c in text
    )


def _bracketed(text: str, mirror: Mirror) -> str:
    return "".join(f"{c}({mirror.readings[c]})" if c in mirror.readings else c for c in text)


@cache
def _converter() -> OpenCC:
    return OpenCC("s2tw")


@cache
def _traditional(character: str) -> str:
    left: str = load_data("damage")["left"]
    return character if character in left else str(_converter().convert(character))


def _lose_bytes(line: str, random: Random, loss: float, mirror: Mirror) -> str:
    """Lose a byte at some of a line's places, each behind where the one before was mended."""
    done, rest = "", line
    while place := mirror.loses.search(rest):
        before, after = rest[: place.start()], rest[place.start() :]
        if random.random() < loss:
            broken, rest = _shift(after, mirror)
            done += f"{before}?{broken}"
        else:
            done, rest = done + before + after[0], after[1:]
    return done + rest


def _shift(text: str, mirror: Mirror) -> tuple[str, str]:
    """A text that lost its first byte, up to where it is whole again; and the rest."""
    raw = text.encode("gb18030")
    read, at = "", 1
    while at < len(raw) and raw[at] >= 0x80:
        pair = raw[at : at + 2]
        if len(pair) < 2 or pair[1] < _TRAIL:
            # No character: the byte becomes a mark, and what follows is in step again.
            return f"{read}?", _decoded(raw[at + 1 :])
        read += _misread(pair, mirror)
        at += 2
    # An ASCII byte that was the second half of a character: it is all that is left of it.
    return read + _decoded(raw[at : at + 1]), _decoded(raw[at + 1 :])


def _misread(pair: bytes, mirror: Mirror) -> str:
    """Two bytes as the mirror showed them: nothing for what has no glyph, and of a character that
    gets a bracket only the bracket's second half."""
    read = "".join(c for c in _decoded(pair) if c != "\ufffd" and unicodedata.category(c) != "Co")
    return f"?{mirror.readings[read]})" if read in mirror.readings else read


def _decoded(raw: bytes) -> str:
    return raw.decode("gb18030", errors="replace")
