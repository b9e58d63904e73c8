"""Bytes into text: what a page is encoded in, whatever it says of itself."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from w3lib.encoding import http_content_type_encoding, read_bom, resolve_encoding

from crawler.errors import Park
from crawler.likelihood import beyond_ascii, beyond_ascii_of, likelihood, weight
from crawler.mojibake import is_suspicious, undone
from crawler.tidy import tidied

_META = re.compile(
    rb"<meta[^>]+charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_\-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_\-]+)",
    re.IGNORECASE,
)
# A declaration may stand late, behind scripts and styles; past this it says nothing to a browser.
_META_WINDOW = 64 * 1024
_BROKEN = "\ufffd"
_TOLERATED = 0.01
"""Share of broken characters, of those beyond ASCII, above which a page is not worth keeping; below
it is a damaged byte or two, which is said."""
_FEW = 2
_LOST_BEFORE = "锟斤拷"
"""Two U+FFFD that somebody saved as UTF-8 and somebody else read as GBK."""
_TENTH = 0.1
_JUDGED = 50
_NO_TEXT = 0.3
"""Characters from which, and likelihood below which, a text is none."""
_SURE = 0.6
"""Likelihood from which a reading is Chinese beyond doubt; a wrong charset stays below 0.45."""
_FAR = 0.35
"""By how much another charset must be likelier than the declared one to be taken in its place. Wrong
readings of a page of a dozen characters may look like half a text: 0.5 took them for it."""
_PLAIN = 0.5
"""Share of ASCII from which text may have too few other characters to be judged by."""
_PAIRED = {"gb18030", "big5hkscs"}
_IMPOSSIBLE = float("-inf")
_ZERO = b"\x00"
_STRAY = 0.001
_WIDE = 0.02
"""Share of zero bytes, at even or at odd places, that can make a page UTF-16: its ASCII."""
# What GB 18030 had in the private use area until Unicode had the characters: the mapping of its 2022
# edition, and of the WHATWG for the six of plane 2; Python's codec has that of 2000.
_STANDARD = str.maketrans(
    "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7"
    "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864\ue816\ue817\ue818\ue831\ue83b\ue855",
    "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f"
    "\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb"
    "\U00020087\U00020089\U000200cc\U000215d7\U0002298f\U000241fe",
)
_PRIVATE = re.compile("[\ue78d-\ue864]")
# None of these bytes is ever the second one of a character in GBK or Big5.
_SEGMENT = re.compile(rb"[^<>\"'\r\n\t ]+")


class Decoded(NamedTuple):
    """A page's text, what it was encoded in, and what was wrong with it."""

    text: str
    charset: str
    problems: tuple[str, ...]
    utf8: bytes
    """The text in UTF-8, as the parser takes it: a page that came so is not encoded again."""

    @property
    def said(self) -> str | None:
        """What a reader must know of how the text was come by; None where nothing was wrong."""
        return f"{self.charset}: {'; '.join(self.problems)}" if self.problems else None


