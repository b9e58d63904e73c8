"""What a page says about its article: candidates for each field, the most trusted source first.

Trusted in this order: the government's meta tags (国办发〔2017〕47号), the disclosure table, labelled
lines, the byline, JSON-LD and Open Graph, what the page's scripts know, the list page, the address,
the text.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from lxml.etree import _Element as Element

from crawler.blocks import drop_unread, inner_text, parse_utf8
from crawler.byline import byline
from crawler.dates import composed, first_moment, moments, url_day
from crawler.decode import decode
from crawler.document import Document, text_of
from crawler.errors import Park
from crawler.labels import Found, labelled, labels, without_label
from crawler.records import Attachment, Moment
from crawler.titles import selected

FILES = (
    *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".zip", ".rar", ".wps", ".et"),
    *(".dps", ".ofd", ".rtf", ".7z", ".txt", ".csv"),
)
"""How the addresses of files end that are attachments."""
_NAMED_FILE = re.compile(rf"(?:{'|'.join(map(re.escape, FILES))})(?![a-z])".encode(), re.IGNORECASE)
_PAGES = ("html", "htm", "/")
_DOWNLOAD = re.compile("download|downfile|attach|fileid|filename|upload")
"""Words of the addresses that give a file without its name."""
_GOVERNMENT = {
    "published": ("pubdate",),
    "origin": ("contentsource",),
    "author": ("author",),
    "keywords": ("keywords",),
    "section": ("columnname",),
}
_OPEN_GRAPH = {
    "published": (
        *("article:published_time", "og:article:published_time", "publishdate", "publish_time"),
        *("weibo: article:create_at", "weibo:article:create_at", "og:time", "og:pubdate", "og:release_date"),
        *("publishtime", "publish-date", "date", "dc.date", "bytedance:published_time", "apub:time"),
    ),
    "updated": (
        *("article:modified_time", "og:updated_time", "weibo: article:update_at"),
        *("bytedance:updated_time", "lastmodified"),
    ),
    "origin": ("source", "mediaid", "og:source", "article:source", "article:media", "copyright-source"),
    "author": ("article:author", "og:author", "og:article:author"),
    "keywords": ("keyword", "article:tag", "news_keywords"),
    "section": ("article:section", "og:article:section"),
}  # fmt: skip
_SCRIPT_DATE = re.compile(
    r"""["']?\b(?:pub_?time|publish_?time|publish_?date|pub_?date|ptime|ctime|create_?time)["']?\s*[:=]\s*["']([^"'<>]{8,30})["']""",
    re.IGNORECASE,
)
_SCRIPT_ORIGIN = re.compile(
    r"""["']?\b(?:media|media_?name|source|source_?name|from_?source)["']?\s*[:=]\s*["']([^"'<>{}/\\=&]{2,30})["']"""
)
_HAN = re.compile("[\u4e00-\u9fff]")
_MARKED_ORIGIN = re.compile(
    r"(?:^|[-_ ])(?:source|origin|laiyuan|ly|sour|media-?name|from|xxly|wzly|article-?source)(?:$|[-_ ])",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{1,12}?(?:（[\u4e00-\u9fff]{1,4}）)?)\s*[〔\[［（(【﹝〈]\s*((?:19|20)\d{2})\s*"
    r"[〕\]］）)】﹞〉]\s*第?\s*(\d{1,4})\s*号"
)
# An order or announcement is numbered by itself: 宿迁市人民政府令第5号, 公告2024年第3号.
_ORDER = re.compile(
    r"([\u4e00-\u9fff]{0,16}?(?:令|公告|通告))\s*(?:[〔\[（(]?((?:19|20)\d{2}年)[〕\]）)]?)?\s*第\s*(\d{1,4})\s*号"
)
_LEAD_REPORTER = re.compile(
    r"[（(【](?:[^（(】）)]{0,8}?)(?:记者|通讯员|作者)[\s:：]*+([\u4e00-\u9fff·、，\s]{2,40}?)(?:[）)】]|\s+(?:通讯员|摄影|文/))"
)
_TAIL_EDITOR = re.compile(
    r"(?:编辑|责编|編輯)\s*[：:\s]\s*([\u4e00-\u9fffA-Za-z·、\s]{2,20}?)\s*+(?:[）)\]】]\s*+)?$"
)
_CRUMB = re.compile(r"(?:当前|所在)?位置|首页")


def published(document: Document) -> Iterator[Found]:
    """Candidates for the time of publication."""
    yield from _as_moments(_from_meta(document, _GOVERNMENT["published"]))
    yield from _as_moments(selected(document.root, document.date_selectors))
    if "published" in document.table:
        yield from _as_moments([document.table["published"]])
    yield from document.head_labels.get("published", ())
    yield from _head_moments(document)
    yield from _as_moments(
        Found(str(document.json_ld.get(key) or ""), f"jsonld:{key}")
        for key in ("datePublished", "pubDate")
    )
    yield from _as_moments(_from_meta(document, _OPEN_GRAPH["published"]))
    yield from _said_behind(document)
    yield from _as_moments(_in_scripts(document, _SCRIPT_DATE))
    if document.listed and document.listed.published:
        yield Found(document.listed.published, "list")
    if day := url_day(document.url):
        yield Found(day, "url")
    if "written" in document.table:
        yield from _as_moments([document.table["written"]])


def updated(document: Document) -> Iterator[Found]:
    """Candidates for the time of the last change."""
    yield from document.labels.get("updated", ())
    yield from _as_moments(
        [Found(str(document.json_ld.get("dateModified") or ""), "jsonld:dateModified")]
    )
    yield from _as_moments(_from_meta(document, _OPEN_GRAPH["updated"]))


def _head_moments(document: Document) -> Iterator[Found]:
    """Times in the lines between title and text: a date in a sentence is the story's."""
    for block in reversed(document.head):
        if len(block.text) <= 200:
            for line in block.text.split("\n"):
                if len(line) <= 80:
                    yield from (Found(moment, "line") for moment in moments(line))
    together = "  ".join(block.spaced for block in document.head if len(block.text) <= 30)
    yield from (Found(moment, "line") for moment in composed(together))


def _said_behind(document: Document) -> Iterator[Found]:
    """Times behind the text that are said to be the publication's.

    A bare 时间 may be the event's: it counts where the line names source or writer, too.
    """
    for block in document.tail:
        said = list(labelled(block.spaced))
        is_byline = any(field in {"origin", "author"} for field, _ in said)
        for field, found in said:
            if field == "published" and (
                is_byline or found.where.removeprefix("label:") not in labels().vague
            ):
                yield found


def _as_moments(candidates: Iterable[Found]) -> Iterator[Found]:
    """The candidates that name a time, with that time."""
    for found in candidates:
        moment = first_moment(found.value)
        if moment:
            yield Found(moment, found.where)


def best_moment(candidates: Iterable[Found]) -> Found | None:
    """The first candidate; made more exact by a later one of the same day."""
    best: Found | None = None
    for found in candidates:
        if best is None or (
            _exactness(found) > _exactness(best) and found.value.day == best.value.day
        ):
            best = found
        if _exactness(best):
            break
    return best


def _exactness(found: Found) -> int:
    moment: Moment = found.value
    return ["day", "minute", "second"].index(moment.precision)


def origin(document: Document) -> Iterator[Found]:
    """Candidates for where the page says that its text is from (来源)."""
    yield from map(_name, _from_meta(document, _GOVERNMENT["origin"]))
    yield from map(_name, document.head_labels.get("origin", ()))
    yield from _marked(document)
    yield from (_name(found) for field, found in byline(document) if field == "origin")
    yield from map(_name, document.labels.get("origin", ()))
    yield from map(_name, _from_meta(document, _OPEN_GRAPH["origin"]))
    yield from map(_name, _with_han(_in_scripts(document, _SCRIPT_ORIGIN)))


def _name(found: Found) -> Found:
    """A publisher's name without its label, and without the "and others" behind it."""
    text = without_label(found.value)
    return Found(text.removesuffix("等") if len(text) > 3 else text, found.where)


def _with_han(candidates: Iterable[Found]) -> Iterator[Found]:
    return (found for found in candidates if _HAN.search(found.value))


def _marked(document: Document) -> Iterator[Found]:
    """The text of short elements above the text whose class or id says ``source``."""
    seen: set[Element] = set()
    for block in reversed(document.head):
        elements = [piece.element for piece in block.pieces]
        for element in (*elements, block.element):
            names = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
            if element in seen or not names or not _MARKED_ORIGIN.search(names):
                continue
            seen.add(element)
            text = without_label(inner_text(element).strip())
            if (
                2 <= len(text) <= 30
                and not first_moment(text)
                and not re.search("[，。！？]", text)
            ):
                yield Found(text, f"class:{names}")


def author(document: Document) -> Iterator[Found]:
    """Candidates for who wrote it."""
    yield from document.head_labels.get("author", ())
    yield from _with_han(_from_meta(document, _GOVERNMENT["author"]))
    yield from (found for field, found in byline(document) if field == "author")
    for block in document.inside[document.lead : document.lead + 2]:
        match = _LEAD_REPORTER.search(block.text[:80])
        if match:
            yield Found(" ".join(match.group(1).split()), "text:记者")
    yield from document.labels.get("author", ())
    yield from _with_han(_from_meta(document, _OPEN_GRAPH["author"]))
    named = document.json_ld.get("author")
    named = named[0] if isinstance(named, list) and named else named
    if isinstance(named, dict) and isinstance(named.get("name"), str):
        yield Found(named["name"].strip(), "jsonld:author")


def editor(document: Document) -> Iterator[Found]:
    """Candidates for who edited it."""
    yield from document.labels.get("editor", ())
    for block in document.tail:
        match = _TAIL_EDITOR.search(block.text[-40:])
        if match:
            yield Found(" ".join(match.group(1).split()), "line:编辑")


def document_number(document: Document, title: str, text: str) -> Iterator[Found]:
    """Candidates for the number that the document itself has, in one form: 宿政发〔2024〕12号."""
    named = [document.table["document_number"]] if "document_number" in document.table else []
    named += document.head_labels.get("document_number", [])
    for found in named:
        number = _number_in(found.value)
        if number:
            yield Found(number, found.where)
    # In the text only a line of its own is the document's, in the title only one in brackets at
    # its end; one in a sentence is cited.
    bracketed = re.search(r"[（(]([^（）()]*号)[）)]$", title)
    own = [(bracketed[1], "title")] if bracketed else []
    own += [(line.strip(" （()）\t"), "text") for line in text.split("\n")[:8]]
    for line, where in own:
        number = _number_in(line, whole=True)
        if number:
            yield Found(number, where)


def _number_in(text: str, *, whole: bool = False) -> str | None:
    """The first document number of a text, in its normal form; `whole`: nothing else stands there."""
    for pattern, form in ((_NUMBER, "{0}〔{1}〕{2}号"), (_ORDER, "{0}{1}第{2}号")):
        match = pattern.fullmatch(text) if whole else pattern.search(text)
        if match:
            body, year, number = match.groups()
            return form.format(body, year or "", int(number))
    return None


def disclosed(document: Document, field: str) -> Iterator[Found]:
    """Candidates for a field of the disclosure table: ``issuer``, ``index_number``, ``validity``."""
    if field in document.table:
        yield document.table[field]
    yield from document.head_labels.get(field, ())


def keywords(document: Document) -> Iterator[Found]:
    """Candidates for the keywords, each a tuple of words."""
    written = [*_from_meta(document, (*_GOVERNMENT["keywords"], *_OPEN_GRAPH["keywords"]))]
    written += [*disclosed(document, "keywords")]
    for found in written:
        words = dict.fromkeys(word for word in re.split(r"[,，;；、\s|]+", found.value) if word)
        yield Found(tuple(words), found.where)


def section(document: Document) -> Iterator[Found]:
    """Candidates for the name of the column as the page gives it."""
    yield from _from_meta(document, _GOVERNMENT["section"])
    yield from _from_meta(document, _OPEN_GRAPH["section"])
    for block in document.before:
        if _CRUMB.search(block.text[:12]) and re.search("[>＞»]", block.text):
            crumbs = [part.strip() for part in re.split("[>＞»]", block.text)]
            named = [
                crumb
                for crumb in crumbs
                if 2 <= len(crumb) <= 20 and crumb not in {"正文", "内容", "详情"}
            ]
            if named:
                yield Found(named[-1], "crumbs")


def attachments(document: Document) -> list[Attachment]:
    """The files that the page links to, each once, by absolute address."""
    return _linked_files(document.elements["a"], document.url)


def _linked_files(links: Iterable[Element], url: str) -> list[Attachment]:
    found: dict[str, Attachment] = {}
    for link in links:
        href = (link.get("href") or "").strip()
        # A page has hundreds of links to pages and a file or two.
        if href.endswith(_PAGES):
            continue
        if names_file(href) or (_DOWNLOAD.search(href.lower()) and names_file(text_of(link))):
            attachment = _attachment(url, href, link)
            if attachment:
                found.setdefault(attachment.url, attachment)
    return list(found.values())


def names_file(text: str) -> bool:
    """Whether an address or a link's text ends like a file's name."""
    path = text.partition("?")[0].partition("#")[0]
    return path.lower().endswith(FILES)


def files_on(body: bytes, content_type: str, url: str) -> list[Attachment]:
    """The files that a page links to, as `attachments` finds them, straight from its bytes; none
    where it cannot be read."""
    if not _NAMED_FILE.search(body):  # most pages: not worth a tree
        return []
    try:
        root = parse_utf8(decode(body, content_type).utf8)
    except Park:
        return []
    drop_unread(root)
    return _linked_files(root.iter("a"), url)


def _attachment(base: str, href: str, link: Element) -> Attachment | None:
    try:
        url = urljoin(base, href)
        path = urlsplit(url).path
    except ValueError:
        return None
    name = text_of(link) or link.get("title") or unquote(path.rpartition("/")[2])
    return Attachment(url, name)


def canonical_url(root: Element) -> str | None:
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


def _from_meta(document: Document, names: tuple[str, ...]) -> Iterator[Found]:
    for name in names:
        if name in document.meta:
            written, content = document.meta[name]
            yield Found(content, f"meta:{written}")


def _in_scripts(document: Document, words: re.Pattern[str]) -> Iterator[Found]:
    for script in document.scripts:
        for match in words.finditer(script):
            yield Found(_unescaped(match.group(1)).strip(), "script")


def _unescaped(text: str) -> Any:
    if "\\u" not in text:
        return text
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
