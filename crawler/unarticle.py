"""Pages that are no articles: lists, logins, placeholders, errors that answer 200, empty shells.

What pages say is judged by the rules of `unarticles.yaml`, what they are built like by this module.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from crawler.blocks import Block, blocks_in
from crawler.dates import WHEN
from crawler.document import Document
from crawler.errors import Park
from crawler.records import Article
from crawler.yamlfile import read_items

MIN_BODY = 20
"""Characters below which a page without pictures or attachments says nothing."""
_LIST_LINKS = 0.6
_PROSE = 60
_DATED_LINKS = 8
"""Links with a date each that make a list of what has no date of its own, summaries or not."""
_HOME_LINKS = 30
_HOME_TEXT = 200
_HEADLINES = 2
_HEADLINE = 10
_MESSAGE = 600
_GIVEN = ("list", "url")
"""Where a date can be from that the page itself does not state."""
_STATED = ("meta:", "jsonld:", "table:", "label:", "script")
"""Where date and source of an article stand, and never those of what a list page lists."""
_PARTS = re.compile(
    r"\s*[_|｜>»]\s*|\s+[-—–·]+\s*|\s*(?<![-—–])[-—–]++\s+|(?<=[\u4e00-\u9fff])\s*-+\s*(?=[\u4e00-\u9fff])"
)
_FRONT = re.compile(r"^/?(?:(?:index|default|main|home)\.\w+)?$", re.IGNORECASE)
# A tag is taken whole and then looked at: a page can be one tag that never ends, or begin many.
_EMBEDDING = re.compile(r"<(?:iframe|embed|object|source)\b[^>]*+", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|ofd|mp4|jpe?g|png)\b", re.IGNORECASE)
_VIDEO = re.compile(r"<video\b", re.IGNORECASE)
_FRAMES = re.compile(r"<(?:frameset|iframe)\b", re.IGNORECASE)
_META = re.compile(r"<meta\b[^>]*+", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)
_URL = re.compile(r"url\s*=", re.IGNORECASE)
_JUMP = re.compile(
    r"\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign)\s*\(", re.IGNORECASE
)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)


class Rule(BaseModel):
    """One kind of page that is no article, by its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(pattern="^[a-z]+$")
    up_to: int = Field(gt=0)
    parked: bool = False
    titles: tuple[re.Pattern[str], ...] = ()
    texts: tuple[re.Pattern[str], ...] = ()

    def holds(self, parts: Sequence[str], text: str, *, dated: bool) -> bool:
        """Whether a page with these parts of its title and this text is of the kind."""
        if any(pattern.fullmatch(part) for pattern in self.titles for part in parts):
            return True
        return not dated and any(pattern.search(text) for pattern in self.texts)


def unarticle(document: Document, article: Article, markup: str) -> str | None:
    """Why a page is no article, in one stable word; None for an article.

    Raises Park for what stands in an article's place for a time only: a firewall's page, an error.
    """
    rule = _rule(document, article)
    if rule and rule.parked:
        raise Park(
            f"{rule.reason}: {(article.title or article.body)[:40]!r} in the article's place"
        )
    if rule:
        return rule.reason
    if not article.attachments and not _is_stated(article):
        if _is_list(document):
            return "home" if _is_front(article.url) else "list"
        if _is_home(document, article):
            return "home"
    return None if _says_something(document, article, markup) else _shell(document, markup)


def is_picture_only(document: Document, body: str) -> bool:
    """Whether an article's text is in its pictures."""
    return len(body) < MIN_BODY and _has_picture(document)


def _has_picture(document: Document) -> bool:
    return document.body is not None and document.body.find(".//img") is not None


# --- by words --------------------------------------------------------------------------------------