class _Reading(NamedTuple):
    text: str
    charset: str
    broken: int
    problem: str | None = None
    utf8: bytes | None = None
    """The bytes of the text, where they are UTF-8."""

    @property
    def tolerable(self) -> bool:
        """Whether so little is broken that the rest can be trusted."""
        return self.broken <= _FEW or self.broken <= _TOLERATED * len(beyond_ascii(self.text))


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Decode a page: its byte order mark, then valid UTF-8, then what header and page declare.

    Valid UTF-8 with characters of three bytes is never anything else, so it goes before a
    declaration that says otherwise; of what is no UTF-8 the declared charset is taken, unless
    another makes a far likelier text of it. What was decoded wrongly before it reached us is undone.
    Raises Park when no charset gives a text, or when too much of it is lost.
    """
    reading = _read(body, content_type)
    text, undoing = reading.text, None
    rest = beyond_ascii(text) if reading.utf8 is None else beyond_ascii_of(reading.utf8)
    if is_suspicious(rest):
        text, undoing = undone(text)
        rest = beyond_ascii(text)
        _refuse_nonsense(rest)
    _refuse_what_is_lost(rest, undoing or reading.charset)
    text, tidying = tidied(text, rest)
    problems = tuple(filter(None, (reading.problem, undoing, tidying)))
    utf8 = reading.utf8 if text == reading.text else None
    return Decoded(
        text,
        reading.charset,
        problems,
        text.encode("utf-8", "ignore") if utf8 is None else utf8,
    )


def _refuse_what_is_lost(rest: str, how: str) -> None:
    """Raise Park where too much of a text, given without its ASCII, is lost for the rest to be kept."""
    lost = rest.count(_BROKEN)
    if lost > max(_FEW, _TOLERATED * len(rest)):
        raise Park(f"{lost} of {len(rest)} characters are lost ({how})")
    before = rest.count(_LOST_BEFORE)
    if before > _FEW and before * len(_LOST_BEFORE) > _TENTH * len(rest):
        raise Park(f"its characters were lost before it reached us ({_LOST_BEFORE})")


def _refuse_nonsense(rest: str) -> None:
    """Raise Park for a text that was decoded wrongly and could not be put right."""
    if len(rest) >= _JUDGED and is_suspicious(rest) and likelihood(rest) < _NO_TEXT:
        raise Park("was decoded wrongly before it reached us, and cannot be put right")


def _read(body: bytes, content_type: str) -> _Reading:
    marked, mark = read_bom(body)
    if marked and mark:
        body = body[len(mark) :]
    wide = marked if marked and not marked.startswith("utf-8") else _zeroes(body)
    if wide:
        reading = _tried(body, wide)
        if reading and _is_plausible(reading):
            return reading
    body, problem = _without_zeroes(body)
    reading = _as_utf8(body) or _likeliest(body, content_type)
    return reading._replace(problem=problem or reading.problem)


# --- zero bytes ------------------------------------------------------------------------------------


def _zeroes(body: bytes) -> str | None:
    """The UTF-16 that a page without a byte order mark is in, by where its zero bytes stand."""
    head = body.rstrip(_ZERO)[:4096]
    even, odd = head[::2].count(_ZERO), head[1::2].count(_ZERO)
    # Some stand at the other places as well: 一 is U+4E00.
    if even == odd or max(even, odd) < _WIDE * len(head) / 2:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_plausible(reading: _Reading) -> bool:
    """Whether wide characters make a text: any two bytes are one."""
    rest = beyond_ascii(reading.text)
    plain = len(rest) <= (1 - _PLAIN) * len(reading.text)
    return (
        reading.tolerable
        and "\0" not in reading.text
        and (likelihood(reading.text) >= _SURE or (plain and not reading.broken))
    )


def _without_zeroes(body: bytes) -> tuple[bytes, str | None]:
    """The page without the zeroes that pad it; a few within are damage, more are no text."""
    text = body.rstrip(_ZERO)
    zeroes = text.count(_ZERO)
    if zeroes > max(_FEW, _STRAY * len(text)) or (body and not text):
        raise Park("has NUL bytes: no text")
    if not zeroes:
        return text, None
    return text.replace(_ZERO, b""), f"NUL bytes left out: {zeroes}"


# --- one charset for all of it ---------------------------------------------------------------------


def _as_utf8(body: bytes) -> _Reading | None:
    """The page as UTF-8 where it is valid; a sequence cut off at the very end is forgiven."""
    problem = None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        body, problem = body[: error.start], "ends within a character"
        text = body.decode("utf-8")
    # A handful of GBK characters, such as 联通, are valid UTF-8 of two bytes each.
    if not text.isascii() and not _THREE_BYTES.search(text):
        other = _tried(body, "gb18030")
        if other and not other.broken and likelihood(other.text) >= _SURE:
            return other
    return _Reading(text, "utf-8", text.count(_BROKEN), problem, body)


_THREE_BYTES = re.compile("[\u0800-\U0010ffff]")


def _likeliest(body: bytes, content_type: str) -> _Reading:
    tried = _declared(body, content_type)
    best: _Reading | None = None
    weight = 0.0
    for charset in tried:
        reading = _tried(body, charset)
        if reading is None or not reading.tolerable:
            continue
        found = likelihood(reading.text)
        if best is None or found > weight + _FAR:
            best, weight = reading, found
        if found >= _SURE:
            break
    if best is None or best.broken or is_suspicious(beyond_ascii(best.text)):
        best = _mixed(body) or best
    if best is None:
        raise Park(f"cannot be decoded as any of {', '.join(tried)}")
    return _realigned(body, best) if best.broken and best.charset in _PAIRED else best


def _declared(body: bytes, content_type: str) -> list[str]:
    """Charsets to try, the likeliest first."""
    named = [http_content_type_encoding(content_type)]
    for match in _META.finditer(body[:_META_WINDOW]):
        label = (match.group(1) or match.group(2)).decode("ascii")
        named.append(resolve_encoding(label))
    found = [_widened(name) for name in named if name]
    # Nobody but Chinese sites is read here; UTF-8 with a few broken bytes comes before Big5.
    return list(dict.fromkeys([*found, "gb18030", "utf-8", "big5hkscs"]))


def _widened(charset: str) -> str:
    """The superset that pages labelled with a charset are really written in."""
    if charset in {"gb2312", "gbk", "gb18030", "hz"}:
        return "gb18030"
    return "big5hkscs" if charset in {"big5", "big5hkscs"} else charset


def _tried(body: bytes, charset: str) -> _Reading | None:
    try:
        text = body.decode(charset, errors="replace")
    except LookupError:  # unknown, or one of Python's codecs that make no text (rot13)
        return None
    if charset == "gb18030" and _PRIVATE.search(text):
        text = text.translate(_STANDARD)
    broken = text.count(_BROKEN)
    if broken and text.endswith(_BROKEN):
        return _Reading(text[:-1], charset, broken - 1, "ends within a character")
    return _Reading(text, charset, broken)


# --- pairs of bytes that are one off ----------------------------------------------------------------


def _realigned(body: bytes, reading: _Reading) -> _Reading:
    """A damaged page of two bytes a character, with what stands behind the damage paired up again."""
    parts = []
    for piece in _pieces(body):
        text = piece.decode(reading.charset, errors="replace")
        if _BROKEN in text:
            text = _around_damage(piece, reading.charset) or text
        parts.append(text)
    text = "".join(parts).translate(_STANDARD)
    if reading.problem:  # the character that is cut off at the very end is no damage of the page
        text = text.removesuffix(_BROKEN)
    return reading._replace(text=text, broken=text.count(_BROKEN))


def _around_damage(piece: bytes, charset: str) -> str | None:
    """The likeliest text of a piece when one or two bytes of it are left out; the place is marked."""
    size = len(piece)
    behind = [0.0] * (size + 1)
    for at in reversed(range(size)):
        length, worth = _character(piece, at, charset)
        behind[at] = worth + (behind[at + length] if at + length <= size else _IMPOSSIBLE)
    best, where = _IMPOSSIBLE, (0, 0)
    at, before = 0, 0.0
    while at < size:
        for left_out in range(1, min(2, size - at) + 1):
            if before + behind[at + left_out] > best:
                best, where = before + behind[at + left_out], (at, at + left_out)
        length, worth = _character(piece, at, charset)
        at, before = at + length, before + worth
    if best == _IMPOSSIBLE:
        return None
    return f"{piece[: where[0]].decode(charset)}{_BROKEN}{piece[where[1] :].decode(charset)}"


def _character(piece: bytes, at: int, charset: str) -> tuple[int, float]:
    """(bytes, worth as Chinese) of the character that begins at a place."""
    if piece[at] < 0x80:
        return 1, 0.0
    character = piece[at : at + 2].decode(charset, errors="replace")
    whole = len(character) == 1 and character != _BROKEN
    return 2, weight(character) if whole else _IMPOSSIBLE


# --- two charsets in one page ----------------------------------------------------------------------


def _mixed(body: bytes) -> _Reading | None:
    """A page put together of files in GBK and in UTF-8, read piece by piece; None where it is not."""
    pieces = list(_pieces(body))
    charsets = {piece: _charset_of(piece) for piece in pieces if not piece.isascii()}
    surely = Counter(filter(None, charsets.values()))
    if len(surely) < 2:
        return None
    usual = surely.most_common(1)[0][0]
    text = "".join(piece.decode(charsets.get(piece) or usual, errors="replace") for piece in pieces)
    reading = _Reading(text, "gb18030 and utf-8", text.count(_BROKEN), "two charsets in one page")
    return reading if reading.tolerable and likelihood(text) >= _SURE else None


def _pieces(body: bytes) -> Iterator[bytes]:
    end = 0
    for match in _SEGMENT.finditer(body):
        yield body[end : match.start()]
        yield match.group()
        end = match.end()
    yield body[end:]


def _charset_of(piece: bytes) -> str | None:
    """What a piece of a page is surely in; None where it is damaged or may be in either charset."""
    try:
        return "utf-8" if _THREE_BYTES.search(piece.decode("utf-8")) else None
    except UnicodeDecodeError:
        gbk = piece.decode("gb18030", errors="replace")
    return "gb18030" if _BROKEN not in gbk and likelihood(gbk) >= _SURE else None
