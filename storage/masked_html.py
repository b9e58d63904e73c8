"""HTML with its personal numbers masked, also where tags stand inside of them."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from html import unescape

from storage.masking import DIGIT, JOINT, mask

_TAG = r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>"""
_MARKUP = re.compile(rf"{_TAG}|&(?:\#\w{{1,8}}|[A-Za-z]\w{{1,30}});")
_LONG = re.compile(rf"[{DIGIT}](?:(?:{JOINT}|{_TAG}|&(?:\w{{1,31}};|nbsp|shy))*[{DIGIT}]){{6}}")
"""HTML without seven digits in a row, between which only joints, tags and entities stand, holds nothing to
mask. Two of the joints are read without their semicolon, too."""
_BY_NUMBER = "&#"
"""How an entity begins that may be a digit."""
_SHORT = 40
"""Characters of a tag that is worth being known when it comes again: what is long comes once."""
_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)=("[^"]*"|'[^']*')""")
_INLINE = {
    *("a", "b", "strong", "em", "i", "u", "sub", "sup", "span", "font", "code", "small", "img"),
    *("del", "ins", "mark", "s", "wbr"),
}
_CELLS = {"td", "th"}
_CALLED = ("tel:", "sms:", "mailto:")


def mask_html(html: str, known: Collection[str] = ()) -> str:
    """HTML with a ``*`` for each digit of a personal number in what it shows and in what its tags say.

    `known` are numbers (plain digits) that are personal wherever they stand: what tells that may have been
    lost between the text and its HTML.
    """
    if not known and _BY_NUMBER not in html and not _LONG.search(html):
        return html
    pieces = list(_pieces(html))
    shown = "".join(piece[1] for piece in pieces)
    masked = mask(shown)
    for number in known:
        masked = masked.replace(number, "*" * len(number))
    if masked == shown:
        return "".join(source for source, _ in pieces)
    at = 0
    written: list[str] = []
    for source, said in pieces:
        now = masked[at : at + len(said)]
        at += len(said)
        written.append(source if now == said else now)
    return "".join(written)


def _pieces(html: str) -> Iterator[tuple[str, str]]:
    """The HTML bit by bit, each beside what a reader sees of it."""
    at = 0
    for found in _MARKUP.finditer(html):
        text = html[at : found.start()]
        yield text, text
        at = found.end()
        read = _read_before if at - found.start() < _SHORT else _read
        yield read(found[0])
    yield html[at:], html[at:]


def _read(written: str) -> tuple[str, str]:
    """A tag or an entity, beside what a reader sees of it."""
    if written[0] == "&":
        return written, unescape(written)
    return _ATTRIBUTE.sub(_attribute, written), _between(written)


_read_before = lru_cache(maxsize=1000)(_read)


def _between(tag: str) -> str:
    """What parts the texts on both sides of a tag."""
    name = _NAME.match(tag)
    if name is None or name[1].lower() in _INLINE:
        return ""
    return "\t" if name[1].lower() in _CELLS else "\n"


def _attribute(found: re.Match[str]) -> str:
    name, value = found[1].lower(), found[2]
    if name in {"href", "src"}:
        called = value[1:].lower().startswith(_CALLED)
        return f"{found[1]}={mask(value) if called else value}"
    return f"{found[1]}={mask(value)}"
