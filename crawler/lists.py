"""List pages: their items, as a template tells them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import chompjs
from parsel import Selector

from crawler.days import address_day, first_day, is_yearless, stamped_day, without_days
from crawler.layouts import ItemData, ListTemplate
from crawler.records import Listed, Moment
from crawler.urls import canonical_key

_RECORD = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(
    r"""['"]((?:https?://|/|\./|\.\./|\w[\w\-/]*\.\w*html?\b|\w[\w\-/]*/)[^'"\s]*)['"]"""
)
_TURNS = re.compile(r"^[<\[\s]*(?:首页|尾页|末页|[上下]\s*一?\s*[页頁]|\d{1,3})[>\]\s]*$")
"""What the links of a pager say: in a list made of a table, they stand in a row like the items. Four
figures are a year, and some lists have an item for each."""
_BULLET = re.compile(r"^[\s·•●■▪◆◇▶►>›»*\-]+(?=\S)")
_LABELLED = re.compile(
    r"^(?:文章)?(?:标 ?题|题 ?名|名 ?称) ?[:：] ?(.+?)"
    r"(?: (?:发布|更新|添加|作 ?者|来 ?源|点 ?击|浏 ?览|日 ?期|时 ?间)[^ ]{0,4} ?[:：].*)?$"
)
_WORDS = re.compile(r"\w")
_DAY_LONG = 30
"""Characters within which a day stands with its clock and brackets."""
_BRACES = re.compile(r"\{(\w+)\}")
_SCRIPTED = ("onclick", "data-href", "data-url", "data-link")
"""Attributes that hold an address where ``href`` holds none."""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list: an absolute address, its key and what the list says of it."""

    url: str
    key: str
    listed: Listed


def find_items(
    page: Selector, base: str, template: ListTemplate, before: date | None = None
) -> list[ListItem]:
    """The items of a list page in their order, each address once.

    `before` is the last day that an item can be of; where the list shows no years it decides them.
    """
    if not template.yearless:
        before = None
    items: dict[str, ListItem] = {}
    for item in _items(page, base, template, before):
        items.setdefault(item.key, item)
    return list(items.values())


def _items(
    page: Selector, base: str, template: ListTemplate, before: date | None
) -> Iterator[ListItem]:
    around = base_of(page, base)
    if template.data is not None:
        yield from _data_items(page, base, around, template.data)
        return
    elements = embedded(page, template.embedded).css(template.item or "")
    linked = [(one, links[0]) for one in elements if (links := one.css(template.link))]
    own = {element.root for element, _ in linked}
    for element, link in linked:
        url = address_of(around, link.attrib)
        if url is None:
            continue
        day = _published(element, template, own, before)
        if day is None and template.dated and template.url_date:
            day = address_day(url)
        title = _title(element, link, template)
        if _TURNS.match(title):
            continue
        yield ListItem(url, canonical_key(url), Listed(base, title or None, day))


def base_of(page: Selector, base: str) -> str:
    """What the page's relative addresses are relative to."""
    try:
        return urljoin(base, (page.css("base::attr(href)").get() or "").strip())
    except ValueError:
        return base


def embedded(page: Selector, kind: str | None) -> Selector:
    """The markup that the items stand in: the page's, or that of the records in its scripts."""
    if kind is None:
        return page
    records = "".join(f"<div>{record}</div>" for record in _RECORD.findall(_scripts(page)))
    return Selector(f"<html><body>{records}</body></html>")


def _scripts(page: Selector) -> str:
    return "\n".join(page.xpath("//script//text()|//datastore|//textarea//text()").getall())


def address_of(base: str, attributes: Mapping[str, str]) -> str | None:
    """Where a link with these attributes leads, by its ``href`` or the script in its place."""
    href = attributes.get("href", "")
    if not href.strip().lower().startswith("javascript:") and (url := web_address(base, href)):
        return url
    for written in (href, *(attributes.get(name, "") for name in _SCRIPTED)):
        if match := _QUOTED.search(written):
            return web_address(base, match[1])
        if written.startswith(("/", "http")):
            return web_address(base, written)
    return None


def web_address(base: str, href: str) -> str | None:
    """An absolute web address without its fragment; None for scripts, mail and the like."""
    if not href.strip() or href.strip().startswith("#"):
        return None
    try:
        url = urljoin(base, href.strip()).partition("#")[0]
        canonical_key(url)
    except ValueError:
        return None
    return url if urlsplit(url).scheme in {"http", "https"} else None


# --- data ------------------------------------------------------------------------------------------


def _data_items(page: Selector, found_on: str, base: str, data: ItemData) -> Iterator[ListItem]:
    yield from data_items(next(_arrays(page, data), []), found_on, base, data)


