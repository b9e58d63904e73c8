"""What a text states that one can filter by: deadlines, validity, sums of money, areas."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

from flows.tagging.amounts import Amount, areas, money
from flows.tagging.days import Deadline, deadlines, validities
from flows.tagging.records import EVIDENCE, Tag, Text, by_score

# Tables of subsidies go on for pages: the largest sums say what a text is about.
_MOST = 30


def tag_facts(text: Text, published: date | None) -> list[Tag]:
    """All facts, kind by kind. `published` gives the year to dates that name none."""
    return [
        *_dated("deadline", text, deadlines(text.whole, published)),
        *_dated("validity", text, validities(text.whole, published)),
        *_measured("money", text, money),
        *_measured("area", text, areas),
    ]


def _dated(kind: str, text: Text, found: Iterator[Deadline]) -> list[Tag]:
    """The earliest first; what is named twice is one."""
    same: dict[str, list[Deadline]] = defaultdict(list)
    for one in found:
        same[one.value].append(one)
    return [
        Tag(
            kind,
            value,
            some[0].label,
            float(len(some)),
            tuple(text.evidence(one.start, one.end, one.rule) for one in some[:EVIDENCE]),
        )
        for value, some in sorted(same.items())[:_MOST]
    ]


def _measured(kind: str, text: Text, find: Callable[[str], Iterator[Amount]]) -> list[Tag]:
    same: dict[str, list[Amount]] = defaultdict(list)
    for one in find(text.whole):
        same[one.value].append(one)
    largest = sorted(same.values(), key=lambda some: -some[0].amount)[:_MOST]
    return by_score(_tag(kind, text, some) for some in largest)


def _tag(kind: str, text: Text, some: list[Amount]) -> Tag:
    first = some[0]
    score = sum(text.weight(one.start) for one in some)
    evidence = tuple(text.evidence(one.start, one.end, kind) for one in some[:EVIDENCE])
    label = text.whole[first.start : first.end]
    return Tag(kind, first.value, label, score, evidence, amount=first.amount)
