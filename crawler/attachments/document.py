"""A document that stands by itself, as an article: its title, and its text as the body."""

import re
from urllib.parse import quote, unquote

from crawler.attachments.kinds import file_name
from crawler.attachments.reader import FileReader
from crawler.attachments.text import NEEDS_OCR
from crawler.errors import Park
from crawler.plaintext import title_of
from crawler.records import Article, Dropped, Page

_NAME = re.compile(r";\s*name\*=utf-8''([^;\s]+)", re.IGNORECASE)


def named(media: str, name: str) -> str:
    """A Content-Type that tells the file's name as well (RFC 2231)."""
    return f"{media}; name*=utf-8''{quote(name, safe='')}"


def name_of(page: Page) -> str:
    """What the file was called where it came from; empty where nobody says."""
    match = _NAME.search(page.content_type)
    name = file_name(page.url, unquote(match.group(1)) if match else "")
    return name if "." in name else ""  # a digest in the place of an address is no name


def read_document(page: Page, files: FileReader) -> Article | Dropped:
    """Read a document. Raises Park where it cannot be read."""
    name = name_of(page)
    result = files.read(page.body, name, page.content_type)
    if result.status.startswith("unreadable"):
        raise Park(result.status)
    if not result.text and result.status != NEEDS_OCR:
        return Dropped(page.url, page.key, "empty")
    title, body, where = _titled(page, result.text, result.title, name)
    return Article(
        url=page.url,
        key=page.key,
        source=page.source,
        column=page.column,
        title=title,
        body=body,
        published=page.listed.published if page.listed else None,
        needs_ocr=result.status == NEEDS_OCR,
        provenance={"title": where, "body": f"document, {result.status}"},
        fetched_at=page.fetched_at,
        warc=page.warc,
    )


def _titled(page: Page, text: str, own: str | None, name: str) -> tuple[str, str, str]:
    """(title, body, where the title is from): the list's, a heading, the file's own, its name."""
    lines = text.split("\n") if text else []
    if page.listed and page.listed.title:
        return page.listed.title, text, "list"
    if lines and not lines[0].startswith("|"):
        title, body, where = title_of(lines)
        if where == "text:first line":
            return title, body, "document:first line"
    if own:
        return own, text, "document:properties"
    stem = name.rpartition(".")[0] or name
    if stem:
        return stem, text, "file name"
    return title_of(lines)[0] if lines else "", text, "document:first sentence"
