"""Which hosts a run may ask now, and by which rules: one run at a time asks a host, whatever source it is
at work on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from crawler.catalogue import Source
from crawler.plan import MAX_WAIT, Limits
from crawler.progress import Rules, Turn
from crawler.quiet import quiet_until
from crawler.records import Moment, Precision, city_day
from crawler.segment import Note
from crawler.urls import host_of
from flows.work import LEASE, Work
from storage import hosts, ledger
from storage.errors import StorageError

log = structlog.get_logger(__name__)
_MEGABYTE = 1_000_000
_ROBOTS_FOR = timedelta(hours=12)
"""How long what a robots.txt said is taken by runs that begin: with the hours of a run it is under the day
that RFC 9309, 2.4, allows."""


@dataclass(frozen=True, slots=True)
class Politeness:
    """How the hosts of a source are asked, and what they were asked today."""

    delay: float
    """Seconds between two requests, at the least."""
    quiet: tuple[str, ...]
    most_bytes: int | None
    """A host and day."""
    requests: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        most = f" of {self.most_bytes / _MEGABYTE:,.0f}" if self.most_bytes is not None else ""
        quiet = f"; quiet {', '.join(self.quiet)}" if self.quiet else ""
        today = f"today {self.requests:,} requests, {self.bytes / _MEGABYTE:,.1f}{most} MB"
        return f"every {self.delay:g} s at most{quiet}; {today}"


def politeness_of(
    source: Source, limits: Limits, today: Mapping[str, hosts.HostAsked]
) -> Politeness:
    """How a source is asked."""
    asked = [today[host] for host in source.hosts if host in today]
    return Politeness(
        delay=delay_of(source, limits),
        quiet=(*limits.quiet, *source.politeness.quiet),
        most_bytes=most_bytes(source, limits),
        requests=sum(one.requests for one in asked),
        bytes=sum(one.bytes for one in asked),
    )


def turn_of(work: Work, host: str) -> Turn:
    """Whether a run may ask a host; then nobody else may until the run is over."""
    now = work.hooks.clock()
    source = work.app.catalogue.source_of(f"http://{host}/")
    with work.app.database.unit_of_work() as session:
        last, free = hosts.last_asked(session, host)
        left_alone = free is not None and free > now
        if left_alone or not ledger.acquire_lease(session, _lease(host), work.run_id, now, LEASE):
            return Turn(host, granted=False)
        today = hosts.asked_on(session, city_day(now))
        robots = hosts.robots_of(session, [host], now - _ROBOTS_FOR)
    # Who asks for longer is not waited for: the crawl reads so in the rules, and leaves the host alone.
    asked = [one.delay for one in robots if one.delay <= MAX_WAIT]
    delay = max([delay_of(source, work.app.limits), *asked])
    rules = tuple(Rules(one.site, one.text, one.delay) for one in robots)
    left = _left(host, source, work.app.limits, today)
    return Turn(host, wait=_wait(last, delay, now), bytes_left=left, rules=rules)


def keep_rules(work: Work, rules: Rules) -> None:
    """Remember what a robots.txt said for the runs that follow."""
    read = hosts.Robots(rules.site, rules.text, rules.delay, work.hooks.clock())
    try:
        with work.app.database.unit_of_work() as session:
            hosts.keep_robots(session, host_of(f"http://{rules.site}/"), read)
    except StorageError as error:
        # The crawl goes on by what it has read; the next one reads it again.
        log.warning("robots.txt is not remembered", site=rules.site, reason=str(error))


def delay_of(source: Source | None, limits: Limits) -> float:
    """Seconds between two requests to the hosts of a source, at the least."""
    return max(limits.delay, (source.politeness.delay if source else None) or 0.0)


def most_bytes(source: Source | None, limits: Limits) -> int | None:
    """What a host of a source may serve in a day; None: as much as it likes."""
    own = source.politeness.megabytes if source else None
    bounds = (limits.host_bytes, None if own is None else int(own * _MEGABYTE))
    return min((one for one in bounds if one is not None), default=None)


def _lease(host: str) -> str:
    return f"host {host}"


def _wait(last: datetime | None, delay: float, now: datetime) -> float:
    passed = (now - last).total_seconds() if last is not None else delay
    return min(delay, max(0.0, delay - passed))


def _left(
    host: str, source: Source | None, limits: Limits, today: Mapping[str, hosts.HostAsked]
) -> int | None:
    most = most_bytes(source, limits)
    if most is None:
        return None
    return max(0, most - (today[host].bytes if host in today else 0))


def asked_by(notes: Iterable[Note]) -> list[hosts.HostAsked]:
    """What a segment's crawl asked, by host and day."""
    found: dict[tuple[str, date], hosts.HostAsked] = {}
    for note in notes:
        host = host_of(note.url)
        if note.at is None or note.status is None or not host:
            continue
        day = city_day(note.at)
        before = found.get((host, day))
        found[host, day] = hosts.HostAsked(
            host,
            day,
            (before.requests if before else 0) + 1,
            (before.bytes if before else 0) + note.size,
            max(note.at, before.last_at if before else note.at),
            note.free_at or (before.free_at if before else None),
        )
    return list(found.values())


def awake(work: Work, sources: Sequence[Source], *, named: bool) -> list[Source]:
    """The sources that may be asked now. Why the others may not is a problem only where somebody named
    them: by schedule they are asked later."""
    now = work.hooks.clock()
    with work.app.database.reading() as session:
        today, alone = hosts.asked_on(session, city_day(now)), hosts.left_alone(session, now)
    reasons = {one.id: _rests(one, work.app.limits, now, today, alone) for one in sources}
    for source_id, why in reasons.items():
        if why is not None:
            log.info("not asked now", source=source_id, reason=why)
            work.problems += [f"{source_id}: {why}; not asked"] if named else []
    return [one for one in sources if reasons[one.id] is None]


def _rests(
    source: Source,
    limits: Limits,
    now: datetime,
    today: Mapping[str, hosts.HostAsked],
    alone: Mapping[str, datetime],
) -> str | None:
    """Why a source is not to be asked now; None where it may."""
    host = source.hosts[0]
    until = quiet_until([*limits.quiet, *source.politeness.quiet], now)
    if until is not None:
        return f"quiet hours until {until:%H:%M}"
    if host in alone:
        return f"{host} asks to be left alone until {Moment(alone[host], Precision.MINUTE)}"
    if _left(host, source, limits, today) == 0:
        return f"{host} has served what it may in a day"
    return None
