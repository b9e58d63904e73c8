"""The title of an article: not the site's, not the column's."""

import re
from collections.abc import Iterable, Iterator

from lxml.etree import _Element as Element

from crawler.blocks import Block, han_length
from crawler.dates import WHEN
from crawler.document import Document, is_prose, text_of
from crawler.furniture import is_furniture
from crawler.labels import Found, has_label
from crawler.select import Select

# A colon or a dash of two lengths is the headline's own.
_SEPARATOR = re.compile(r"\s*(?:[-_|｜–]+|::+|(?<!—)—(?!—)|(?<=\s)[·•](?=\s))\s*")
_RANGE = re.compile(r"\d\s*[-–—]\s*\d[^-–—]*$")
_SUFFIXES, _SITE_LENGTH = 4, 12
"""How many names of column and site may stand behind a title, and the length of an unknown one."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MARKED = re.compile(
    r"(?:^|[-_ ])(?:title|headline|bt|biaoti|tit|articletitle|newstitle)(?:$|[-_ ])", re.IGNORECASE
)
_SUBTITLE = re.compile(
    r"(?:^|[-_ ])(?:sub-?title|futitle|fbt|fubiaoti|subheadline)(?:$|[-_ ])", re.IGNORECASE
)
# What a title bar says that names no article.
_SITE = re.compile("官网|官方网站|门户|首页|网站$|人民政府$|主站")
_COLUMN = frozenset(
    [
        "新闻动态",
        "通知公告",
        "工作动态",
        "新闻中心",
        "政务公开",
        "详情",
        "详细",
        "详情页",
        "内容页",
        "正文",
        "文章",
        "文章页",
        "新闻",
        "公告",
        "资讯",
        "要闻",
        "信息公开",
        "政策法规",
        "部门动态",
    ]
)
_MIN_TITLE = 4
_LINE_TITLE = 6
_CUT_TITLE = 8
_MAX_TITLE = 120


def title(document: Document) -> Iterator[Found]:
    """Candidates for the title, the most trusted first."""
    yield from _meta(document, "articletitle")
    yield from selected(document.root, document.title_selectors)
    yield from _matching(document)
    yield from _og(document)
    head = _without_site(document.page_title, document)
    if head and not _is_site(head):
        # A title bar that no heading repeats may be the column's; the heading above the text is not.
        yield from _above(document, sure=True)
    if isinstance(document.json_ld.get("headline"), str):
        yield Found(document.json_ld["headline"].strip(), "jsonld:headline")
    if "title" in document.table:
        yield document.table["title"]
    if _is_site(head):
        yield from _above(document, sure=False)
    if document.listed and document.listed.title:
        yield Found(document.listed.title, "list")
    if head:
        yield Found(head, "title")
    yield from _above(document, sure=False)
    yield from _nearest(document)


def subtitle(document: Document, main: str) -> Iterator[Found]:
    """Candidates for the line under the title."""
    yield from _meta(document, "subtitle")
    yield from document.head_labels.get("subtitle", ())
    for block in document.head:
        text = block.text
        if folded(text) == folded(main) or not 4 <= len(text) <= _MAX_TITLE or has_label(text):
            continue
        if _marked(block.element, _SUBTITLE):
            yield Found(text, "class:subtitle")
        elif text.startswith(("——", "--", "—")) and not is_prose(text):
            yield Found(text.lstrip("—- "), "line")


def selected(root: Element, selectors: Iterable[Select]) -> Iterator[Found]:
    """The text of what each declared selector finds first."""
    for selector in selectors:
        for element in selector(root)[:1]:
            text = text_of(element)
            if text:
                yield Found(text, f"layout:{selector.css}")


def folded(text: str) -> str:
    """A title without what is only set differently from one place to another."""
    return re.sub(r"[\s“”\"'‘’]", "", text)


def _meta(document: Document, name: str) -> Iterator[Found]:
    if name in document.meta:
        written, content = document.meta[name]
        yield Found(content, f"meta:{written}")


def _og(document: Document) -> Iterator[Found]:
    for found in _meta(document, "og:title"):
        text = _without_site(found.value, document)
        if not _is_site(text):
            yield Found(text, found.where)


def _matching(document: Document) -> Iterator[Found]:
    """The longest heading that the title bar holds, else the line above the text that begins it.

    A bar that was cut off (by a quotation mark in its attribute, by a limit of the CMS) is begun
    by no heading, but begins one.
    """
    for bar in filter(None, map(folded, _bars(document))):
        headings = [(tag, text) for tag, text in document.headings if _matches(text, bar)]
        if headings:
            tag, text = max(headings, key=lambda one: len(one[1]))
            yield Found(text, tag)
            return
        for block in reversed(document.head):
            for text in (block.text, *re.split(r"\n|\s{2,}", block.spaced)):
                if len(folded(text)) >= _LINE_TITLE and bar.startswith(folded(text)):
                    bare = _without_site(text, document) if folded(text) == bar else text
                    yield Found(bare, "heading")
                    return


def _bars(document: Document) -> Iterator[str]:
    """What the page calls itself where no reader of the text looks."""
    yield document.page_title
    for found in _meta(document, "og:title"):
        yield found.value
    if isinstance(document.json_ld.get("headline"), str):
        yield document.json_ld["headline"]


def _matches(text: str, bar: str) -> bool:
    short = folded(text)
    if len(short) < _MIN_TITLE:
        return False
    begun = (
        len(bar) >= _CUT_TITLE and short.startswith(bar.rstrip("….")) and len(text) <= _MAX_TITLE
    )
    return short in bar or begun


def _above(document: Document, *, sure: bool) -> Iterator[Found]:
    """The heading nearest above the text; without being sure also one marked as a title."""
    top = [
        text for tag, text in document.headings if tag == "h1" and len(folded(text)) >= _MIN_TITLE
    ]
    if len(top) == 1 and len(top[0]) <= _MAX_TITLE and not _is_site(top[0]):
        yield Found(top[0], "h1")
    if sure:
        return
    for block in reversed(document.head):
        if _is_titular(block):
            yield Found(block.text.split("\n")[0], "heading")


def _nearest(document: Document) -> Iterator[Found]:
    """The nearest line above the text that is no label, button or link, where no heading is."""
    for block in reversed(document.head):
        text = block.text.split("\n")[0]
        plain = not (has_label(text) or is_furniture(text) or is_prose(text) or WHEN.search(text))
        if plain and han_length(text) >= _LINE_TITLE and not block.link_length:
            yield Found(text, "line")


def _is_titular(block: Block) -> bool:
    text = block.text
    if not 6 <= len(text) <= _MAX_TITLE or has_label(text) or han_length(text) < _MIN_TITLE:
        return False
    if block.link_length * 2 > len(text) or text.endswith("。"):
        return False
    return block.element.tag in _HEADINGS or _marked(block.element, _MARKED)


def _marked(element: Element, words: re.Pattern[str]) -> bool:
    return any(words.search(element.get(name) or "") for name in ("class", "id"))


def _is_site(text: str) -> bool:
    return len(text) < _MIN_TITLE or text in _COLUMN or bool(_SITE.search(text))


def _without_site(bar: str, document: Document) -> str:
    """A page title without the column's and the site's name behind it."""
    text = " ".join(bar.split())
    known = _site_names(document)
    for _ in range(_SUFFIXES):
        cut = next(iter(reversed(list(_SEPARATOR.finditer(text)))), None)
        if cut is None or cut.start() < _MIN_TITLE:
            break
        part = text[cut.end() :]
        if part not in known and (len(part) > _SITE_LENGTH or _RANGE.search(text)):
            break
        text = text[: cut.start()].rstrip()
    return text.rstrip(" -_|｜—–·:：") or bar


def _site_names(document: Document) -> set[str]:
    names = ("sitename", "og:site_name", "columnname", "article:section")
    return {document.meta[name][1] for name in names if name in document.meta}
