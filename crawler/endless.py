"""Pages that are made of what takes parsers minutes, and that no article has: told from their bytes."""

import re

from crawler.errors import Park

_TOO_MANY = {b"<br": ("line breaks", 15_000), b"<a ": ("links", 20_000)}
"""Tags whose number counts more than once, in seconds: 15,000 breaks or 20,000 links take about three."""
_FEW_TAGS = min(most for _, most in _TOO_MANY.values())
_ATTRIBUTES = 8_000
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{16000,}")
"""A tag that can hold so many: libxml2 compares each attribute with every other."""
_STRETCH = 8_000
"""Half of that. Of the stretches of this length that a page is cut into, so long a tag fills one or more."""


def refuse_endless(body: bytes) -> None:
    """Raise Park for such a page."""
    if body.count(b"<") > _FEW_TAGS:
        lower = body.lower()
        for tag, (name, most) in _TOO_MANY.items():
            if (count := lower.count(tag)) > most:
                raise Park(f"too complex: {count} {name}")
    if _may_have_long_tag(body) and any(
        one[0].count(b"=") > _ATTRIBUTES for one in _LONG_TAG.finditer(body)
    ):
        raise Park(f"too complex: more than {_ATTRIBUTES} attributes in one tag")


def _may_have_long_tag(body: bytes) -> bool:
    """Whether a stretch of a page has neither bracket: true wherever there is a long tag."""
    return any(
        body.find(b"<", at, at + _STRETCH) < 0 and body.find(b">", at, at + _STRETCH) < 0
        for at in range(0, len(body) - _STRETCH + 1, _STRETCH)
    )
