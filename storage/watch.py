"""Watching stored articles: when each page is due for a check, and what its checks came to.

A page that is missing in one check is only suspected; missing again `CONFIRM_AFTER` later, or more,
its article is withdrawn: with the time of the first of the two. Failures (timeouts, 5xx) say
nothing. Where most of a host's checks find nothing, it is the host that is ill: none of them counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.among import parts
from storage.bulk import insert_rows, update_rows
from storage.changes import record_changes
from storage.ledger import Due
from storage.models import Article, ChangeKind, Outcome, Page, Visit, Watch, Withdrawal

INTERVALS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 72, 240, 720, 2160))
"""How long after it was first seen (or withdrawn, or restored) a page is checked."""
CONFIRM_AFTER = timedelta(hours=6)
"""Between the two checks that make a withdrawal, at the least."""
HELD_SHARE = 0.5
HELD_FROM = 3
"""More than this share of a host's answers, and this many, missing in one run: the host is ill."""
CONTROLS = 5
"""So many healthy pages of a host are asked along with its suspects, to tell the two apart."""
_SKEW = timedelta(hours=1)
"""What is this far in the future was written under a clock that was wrong."""
_THERE = {Outcome.NEW, Outcome.DUPLICATE, Outcome.CHANGED, Outcome.UNCHANGED}
_ANSWERED = {*_THERE, Outcome.GONE, Outcome.DROPPED, Outcome.PARKED, Outcome.HELD}


def next_check(since: datetime, checked_at: datetime) -> datetime | None:
    """The first of the intervals' ends that lies behind a check; None when it has seen them all.

    Ends that passed while nobody looked count as one.
    """
    ends = (since + interval for interval in INTERVALS)
    return next((end for end in ends if end > checked_at), None)


@dataclass(frozen=True, slots=True)
class Watched:
    """An article's page to watch from now on."""

    page_id: int
    source: str
    url: str
    since: datetime


def begin(session: Session, pages: Iterable[Watched]) -> None:
    """Watch the pages of new articles."""
    rows = [
        {
            "page_id": page.page_id,
            "source": page.source,
            "host": urlsplit(page.url).hostname or "",
            "since": page.since,
            "seen_at": page.since,
            "checked_at": page.since,
            "check_at": next_check(page.since, page.since),
        }
        for page in pages
    ]
    insert_rows(session, Watch, rows)


def seen(session: Session, page_id: int, at: datetime) -> None:
    """Note when an article was last seen as it reads now."""
    session.execute(update(Watch).where(Watch.page_id == page_id).values(seen_at=at))


# --- what is due ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """A page to ask for again, and how old its article is."""

    page: Due
    since: datetime
    published_at: datetime | None


def due_checks(
    session: Session,
    sources: Sequence[str],
    now: datetime,
    per_host: int,
    within: timedelta | None = None,
) -> list[Check]:
    """The checks that are due: suspects first, then the most recent articles; at most `per_host` of
    a host, and `CONTROLS` healthy pages more where it has suspects. `within` leaves out what has
    been watched for longer.
    """
    conditions = [Watch.source.in_(sources), Watch.check_at <= now]
    if within is not None:
        conditions.append(or_(Watch.since >= now - within, Watch.gone_since.is_not(None)))
    order = (Watch.gone_since.is_(None), Watch.since.desc(), Watch.page_id)
    place = func.row_number().over(partition_by=Watch.host, order_by=order).label("place")
    placed = select(Watch.page_id, Watch.host, Watch.gone_since, place).where(*conditions)
    ranked = placed.subquery()
    rows = session.execute(select(ranked).where(ranked.c.place <= per_host)).all()
    pages = [row.page_id for row in rows]
    suspected = sorted({row.host for row in rows if row.gone_since is not None})
    return _checks(session, [*pages, *_controls(session, sources, suspected, set(pages))])


def _controls(
    session: Session, sources: Sequence[str], hosts: Sequence[str], chosen: set[int]
) -> Iterator[int]:
    for host in hosts:
        healthy = (
            select(Watch.page_id)
            .join(Article, Article.page_id == Watch.page_id)
            .where(Watch.host == host, Watch.source.in_(sources), Watch.gone_since.is_(None))
            .where(Article.withdrawn_at.is_(None))
            .order_by(Watch.since.desc(), Watch.page_id)
        )
        found = session.scalars(healthy.limit(CONTROLS + len(chosen)))
        yield from islice((page for page in found if page not in chosen), CONTROLS)


