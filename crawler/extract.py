"""A page into an article: the one module that knows trafilatura."""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from typing import Any

import trafilatura
from lxml import etree, html
from lxml.etree import _Element as Element
from trafilatura.meta import reset_caches
from trafilatura.settings import Document as ExtractedDocument
from trafilatura.settings import Extractor

from crawler import metadata, titles
from crawler.blocks import drop_unread, han_length, parse_utf8
from crawler.body import as_html, as_text, own_blocks
from crawler.catalogue import ArticleLayout
from crawler.challenge import is_challenge
from crawler.decode import decode
from crawler.document import Document
from crawler.endless import refuse_endless
from crawler.errors import Park
from crawler.labels import Found, labels
from crawler.layouts import CONTAINER_MISSING
from crawler.locate import locate
from crawler.plaintext import read_text
from crawler.records import Article, Dropped, Page
from crawler.repair import diagnose, repair
from crawler.repairing.records import summary
from crawler.select import Select
from crawler.unarticle import is_picture_only, unarticle

_KEPT = 0.5
"""Share of the Han characters below which trafilatura has misread the element."""
_NO_LETTERS = re.compile(r"\W+")
_NOISE = "noise-by-layout"
_WRITTEN = ("title", "subtitle", "body", "origin", "author", "editor", "issuer", "section")
"""The fields that a mirror breaks as it breaks the text."""


def extractor() -> str:
    """Who reads pages here, by name and version."""
    return f"suqian {version('suqian')}, trafilatura {version('trafilatura')}"


def extract(page: Page, layout: ArticleLayout | None = None) -> Article | Dropped:
    """Read a page. Raises Park when it cannot be read as it is."""
    try:
        return _extracted(page, layout)
    except RecursionError:
        raise Park("too complex: nested too deeply") from None


def _extracted(page: Page, layout: ArticleLayout | None) -> Article | Dropped:
    if is_challenge(page.body):
        raise Park("challenge page in the place of the article")
    if not page.body.strip():
        return Dropped(page.url, page.key, "empty")
    if _media(page) == "text/plain":
        return repaired(read_text(page))
    if _is_binary(page):
        return Dropped(page.url, page.key, "not-html")
    refuse_endless(page.body)
    reading = Reading(page, layout)
    article = reading.article()
    reason = unarticle(reading.document, article, reading.decoded.text)
    if reason:
        return Dropped(page.url, page.key, reason)
    rest = [Reading(later, layout) for later in page.continuations]
    pages = [(article.body, reading.html()), *((one.body.value, one.html()) for one in rest)]
    said = "; ".join(one.decoded.said for one in (reading, *rest) if one.decoded.said)
    whole = replace(
        article,
        body="\n".join(text for text, _ in pages if text),
        body_html="\n".join(markup for _, markup in pages if markup) or None,
        provenance={**article.provenance, "charset": said} if said else article.provenance,
    )
    return repaired(whole)


def repaired(found: Article | Dropped) -> Article | Dropped:
    """An article as it was written, where its text shows that a mirror has broken it.

    The text as it was found stays in `body_raw`; `provenance` says of each field that it was
    repaired, and under ``repair`` how often what was, and how sure the least sure of it is.
    """
    if isinstance(found, Dropped):
        return found
    evidence = diagnose(f"{found.title}\n{found.body}")
    if not evidence:
        return found
    tried = {name: repair(getattr(found, name) or "", evidence) for name in _WRITTEN}
    mended = {name: one for name, one in tried.items() if one.changed}
    if not mended:
        return found
    texts: dict[str, Any] = {name: one.text for name, one in mended.items()}
    where = {name: f"{found.provenance.get(name, 'text')}, repaired" for name in mended}
    where["repair"] = summary(repairs for one in mended.values() for repairs in one.repairs)
    raw = found.body if "body" in mended else None
    return replace(found, **texts, body_raw=raw, provenance={**found.provenance, **where})


def page_address(page: Page) -> str | None:
    """The address that a saved page gives as its own; None for a text, or where it gives none."""
    if _media(page) == "text/plain" or _is_binary(page) or not page.body.strip():
        return None
    return metadata.canonical_url(parse_utf8(decode(page.body, page.content_type).utf8))


def _media(page: Page) -> str:
    return page.content_type.partition(";")[0].strip().lower()


def _is_binary(page: Page) -> bool:
    head = page.body[:2048].lstrip()
    return (
        head[:4] in {b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"GIF8"}
        or head[:2] == b"\xff\xd8"
    )


