"""Lists that are no pages of a content management system: recognised by what an answer holds."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from crawler.blocks import han_length
from crawler.days import address_day, first_day, stamped_day
from crawler.discover.verdict import Doubt
from crawler.errors import Park
from crawler.kinds.api import ApiReader
from crawler.kinds.epaper import EpaperReader
from crawler.kinds.feed import FeedReader
from crawler.kinds.options import Issues, ListApi
from crawler.kinds.reader import Answer, ListRequest, Reader, Shown, Window
from crawler.kinds.sitemap import SitemapReader
from crawler.lists import ListItem, web_address
from crawler.records import Page, city_day

_ISSUE = re.compile(
    r"(?P<y>20\d{2})(?P<a>[-/]?)(?P<m>0[1-9]|1[0-2])(?P<b>[-/]?)(?P<d>0[1-9]|[12]\d|3[01])(?=/)"
)
_PAGED = re.compile(
    r"([?&](?:page|pageno|pagenum|pageindex|pagenumber|currentpage|curpage|p)=)([01])(?=&|$)",
    re.IGNORECASE,
)
_COUNTS = re.compile(
    r"^(?:total|count|totalcount|totalrecords?|totalnum|rowcount|records?)$", re.IGNORECASE
)
_LEAST = 3
"""Items from which on an array is taken for a list."""
_DEPTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A list of a kind, as it was recognised."""

    kind: str
    start: str
    items: Sequence[ListItem]
    onward: str
    """Where it goes on, in words."""
    values: Mapping[str, Any]
    """The keys of its column that its kind needs."""
    doubts: tuple[Doubt, ...] = ()


