"""Feeds: RSS 2.0 and its forerunners, RSS 1.0 (RDF), Atom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from parsel import Selector

from crawler.errors import Park
from crawler.kinds.reader import Answer, ListRequest, Shown, Window, newest_first
from crawler.kinds.xml import Element, child_text, children, local_name, moment, parse_xml
from crawler.lists import ListItem, web_address
from crawler.records import Listed
from crawler.urls import canonical_key

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ROOTS = {"rss": "item", "RDF": "item", "feed": "entry"}
_PUBLISHED = ("pubDate", "published", "issued", "date", "created")
_UPDATED = ("updated", "modified")


@dataclass(frozen=True, slots=True)
class FeedReader:
    """A feed: its newest entries, and older ones where it links to them (RFC 5005)."""

    start: str
    newest_first: ClassVar[bool] = True
    within_window: ClassVar[bool] = False

    def first(self, window: Window) -> Iterable[ListRequest]:
        """The feed."""
        return (ListRequest(url=self.start),)

    def read(self, answer: Answer, ask: ListRequest, window: Window) -> Shown:
        """Its entries, each address once."""
        root = parse_xml(answer)
        kind = _ROOTS.get(local_name(root))
        if kind is None:
            raise Park(f"a feed was expected, but the document is <{local_name(root)}>")
        onward = [url for link in _links(root, "next") if (url := web_address(answer.url, link))]
        return Shown(
            items=newest_first(_items(root, kind, answer.url)),
            onward=tuple(ListRequest(url=url, number=ask.number + 1) for url in onward[:1]),
            newest_only=not onward and ask.number == 1,
        )


def _items(root: Element, kind: str, url: str) -> Iterator[ListItem]:
    for entry in root.iter():
        if local_name(entry) != kind:
            continue
        address = web_address(_base(entry, url), _link(entry))
        if address is not None:
            published = moment(child_text(entry, *_PUBLISHED))
            modified = moment(child_text(entry, *_UPDATED))
            title = _plain(child_text(entry, "title"))
            listed = Listed(url, title or None, published or modified, modified)
            yield ListItem(address, canonical_key(address), listed)


def _link(entry: Element) -> str:
    """Where an entry's article is: its link, else an id that says that it is an address."""
    for link in _links(entry, "alternate"):
        return link
    for guid in children(entry, "guid"):
        if guid.get("isPermaLink", "true").strip().lower() == "true":
            return (guid.text or "").strip()
    return ""


def _links(element: Element, relation: str) -> Iterator[str]:
    """Links of a relation: Atom's have it as an attribute, those of RSS as their text."""
    channels = children(element, "channel")
    for link in (one for holder in (element, *channels) for one in children(holder, "link")):
        href = link.get("href")
        if href is not None and link.get("rel", "alternate") == relation:
            yield href
        elif href is None and relation == "alternate" and (text := (link.text or "").strip()):
            yield text


def _base(entry: Element, url: str) -> str:
    """What an entry's relative addresses are relative to."""
    bases = [one.get(_BASE) for one in (entry, *entry.iterancestors()) if one.get(_BASE)]
    for base in reversed(bases):
        url = web_address(url, base or "") or url
    return url


def _plain(title: str) -> str:
    """A title without its markup, which some feeds escape and some do not have."""
    text = Selector(f"<p>{title}</p>").xpath("string()").get("") if "<" in title else title
    return " ".join(text.split())