def _checks(session: Session, page_ids: Sequence[int]) -> list[Check]:
    """The pages as checks, the most recent first."""
    columns = [getattr(Page, name) for name in Due.__dataclass_fields__]
    query = (
        select(Watch.since, Article.published_at, *columns)
        .select_from(Page)
        .join(Watch, Watch.page_id == Page.id)
        .join(Article, Article.page_id == Page.id)
    )
    found: list[Check] = []
    for some in parts(page_ids):
        rows = session.execute(query.where(Page.id.in_(some)))
        found += [Check(Due(*page), since, published_at) for since, published_at, *page in rows]
    return sorted(found, key=lambda check: (check.since, check.page.url), reverse=True)


def mend(session: Session, now: datetime) -> int:
    """Bring in order what was written under a clock that ran ahead; return how many pages.

    Their last check counts as made now: none waits until the wrong time has come.
    """
    wrong = or_(Watch.checked_at > now + _SKEW, Watch.gone_since > now + _SKEW)
    rows = session.execute(
        select(Watch.page_id, Watch.since, Watch.checked_at, Watch.gone_since).where(wrong)
    ).all()
    mended: list[dict[str, Any]] = []
    for row in rows:
        since, checked = min(row.since, now), min(row.checked_at, now)
        suspected = row.gone_since and min(row.gone_since, now)
        due = suspected + CONFIRM_AFTER if suspected else next_check(since, checked)
        mended.append(
            {
                "page_id": row.page_id,
                "since": since,
                "checked_at": checked,
                "gone_since": suspected,
                "check_at": due,
            }
        )
    update_rows(session, Watch, mended)
    return len(mended)


# --- what checks came to --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Checked:
    """A visit to the page of a stored article, beside what was known before it."""

    page_id: int
    article_pk: int
    article_id: str
    withdrawn_at: datetime | None
    host: str
    since: datetime
    check_at: datetime | None
    gone_since: datetime | None
    source: str
    outcome: str
    reason: str | None
    at: datetime
    next_try_at: datetime | None


@dataclass(slots=True)
class _Settlement:
    """What the checks of a run change."""

    watches: list[dict[str, Any]]
    happened: list[tuple[str, ChangeKind]]


def settle_checks(session: Session, run_id: str, now: datetime) -> list[str]:
    """Draw the conclusions from a run's visits; return what a person should know, a line each.

    May be called again for the same run: a conclusion that is drawn already is not drawn twice.
    """
    checked = list(_checked(session, run_id))
    ill = _ill_hosts(checked)
    settlement = _Settlement([], [])
    for one in checked:
        if one.outcome in {Outcome.NEW, Outcome.DUPLICATE}:
            continue  # it is watched from this visit on
        if one.outcome in _THERE:
            _found(session, one, settlement)
        elif one.outcome == Outcome.GONE and one.host in ill:
            _set(settlement, one, check_at=one.at + CONFIRM_AFTER)
        elif one.outcome == Outcome.GONE:
            _missed(session, one, settlement)
        elif one.outcome == Outcome.DROPPED:
            _set(settlement, one, checked_at=one.at, check_at=next_check(one.since, one.at))
        elif one.check_at is not None and one.check_at <= one.at:
            _set(settlement, one, check_at=one.next_try_at or one.at + CONFIRM_AFTER)
    update_rows(session, Watch, settlement.watches)
    record_changes(session, settlement.happened, now)
    return [
        f"{source}: {gone} of {answers} answers of {host} say that the page is not there; the host is "
        f"taken to be ill, nothing is withdrawn, and they are asked again in {CONFIRM_AFTER}"
        for host, (source, gone, answers) in ill.items()
    ]


def _checked(session: Session, run_id: str) -> Iterator[_Checked]:
    query = (
        select(
            *(Watch.page_id, Article.pk, Article.id, Article.withdrawn_at, Watch.host, Watch.since),
            *(Watch.check_at, Watch.gone_since, Watch.source),
            *(Visit.outcome, Visit.reason, Visit.at, Page.next_try_at),
        )
        .join(Visit, and_(Visit.page_id == Watch.page_id, Visit.run_id == run_id))
        .join(Page, Page.id == Watch.page_id)
        .join(Article, Article.page_id == Watch.page_id)
        .where(Visit.outcome.in_(_ANSWERED))
        .order_by(Watch.page_id)
    )
    return (_Checked(*tuple(row)) for row in session.execute(query).all())


