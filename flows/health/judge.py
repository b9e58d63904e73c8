"""From what was observed of a source to how it stands: pure functions, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crawler.catalogue import Column, Source
from crawler.floors import Floors
from crawler.records import CITY_TIME
from flows.health.coverage import shortfall
from flows.health.fields import Filled, find_copies, find_rot, usual_length
from flows.health.rhythm import Rhythm, Spell, learn
from flows.health.thresholds import Thresholds, over
from storage.evidence import HELD, IN_LOOKS, NEVER_READ, NO_ITEMS, NOBODY_LOOKED, NOTHING_STORED
from storage.health import Judgement
from storage.models import ColumnWalk, Hold, Look
from storage.observations import PublicationDay, ReadPage
from storage.records import HealthState, city_time, to_the_minute

_BLOCKED = (
    *("challenge", "robots-unreachable", "skipped:robots", "http-401", "http-403", "http-412"),
    *("http-429", "http-451", "http-521"),
)
_SEVERITY = (
    HealthState.BLOCKED,
    HealthState.BROKEN,
    HealthState.SILENT,
    HealthState.LATE,
    HealthState.OK,
    HealthState.UNKNOWN,
    HealthState.EMPTY,
)
"""The worst first. What is not known of one column says nothing of a source whose others do well."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was observed of one source."""

    days: Sequence[PublicationDay] = ()
    """In order."""
    read: Sequence[ReadPage] = ()
    """The newest first."""
    looks: dict[str, Look] = field(default_factory=dict)
    """By column."""
    shortfalls: dict[str, ColumnWalk] = field(default_factory=dict)
    """By column: what its walks came to, where it has more than is known of it."""
    holds: Sequence[Hold] = ()
    """Those that nobody has settled."""
    spells: Sequence[Spell] = ()
    """When it was silent, broken or blocked, in order."""

    def of(self, column: str) -> "Facts":
        """What was observed of one column."""
        looks = {column: self.looks[column]} if column in self.looks else {}
        return Facts(
            [day for day in self.days if day.column == column],
            [page for page in self.read if page.column == column],
            looks,
            {column: self.shortfalls[column]} if column in self.shortfalls else {},
            spells=self.spells,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a column stands, or a source as a whole."""

    state: HealthState
    evidence: tuple[str, ...]
    rhythm: Rhythm | None = None
    last_new: datetime | None = None


def judge(source: Source, facts: Facts, now: datetime, rules: Thresholds) -> Judgement:
    """How a source stands: as its worst column, or as all of them together."""
    columns = {name: column for name, column in source.columns.items() if column.expected}
    found = {
        name: _column(column, facts.of(name), now, over(rules, source.floors_of(name)))
        for name, column in columns.items()
    }
    whole = _whole(source, facts, now, rules)
    worst = min((whole, *found.values()), key=lambda verdict: _SEVERITY.index(verdict.state)).state
    evidence = [*(whole.evidence if whole.state is worst else ())]
    evidence += [
        f"{n}: {said}" for n, v in found.items() if v.state is worst for said in v.evidence
    ]
    return Judgement(
        source=source.id,
        state=worst,
        evidence=tuple(evidence),
        expected_hours=_hours(whole),
        last_new=whole.last_new,
        columns=tuple({"column": name} | _as_json(verdict) for name, verdict in found.items()),
    )


def _hours(verdict: Verdict) -> float | None:
    return verdict.rhythm.expected_hours if verdict.rhythm else None


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "state": verdict.state.value,
        "evidence": list(verdict.evidence),
        "expected_hours": _hours(verdict),
        "last_new": city_time(verdict.last_new),
    }


def _whole(source: Source, facts: Facts, now: datetime, rules: Thresholds) -> Verdict:
    """All columns of a source as if they were one; those with floors of their own are judged by
    themselves."""
    columns = list(source.columns.values())
    if facts.holds:
        said = [
            HELD.said(since=_day(hold.held_at), evidence="; ".join(hold.evidence))
            for hold in facts.holds
        ]
        timed = _pace(columns, facts, now, rules)
        return Verdict(HealthState.BROKEN, tuple(said), timed.rhythm, timed.last_new)
    apart = {name for name, column in source.columns.items() if column.floors != Floors()}
    shared = [page for page in facts.read if page.column not in apart]
    general = over(rules, source.floors)
    return _fields(shared, general) or _pace(columns, facts, now, rules)


def _column(column: Column, facts: Facts, now: datetime, rules: Thresholds) -> Verdict:
    look = next(iter(facts.looks.values()), None)
    timed = _pace([column], facts, now, rules)
    trouble = _list_trouble(look, facts, rules) if look else None
    worse = trouble or _fields(facts.read, rules) or _unseen(facts, rules)
    if worse is None:
        return timed
    return Verdict(worse.state, worse.evidence, timed.rhythm, timed.last_new)


def _list_trouble(look: Look, facts: Facts, rules: Thresholds) -> Verdict | None:
    """What is wrong with a column's list for long enough to be no accident."""
    if look.problem is None or look.problem_since is None:
        return None
    lasted = look.looked_at - look.problem_since
    if look.problem_looks < rules.looks.least or lasted < timedelta(hours=rules.looks.hours):
        return None
    since = to_the_minute(city_time(look.problem_since))
    said = IN_LOOKS.said(problem=look.problem, looks=look.problem_looks, since=since)
    if look.problem == NO_ITEMS.english and not facts.days and not look.counts:
        return Verdict(HealthState.EMPTY, (said,))
    blocked = look.problem.startswith(_BLOCKED)
    return Verdict(HealthState.BLOCKED if blocked else HealthState.BROKEN, (said,))


def _unseen(facts: Facts, rules: Thresholds) -> Verdict | None:
    found = (shortfall(walk, rules.coverage) for walk in facts.shortfalls.values())
    said = tuple(one for one in found if one is not None)
    return Verdict(HealthState.BROKEN, said) if said else None


def _fields(read: Sequence[ReadPage], rules: Thresholds) -> Verdict | None:
    length = usual_length(read)
    filled = [Filled.of(page, length, rules.fields) for page in read]
    rot = [
        *find_rot(filled, rules.fields),
        *find_copies([page.duplicate for page in read], rules.fields),
    ]
    said = tuple(one.said() for one in rot)
    return Verdict(HealthState.BROKEN, said) if said else None


def rhythm_of(columns: Sequence[Column], facts: Facts, rules: Thresholds) -> Rhythm:
    """Learned from the past; as the catalogue declares it where all of these columns ask for that."""
    declared = min(filter(None, map(_declared_days, columns)), default=None)
    learns = any(column.cadence.learn for column in columns)
    days = sorted({day.day for day in facts.days}) if learns else []
    return learn(days, declared, rules.rhythm, _with_onset(facts))


def _with_onset(facts: Facts) -> Sequence[Spell]:
    """The spells, each from when a part of the source was dead."""
    columns: dict[str | None, list[date]] = {}
    for one in facts.days:
        columns.setdefault(one.column, []).append(one.day)
    if len(columns) < 2:
        return facts.spells
    return [spell.reaching_back(list(columns.values())) for spell in facts.spells]


def _pace(columns: Sequence[Column], facts: Facts, now: datetime, rules: Thresholds) -> Verdict:
    """Whether something new came when it was to be expected, as far as anybody has looked."""
    looked = max((look.looked_at for look in facts.looks.values()), default=None)
    if looked is None:
        return Verdict(HealthState.UNKNOWN, (NEVER_READ.said(),))
    if not facts.days:
        return Verdict(HealthState.EMPTY, (NOTHING_STORED.said(),))
    rhythm = rhythm_of(columns, facts, rules)
    last_new = _last_new(facts.days)
    if now - looked > timedelta(hours=rules.looks.stale_hours):
        said = NOBODY_LOOKED.said(since=to_the_minute(city_time(looked)))
        return Verdict(HealthState.UNKNOWN, (said,), rhythm, last_new)
    good = max((look.good_at for look in facts.looks.values() if look.good_at), default=last_new)
    waited = rhythm.waited(last_new, max(good, last_new))
    said = rhythm.said(to_the_minute(city_time(last_new)))
    return Verdict(_state(waited, rhythm, rules), (said,), rhythm, last_new)


def _state(waited: float, rhythm: Rhythm, rules: Thresholds) -> HealthState:
    if waited > rhythm.silent_hours(rules.rhythm):
        return HealthState.SILENT
    late = rhythm.expected_hours + rules.rhythm.slack_hours
    return HealthState.LATE if waited > late else HealthState.OK


def _last_new(days: Sequence[PublicationDay]) -> datetime:
    """When the newest article appeared: on its day, and not later than it was found."""
    newest = max(day.day for day in days)
    seen = max(day.seen_at for day in days if day.day == newest)
    midnight = datetime(newest.year, newest.month, newest.day, tzinfo=CITY_TIME)
    return min(seen, (midnight + timedelta(days=1)).astimezone(seen.tzinfo))


def _declared_days(column: Column) -> int | None:
    silence = column.cadence.silence
    return int(silence.removesuffix("d")) if silence else None


def _day(at: datetime) -> str:
    return (city_time(at) or "")[:10]
