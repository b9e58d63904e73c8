"""Undoes a text that was decoded in a wrong charset once, and saved like that.

`鍏充簬` is 关于: its UTF-8 bytes were read as GBK. Written back in the wrong charset the text is
again the bytes that it was made of; that these are valid in the right one, and that what they say
is far likelier to be Chinese, is the evidence. ftfy does the same for Latin charsets, where each
wrong character is one byte; it has no table for GBK, whose are two.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from crawler.likelihood import beyond_ascii, likelihood

_BROKEN = "\ufffd"
_NO_BYTE = b"\xff"
"""Stands for a character that was lost: valid neither in UTF-8 nor in GBK."""
_LOST = re.compile("\ufffd+")
_NO_LEAD = re.compile("€|\ufffd(?=[^\x00-\x7f\ufffd])")
_LIKELY = 0.6
_LIKELIER = 0.4
_MOSTLY = 0.5
"""Share of a page's characters that makes it a page decoded wrongly, and not a field of it."""
_EVIDENCE = 4
"""Characters that a single field must have: two may be right by chance."""
_LOSSY = 8
"""Characters that must be there for one that is lost."""
_TIMES = 2
"""How often a text may have been decoded wrongly."""
_SEGMENT = re.compile('[^<>"\r\n\t]+')
_ABOUT = re.compile(
    "乱码|亂碼|字符编码|字元编码|字元編碼|字符集|字元集|编码格式|編碼格式|GBK编码|UTF-8编码"
)
"""Words of a page that may show such a text as an example."""


def undone(text: str) -> tuple[str, str | None]:
    """The text with what was decoded wrongly put right, and what is to be said of it.

    A page is put right where most of it is wrong; a single field (a title, say) where it has four
    characters or more, all of it is wrong, and the rest does not speak of such things itself.
    What was lost on the way stays U+FFFD.
    """
    segments = {one: None for one in _SEGMENT.findall(text) if not one.isascii()}
    found = {one: fixed for one in segments if (fixed := _segment(one, _TIMES))}
    if found and _length(found) >= _MOSTLY * _length(segments):
        where, right = "the page", found | _smaller(segments.keys() - found.keys(), found)
    elif _ABOUT.search(text):
        return text, None
    else:
        right = {one: fixed for one, fixed in found.items() if _is_evident(fixed)}
        where = "1 field" if len(right) == 1 else f"{len(right)} fields"
    if not right:
        return text, None
    names = sorted({f"{fixed.misreading.name}, undone in {where}" for fixed in right.values()})
    return _SEGMENT.sub(lambda match: _text(right, match.group()), text), "; ".join(names)


def is_suspicious(rest: str) -> bool:
    """Whether a text, given without its ASCII, has runs as a wrong charset makes; few clean ones do."""
    return _hallmarks().search(rest) is not None


class _Misreading(NamedTuple):
    """Bytes of one charset, read as another."""

    name: str
    back: Callable[[str], bytes]
    charset: str


class _Undone(NamedTuple):
    text: str
    misreading: _Misreading
    lost: int

    @property
    def length(self) -> int:
        return len(beyond_ascii(self.text)) - self.lost


def _length(segments: Iterable[str]) -> int:
    return sum(len(beyond_ascii(one)) for one in segments)


def _smaller(segments: Iterable[str], found: dict[str, _Undone]) -> dict[str, _Undone]:
    """What is too small to be evidence itself (©, one rare name), in a page that is wrong as a whole."""
    usual = Counter(fixed.misreading for fixed in found.values()).most_common(1)[0][0]
    tried = {one: _tried(one, usual) for one in segments if likelihood(one) < _LIKELY}
    return {one: fixed for one, fixed in tried.items() if fixed and not fixed.lost}


def _text(right: dict[str, _Undone], segment: str) -> str:
    return right[segment].text if segment in right else segment


def _is_evident(fixed: _Undone) -> bool:
    return fixed.length >= _EVIDENCE and fixed.length >= _LOSSY * fixed.lost


def _segment(segment: str, times: int) -> _Undone | None:
    """A piece of text between two tags or quotation marks, put right; None where it is right."""
    before = likelihood(segment)
    if before >= _LIKELY:
        return None
    for misreading in _MISREADINGS:
        fixed = _tried(segment, misreading)
        if fixed and likelihood(fixed.text.replace(_BROKEN, "")) >= max(
            _LIKELY, before + _LIKELIER
        ):
            return fixed
        if fixed and not fixed.lost and times > 1:
            again = _segment(fixed.text, times - 1)
            if again:
                return again
    return None


def _tried(segment: str, misreading: _Misreading) -> _Undone | None:
    try:
        text = misreading.back(segment).decode(misreading.charset, errors="replace")
    except UnicodeEncodeError:
        return None
    lost = len(_LOST.findall(text))
    # Where no mark says that a byte was lost, only the last one can have been.
    marked = segment.count(_BROKEN) + segment.count("?") + text.endswith(_BROKEN)
    if lost > marked:
        return None
    return _Undone(_LOST.sub(_BROKEN, text).replace(f"{_BROKEN}?", _BROKEN), misreading, lost)


def _as_gbk(text: str) -> bytes:
    """The bytes that were read as GBK. Of all that UTF-8 has, 0x80 alone begins no character there:
    Windows and browsers read it as the euro sign, others lose it, but it can be told what it was.
    """
    pieces = (_around_lost(piece, "gb18030") for piece in _NO_LEAD.split(text))
    return b"\x80".join(pieces)


def _around_lost(text: str, charset: str) -> bytes:
    return _NO_BYTE.join(piece.encode(charset) for piece in text.split(_BROKEN))


def _as_windows(text: str) -> bytes:
    """The bytes that were read as Latin-1 or Windows-1252, which differ in 32 of them."""
    return text.translate(_latin()).encode("latin-1")


@cache
def _latin() -> dict[int, int]:
    table = {_BROKEN: _NO_BYTE}
    for byte in range(0x80, 0xA0):
        character = bytes([byte]).decode("cp1252", "ignore")
        if character:
            table[character] = bytes([byte])
    return {ord(character): byte[0] for character, byte in table.items()}


_MISREADINGS = (
    _Misreading("UTF-8 that was read as GBK", _as_gbk, "utf-8"),
    _Misreading("UTF-8 that was read as Latin-1", _as_windows, "utf-8"),
    _Misreading("GBK that was read as Latin-1", _as_windows, "gb18030"),
)


@cache
def _hallmarks() -> re.Pattern[str]:
    """Two characters in GBK that would be the first four bytes of UTF-8, or three in a row of Latin-1."""
    lead, trail = [0xE2, 0xE3, *range(0xE4, 0xEA), 0xEF], range(0x80, 0xC0)
    first = _pairs(lead, trail)
    second = _pairs(trail, lead)
    latin = "".join(map(re.escape, map(chr, [*range(0x80, 0x100), *_latin()])))
    return re.compile(f"[{first}][{second}€]|[\u00c0-\u00ff][{latin}]{{2}}")


def _pairs(first: "range | list[int]", second: "range | list[int]") -> str:
    pairs = (bytes([one, other]) for one in first for other in second)
    return "".join(dict.fromkeys(pair.decode("gb18030", "ignore") for pair in pairs))
