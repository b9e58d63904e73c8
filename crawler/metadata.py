"""What a page says about its article: candidates for each field, the most trusted source first."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.dates import first_moment, moments, url_day
from crawler.locate import Block, clean_lines
from crawler.records import Attachment, Listed, Moment
from crawler.select import Select

_FILES = (
    ".pdf",
    ".doc",
    ".docx",
    ".xls",
    ".xlsx",
    ".ppt",
    ".pptx",
    ".zip",
    ".rar",
    ".wps",
    ".et",
    ".ofd",
)
_JSON_DATES = ("datePublished", "pubDate")
_HEAD_BLOCKS = 12
"""How far above the body its title, date and origin stand, in blocks."""
_TAIL_BLOCKS = 4

# 国办发〔2017〕47号 names these; the second names are what news sites write.
_META = {
    "title": ("articletitle",),
    "published": (
        "pubdate",
        "article:published_time",
        "og:article:published_time",
        "publishdate",
        "publish_time",
        "weibo: article:create_at",
        "weibo:article:create_at",
        "og:time",
        "og:pubdate",
    ),
    "updated": ("article:modified_time", "og:updated_time", "weibo: article:update_at"),
    "origin": ("contentsource", "source", "mediaid", "og:source", "article:source"),
    "author": ("author", "article:author", "og:author"),
    "keywords": ("keywords", "keyword"),
    "column": ("columnname",),
}
_TABLE = {
    "名称": "title", "信息名称": "title", "标题": "title",
    "索引号": "index_number", "信息索引": "index_number",
    "发布机构": "issuer", "发文机关": "issuer", "发文机构": "issuer", "信息来源": "issuer",
    "生成日期": "published", "发布日期": "published", "公开日期": "published", "发文日期": "published", "成文日期": "published",
    "文号": "document_number", "发文字号": "document_number",
    "关键词": "keywords", "主题词": "keywords",
    "时效": "validity", "有效性": "validity", "效力状态": "validity",
}  # fmt: skip
_LABEL = re.compile(
    r"(来源|信息来源|文章来源|稿件来源|出处|发布日期|发布时间|发表时间|更新时间|时间|日期|作者|记者|撰稿|"
    r"编辑|责任编辑|责编|文号|发文字号)\s*[：:]\s*"
)
_FIELD_OF_LABEL = {
    "来源": "origin", "信息来源": "origin", "文章来源": "origin", "稿件来源": "origin", "出处": "origin",
    "发布日期": "published", "发布时间": "published", "发表时间": "published", "时间": "published", "日期": "published",
    "更新时间": "updated",
    "作者": "author", "记者": "author", "撰稿": "author",
    "编辑": "editor", "责任编辑": "editor", "责编": "editor",
    "文号": "document_number", "发文字号": "document_number",
}  # fmt: skip
# What ends a label's value: another label, a gap, a date, or what the page says next.
_VALUE_END = re.compile(
    r"\s{2,}|[|｜丨]|(?:19|20)\d{2}\s*[-年/.]|字体|字号|浏览|阅读|点击|访问|打印|分享|评论|我要|关注|举报|[【\[（(]?(?:"
    + _LABEL.pattern
    + ")"
)
_NUMBER = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{1,12}?)\s*[〔\[［（(]\s*((?:19|20)\d{2})\s*[〕\]］）)]\s*第?\s*(\d{1,4})\s*号"
)
_SITE_SUFFIX = re.compile(r"\s*[-_|—–·:：]+\s*")


@dataclass(frozen=True, slots=True)
class Found:
    """A value for a field and where it came from (``meta:PubDate``, ``label:来源`` …)."""

    value: Any
    where: str


@dataclass(frozen=True)
class Document:
    """A parsed page, with its body located."""

    root: HtmlElement
    url: str
    blocks: list[Block]
    body: HtmlElement | None
    title_selectors: tuple[Select, ...] = ()
    date_selectors: tuple[Select, ...] = ()
    listed: Listed | None = None

    @cached_property
    def meta(self) -> dict[str, tuple[str, str]]:
        """Meta tags by lower-case name: (name as written, content)."""
        found: dict[str, tuple[str, str]] = {}
        for tag in self.root.iter("meta"):
            name = tag.get("name") or tag.get("property") or tag.get("itemprop") or ""
            content = " ".join((tag.get("content") or "").split())
            if name and content:
                found.setdefault(name.strip().lower(), (name.strip(), content))
        return found

    @cached_property
    def json_ld(self) -> dict[str, Any]:
        """The first JSON-LD object that is an article."""
        for script in self.root.iter("script"):
            if script.get("type") == "application/ld+json":
                found = _article_in(_loads(script.text or ""))
                if found:
                    return found
        return {}

    @cached_property
    def position(self) -> tuple[int, int]:
        """The first and the last block that are in the body."""
        inside = [n for n, block in enumerate(self.blocks) if self._in_body(block.element)]
        return (inside[0], inside[-1]) if inside else (0, -1)

    def _in_body(self, element: HtmlElement) -> bool:
        while element is not None:
            if element is self.body:
                return True
            element = element.getparent()
        return False

    @cached_property
    def surroundings(self) -> list[str]:
        """The blocks near the body: above it, its first and last ones, and below; nearest first."""
        first, last = self.position
        above = self.blocks[max(0, first - _HEAD_BLOCKS) : first][::-1]
        inside = self.blocks[first : last + 1]
        ends = [*inside[:3], *inside[-3:]] if len(inside) > 6 else inside
        below = self.blocks[last + 1 : last + 1 + _TAIL_BLOCKS]
        return [block.text for block in (*above, *ends, *below)]

    @cached_property
    def labels(self) -> dict[str, list[Found]]:
        """Labelled values near the body, by field."""
        found: dict[str, list[Found]] = {}
        for text in self.surroundings:
            for field, value in _labelled(text):
                found.setdefault(field, []).append(value)
        return found

    @cached_property
    def table(self) -> dict[str, Found]:
        """The disclosure table: label cells and the value behind each, by field."""
        found: dict[str, Found] = {}
        for label, value in _cells(self.root):
            field = _TABLE.get(label)
            if field and value:
                found.setdefault(field, Found(value, f"table:{label}"))
        return found


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _article_in(value: Any) -> dict[str, Any]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and (
            one.get("datePublished") or one.get("pubDate") or one.get("headline")
        ):
            return one
    return {}


def _labelled(text: str) -> Iterator[tuple[str, Found]]:
    for match in _LABEL.finditer(text):
        label = match.group(1)
        rest = text[match.end() : match.end() + 80].split("\n", 1)[0]
        field = _FIELD_OF_LABEL[label]
        if field in {"published", "updated"}:
            value: Any = first_moment(rest[:40])
        else:
            end = _VALUE_END.search(rest)
            value = rest[: end.start()] if end else rest
            value = value.strip(" \u3000:：,，;；。)）】]|")
        if value:
            yield field, Found(value, f"label:{label}")


def _cells(root: HtmlElement) -> Iterator[tuple[str, str]]:
    """(label, value) pairs of tables and of lists whose items begin with a label."""
    for row in root.iter("tr"):
        cells = [clean_lines(cell.text_content()) for cell in row if cell.tag in {"td", "th"}]
        for label, value in zip(cells[::2], cells[1::2], strict=False):
            yield re.sub(r"[\s：:\[\]【】]", "", label), " ".join(value.split())


# --- fields ---------------------------------------------------------------------------------------


def title(document: Document) -> Iterator[Found]:
    """Candidates for the title."""
    yield from _from_meta(document, "title")
    yield from _selected(document.root, document.title_selectors)
    yield from _heading(document)
    if "og:title" in document.meta:
        yield Found(_without_site(document.meta["og:title"][1], document), "meta:og:title")
    if isinstance(document.json_ld.get("headline"), str):
        yield Found(document.json_ld["headline"], "jsonld:headline")
    if "title" in document.table:
        yield document.table["title"]
    if document.listed and document.listed.title:
        yield Found(document.listed.title, "list")
    head = document.root.findtext(".//title")
    if head and head.strip():
        yield Found(_without_site(head, document), "title")


def _selected(root: HtmlElement, selectors: Iterable[Select]) -> Iterator[Found]:
    for selector in selectors:
        for element in selector(root)[:1]:
            text = " ".join(element.text_content().split())
            if text:
                yield Found(text, f"layout:{selector.css}")


def _heading(document: Document) -> Iterator[Found]:
    """The heading that the page's own title begins with, or holds; else the only h1."""
    head = _folded(document.root.findtext(".//title") or "")
    headings = [
        (level, " ".join(element.text_content().split()))
        for level in ("h1", "h2", "h3")
        for element in document.root.iter(level)
    ]
    matching = [
        (level, text)
        for level, text in headings
        if len(_folded(text)) >= 4 and _folded(text) in head
    ]
    if matching:
        level, text = max(matching, key=lambda one: len(one[1]))
        yield Found(text, level)
        return
    first, _ = document.position
    for block in reversed(document.blocks[max(0, first - _HEAD_BLOCKS) : first + 1]):
        text = block.text.split("\n")[0]
        if len(_folded(text)) >= 6 and head.startswith(_folded(text)):
            yield Found(text, "heading")
            return
    top = [text for level, text in headings if level == "h1" and len(_folded(text)) >= 4]
    if len(top) == 1:
        yield Found(top[0], "h1")