def _ill_hosts(checked: Sequence[_Checked]) -> dict[str, tuple[str, int, int]]:
    """Hosts most of whose answers are that there is nothing: (a source, how many, of how many)."""
    by_host: defaultdict[str, list[_Checked]] = defaultdict(list)
    for one in checked:
        if one.outcome not in {Outcome.PARKED, Outcome.HELD}:
            by_host[one.host].append(one)
    counted = {
        host: (all_[0].source, sum(one.outcome == Outcome.GONE for one in all_), len(all_))
        for host, all_ in sorted(by_host.items())
    }
    return {
        host: (source, gone, answers)
        for host, (source, gone, answers) in counted.items()
        if gone >= HELD_FROM and gone > HELD_SHARE * answers
    }


def _found(session: Session, one: _Checked, settlement: _Settlement) -> None:
    since = one.since
    if one.withdrawn_at is not None:
        since = one.at
        open_ = (Withdrawal.article_pk == one.article_pk, Withdrawal.restored_at.is_(None))
        session.execute(update(Withdrawal).where(*open_).values(restored_at=one.at))
        _mark(session, one, None)
        settlement.happened.append((one.article_id, ChangeKind.RESTORED))
    _set(
        settlement,
        one,
        since=since,
        seen_at=one.at,
        checked_at=one.at,
        gone_since=None,
        check_at=next_check(since, one.at),
    )


def _missed(session: Session, one: _Checked, settlement: _Settlement) -> None:
    if one.withdrawn_at is not None:
        _set(settlement, one, checked_at=one.at, check_at=next_check(one.since, one.at))
    elif one.gone_since is None:
        due = one.at + CONFIRM_AFTER
        _set(settlement, one, checked_at=one.at, gone_since=one.at, check_at=due)
    elif one.at - one.gone_since < CONFIRM_AFTER:
        _set(settlement, one, checked_at=one.at, check_at=one.gone_since + CONFIRM_AFTER)
    else:
        _withdraw(session, one, one.gone_since)
        settlement.happened.append((one.article_id, ChangeKind.WITHDRAWN))
        due_again = next_check(one.at, one.at)
        _set(
            settlement,
            one,
            since=one.at,
            checked_at=one.at,
            gone_since=None,
            check_at=due_again,
        )


def _withdraw(session: Session, one: _Checked, gone_at: datetime) -> None:
    before = select(func.count()).where(Withdrawal.article_pk == one.article_pk)
    session.execute(
        insert(Withdrawal).values(
            article_pk=one.article_pk,
            number=(session.scalar(before) or 0) + 1,
            gone_at=gone_at,
            confirmed_at=one.at,
            reason=one.reason or "",
        )
    )
    _mark(session, one, gone_at)


def _mark(session: Session, one: _Checked, withdrawn_at: datetime | None) -> None:
    session.execute(
        update(Article).where(Article.pk == one.article_pk).values(withdrawn_at=withdrawn_at)
    )


def _set(settlement: _Settlement, one: _Checked, **values: Any) -> None:
    before = {name: getattr(one, name) for name in ("since", "gone_since", "check_at")}
    settlement.watches.append({"page_id": one.page_id} | before | values)


# --- lists ----------------------------------------------------------------------------------------


def note_list(
    session: Session,
    column: tuple[str, str],
    newer_than: datetime,
    listed: set[str],
    now: datetime,
) -> int:
    """Compare what was known of a (source, column) with a walk over its list: `listed` are the keys
    that any list shows, and all items dated behind `newer_than` would have been seen.

    What the list leaves out is due for a check, once; what was withdrawn and is listed again, too.
    Returns how many are left out anew.
    """
    query = (
        select(Watch.page_id, Page.key, Watch.unlisted_at, Article.withdrawn_at)
        .join(Page, Page.id == Watch.page_id)
        .join(Article, Article.page_id == Watch.page_id)
        .where(Page.source == column[0], Page.column == column[1], Page.listed_at > newer_than)
    )
    rows = session.execute(query).all()
    left_out = [row for row in rows if row.key not in listed and row.unlisted_at is None]
    back = [row for row in rows if row.key in listed and row.unlisted_at is not None]
    updates = [
        {"page_id": row.page_id, "unlisted_at": now}
        | ({} if row.withdrawn_at else {"check_at": now})
        for row in left_out
    ]
    updates += [
        {"page_id": row.page_id, "unlisted_at": None}
        | ({"check_at": now} if row.withdrawn_at else {})
        for row in back
    ]
    update_rows(session, Watch, updates)
    return len(left_out)
