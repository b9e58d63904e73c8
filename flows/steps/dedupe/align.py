"""What two texts have in common, in order: the stretches that stand in both."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

WHOLE = 4_000_000
"""Product of two lengths up to which they are aligned as they are: some milliseconds at most."""
_ANCHOR = 24
"""Letters of a run that, standing once in either text, marks the same place in both."""
_SPECK = 6
"""An equal stretch this short is a coincidence, unless hardly anything beside it differs."""
_ROUNDS = 5
"""A stretch that was dropped can make another one short; two rounds are the rule."""


class Span(NamedTuple):
    """A stretch of one text and what stands in its place in the other; either may be empty."""

    a: int
    a_end: int
    b: int
    b_end: int

    @property
    def lengths(self) -> tuple[int, int]:
        """How long it is in either text."""
        return self.a_end - self.a, self.b_end - self.b


def align(a: str, b: str) -> list[Span]:
    """The stretches that are equal in both, in order, each as long as it can be."""
    blocks = [block for part in _parts(a, b) for block in _equal(a, b, part)]
    for _ in range(_ROUNDS):
        before = blocks
        blocks = _grown(a, b, _without_specks(blocks, len(a), len(b)))
        if blocks == before:
            break
    return blocks


def gaps(blocks: Sequence[Span], a_length: int, b_length: int) -> Iterator[Span]:
    """What lies before, between and behind equal stretches, empty ones too."""
    ends = [Span(0, 0, 0, 0), *blocks, Span(a_length, a_length, b_length, b_length)]
    for before, after in pairwise(ends):
        yield Span(before.a_end, after.a, before.b_end, after.b)


def _equal(a: str, b: str, part: Span) -> Iterator[Span]:
    """The longest common subsequence within a part, as stretches; none of a part too large."""
    if part.lengths[0] * part.lengths[1] > WHOLE:
        return
    codes = LCSseq.opcodes(a[part.a : part.a_end], b[part.b : part.b_end])
    for code in codes:
        if code.tag == "equal":
            yield Span(
                part.a + code.src_start,
                part.a + code.src_end,
                part.b + code.dest_start,
                part.b + code.dest_end,
            )


def _parts(a: str, b: str) -> list[Span]:
    """Both texts, cut at anchors where they are too large to be aligned whole."""
    if len(a) * len(b) <= WHOLE:
        return [Span(0, len(a), 0, len(b))]
    cuts = [(0, 0), *_anchors(a, b), (len(a), len(b))]
    return [Span(*here, *there) for here, there in _paired(cuts)]


def _paired(cuts: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for (a, b), (a_end, b_end) in pairwise(cuts):
        yield (a, a_end), (b, b_end)


def _anchors(a: str, b: str) -> list[tuple[int, int]]:
    """Places that are the same in both, rising in both (patience diff)."""
    in_a, in_b = _single(a), _single(b)
    pairs = sorted((place, in_b[run]) for run, place in in_a.items() if run in in_b)
    return _rising(pairs)


def _single(text: str) -> dict[str, int]:
    """The runs that stand once in a text."""
    places: dict[str, int] = {}
    for at in range(len(text) - _ANCHOR + 1):
        run = text[at : at + _ANCHOR]
        places[run] = -1 if run in places else at
    return {run: at for run, at in places.items() if at >= 0}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence that rises in its second numbers, too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [place]
        last[at : at + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _without_specks(blocks: Sequence[Span], a_length: int, b_length: int) -> list[Span]:
    """Drop equal stretches that are short beside what differs around them."""
    if all(block.a_end - block.a > _SPECK for block in blocks):
        return list(blocks)
    around = [max(gap.lengths) for gap in gaps(blocks, a_length, b_length)]
    return [
        block
        for block, before, after in zip(blocks, around, around[1:], strict=False)
        if (length := block.a_end - block.a) > _SPECK or length >= max(before, after)
    ]


def _grown(a: str, b: str, blocks: Sequence[Span]) -> list[Span]:
    """Let each stretch take from the gaps beside it what is equal there, and join what touches."""
    grown: list[Span] = []
    for block in blocks:
        start, b_start, end, b_end = block.a, block.b, block.a_end, block.b_end
        low, b_low = (grown[-1].a_end, grown[-1].b_end) if grown else (0, 0)
        while start > low and b_start > b_low and a[start - 1] == b[b_start - 1]:
            start, b_start = start - 1, b_start - 1
        if grown and (start, b_start) == (low, b_low):
            start, b_start = grown[-1].a, grown[-1].b
            grown.pop()
        grown.append(Span(start, end, b_start, b_end))
    return _grown_ahead(a, b, grown)


def _grown_ahead(a: str, b: str, blocks: Sequence[Span]) -> list[Span]:
    limits = [*((block.a, block.b) for block in blocks[1:]), (len(a), len(b))]
    grown: list[Span] = []
    for block, (high, b_high) in zip(blocks, limits, strict=False):
        end, b_end = block.a_end, block.b_end
        while end < high and b_end < b_high and a[end] == b[b_end]:
            end, b_end = end + 1, b_end + 1
        grown.append(Span(block.a, end, block.b, b_end))
    return grown
