"""By what a source is judged and how it is asked: what holds for each of its columns, and who says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue, Column, Source
from crawler.plan import Limits
from crawler.records import Moment, Precision, city_day
from flows.health.judge import Facts, judge, rhythm_of
from flows.health.thresholds import Thresholds, over, thresholds
from flows.health.watching import observed
from flows.turns import delay_of, most_bytes
from storage import hosts, pace
from storage.looks import usual_items
from storage.pace import Paced

ALL = "all columns"
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that is expected of a column, or that is kept to where it is asked."""

    column: str
    what: str
    expected: str
    says: str
    """Where that is from: its past, the catalogue, or what holds for everybody."""


def explain(
    session: Session, catalogue: Catalogue, source_id: str, limits: Limits, now: datetime
) -> tuple[Expectation, ...]:
    """Everything that is expected of a source, and how it is asked. Raises StopRun for one that is not in
    the catalogue."""
    source = catalogue.source(source_id)
    rules = thresholds()
    facts = observed(session, list(catalogue.sources), now, rules)(source_id)
    states = {one["column"]: one["state"] for one in judge(source, facts, now, rules).columns}
    found = [*_rhythm(ALL, list(source.columns.values()), facts, rules)]
    found += _politeness(session, source, limits, now)
    paces = pace.paces(session)
    for name, column in source.columns.items():
        if column.expected:
            found.append(Expectation(name, "state", states[name], "as it is judged now"))
            found += _rhythm(name, [column], facts.of(name), rules)
            found += _floors(source, name, facts.of(name), now)
            found += how_often(name, paces.get((source_id, name)))
    return tuple(found)


def _rhythm(
    name: str, columns: list[Column], facts: Facts, rules: Thresholds
) -> Iterator[Expectation]:
    rhythm = rhythm_of(columns, facts, rules)
    declared = any(column.cadence.silence for column in columns)
    if rhythm.learned:
        says = f"learned from {rhythm.gaps} gaps between days with something new"
    elif any(column.cadence.learn for column in columns):
        says = f"{rhythm.gaps} gaps are too few to learn from: "
        says += "catalogue, cadence" if declared else "nothing declared"
    else:
        says = "catalogue, cadence (learn: false)"
    silent = f"{rhythm.silent_hours(rules.rhythm) / 24:.3g}"
    kinds = "days" if len(rhythm.kinds) > 1 else "workdays"
    expected = f"within {rhythm.expected_days:g} {kinds}; silent after {silent}"
    yield Expectation(name, "something new", expected, says)


def _floors(source: Source, name: str, facts: Facts, now: datetime) -> Iterator[Expectation]:
    own, rules = source.floors_of(name), over(thresholds(), source.floors_of(name))
    look = facts.looks.get(name)
    usual = usual_items(look, rules.floors.items_days, now) if look else None
    shown = f"usual are {usual:g}" if usual else "not known yet what is usual"
    yield Expectation(
        name, "items of its list", _share(rules.floors.items_share, shown), _who(own.items)
    )
    copies = "never" if rules.floors.copies_share > 1 else f"under {rules.floors.copies_share:.0%}"
    yield Expectation(name, "copies in a batch", copies, _who(own.copies))
    fields = ", ".join(rules.fields.expected) or "none"
    yield Expectation(name, "fields", fields, _who(own.fields))


def _share(share: float, shown: str) -> str:
    return f"at least {share:.0%} of the usual ({shown})" if share else "any number"


def _who(own: object) -> str:
    return "thresholds" if own is None else "catalogue, floors"


# --- how it is asked --------------------------------------------------------------------------------


def _politeness(
    session: Session, source: Source, limits: Limits, now: datetime
) -> Iterator[Expectation]:
    own = source.politeness
    least = delay_of(source, limits)
    says = "catalogue, politeness" if least > limits.delay else "what holds for everybody"
    yield Expectation(ALL, "requests", f"every {least:g} s at most", says)
    for one in hosts.robots_of(session, source.hosts, _EVER):
        asks = f"Crawl-delay {one.delay:g} s" if one.delay else "no Crawl-delay"
        read = Moment(one.read_at, Precision.MINUTE)
        yield Expectation(ALL, f"robots.txt of {one.site}", asks, f"as it was read {read}")
    quiet = {"SUQIAN_QUIET_HOURS": limits.quiet, "catalogue, politeness": own.quiet}
    who = " and ".join(name for name, spans in quiet.items() if spans)
    spans = ", ".join([*limits.quiet, *own.quiet])
    yield Expectation(ALL, "quiet hours", spans or "none", who or "nobody asks for any")
    most = most_bytes(source, limits)
    bound = "any number" if most is None else f"at most {most / 1e6:,.0f} MB"
    yield from _hosts(session, source, bound, now)


def _hosts(session: Session, source: Source, bound: str, now: datetime) -> Iterator[Expectation]:
    """What each host has served today, and whether it asks to be left alone."""
    today = hosts.asked_on(session, city_day(now))
    alone = hosts.left_alone(session, now)
    for host in source.hosts:
        asked = today.get(host)
        said = f"{asked.requests:,} requests, {asked.bytes / 1e6:,.1f} MB" if asked else "nothing"
        yield Expectation(ALL, f"bytes of {host} in a day", bound, f"today {said}")
        if host in alone:
            until = f"not asked until {Moment(alone[host], Precision.MINUTE)}"
            yield Expectation(ALL, f"requests to {host}", until, "Retry-After of its own")


def how_often(name: str, paced: Paced | None) -> Iterator[Expectation]:
    """At which intervals a column's list is looked at, once that is known."""
    if paced is not None:
        hours = f"every {paced.interval.total_seconds() / 3600:.3g} h"
        due = f"learned from its news; next from {Moment(paced.due_at, Precision.MINUTE)} on"
        yield Expectation(name, "looks at its list", hours, due)
