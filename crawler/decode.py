"""Bytes into text: what a page is encoded in, whatever it says of itself."""

import codecs
import re

from w3lib.encoding import http_content_type_encoding, read_bom, resolve_encoding

from crawler.errors import Park

_META = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([A-Za-z0-9_\-]+)",
    re.IGNORECASE,
)
# A declaration may stand late, behind scripts and styles; past this it says nothing to a browser.
_META_WINDOW = 64 * 1024
# More than this share of broken characters is the wrong charset; less is a damaged byte or two.
_TOLERATED = 0.001
_BROKEN = "\ufffd"


def decode(body: bytes, content_type: str = "") -> str:
    """Decode a page: its byte order mark, then valid UTF-8, then what header and page declare.

    Valid UTF-8 with multi-byte characters is never anything else, so it goes before a declaration
    that says otherwise. Raises Park when no charset gives a text.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return _checked(body[len(mark) :], marked)
    if b"\x00" in body[:1000]:
        raise Park("has NUL bytes: no text")
    if _is_utf8(body):
        return body.decode("utf-8", errors="replace").replace(_BROKEN, "")
    for charset in _declared(body, content_type):
        text = _tried(body, charset)
        if text is not None:
            return text
    raise Park(
        f"cannot be decoded as any of {', '.join(dict.fromkeys(_declared(body, content_type)))}"
    )


def _is_utf8(body: bytes) -> bool:
    """Whether this is UTF-8; a sequence cut off at the very end is forgiven."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def _declared(body: bytes, content_type: str) -> list[str]:
    """Charsets to try, the likeliest first."""
    named = [http_content_type_encoding(content_type)]
    for match in _META.finditer(body[:_META_WINDOW]):
        label = (match.group(1) or match.group(2)).decode("ascii")
        named.append(_widened(resolve_encoding(label)))
    found = [_widened(name) for name in named if name]
    # Nobody but Chinese sites is read here; UTF-8 with a few broken bytes comes before Big5.
    return list(dict.fromkeys([*(name for name in found if name), "gb18030", "utf-8", "big5hkscs"]))


def _widened(charset: str | None) -> str | None:
    """The superset that pages labelled with a charset are really written in."""
    if charset in {"gb2312", "gbk", "gb18030", "hz"}:
        return "gb18030"
    return "big5hkscs" if charset in {"big5", "big5hkscs"} else charset


def _tried(body: bytes, charset: str) -> str | None:
    try:
        return _checked(body, charset)
    except (Park, LookupError):
        return None


def _checked(body: bytes, charset: str) -> str:
    text = body.decode(charset, errors="replace")
    broken = text.count(_BROKEN)
    if broken > max(1, _TOLERATED * len(text)):
        raise Park(f"{broken} of {len(text)} characters are broken as {charset}")
    return text.replace(_BROKEN, "")