def _folded(text: str) -> str:
    return re.sub(r"[\s“”\"'‘’]", "", text)


def _without_site(head: str, document: Document) -> str:
    """A page title without the column's and the site's name behind it."""
    text = " ".join(head.split())
    parts = [part for part in _SITE_SUFFIX.split(text) if part]
    if len(parts) < 2:
        return text
    site = document.meta.get("sitename", ("", ""))[1]
    end = len(text)
    for part in reversed(parts[1:]):
        short = len(part) <= 12 or part == site
        at = text.rfind(part, 0, end)
        if not short or at <= 4:
            break
        end = at
    return text[:end].rstrip(" -_|—–·:：") or text


def published(document: Document) -> Iterator[Found]:
    """Candidates for the time of publication."""
    yield from _as_moments(_from_meta(document, "published"))
    yield from _as_moments(_selected(document.root, document.date_selectors))
    yield from document.labels.get("published", ())
    first, last = document.position
    above = document.blocks[max(0, first - _HEAD_BLOCKS) : first + 2]
    yield from (Found(moment, "line") for moment in _line_moments(above))
    named = (Found(str(document.json_ld.get(key) or ""), f"jsonld:{key}") for key in _JSON_DATES)
    yield from _as_moments(named)
    if "published" in document.table:
        yield from _as_moments([document.table["published"]])
    if document.listed and document.listed.published:
        yield Found(document.listed.published, "list")
    if day := url_day(document.url):
        yield Found(day, "url")
    below = document.blocks[last + 1 : last + 1 + _TAIL_BLOCKS]
    yield from (Found(moment, "line") for moment in _line_moments(below))


