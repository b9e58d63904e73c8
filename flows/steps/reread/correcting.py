"""Putting right what a better reading of the same bytes says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue
from crawler.records import Article as Record
from crawler.records import city_day
from flows.steps.attach import complete, is_incomplete
from flows.steps.extracted import tagged
from flows.steps.load import Tagged, correct, load
from flows.steps.reread.comparing import (
    REREAD,
    Corrected,
    Turned,
    fields_with_files,
    whole_articles,
)
from flows.steps.tag import Tagger, tag_row
from flows.steps.versions import version_of
from storage import changes, ledger, tombstones
from storage.ledger import Result
from storage.models import Article, ChangeKind, Revision


@dataclass(frozen=True, slots=True)
class Corrector:
    """Writes what differs: the articles with tags for the text that they have now."""

    catalogue: Catalogue
    tagger: Tagger
    now: datetime

    def correct(self, session: Session, found: Sequence[Corrected]) -> None:
        """Put versions right. One that was replaced since it was read is left alone."""
        changes.hold(session)
        pks = [(one.article or one.old).pk for one in found]
        query = whole_articles().where(Article.pk.in_(pks)).with_for_update()
        stored = {row.pk: row for row in session.execute(query)}
        same = [one for one in found if _stands(one, stored)]
        current = [one for one in same if one.number is None]
        correct(
            session,
            [(self._tagged(one.record, one.old.page_id), one.old) for one in current],
            self.now,
        )
        for one in same:
            if one.number is not None:
                self._correct_earlier(session, one)
        told = {one.old.id for one in current}
        earlier = {one.article.id for one in same if one.article is not None} - told
        reread = [(article_id, ChangeKind.REREAD) for article_id in sorted(earlier)]
        changes.record_changes(session, reread, self.now)

    def _correct_earlier(self, session: Session, one: Corrected) -> None:
        item = self._tagged(one.record, 0)
        tags = [tag_row(tag, item.taxonomy) for tag in item.tags]
        version = version_of(item.article, tags, item.lang)
        session.execute(
            update(Revision)
            .where(Revision.article_pk == one.old.article_pk, Revision.number == one.number)
            .values(
                title=version.title,
                body=version.body,
                fields=fields_with_files(one.old, version.fields),
                tags=version.tags,
                digest=version.digest,
            )
        )

    def _tagged(self, record: Record, page_id: int) -> Tagged:
        day = city_day(self.now)
        provenance = {**record.provenance, REREAD: f"{day} by {record.provenance[REREAD]}"}
        dated = replace(record, provenance=provenance)
        return tagged(self.catalogue, self.tagger, dated, page_id, live=False)

    def turn(self, session: Session, found: Sequence[Turned], run_id: str) -> list[str]:
        """Give pages their new outcome; those that are articles now are loaded as of when they
        were fetched. What has another outcome by now, or is forgotten, is left alone.

        Returns the sources of those that got one.
        """
        keys = [one.known.key for one in found]
        now_known, buried = ledger.known(session, keys), tombstones.forgotten(session, keys)
        same = [
            one
            for one in found
            if now_known.get(one.known.key) == one.known and one.known.key not in buried
        ]
        records = complete(session, [one.reread.article for one in same if one.reread.article])
        pages = {one.known.key: one.known.id for one in same}
        rows = [
            tagged(self.catalogue, self.tagger, one, pages[one.key], live=False) for one in records
        ]
        loaded = load(session, rows, self.now) if rows else {}
        lacking = {one.key for one in records if is_incomplete(one)}
        results = [
            Result(
                key=one.known.key,
                outcome=loaded.get(one.known.key, one.reread.outcome),
                reason=None if one.known.key in loaded else one.reread.reason,
                warc=one.reread.warc,
                incomplete=one.known.key in lacking and one.known.source in self.catalogue.sources,
            )
            for one in same
        ]
        ledger.record(session, run_id, results, self.now)
        return [one.known.source for one in same]


def _stands(one: Corrected, stored: Mapping[int, Row[Any]]) -> bool:
    """Whether what was compared is still what is stored."""
    old = one.article or one.old
    new = stored.get(old.pk)
    return new is not None and (new.warc, new.revision, new.digest) == (
        old.warc,
        old.revision,
        old.digest,
    )
