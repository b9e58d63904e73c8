"""Where the archive has the last answers of lists: the same bytes need not be written again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.bulk import upsert
from storage.models import ListAnswer

WHOLE_FOR = timedelta(days=7)
"""How long an answer is referred to; then the next one is written whole. A segment that is lost takes the
bytes of a week with it at the most."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of a list that the archive has whole."""

    url: str
    digest: str
    at: datetime
    warc: str

    @property
    def segment(self) -> str:
        """The segment that it is in."""
        return self.warc.rpartition("@")[0]


def note_answers(session: Session, answers: Iterable[Answered], now: datetime) -> None:
    """Note answers that were archived whole, and drop those that are too old to be referred to."""
    session.execute(delete(ListAnswer).where(ListAnswer.at < now - WHOLE_FOR))
    for one in answers:
        row = {name: getattr(one, name) for name in Answered.__dataclass_fields__}
        statement = upsert(session, ListAnswer).values(**row)
        session.execute(statement.on_conflict_do_update(index_elements=[ListAnswer.url], set_=row))


def answers(session: Session, now: datetime) -> list[Answered]:
    """The answers that can be referred to."""
    names = [getattr(ListAnswer, name) for name in Answered.__dataclass_fields__]
    query = select(*names).where(ListAnswer.at >= now - WHOLE_FOR).order_by(ListAnswer.url)
    return [Answered(*row) for row in session.execute(query)]


def forget_answers(session: Session) -> None:
    """Refer to none of them any more: some of what they show is to be taken out of the archive."""
    session.execute(delete(ListAnswer))
