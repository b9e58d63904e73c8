"""Labels: what articles are filtered and counted by, each under a number that the index keeps."""

from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Insert, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from storage.among import among, parts
from storage.bulk import upsert
from storage.citations import canonical_number
from storage.models import SearchLabel, Tag

KINDS = (
    *("source", "topic", "place", "organisation", "person", "type", "year"),
    *("main_place", "document", "deadline", "month", "day"),
)
"""The kinds; a label's number is ``16 * key + place of its kind in here``."""
FACETS = KINDS[:7]
TAGS = frozenset(KINDS) - {"source", "year", "month", "day"}
"""The kinds of tags that are labels."""


@dataclass(frozen=True, slots=True)
class Label:
    """A value of a kind, and what people call it."""

    kind: str
    value: str
    name: str


def number(key: int, kind: str) -> int:
    """What the index keeps of a label."""
    return 16 * key + KINDS.index(kind)


def of_day(day: date | None) -> list[Label]:
    """The labels of a day of publication."""
    if day is None:
        return []
    written = day.isoformat()
    values = {"year": written[:4], "month": written[:7], "day": written}
    return [Label(kind, value, value) for kind, value in values.items()]


def register(session: Session, labels: Iterable[Label]) -> dict[tuple[str, str], int]:
    """The numbers of labels by kind and value. New ones get one, others their newest name."""
    wanted = {(label.kind, label.value): label for label in labels}
    stored = _stored(session, wanted)
    news = [
        {"kind": label.kind, "value": label.value, "name": label.name}
        for key, label in wanted.items()
        if key not in stored or stored[key][1] != label.name
    ]
    if news:
        session.execute(_upsert(session), news)
        stored = _stored(session, wanted)
    return {key: number(pk, key[0]) for key, (pk, _) in stored.items()}


def known(session: Session, labels: Iterable[Label]) -> dict[tuple[str, str], int]:
    """The numbers of those labels that have one, by kind and value; writes nothing."""
    stored = _stored(session, {(label.kind, label.value) for label in labels})
    return {key: number(pk, key[0]) for key, (pk, _) in stored.items()}


def _upsert(session: Session) -> Insert:
    new = upsert(session, SearchLabel)
    named: Insert = new.on_conflict_do_update(
        index_elements=["kind", "value"], set_={"name": new.excluded.name}
    )
    return named


def _stored(
    session: Session, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, str]]:
    label, values = SearchLabel, sorted({value for _, value in wanted})
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for some in parts(values):
        query = select(label.kind, label.value, label.pk, label.name)
        these = query.where(label.value.in_(some))
        rows = session.connection().execute(these).all()
        found |= {(kind, value): (pk, name) for kind, value, pk, name in rows}
    return {key: stored for key, stored in found.items() if key in wanted}


def sweep(session: Session) -> None:
    """Remove the labels of tags that no article has any more."""
    label = SearchLabel
    held = exists().where(Tag.kind == label.kind, Tag.value == label.value)
    session.execute(delete(label).where(label.kind.in_(TAGS), ~held))


def named(session: Session, kind: str, value: str) -> list[int]:
    """The numbers of the labels that a filter means."""
    return _numbers(session, meaning(kind, value))


def values_named(session: Session, kind: str, value: str) -> frozenset[str]:
    """The same labels by their values."""
    return frozenset(session.scalars(select(SearchLabel.value).where(meaning(kind, value))))


def called(session: Session, kind: str) -> Iterator[str]:
    """What the labels of a kind are called: their values and names."""
    label = SearchLabel
    for value, name in session.execute(select(label.value, label.name).where(label.kind == kind)):
        yield from (value, name)


def meaning(kind: str, value: str) -> ColumnElement[bool]:
    """The condition on a label that it is one that a filter means: named by its id or by its name; a
    place or topic holds what lies in it."""
    label = SearchLabel
    if kind == "document":
        return (label.kind == kind) & (label.value == (canonical_number(value) or value))
    meant = _called(kind, value)
    if kind in {"topic", "place", "main_place"}:
        # By its id it may be one that no article has itself.
        inside = label.value.startswith(f"{value}/", autoescape=True)
        meant = or_(meant, inside, _within_called(kind, value))
    return (label.kind == kind) & meant


def _within_called(kind: str, value: str) -> ColumnElement[bool]:
    """The condition that a label's id lies in that of one with this name."""
    label = SearchLabel
    # Found once and not for each label: comparing all with all takes ten milliseconds of a search.
    outer = (
        select((label.value + "/").label("begin"))
        .where(label.kind == kind, _called(kind, value))
        .cte()
        .prefix_with("MATERIALIZED")
    )
    begins = func.substr(label.value, 1, func.length(outer.c.begin)) == outer.c.begin
    return select(outer.c.begin).where(begins).correlate(label).exists()


def _called(kind: str, value: str) -> ColumnElement[bool]:
    """The condition that a label has this id or name; of places and organisations its end will do."""
    label = SearchLabel
    if kind in {"person", "source"}:
        return label.value == value
    meant = or_(label.value == value, label.name == value)
    if kind in {"place", "main_place", "organisation"}:
        meant = or_(meant, label.name.endswith(value, autoescape=True))
    return meant


def open_on(session: Session, day: date) -> list[int]:
    """The numbers of the deadlines that have not passed on a day."""
    label = SearchLabel
    return _numbers(session, label.kind == "deadline", label.value >= day.isoformat())


def within(session: Session, since: date | None, until: date | None) -> list[int]:
    """The numbers of the years, months and days that make up a time, both ends included."""
    first, last = since or date.min, until or date.max
    label = SearchLabel
    years = session.scalars(select(label.value).where(label.kind == "year"))
    spans = [span for year in years if (span := _year(int(year), first, last))]
    values: dict[str, list[str]] = {"year": [], "month": [], "day": []}
    for kind, value in (part for span in spans for part in span):
        values[kind].append(value)
    return _numbers(
        session,
        or_(*((label.kind == kind) & label.value.in_(some) for kind, some in values.items())),
    )


def _year(year: int, first: date, last: date) -> list[tuple[str, str]]:
    """What of a year lies between two days: itself, or months and days."""
    if first <= date(year, 1, 1) and date(year, 12, 31) <= last:
        return [("year", f"{year:04}")]
    months = (_month(date(year, month, 1), first, last) for month in range(1, 13))
    return [part for month in months for part in month]


def _month(month: date, first: date, last: date) -> list[tuple[str, str]]:
    days = monthrange(month.year, month.month)[1]
    if first <= month and month.replace(day=days) <= last:
        return [("month", month.isoformat()[:7])]
    all_days = (month.replace(day=day) for day in range(1, days + 1))
    return [("day", day.isoformat()) for day in all_days if first <= day <= last]


def _numbers(session: Session, *where: ColumnElement[bool]) -> list[int]:
    query = select(SearchLabel.pk, SearchLabel.kind).where(*where)
    return [number(pk, kind) for pk, kind in session.execute(query)]


def names_of(session: Session, numbers: Sequence[int]) -> Mapping[int, Label]:
    """The labels with these numbers."""
    label = SearchLabel
    these = among(label.pk, {one // 16 for one in numbers}, session.get_bind().dialect)
    query = select(label.pk, label.kind, label.value, label.name).where(these)
    return {
        number(pk, kind): Label(kind, value, name)
        for pk, kind, value, name in session.connection().execute(query)
    }
