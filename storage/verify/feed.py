"""The change feed: every number once, and every article announced."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from storage.models import Article, Change, ChangeKind, Counter
from storage.verify.findings import Finding, Kind

_READ_ANEW = (
    "what it told is lost: who follows the feed past it reads the corpus anew (suqian export)"
)


def counter_behind(session: Session) -> Iterator[Finding]:
    """A counter that would give numbers out again."""
    given, last = _counter(session), _last(session)
    if given < last:
        said = f"the feed's counter stands at {given}, its last change has {last}"
        yield Finding(Kind.FEED, "counter", said)


def set_counter(session: Session, _findings: Sequence[Finding]) -> None:
    """Go on counting behind the last change."""
    last = max(_counter(session), _last(session))
    session.execute(update(Counter).where(Counter.name == "change").values(value=last))


def gaps(session: Session) -> Iterator[Finding]:
    """Numbers that are missing, and articles that were never announced."""
    silent = _unannounced(session)
    last = max(_counter(session), _last(session))
    for place, seq in enumerate(_missing(session, last)):
        advice = "" if place < len(silent) else _READ_ANEW
        yield Finding(Kind.FEED, str(seq), f"number {seq} of the change feed is missing", advice)
    for article in silent:
        yield Finding(Kind.FEED, article, f"article {article} was never announced")


def announce(session: Session, _findings: Sequence[Finding]) -> None:
    """Announce what was not: under the numbers that are missing first, then under new ones."""
    given = max(_counter(session), _last(session))
    silent = _unannounced(session)
    free = [*_missing(session, given), *range(given + 1, given + 1 + len(silent))]
    for seq, article in zip(free, silent, strict=False):
        at = session.scalar(select(Article.first_seen).where(Article.id == article))
        row = {"seq": seq, "article_id": article, "kind": ChangeKind.ADDED, "at": at}
        session.execute(insert(Change), [row])
    set_counter(session, ())


def _counter(session: Session) -> int:
    return session.scalar(select(Counter.value).where(Counter.name == "change")) or 0


def _last(session: Session) -> int:
    return session.scalar(select(func.max(Change.seq))) or 0


def _missing(session: Session, last: int) -> list[int]:
    """The numbers up to the last one that no change has."""
    missing: list[int] = []
    expected = 1
    query = select(Change.seq).order_by(Change.seq).execution_options(yield_per=5000)
    for seq in session.scalars(query):
        missing += range(expected, seq)
        expected = seq + 1
    return [*missing, *range(expected, last + 1)]


def _unannounced(session: Session) -> list[str]:
    """Articles that no ``added`` tells of, in the order in which they were stored."""
    told = (
        select(Change.seq)
        .where(Change.article_id == Article.id, Change.kind == ChangeKind.ADDED)
        .exists()
    )
    return list(session.scalars(select(Article.id).where(~told).order_by(Article.pk)))