class Reading:
    """One page being read: its document, and the candidates for each field of its article."""

    def __init__(self, page: Page, layout: ArticleLayout | None) -> None:
        self.page = page
        self.decoded = decode(page.body, page.content_type)
        self.document, self.how = _read(page, self.decoded.utf8, layout)
        main = _first(titles.title(self.document))
        self.title = main or Found("", "none")
        judge = _Judge(self.document.body)
        self.own = own_blocks(self.document, self.title.value, judge.keeps)
        text = as_text(self.own)
        where = ", ".join((self.how, *judge.named(text)))
        self.body = Found(text, where if text else "none")

    def candidates(self, field: str) -> Iterator[Found]:
        """What the page offers for a field, the most trusted first."""
        document = self.document
        match field:
            case "title":
                return titles.title(document)
            case "subtitle":
                return titles.subtitle(document, self.title.value)
            case "body":
                return iter([self.body])
            case "document_number":
                return metadata.document_number(document, self.title.value, self.body.value)
            case "issuer" | "index_number" | "validity":
                return metadata.disclosed(document, field)
            case _:
                found: Iterator[Found] = getattr(metadata, field)(document)
                return found

    def chosen(self, field: str) -> Found | None:
        """The candidate that is taken for a field."""
        if field == "title":
            return self.title
        if field in {"published", "updated"}:
            return metadata.best_moment(self.candidates(field))
        nobody = labels().nobody if field in {"origin", "author", "editor"} else frozenset()
        return _first(one for one in self.candidates(field) if one.value not in nobody)

    def article(self) -> Article:
        """The record, without the later pages of the article and without HTML."""
        found = {field: self.chosen(field) for field in FIELDS}
        given = {field: one for field, one in found.items() if one and one.value}
        page = self.page
        files = tuple(metadata.attachments(self.document))
        where = {field: one.where for field, one in given.items()}
        return Article(
            url=page.url,
            key=page.key,
            source=page.source,
            column=page.column,
            fetched_at=page.fetched_at,
            warc=page.warc,
            canonical=self.document.canonical,
            attachments=files,
            needs_ocr=is_picture_only(self.document, self.body.value),
            provenance=where | ({"attachments": "links"} if files else {}),
            **({"title": "", "body": ""} | {field: one.value for field, one in given.items()}),
        )

    def html(self) -> str:
        """The body as HTML that is safe to show. Nothing can be read from the page afterwards."""
        return as_html(self.document, self.own)


FIELDS = (
    *("title", "subtitle", "body", "published", "updated", "origin", "author", "editor"),
    *("document_number", "issuer", "index_number", "validity", "keywords", "section"),
)
"""The fields of an article that are read from its page."""


def _first(candidates: Iterable[Found]) -> Found | None:
    return next((found for found in candidates if found.value), None)


def _read(page: Page, utf8: bytes, layout: ArticleLayout | None) -> tuple[Document, str]:
    """Parse a page and locate its body; also how it was located."""
    root = parse_utf8(utf8)
    scripts = tuple(script.text for script in root.iter("script") if script.text)
    canonical = metadata.canonical_url(root) if b"canonical" in page.body else None
    body, how = _declared(root, layout) if layout else (None, "")
    drop_unread(root)
    for selector in map(Select, layout.noise if layout else ()):
        for element in selector(root):
            element.tag = _NOISE
    etree.strip_elements(root, _NOISE, with_tail=False)
    if body is None:
        around = root.find("body")
        body = locate(root if around is None else around)
        missing = bool(layout and layout.bodies)
        how = f"locator ({CONTAINER_MISSING})" if missing else "locator"
    document = Document(
        root=root,
        url=page.url,
        body=body,
        scripts=scripts,
        title_selectors=tuple(map(Select, layout.titles if layout else ())),
        date_selectors=tuple(map(Select, layout.dates if layout else ())),
        listed=page.listed,
        canonical=canonical,
    )
    return document, how


def _declared(root: Element, layout: ArticleLayout) -> tuple[Element | None, str]:
    for selector in map(Select, layout.bodies):
        for element in selector(root):
            return element, f"layout:{selector.css}"
    return None, ""


class _Remembered:
    """What trafilatura may remember of the texts that it has cleaned: 2,048 of them, however long each is."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._characters = 0

    def add(self, element: Element) -> None:
        """Note what is to be cleaned, and have all of it forgotten before it is too much."""
        self._characters += sum(map(len, element.itertext()))
        if self._characters > self._most:
            reset_caches()
            self._characters = 0


# To forget takes as long as to clean seventy pages, and this is what three thousand have.
_REMEMBERED = _Remembered(5_000_000)


class _Judge:
    """trafilatura's reading of one element, made when it is asked for the first time."""

    def __init__(self, element: Element | None) -> None:
        self._element = element
        self._letters: str | None = None

    def keeps(self, text: str) -> bool:
        """Whether trafilatura keeps a text of the element."""
        if self._letters is None:
            self._letters = _NO_LETTERS.sub("", _trafilatura(self._element))
        return _NO_LETTERS.sub("", text) in self._letters

    def named(self, text: str) -> Iterator[str]:
        """Who told the element's own text from the rest, where it was asked; ``blocks`` where it misread."""
        if self._letters is not None:
            misread = han_length(self._letters) < _KEPT * han_length(text)
            yield "blocks" if misread else "trafilatura"


def _trafilatura(element: Element | None) -> str:
    """trafilatura's reading of one element, cut out of its page."""
    if element is None:
        return ""
    document = html.document_fromstring("<html><body><article></article></body></html>")
    cut = deepcopy(element)
    cut.tail = None
    document[0][0].append(cut)
    _REMEMBERED.add(cut)
    found = trafilatura.bare_extraction(document, options=_options())
    return str(found.raw_text or "") if isinstance(found, ExtractedDocument) else ""


@cache
def _options() -> Extractor:
    """Recall, since the element is the article already; the metadata is read by ourselves."""
    return Extractor(
        output_format="txt", fast=True, recall=True, comments=False, with_metadata=False
    )
