"""What has no place in any text, however it is written: broken characters, marks that nobody sees."""

import html
import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Neither XML nor a database has a place for these."""
_BROKEN = "\ufffd"
_LOST = re.compile(f"{_BROKEN}+")
# A byte order mark within a text is where a file was included; the others are as invisible.
_INVISIBLE = ("\ufeff", "\u200b", "\u2060")
# Browsers read the references &#128; to &#159; as the characters that Windows has there.
_REFERENCE = re.compile(
    r"&#(?:x0*(?:fffd|feff|200b|2060|8[0-9a-f]|9[0-9a-f])|0*(?:65533|65279|8203|8288|12[89]|1[345]\d))(?:;|(?![0-9a-f]))",
    re.IGNORECASE,
)


def tidied(text: str, rest: str) -> tuple[str, str | None]:
    """The text without them, and what is to be said: in how many places characters are lost.

    `rest` is the text without its ASCII, in which they are looked for.
    """
    for mark in _INVISIBLE:
        if mark in rest:
            text = text.replace(mark, "")
    if "&#" in text:
        text = _REFERENCE.sub(_referred, text)
        rest = text
    if _BROKEN not in rest:
        return text, None
    lost = len(_LOST.findall(rest))
    places = "1 place" if lost == 1 else f"{lost} places"
    return text.replace(_BROKEN, ""), f"damaged characters left out in {places}"


def _referred(match: re.Match[str]) -> str:
    character = html.unescape(match.group())
    return "" if character in _INVISIBLE else character
