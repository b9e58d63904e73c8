"""By what a source is judged: what is expected of each of its columns, and who says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from crawler.catalogue import Catalogue, Column, Source
from flows.health.judge import Facts, judge, rhythm_of
from flows.health.thresholds import Thresholds, over, thresholds
from flows.health.watching import observed
from storage.looks import usual_items

ALL = "all columns"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that is expected of a column."""

    column: str
    what: str
    expected: str
    says: str
    """Where that is from: its past, the catalogue, or what holds for everybody."""


def explain(
    session: Session, catalogue: Catalogue, source_id: str, now: datetime
) -> tuple[Expectation, ...]:
    """Everything that is expected of a source. Raises StopRun for one that is not in the catalogue."""
    source = catalogue.source(source_id)
    rules = thresholds()
    facts = observed(session, now, rules)(source_id)
    states = {one["column"]: one["state"] for one in judge(source, facts, now, rules).columns}
    found = list(_rhythm(ALL, list(source.columns.values()), facts, rules))
    for name, column in source.columns.items():
        if column.expected:
            found.append(Expectation(name, "state", states[name], "as it is judged now"))
            found += _rhythm(name, [column], facts.of(name), rules)
            found += _floors(source, name, facts.of(name), now)
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
