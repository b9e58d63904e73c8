"""What a run read of a source, against what is usual for it: too far below, and a person looks first.

Judged column by column: a new column of a known source has no usual figures yet, and a backfill, whose
pages may be filled in any way, is not judged at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from crawler.looks import ColumnLook
from flows.health.fields import Filled, Rot, find_rot, usual_length
from flows.health.thresholds import RulesOf, Thresholds, thresholds
from storage.evidence import FEW_ITEMS, NONE_HAS, REPEATS, STILL_LACKS
from storage.holds import open_holds
from storage.looks import all_looks, usual_items
from storage.observations import ReadPage, newest_read

Column = tuple[str, str | None]
COPIES, ITEMS = "copies", "items"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run read of one page, before anything of it is stored."""

    page: ReadPage
    copy: bool = False
    """New, but its text is stored already under another address of the same source."""


@dataclass(frozen=True, slots=True)
class Below:
    """Why a source's batch is held."""

    floors: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Usual:
    """What is known of the columns of a run before it."""

    read: Mapping[Column, Sequence[ReadPage]]
    """The newest articles, the newest first."""
    items: Mapping[Column, float]
    """How many items their lists show."""
    held: Mapping[str, frozenset[str]]
    """Source → the floors that batches did not reach which nobody has settled."""


def usual_of(session: Session, now: datetime, sources: Iterable[str]) -> Usual:
    """What is usual for these sources."""
    rules = thresholds()
    since = now - timedelta(days=rules.rhythm.history_days)
    per_column = rules.fields.newest + rules.fields.before
    read: dict[Column, list[ReadPage]] = defaultdict(list)
    for page in newest_read(session, since, per_column, sorted(set(sources))):
        read[page.source, page.column].append(page)
    items: dict[Column, float] = {}
    for column, look in all_looks(session).items():
        if usual := usual_items(look, rules.floors.items_days, now):
            items[column] = usual
    held: dict[str, frozenset[str]] = defaultdict(frozenset)
    for hold in open_holds(session):
        held[hold.source] |= frozenset(hold.floors)
    return Usual(read, items, held)


def below_floors(
    read: Sequence[Figures],
    looks: Sequence[ColumnLook],
    usual: Usual,
    rules_of: RulesOf,
) -> dict[str, Below]:
    """The sources whose batch is to be held, and why."""
    columns: dict[Column, list[Figures]] = defaultdict(list)
    for one in read:
        columns[one.page.source, one.page.column].append(one)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for column, figures in columns.items():
        rules = rules_of(*column)
        said = [*_fields(column, figures, usual, rules), *_copies(figures, rules)]
        found[column[0]] += [(floor, f"{column[1] or 'links'}: {text}") for floor, text in said]
    sources = {one.page.source for one in read}
    for look in looks:
        rules = rules_of(look.source, look.column)
        if look.source in sources and (text := _few(look, usual, rules)):
            found[look.source].append((ITEMS, f"{look.column}: {text}"))
    return {
        source: Below(tuple(sorted({floor for floor, _ in said})), tuple(text for _, text in said))
        for source, said in found.items()
        if said
    }


def _fields(
    column: Column, figures: Sequence[Figures], usual: Usual, rules: Thresholds
) -> list[tuple[str, str]]:
    before = usual.read.get(column, ())
    pages = [one.page for one in figures]
    length = usual_length(before)
    filled = [Filled.of(page, length, rules.fields) for page in pages]
    rotten = usual.held.get(column[0], frozenset())
    said = [
        (name, STILL_LACKS[name].said())
        for name in rules.fields.expected
        if name in rotten and any(getattr(one, name) for one in filled)
    ]
    if len(before) < rules.floors.least_usual:
        return said + _absolute(filled, rules)
    known = [Filled.of(page, length, rules.fields) for page in before]
    return said + [
        (rot.field, rot.said())
        for rot in find_rot([*filled, *known], rules.fields)
        if _is_new(rot, filled) and rot.field not in rotten
    ]


def _is_new(rot: Rot, filled: Sequence[Filled]) -> bool:
    """Whether the batch itself has what was found; what was loaded before is no reason to hold it.

    A layout whose container is missing is no loss: the text was located without it.
    """
    return rot.field != "layout" and any(getattr(one, rot.field) for one in filled)


def _absolute(filled: Sequence[Filled], rules: Thresholds) -> list[tuple[str, str]]:
    """The floors for whatever has no usual figures: hardly any title, hardly any body."""
    if len(filled) < rules.floors.least_records:
        return []
    return [
        (name, NONE_HAS[name].said(missing=missing, of=len(filled)))
        for name in ("title", "body")
        if name in rules.fields.expected
        and (missing := sum(getattr(one, name) for one in filled))
        >= rules.floors.absolute_share * len(filled)
    ]


def _copies(figures: Sequence[Figures], rules: Thresholds) -> list[tuple[str, str]]:
    copies = sum(one.copy for one in figures)
    if copies < rules.floors.copies or copies < rules.floors.copies_share * len(figures):
        return []
    return [(COPIES, REPEATS.said(copies=copies, of=len(figures)))]


def _few(look: ColumnLook, usual: Usual, rules: Thresholds) -> str | None:
    items = usual.items.get((look.source, look.column), 0.0)
    if look.problem or items < rules.floors.items_usual:
        return None
    few = look.items < rules.floors.items_share * items
    return FEW_ITEMS.said(items=look.items, usual=f"{items:g}") if few else None


Judge = Callable[[Sequence[Figures]], dict[str, Below]]
"""What decides about a run once all of it was read."""