def recognise(page: Page) -> Recognised | None:
    """What kind of list an answer is; None for a page of HTML, which is looked at otherwise."""
    answer = Answer(page.url, page.content_type, page.body)
    day = city_day(page.fetched_at)
    window = Window(None, day, day)
    start = page.body[:500].lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        if start.startswith(
            (b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex", b"\x1f\x8b")
        ):
            return _feed(answer, window) or _sitemap(answer, window)
        if start.startswith((b"{", b"[")):
            return _api(answer, window)
        return _epaper(answer, window)
    except Park:
        return None


def _shown(reader: Reader, answer: Answer, window: Window) -> Shown | None:
    ask = ListRequest(url=answer.url, day=_day_of(answer.url))
    try:
        return reader.read(answer, ask, window)
    except Park:
        return None


def _day_of(url: str) -> Any:
    found = address_day(url)
    return found.day if found else None


def _feed(answer: Answer, window: Window) -> Recognised | None:
    shown = _shown(FeedReader(answer.url), answer, window)
    if shown is None:
        return None
    onward = shown.onward[0].url if shown.onward else "keeps its newest entries only"
    return Recognised(
        kind="feed",
        start=answer.url,
        items=shown.items,
        onward=onward,
        values={},
        doubts=() if shown.items else (Doubt("the feed has no entries", 0.5),),
    )


def _sitemap(answer: Answer, window: Window) -> Recognised | None:
    shown = _shown(SitemapReader(answer.url, None), answer, window)
    if shown is None:
        return None
    numbered = [item for item in shown.items if re.search(r"\d{3,}", urlsplit(item.url).path)]
    doubts = [] if shown.items or shown.onward else [Doubt("the sitemap is empty", 0.5)]
    if len(numbered) < len(shown.items):
        doubts.append(
            Doubt(
                "it has other pages than articles: `match` says what an article's address is", 0.1
            )
        )
    return Recognised(
        kind="sitemap",
        start=answer.url,
        items=numbered or shown.items,
        onward=f"{len(shown.onward)} sitemaps" if shown.onward else "one file",
        values={"match": r"\d{3,}"} if 0 < len(numbered) < len(shown.items) else {},
        doubts=tuple(doubts),
    )


# --- newspapers ------------------------------------------------------------------------------------


def _epaper(answer: Answer, window: Window) -> Recognised | None:
    match = _ISSUE.search(answer.url)
    day = _day_of(answer.url)
    if match is None or day is None:
        return None
    start = f"{answer.url[: match.start()]}{{year}}{match['a']}{{month}}{match['b']}{{day}}{answer.url[match.end() :]}"
    shown = _shown(EpaperReader(start, day, Issues()), answer, window)
    if shown is None or not (shown.items and shown.onward):
        return None
    return Recognised(
        kind="epaper",
        start=start,
        items=shown.items,
        onward=f"{1 + len(shown.onward)} pages on {day}",
        values={"since": day},
        doubts=(Doubt(f"since when it appears is not known: `since` is {day}, the day seen", 0.1),),
    )


# --- interfaces ------------------------------------------------------------------------------------


def _api(answer: Answer, window: Window) -> Recognised | None:
    try:
        value = json.loads(answer.text)
    except (ValueError, RecursionError):
        return None
    arrays = [(keys, array) for keys, array in _arrays(value, (), _DEPTH) if len(array) >= _LEAST]
    best = max(
        ((found, keys) for keys, array in arrays if (found := _columns(array, answer.url))),
        key=lambda one: one[0][0],
        default=None,
    )
    if best is None:
        return None
    (_, named), keys = best
    total = next(_totals(value, (), _DEPTH), None)
    api: dict[str, Any] = {"data": {"items": ".".join(keys), **named}}
    api |= {"total": ".".join(total)} if total else {}
    start = _PAGED.sub(lambda m: f"{m[1]}{'{page}' if m[2] == '1' else '{page-1}'}", answer.url, 1)
    shown = _shown(ApiReader(start, ListApi.model_validate(api)), answer, window)
    if shown is None or not shown.items:
        return None
    paged = start != answer.url
    doubts = [] if paged else [Doubt("nothing in the address says which page is asked for", 0.3)]
    doubts += [] if "date" in named else [Doubt("no days", 0.15)]
    return Recognised(
        kind="api",
        start=start,
        items=shown.items,
        onward=shown.onward[0].url if shown.onward else "none",
        values={"api": api},
        doubts=tuple(doubts),
    )


def _inside(value: Any) -> Any:
    """A value, or what a text holds that is JSON itself."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _arrays(
    value: Any, keys: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    value = _inside(value)
    if isinstance(value, list):
        yield keys, value
    elif isinstance(value, dict) and depth:
        for key, one in value.items():
            yield from _arrays(one, (*keys, key), depth - 1)


def _totals(value: Any, keys: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    value = _inside(value)
    if not isinstance(value, dict) or not depth:
        return
    for key, one in value.items():
        if _COUNTS.match(key) and str(one).isdigit():
            yield (*keys, key)
        yield from _totals(one, (*keys, key), depth - 1)


def _columns(array: Sequence[Any], url: str) -> tuple[int, dict[str, str]] | None:
    """Which keys of an array's entries hold address, title and day; how many entries have them."""
    entries = [one for one in array if isinstance(one, dict)]
    keys = dict.fromkeys(key for entry in entries for key in entry)
    texts = {key: [str(entry.get(key) or "") for entry in entries] for key in keys}
    links = [key for key in keys if all(_is_link(text, url) for text in texts[key])]
    titles = sorted(keys, key=lambda key: -sum(map(han_length, texts[key])))
    if not entries or not links or sum(map(han_length, texts[titles[0]])) < 4 * len(entries):
        return None
    days = [key for key in keys if all(first_day(text) or stamped_day(text) for text in texts[key])]
    named = {"url": links[0], "title": titles[0]}
    return len(entries), named | ({"date": days[0]} if days else {})


def _is_link(text: str, url: str) -> bool:
    """Whether a text is an address: whole, or a path with a name at its end."""
    return bool(re.match(r"(?:https?:/)?/[^\s<]+$", text)) and web_address(url, text) is not None
