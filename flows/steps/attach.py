"""Attachments across runs: what is stored of a file goes on to count where it was not fetched again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.attachments.kinds import file_name, kind_of
from crawler.attachments.reader import FileReader
from crawler.attachments.text import NEEDS_OCR, Result
from crawler.errors import Park
from crawler.records import Article, Page
from crawler.records import Attachment as File
from storage.among import parts
from storage.models import Attachment

NOT_FETCHED = "not fetched"
# What another try will not change; everything else may pass.
_FINAL = {
    "skipped:offsite",
    "skipped:robots",
    "skipped:private",
    "too-large",
    "http-404",
    "http-410",
}
_COLUMNS = ("url", "name", "text", "text_status", "digest", "etag", "last_modified", "warc")
_SHORT = 200
"""Characters below which a web page at a document's address is a message, not the document."""


def attach(
    article: Article, fetched: Callable[[str], Page | str | None], files: FileReader
) -> Article:
    """An article with what its files say, as far as they were fetched; why not, where they were
    not. `fetched` gives the answer at an address, or the reason why there is none."""
    attachments = []
    for file in article.attachments:
        try:
            attachments.append(_attached(file, fetched(file.url), files))
        except Park as error:  # its record in the archive is torn
            attachments.append(replace(file, text_status=f"unreadable: {error}"))
    return replace(article, attachments=tuple(attachments))


def _attached(file: File, answer: Page | str | None, files: FileReader) -> File:
    if answer is None:
        return file
    if isinstance(answer, str):
        return replace(file, text_status=f"{NOT_FETCHED}: {answer}")
    name = file_name(file.url, file.name)
    result = files.read(answer.body, name, answer.content_type)
    if len(result.text) < _SHORT and _is_page(answer, name):
        result = Result("", "unreadable: a web page in its place")
    return replace(
        file,
        text=result.text,
        text_status=result.status,
        digest=answer.digest,
        etag=answer.etag,
        last_modified=answer.last_modified,
        warc=answer.warc,
    )


def _is_page(answer: Page, name: str) -> bool:
    """Whether a server sent a page where a document should be; a long one may be the document."""
    is_document_by_name = kind_of(b"", name) not in {"html", "txt", "unknown"}
    return is_document_by_name and kind_of(answer.body) == "html"


def complete(session: Session, articles: Sequence[Article]) -> list[Article]:
    """The articles with what earlier runs found in the files that this one did not fetch, marked
    where one is a picture."""
    missing = {file.url for one in articles for file in one.attachments if file.digest is None}
    known = remembered(session, sorted(missing)) if missing else {}
    return [_completed(article, known) for article in articles]


def _completed(article: Article, known: Mapping[str, File]) -> Article:
    attachments = tuple(
        replace(known[file.url], name=file.name)
        if file.digest is None and file.url in known
        else file
        for file in article.attachments
    )
    pictures = any(file.text_status == NEEDS_OCR for file in attachments)
    return replace(article, attachments=attachments, needs_ocr=article.needs_ocr or pictures)


def is_incomplete(article: Article) -> bool:
    """Whether a file could not be had that another try may bring."""
    reasons = (
        file.text_status.removeprefix(NOT_FETCHED).removeprefix(": ")
        for file in article.attachments
        if file.text_status.startswith(NOT_FETCHED)
    )
    return any(reason not in _FINAL for reason in reasons)


def stored_files(session: Session, article_pks: Sequence[int]) -> dict[int, dict[str, File]]:
    """The attachments of articles as they are stored, by article and address."""
    found: dict[int, dict[str, File]] = {}
    columns = [getattr(Attachment, name) for name in _COLUMNS]
    query = select(Attachment.article_pk, *columns).where(Attachment.article_pk.in_(article_pks))
    for pk, *values in session.execute(query):
        file = File(*values)
        found.setdefault(pk, {})[file.url] = file
    return found


def remembered(session: Session, urls: Sequence[str]) -> dict[str, File]:
    """What is stored of files, whichever article links to them, by address."""
    columns = [getattr(Attachment, name) for name in _COLUMNS]
    found: dict[str, File] = {}
    for some in parts(urls):
        these = Attachment.url.in_(some), Attachment.digest.is_not(None)
        query = select(*columns).where(*these).order_by(Attachment.article_pk)
        for values in session.execute(query):
            file = File(*values)
            found[file.url] = file
    return found


def is_replaced(old: Mapping[str, File], new: Sequence[File]) -> bool:
    """Whether another file stands at the address of one: a silent edit, as of a text."""
    return any(
        file.digest and file.url in old and old[file.url].digest not in {None, file.digest}
        for file in new
    )


def is_news(old: Mapping[str, File], new: Sequence[File]) -> bool:
    """Whether more is known of files than is stored: fetched at last, or read better."""
    return any(
        file.url in old
        and (file.text, file.text_status, file.digest)
        != (old[file.url].text, old[file.url].text_status, old[file.url].digest)
        for file in new
    )