def _rule(document: Document, article: Article) -> Rule | None:
    if article.attachments:
        return None
    parts = [
        part.strip()
        for title in (article.title, document.page_title)
        for part in (title, *_PARTS.split(title))
    ]
    text = article.body if len(article.body) >= MIN_BODY else _message(document)
    rules = (rule for rule in _rules() if len(article.body) <= rule.up_to)
    return next((rule for rule in rules if rule.holds(parts, text, dated=_is_dated(article))), None)


def _message(document: Document) -> str:
    """What a page without a text says outside of its links."""
    said = (block.text for block in _blocks(document) if not block.link_length)
    return "\n".join(said)[:_MESSAGE]


def _blocks(document: Document) -> list[Block]:
    body = document.root.find("body")
    return [] if body is None else blocks_in(body)


@cache
def _rules() -> tuple[Rule, ...]:
    path = Path(str(files("crawler") / "unarticles.yaml"))
    return tuple(map(Rule.model_validate, read_items(path)))


# --- by build --------------------------------------------------------------------------------------


def _is_dated(article: Article) -> bool:
    """Whether a page says itself when it was published."""
    return article.provenance.get("published", "list") not in _GIVEN


def _is_stated(article: Article) -> bool:
    """Whether a page states date or source as only an article does."""
    found = (article.provenance.get(field, "") for field in ("published", "origin"))
    return any(where.startswith(_STATED) for where in found)


def _is_list(document: Document) -> bool:
    """Whether a page is a list: no prose and links for the most part, or many links with a date each."""
    inside = document.inside
    text = sum(len(block.text) for block in inside) or 1
    linked = sum(block.link_length for block in inside)
    prose = max((block.prose for block in inside), default=0)
    if linked / text > _LIST_LINKS and prose < _PROSE:
        return True
    return (
        sum(bool(block.link_length and WHEN.search(block.text)) for block in inside) >= _DATED_LINKS
    )


def _is_home(document: Document, article: Article) -> bool:
    """Whether a page is the front page of a site or a column: boxes of links around a teaser."""
    if len(article.body) > _HOME_TEXT:
        return False
    blocks = _blocks(document)
    if sum(bool(block.link_length) for block in blocks) < _HOME_LINKS:
        return False
    linked, text = sum(one.link_length for one in blocks), sum(len(one.text) for one in blocks)
    return _is_front(article.url) or (not _is_dated(article) and linked > _LIST_LINKS * text)


def _is_headline(block: Block) -> bool:
    """Whether a line is a link that leads to an article: a sentence, not the name of a column."""
    return block.link_length >= _HEADLINE and block.link_length > _LIST_LINKS * len(block.text)


def _is_front(url: str) -> bool:
    return url.startswith("http") and _FRONT.match(urlsplit(url).path) is not None


def _says_something(document: Document, article: Article, markup: str) -> bool:
    if len(article.body) >= MIN_BODY:
        return True
    if not article.title:
        return False
    if article.attachments or _has_picture(document) or _embeds(markup):
        return True
    return bool(article.body) and (_is_dated(article) or _shell(document, markup) == "empty")


def _embeds(markup: str) -> bool:
    """Whether a page shows a file or a video."""
    tags = _EMBEDDING.finditer(markup)
    return bool(_VIDEO.search(markup)) or any(_FILE.search(tag[0]) for tag in tags)


def _refreshes(markup: str) -> bool:
    """Whether a page says in its head where to go instead."""
    for tag in _META.finditer(markup):
        refresh = _REFRESH.search(tag[0])
        if refresh and _URL.search(tag[0], refresh.end()):
            return True
    return False


def _shell(document: Document, markup: str) -> str:
    """What an empty page is filled with by a browser; ``empty`` where it is nothing."""
    if sum(_is_headline(block) for block in _blocks(document)) >= _HEADLINES:
        return "list"
    if _refreshes(markup) or any(_JUMP.search(script) for script in document.scripts):
        return "redirect"
    if _FRAMES.search(markup):
        return "frames"
    return "script" if _SCRIPT.search(markup) else "empty"
