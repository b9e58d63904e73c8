"""A page into an article: the one module that knows trafilatura."""

import re
from collections.abc import Iterable
from dataclasses import replace

import trafilatura
from lxml import etree, html
from lxml.html import HtmlElement
from trafilatura.settings import Document as ExtractedDocument

from crawler import metadata
from crawler.catalogue import ArticleLayout
from crawler.challenge import is_challenge
from crawler.decode import decode
from crawler.errors import Park
from crawler.locate import Block, blocks, han_length, locate, render
from crawler.metadata import Document, Found
from crawler.records import Article, Dropped, Page
from crawler.select import Select

# trafilatura drops text that stands directly in a container, and sometimes the last paragraphs.
# Where it lost more of the Han characters than this, the blocks as they are serve better.
_KEPT = 0.97
_MIN_BODY = 20
"""Characters below which a page without pictures or attachments says nothing."""
_LIST_LINKS = 0.6
_LIST_LENGTH = 100
_PLAIN_TITLE = 60
_PLACEHOLDER = re.compile("未制发|暂无(?:内容|数据|信息)|内容(?:正在|建设中)|栏目(?:正在)?建设中")
_MISSING = re.compile(
    r"(?:页面|网页|文章|内容|信息|您访问的\S{0,6})(?:不存在|已(?:被)?删除|找不到|无法找到|走丢了)|404\s*(?:not found|错误|页面)",
    re.IGNORECASE,
)
_LOGIN = re.compile("请(?:先)?登录|用户登录|统一身份认证|账号登录")
# Lines that are the page's furniture, not the article's; only whole short lines are taken away.
_FURNITURE = re.compile(
    r"^[\s【\[（(]*(?:分享(?:到)?|打印(?:本页|页面)?|关闭(?:本页|页面|窗口)?|收藏|返回顶部|TOP|字号|字体|"
    r"扫一扫.{0,20}|浏览次数|阅读次数|点击(?:数|率)?|责任编辑|责编|编辑|校核|审签|上一篇|下一篇|相关(?:信息|阅读|链接|新闻)|"
    r"附件下载|视频|我要评论|打开APP.{0,12}|来源|更多精彩.{0,20})(?:[\s】\]）):：].{0,40})?$",
    re.IGNORECASE,
)
_PARSER_OPTIONS = {
    "encoding": "utf-8",
    "remove_comments": True,
    "remove_pis": True,
    "huge_tree": True,
}
# XML has no place for these; a page that holds them is broken, not its text.
_CONTROL = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
)


def extract(page: Page, layout: ArticleLayout | None = None) -> Article | Dropped:
    """Read a page. Raises Park when it cannot be read as it is."""
    if is_challenge(page.body):
        raise Park("challenge page in the place of the article")
    if not page.body.strip():
        return Dropped(page.url, page.key, "empty")
    if _media(page) == "text/plain":
        return _from_text(page)
    if _is_binary(page):
        return Dropped(page.url, page.key, "not-html")
    document, missing = _read(page, layout)
    texts = [_body(document, missing=missing)]
    texts += [_body(_read(later, layout)[0], missing=False) for later in page.continuations]
    body = replace(texts[0], value="\n".join(text.value for text in texts if text.value))
    article = _article(page, document, body)
    reason = _unarticle(document, article)
    return Dropped(page.url, page.key, reason) if reason else article


def page_address(page: Page) -> str | None:
    """The address that a saved page gives as its own; None for a text, or where it gives none."""
    if _media(page) == "text/plain" or _is_binary(page) or not page.body.strip():
        return None
    return metadata.canonical_url(_parse(decode(page.body, page.content_type)))


def _media(page: Page) -> str:
    return page.content_type.partition(";")[0].strip().lower()


def _is_binary(page: Page) -> bool:
    head = page.body[:2048].lstrip()
    return (
        head[:4] in {b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"GIF8"}
        or head[:2] == b"\xff\xd8"
    )


# --- reading ---------------------------------------------------------------------------------------


