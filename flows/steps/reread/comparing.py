"""What was read again beside what is stored: which versions and pages come out otherwise."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from crawler.extract import extractor
from crawler.records import Article as Record
from crawler.records import Attachment
from flows.steps.attach import NOT_FETCHED, complete, stored_files
from flows.steps.load import columns_of
from flows.steps.reread.reading import MISSING, Reread
from flows.steps.versions import version_of
from storage import ledger
from storage.ledger import Known
from storage.models import Article, Outcome, Revision, article_id
from storage.records import CITY_TIME

REREAD = "reread"
"""In a provenance: on which day and by whom the page was read again."""
_FILE = ("url", "name", "text", "text_status", "digest")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A version of an article that reads otherwise now."""

    old: Row[Any]
    """The article's row, or the earlier version's."""
    record: Record
    fields: tuple[tuple[str, str, str], ...]
    """(name, as it is stored, as it reads now)"""
    number: int | None = None
    """Of an earlier version; None is the current one."""
    article: Row[Any] | None = None
    """The article of an earlier version."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A page that no article came of, and that has another outcome now."""

    known: Known
    reread: Reread

    @property
    def outcome(self) -> str:
        """What it is now, with its reason."""
        return "article" if self.reread.article else said(self.reread.outcome, self.reread.reason)


@dataclass(frozen=True, slots=True)
class Lost:
    """What cannot be read as it was: an article whose page is none by the present rules, or
    whose bytes are not in the archive. It stays as it is stored."""

    id: str
    title: str
    outcome: str


def said(outcome: str, reason: str | None) -> str:
    """An outcome with its reason, as the ledger shows them."""
    return f"{outcome}:{reason}" if reason else str(outcome)


def compare(session: Session, reread: Sequence[Reread]) -> Iterator[Corrected | Turned | Lost]:
    """What of a batch comes out otherwise than it is stored. It is asked once for all of the batch."""
    keys = [one.key for one in reread]
    articles = {
        row.key: row for row in session.execute(whole_articles().where(Article.key.in_(keys)))
    }
    files = stored_files(session, [row.pk for row in articles.values()])
    files_of = {key: list(files.get(row.pk, {}).values()) for key, row in articles.items()}
    current = [one for one in reread if one.key in articles and articles[one.key].warc == one.warc]
    records = _records(session, current, files_of)
    versions = _versions(session, articles, reread)
    pages = ledger.known(session, [key for key in keys if key not in articles])
    for one in reread:
        article = articles.get(one.key)
        if article is None:
            yield from _turned(pages.get(one.key), one)
            continue
        if article.warc == one.warc:
            yield from _current(article, files_of[one.key], records.get(one.key), one)
        if one.article is not None:
            for row in versions.get((article.pk, one.warc), ()):
                yield from _earlier(article, row, one.article)


def _records(
    session: Session, current: Sequence[Reread], files: Mapping[str, Sequence[Attachment]]
) -> dict[str, Record]:
    """What current versions say now, by key, with what is known of their files."""
    read = [_with_failures(one.article, files[one.key]) for one in current if one.article]
    return {record.key: record for record in complete(session, read)}


def _versions(
    session: Session, articles: Mapping[str, Row[Any]], reread: Sequence[Reread]
) -> Mapping[tuple[int, str], Sequence[Row[Any]]]:
    """The earlier versions that were read from these answers, by article and answer; one may stand on
    both sides of another."""
    query = select(*Revision.__table__.columns).where(
        Revision.article_pk.in_([row.pk for row in articles.values()]),
        Revision.warc.in_({one.warc for one in reread}),
    )
    found: defaultdict[tuple[int, str], list[Row[Any]]] = defaultdict(list)
    for row in session.execute(query.order_by(Revision.article_pk, Revision.number)):
        found[row.article_pk, row.warc].append(row)
    return found


def whole_articles() -> Select[Any]:
    """Articles with all their columns."""
    return select(*Article.__table__.columns)


def _turned(known: Known | None, one: Reread) -> Iterator[Turned | Lost]:
    if known is None or known.outcome not in {Outcome.DROPPED, Outcome.PARKED}:
        return
    if one.reason == MISSING and one.article is None:
        yield Lost(article_id(one.key), one.key, said(one.outcome, one.reason))
        return
    now = Turned(known, one)
    if one.article or now.outcome != said(known.outcome, known.reason):
        yield now


def _current(
    article: Row[Any], files: Sequence[Attachment], record: Record | None, one: Reread
) -> Iterator[Corrected | Lost]:
    if record is None:
        yield Lost(article.id, article.title, said(one.outcome, one.reason))
        return
    before = {name: getattr(article, name) for name in columns_of(record)}
    before["attachments"] = [_file(file) for file in files]
    after = columns_of(record) | {"attachments": [_file(file) for file in record.attachments]}
    if fields := tuple(_differing(before, after)):
        yield Corrected(article, _noted(record), fields)


def _with_failures(record: Record, files: Sequence[Attachment]) -> Record:
    """A record that knows why a file could not be had: a later crawl may have found out more."""
    failed = {file.url: file for file in files if file.text_status.startswith(NOT_FETCHED)}
    return replace(
        record,
        attachments=tuple(
            replace(file, text_status=failed[file.url].text_status)
            if file.digest is None and file.url in failed
            else file
            for file in record.attachments
        ),
    )


def _file(file: Attachment) -> dict[str, Any]:
    return {name: getattr(file, name) for name in _FILE}


def _earlier(article: Row[Any], row: Row[Any], record: Record) -> Iterator[Corrected]:
    """An earlier version of an article that reads otherwise now."""
    version = version_of(record, (), "")
    before = {"title": row.title, "body": row.body} | row.fields
    after = {"title": version.title, "body": version.body} | fields_with_files(row, version.fields)
    fields = tuple(_differing(before, {name: after[name] for name in after.keys() - {"lang"}}))
    if fields:
        yield Corrected(row, _noted(record), fields, row.number, article)


def fields_with_files(row: Row[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a version, with what was known of its files."""
    known = {file["url"]: file for file in row.fields.get("attachments") or ()}
    files = [
        known[file["url"]] | {"name": file["name"]} if file["url"] in known else file
        for file in fields["attachments"]
    ]
    return {**fields, "attachments": files}


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """The fields that differ, with both values as a person reads them."""
    for name in sorted(after.keys() - {"warc"}):
        old, new = before.get(name), after[name]
        if name == "provenance":
            old, new = _unmarked(old), _unmarked(new)
        if old != new:
            yield name, _shown(old), _shown(new)


def _unmarked(provenance: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (provenance or {}).items() if name != REREAD}


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(CITY_TIME).isoformat()
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_shown(one)}" for name, one in sorted(value.items()))
    if isinstance(value, list):
        return "\n".join(map(_shown, value))
    return "" if value is None else str(value)


def _noted(record: Record) -> Record:
    """A record that says that it is a second reading; of which day is told where it is written."""
    return replace(record, provenance={**record.provenance, REREAD: extractor()})
