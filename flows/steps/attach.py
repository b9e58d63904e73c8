"""Attachments across runs: what is stored of a file goes on to count where it was not fetched again."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crawler.records import Attachment as File
from storage.models import Attachment

_COLUMNS = ("url", "name", "text", "text_status", "digest", "etag", "last_modified", "warc")
_LOOKUP = 500


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
    for start in range(0, len(urls), _LOOKUP):
        query = select(*columns).where(
            Attachment.url.in_(urls[start : start + _LOOKUP]), Attachment.digest.is_not(None)
        )
        for values in session.execute(query.order_by(Attachment.article_pk)):
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