def data_items(
    entries: Iterable[Any], found_on: str, base: str, data: ItemData
) -> Iterator[ListItem]:
    """The items that an array holds; an entry without an address is none."""
    for entry in entries:
        url = web_address(base, _link(entry, data.url)) if isinstance(entry, dict) else None
        if url is not None:
            title = " ".join(
                Selector(f"<p>{unescape(str(entry.get(data.title) or ''))}</p>")
                .xpath("string()")
                .get("")
                .split()
            )
            shown = str(entry.get(data.date) or "") if data.date else ""
            day = first_day(shown) or stamped_day(shown)
            yield ListItem(url, canonical_key(url), Listed(found_on, title or None, day))


def _link(entry: Mapping[str, Any], url: str) -> str:
    """Where an entry leads: the value of a key, or an address with values in braces."""
    if "{" not in url:
        return str(entry.get(url) or "")
    values = {name: entry.get(name) for name in _BRACES.findall(url)}
    if any(value in {None, ""} for value in values.values()):
        return ""
    return _BRACES.sub(lambda name: quote(str(values[name[1]])), url)


def _arrays(page: Selector, data: ItemData) -> Iterator[list[dict[str, Any]]]:
    for value in script_data(page):
        found: Any = value
        for key in filter(None, data.items.split(".")):
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, list) and any(
            isinstance(one, dict) and data.url in one for one in found
        ):
            yield [one for one in found if isinstance(one, dict)]


def script_data(page: Selector) -> Iterator[Any]:
    """Every object and array that the scripts of a page hold, as JSON values."""
    for script in page.xpath("//script/text()").getall():
        if "{" not in script or len(script) < 80:
            continue
        try:
            yield from chompjs.parse_js_objects(script, loader_kwargs={"strict": False})
        except ValueError:
            continue


# --- parts of an item ------------------------------------------------------------------------------


def _title(element: Selector, link: Selector, template: ListTemplate) -> str:
    if template.title:
        return _clean(title_text(element, template.title))
    whole = whole_title(link.attrib.get("title", ""))
    if whole:
        return whole
    dates = (
        element.css(template.date)
        if template.date and template.date[0] not in "@+" and "@" not in template.date
        else []
    )
    out = {one.root for one in dates} | set(_bare_days(link.root))
    return _clean(_text(link, leaving_out=out) or _text(link))


def _bare_days(link: Any) -> Iterator[Any]:
    """Elements within a link that show a day and nothing else: they are no part of its title."""
    for inner in link.iterdescendants():
        if isinstance(inner.tag, str) and _is_bare_day("".join(inner.itertext())):
            yield inner


def _is_bare_day(text: str) -> bool:
    if len(text) > _DAY_LONG or not (first_day(text) or is_yearless(text)):
        return False
    return _WORDS.search(without_days(text).replace("日", "")) is None


def whole_title(attribute: str) -> str:
    """The title in a link's ``title``, which may be labelled and followed by day and author."""
    whole = " ".join(attribute.split())
    labelled = _LABELLED.match(whole)
    return labelled[1] if labelled else whole


def _clean(title: str) -> str:
    return _BULLET.sub("", title)


def _text(selected: Selector, leaving_out: Iterable[Any] = ()) -> str:
    out = set(leaving_out)
    parts = selected.xpath(".//text()").getall() if not out else list(_texts(selected.root, out))
    return " ".join(" ".join(parts).split())


def _texts(element: Any, leaving_out: set[Any]) -> Iterator[str]:
    yield element.text or ""
    for inner in element:
        if inner not in leaving_out and isinstance(inner.tag, str):
            yield from _texts(inner, leaving_out)
        yield inner.tail or ""


def title_text(element: Selector, part: str) -> str:
    """The first text that a template's part for the title finds in an item."""
    css, _, attribute = part.partition("@")
    for place in element.css(css.strip() or "*"):
        found = place.attrib.get(attribute.strip(), "") if attribute else _text(place)
        if found.strip():
            return " ".join(found.split())
    return ""


def part_text(element: Selector, part: str, own: Iterable[Any] = ()) -> str:
    """What a template's part (a selector with what may stand around it) shows of an item."""
    css, _, attribute = part.removeprefix("+").partition("@")
    if part.startswith("+"):
        return _behind(element, css.strip(), set(own))
    places = element.css(css.strip()) if css.strip() else [element]
    if attribute:
        return " ".join(place.attrib.get(attribute.strip(), "") for place in places)
    return " ".join(filter(None, map(_text, places)))


def _behind(element: Selector, css: str, own: set[Any]) -> str:
    """The text that follows an element, up to the next item."""
    texts: list[str] = []
    for node in element.xpath("following-sibling::node()"):
        if node.root in own if not isinstance(node.root, str) else False:
            break
        if isinstance(node.root, str):
            texts += [] if css else [node.root]
        else:
            texts += [_text(one) for one in (node.css(css) if css else [node])]
    return " ".join(" ".join(texts).split())


def _published(
    element: Selector, template: ListTemplate, own: set[Any], before: date | None
) -> Moment | None:
    if not template.dated:
        return None
    if template.date is None:
        # The date stands behind the link: a date in the title itself is somebody else's.
        return first_day(" ".join(element.xpath(".//text()[not(ancestor::a)]").getall()), before)
    return first_day(part_text(element, template.date, own), before)
