"""HTML with its personal numbers masked, also where tags stand inside of them."""

import re
from collections.abc import Collection, Iterator
from html import unescape

from storage.masking import mask

_MARKUP = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>|&(?:\#\w{1,8}|[A-Za-z]\w{1,30});""")
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
    pieces = list(_pieces(html))
    shown = "".join(piece[1] for piece in pieces)
    masked = mask(shown)
    for number in known:
        masked = masked.replace(number, "*" * len(number))
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
        if found[0][0] == "&":
            yield found[0], unescape(found[0])
        else:
            yield _ATTRIBUTE.sub(_attribute, found[0]), _between(found[0])
    yield html[at:], html[at:]


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
