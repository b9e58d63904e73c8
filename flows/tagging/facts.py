"""What a text states that one can filter by: deadlines, validity, sums of money, areas."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from flows.tagging.amounts import Amount, amounts
from flows.tagging.days import Deadline, deadlines, validities
from flows.tagging.records import EVIDENCE, Tag, Text, by_score

# Tables of subsidies go on for pages: the largest sums say what a text is about.
_MOST = 30


def tag_facts(text: Text, published: date | None) -> list[Tag]:
    """All facts, kind by kind. `published` gives the year to dates that name none."""
    return [
        *_dated("deadline", text, deadlines(text.whole, published)),
        *_dated("validity", text, validities(text.whole, published)),
        *_measured(text),
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


def _measured(text: Text) -> Iterator[Tag]:
    """Money, then areas; the largest of each."""
    same: dict[str, dict[str, list[Amount]]] = {"money": {}, "area": {}}
    for one in amounts(text.whole):
        same[one.kind].setdefault(one.value, []).append(one)
    for found in same.values():
        largest = sorted(found.values(), key=lambda some: -some[0].amount)[:_MOST]
        yield from by_score(_tag(text, some) for some in largest)


def _tag(text: Text, some: list[Amount]) -> Tag:
    first = some[0]
    score = sum(text.weight(one.start) for one in some)
    evidence = tuple(text.evidence(one.start, one.end, first.kind) for one in some[:EVIDENCE])
    label = text.whole[first.start : first.end]
    return Tag(first.kind, first.value, label, score, evidence, amount=first.amount)