def _parse(text: str) -> HtmlElement:
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = html.document_fromstring(text.translate(_CONTROL).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return html.document_fromstring("<html><body></body></html>")
    return root


def _read(page: Page, layout: ArticleLayout | None) -> tuple[Document, bool]:
    """Parse a page and locate its body; also whether a declared container was not there."""
    root = _parse(decode(page.body, page.content_type))
    declared = _declared_body(root, layout) if layout else None
    for selector in map(Select, layout.noise if layout else ()):
        for element in selector(root):
            element.drop_tree()
    around = root.find("body")
    found = blocks(root if around is None else around)
    body = declared if declared is not None else locate(root if around is None else around, found)
    return (
        Document(
            root=root,
            url=page.url,
            blocks=found,
            body=body,
            title_selectors=tuple(map(Select, layout.titles if layout else ())),
            date_selectors=tuple(map(Select, layout.dates if layout else ())),
            listed=page.listed,
        ),
        bool(layout and layout.bodies) and declared is None,
    )


def _declared_body(root: HtmlElement, layout: ArticleLayout) -> HtmlElement | None:
    for selector in map(Select, layout.bodies):
        for element in selector(root):
            element.set("data-suqian-layout", selector.css)
            return element
    return None


# --- the body --------------------------------------------------------------------------------------


def _body(document: Document, *, missing: bool) -> Found:
    """The text of the located element, cleaned, and how it was come by."""
    if document.body is None:
        return Found("", "none")
    first, last = document.position
    inside = [block for block in document.blocks[first : last + 1] if not _is_furniture(block)]
    plain = render(inside)
    cleaned = _trafilatura(document.body)
    kept = han_length(cleaned) >= _KEPT * han_length(plain)
    where = document.body.get("data-suqian-layout")
    origin = f"layout:{where}" if where else "locator"
    if missing:
        origin += " (declared container missing)"
    text = _without_furniture(cleaned if kept else plain)
    return Found(text, f"{origin}, {'trafilatura' if kept else 'blocks'}")


def _trafilatura(element: HtmlElement) -> str:
    """trafilatura's reading of one element, cut out of its page."""
    document = html.Element("html")
    body = etree.SubElement(document, "body")
    body.append(_copy(element))
    found = trafilatura.bare_extraction(
        document, fast=True, favor_recall=True, with_metadata=False, include_comments=False
    )
    return str(found.text or "") if isinstance(found, ExtractedDocument) else ""


def _copy(element: HtmlElement) -> HtmlElement:
    copied: HtmlElement = html.fromstring(
        html.tostring(element, with_tail=False, encoding="unicode")
    )
    return copied


def _is_furniture(block: Block) -> bool:
    mostly_link = block.link_length * 2 > len(block.text)
    return bool(_FURNITURE.match(block.text)) and (mostly_link or len(block.text) <= 30)


def _without_furniture(text: str) -> str:
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(
        line for line in lines if line and not (len(line) <= 60 and _FURNITURE.match(line))
    )


# --- the record ------------------------------------------------------------------------------------


def _article(page: Page, document: Document, body: Found) -> Article:
    fields = {
        "title": _first(metadata.title(document)),
        "body": body,
        "published": metadata.best_moment(metadata.published(document)),
        "updated": _first(document.labels.get("updated", ())),
        "origin": _first(metadata.origin(document)),
        "author": _first(metadata.author(document)),
        "editor": _first(document.labels.get("editor", ())),
        "document_number": _first(metadata.document_number(document, body.value)),
        "issuer": document.table.get("issuer"),
        "index_number": document.table.get("index_number"),
        "validity": document.table.get("validity"),
    }
    keywords = _keywords(document)
    values = {name: found.value for name, found in fields.items() if found}
    return Article(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        fetched_at=page.fetched_at,
        warc=page.warc,
        keywords=keywords,
        attachments=tuple(metadata.attachments(document)),
        provenance={name: found.where for name, found in fields.items() if found and found.value},
        **({"title": ""} | values),
    )


def _first(candidates: Iterable[Found]) -> Found | None:
    return next((found for found in candidates if found.value), None)


def _keywords(document: Document) -> tuple[str, ...]:
    written = document.meta.get("keywords", ("", ""))[1]
    return tuple(dict.fromkeys(word for word in re.split(r"[,，;；、\s]+", written) if word))


def _unarticle(document: Document, article: Article) -> str | None:
    """Why this page is no article, if it is none."""
    head = f"{article.title} {document.root.findtext('.//title') or ''}"
    short = len(article.body) < 4 * _MIN_BODY
    if _PLACEHOLDER.search(head) and short:
        return "placeholder"
    if short and (_MISSING.search(head) or _MISSING.search(article.body)):
        return "missing"
    if short and _LOGIN.search(head):
        return "login"
    if not article.attachments and _is_list(document):
        return "list"
    if len(article.body) >= _MIN_BODY:
        return None
    carries = article.attachments or (
        document.body is not None and document.body.find(".//img") is not None
    )
    return None if article.title and (carries or article.body) else "empty"


def _is_list(document: Document) -> bool:
    """Whether a page is a list: no date, no prose, links for the most part."""
    first, last = document.position
    inside = document.blocks[first : last + 1]
    text = sum(len(block.text) for block in inside) or 1
    linked = sum(block.link_length for block in inside)
    return linked / text > _LIST_LINKS and max((block.prose for block in inside), default=0) < 60


def _from_text(page: Page) -> Article | Dropped:
    """A plain text: its first line is its title when it is short enough to be one."""
    text = decode(page.body, page.content_type).translate(_CONTROL)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return Dropped(page.url, page.key, "empty")
    first, rest = lines[0], lines[1:]
    if rest and len(first) <= _PLAIN_TITLE and not first.endswith(("。", "！", "？", ".")):
        title, body, where = first, "\n".join(rest), "text:first line"
    else:
        title, body, where = _first_sentence(first), "\n".join(lines), "text:first sentence"
    return Article(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        title=title,
        body=body,
        provenance={"title": where, "body": "text"},
        fetched_at=page.fetched_at,
        warc=page.warc,
    )


def _first_sentence(text: str) -> str:
    sentence = re.split(r"(?<=[。！？])", text, maxsplit=1)[0].rstrip("。")
    return sentence if len(sentence) <= _PLAIN_TITLE else sentence[:_PLAIN_TITLE] + "…"
