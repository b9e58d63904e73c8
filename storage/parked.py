"""Parked pages: what could not be read or fetched, and waits to be tried again."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models import Outcome, Page
from storage.records import city_time

_UNREAD = ("http-", "UNFINISHED", "unfinished")


@dataclass(frozen=True, slots=True)
class Which:
    """Which parked pages are meant; what is None does not count."""

    source: str | None = None
    reason: str | None = None
    """How it begins: ``http-`` for every status."""
    url: str | None = None
    """An address, or a part of one."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked page."""

    id: int
    key: str
    url: str
    source: str
    column: str | None
    reason: str | None
    outcome_at: datetime
    attempts: int
    next_try_at: datetime | None
    status: int | None
    warc: str | None

    @property
    def is_readable(self) -> bool:
        """Whether the answer that could not be read is in the archive."""
        return self.warc is not None and self.status == 200 and not self._unanswered

    @property
    def _unanswered(self) -> bool:
        """Whether the latest try brought no answer: what is in the archive is of an earlier one."""
        words = (*_UNREAD, "timeout", "dns", "refused", "cut-off", "too-large", "challenge")
        return (self.reason or "").startswith((*words, "robots", "redirects", "later page"))

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        times = {name: city_time(getattr(self, name)) for name in ("outcome_at", "next_try_at")}
        return asdict(self) | times | {"readable": self.is_readable}


def find(session: Session, which: Which) -> Sequence[Parked]:
    """The parked pages that are meant, by source and address."""
    columns = [getattr(Page, name) for name in Parked.__dataclass_fields__]
    query = select(*columns).where(Page.outcome == Outcome.PARKED)
    if which.source is not None:
        query = query.where(Page.source == which.source)
    if which.reason is not None:
        query = query.where(Page.reason.startswith(which.reason, autoescape=True))
    if which.url is not None:
        query = query.where(Page.url.contains(which.url, autoescape=True))
    rows = session.execute(query.order_by(Page.source, Page.url))
    return [Parked(*row) for row in rows]


def make_due(session: Session, page_ids: Sequence[int], now: datetime) -> None:
    """Let parked pages be tried again from now on."""
    if page_ids:
        rows = [{"id": page_id, "next_try_at": now} for page_id in page_ids]
        session.execute(update(Page), rows)