def _as_moments(candidates: Iterable[Found]) -> Iterator[Found]:
    """The candidates that name a time, with that time."""
    for found in candidates:
        moment = first_moment(found.value)
        if moment:
            yield Found(moment, found.where)


def _line_moments(near: list[Block]) -> Iterator[Moment]:
    """Times in short lines, the nearest to the body first: a date in a sentence is the story's."""
    for block in reversed(near):
        for line in block.text.split("\n"):
            if len(line) <= 80:
                yield from moments(line)


def best_moment(candidates: Iterable[Found]) -> Found | None:
    """The first candidate; made more exact by a later one of the same day."""
    found = list(candidates)
    if not found:
        return None
    first = found[0]
    same_day = [one for one in found if one.value.day == first.value.day]
    exactness = ["day", "minute", "second"]
    return max(same_day, key=lambda one: exactness.index(one.value.precision))


def origin(document: Document) -> Iterator[Found]:
    """Candidates for where the page says that its text is from."""
    yield from _from_meta(document, "origin")
    yield from document.labels.get("origin", ())
    yield from _marked(document, ("source", "origin", "laiyuan"))


def _marked(document: Document, words: tuple[str, ...]) -> Iterator[Found]:
    """The text of short elements near the body whose class or id is a word like ``source``."""
    first, _ = document.position
    near = document.blocks[max(0, first - _HEAD_BLOCKS) : first + 1]
    seen: set[HtmlElement] = set()
    for block in reversed(near):
        for element in block.element.iter():
            if not isinstance(element.tag, str) or element in seen:
                continue
            seen.add(element)
            names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
            text = " ".join(element.text_content().split())
            if (
                any(word in names for word in words)
                and 2 <= len(text) <= 30
                and not first_moment(text)
            ):
                yield Found(_LABEL.sub("", text), f"class:{names.strip()}")


def author(document: Document) -> Iterator[Found]:
    """Candidates for who wrote it."""
    yield from document.labels.get("author", ())
    yield from _from_meta(document, "author")


def document_number(document: Document, text: str) -> Iterator[Found]:
    """Candidates for the number that the document itself has, in one form: 宿政发〔2024〕12号."""
    named = [*document.labels.get("document_number", ())]
    named += [document.table["document_number"]] if "document_number" in document.table else []
    for found in named:
        match = _NUMBER.search(found.value)
        if match:
            yield Found(_normal_number(match), found.where)
    # In the text only a line of its own is the document's; one in a sentence is cited.
    for line in text.split("\n")[:8]:
        match = _NUMBER.fullmatch(line.strip())
        if match:
            yield Found(_normal_number(match), "text")


def _normal_number(match: re.Match[str]) -> str:
    body, year, number = match.groups()
    return f"{body}〔{year}〕{int(number)}号"


def attachments(document: Document) -> list[Attachment]:
    """The files that the page links to, each once, by absolute address."""
    found: dict[str, Attachment] = {}
    for link in document.root.iter("a"):
        href = (link.get("href") or "").strip()
        try:
            url = urljoin(document.url, href)
            path = urlsplit(url).path.lower()
        except ValueError:
            continue
        if path.endswith(_FILES):
            name = " ".join(link.text_content().split()) or unquote(path.rpartition("/")[2])
            found.setdefault(url, Attachment(url, name))
    return list(found.values())


def canonical_url(root: HtmlElement) -> str | None:
    """The address that a page gives as its own."""
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and _is_web(link.get("href")):
            return str(link.get("href")).strip()
    for tag in root.iter("meta"):
        name = (tag.get("property") or tag.get("name") or "").lower()
        if name in {"og:url", "url"} and _is_web(tag.get("content")):
            return str(tag.get("content")).strip()
    return None


def _is_web(url: str | None) -> bool:
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and len(parts.path) > 1


def _from_meta(document: Document, field: str) -> Iterator[Found]:
    for name in _META[field]:
        if name in document.meta:
            written, content = document.meta[name]
            yield Found(content, f"meta:{written}")
