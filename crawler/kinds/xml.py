"""XML from strangers: text in the charset of its bytes, no entities, nothing fetched, bounded depth."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

from lxml import etree

from crawler.days import first_day
from crawler.decode import decode
from crawler.errors import Park
from crawler.kinds.reader import Answer
from crawler.records import CITY_TIME, Moment, Precision
from crawler.unpack import unpacked

Element = etree._Element  # noqa: SLF001 - lxml names the type of its elements nowhere else

MAX_UNPACKED = 64 * 2**20
"""Bytes that a compressed list may unpack to; the sitemap protocol allows 50 MB."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$"
)


def parse_xml(answer: Answer) -> Element:
    """The root of an XML document. Raises Park that says what is wrong with it."""
    text = _DECLARATION.sub("", decode(_plain(answer.body), answer.content_type).text).strip()
    if "<!ENTITY" in text:
        # What they unfold to is bounded by nobody; no feed and no sitemap has any need of them.
        raise Park("XML that declares entities")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Park(f"broken XML: {error.msg}") from error


def _plain(body: bytes) -> bytes:
    """A body without its gzip, if it has any. Raises Park for a bomb or a broken one."""
    try:
        return unpacked(body, ("gzip",), MAX_UNPACKED)
    except Park as error:
        raise Park(_PACKED[str(error)].format(limit=MAX_UNPACKED)) from error


_PACKED = {
    "too-large": "gzip that unpacks to more than {limit} bytes",
    "damaged": "broken gzip",
    "cut-off": "gzip that is cut off",
}


def local_name(element: Element) -> str:
    """An element's name without its namespace; empty for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Element, name: str) -> list[Element]:
    """The children of a name, in any namespace."""
    return [one for one in element if local_name(one) == name]


def child_text(element: Element, *names: str) -> str:
    """The text of the first child that has any, by the first of the names that is there."""
    for name in names:
        for one in children(element, name):
            if text := "".join(map(str, one.itertext())).strip():
                return text
    return ""


def moment(text: str) -> Moment | None:
    """A time as feeds (RFC 822) and sitemaps (W3C) write it, or any day that can be read."""
    text = text.strip()
    if match := _ISO.match(text):
        return _iso(match)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return first_day(text)
    at = at if at.tzinfo else at.replace(tzinfo=CITY_TIME)
    return Moment(at.astimezone(UTC), Precision.SECOND)


def _iso(match: re.Match[str]) -> Moment | None:
    day, hour, minute, second, zone = match.groups()
    try:
        if hour is None:
            return Moment.local(date.fromisoformat(day))
        clock = time(int(hour), int(minute), int(second or 0))
        if zone is None:
            return Moment.local(date.fromisoformat(day), clock, seconds=second is not None)
        at = datetime.fromisoformat(f"{day}T{clock}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at, Precision.SECOND if second else Precision.MINUTE)
