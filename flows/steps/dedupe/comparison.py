"""Two texts side by side: are they equal, a reprint of each other, one an excerpt of the other?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from typing import Any, Self

from rapidfuzz.distance import Indel, LCSseq, Postfix, Prefix

from flows.steps.dedupe.align import WHOLE, Span, align, gaps
from flows.steps.dedupe.differences import Weight, same_in_other_words, weigh
from flows.steps.dedupe.signatures import SHORT_TEXT
from flows.steps.dedupe.skeleton import MAX_LENGTH, Skeleton, most_in_common, skeleton

SAME = 0.7
"""Share of both texts together that a reprint has in common: a copy may lose almost half of its
paragraphs; a round-up of two texts has two thirds in common with either."""
EXCERPT = 0.4
"""Share of a text that must stand in another to make it an excerpt…"""
IN_A_ROW = 150
"""…and how many folded characters of it in a row."""
_MEASURED = 25 * WHOLE
"""Product of two lengths up to which it is measured what they have in common: ten milliseconds at most."""
_LEAST_LETTERS = 100
"""Letters that so many characters hold even where every third is a mark."""
_SLIGHT_EVERY = 300
"""Letters of common text for each slight difference beyond the first."""
_ALIKE = 0.6
"""Headlines this alike speak of the same, or are of one template."""
_BOILERPLATE = 300
"""A folded body that is shorter may say the same of different things."""
_SHOWN, _SHOWN_LENGTH = 5, 30
_COUNTED = re.compile(
    r"[0-9]+(?:\.[0-9]+)*|\([上中下一二三四五六七八九十]+\)|[之第][一二三四五六七八九十]+"
)


class Kind(StrEnum):
    """How two texts are related."""

    EXACT = "exact"
    REPRINT = "reprint"
    EXCERPT = "excerpt"


@dataclass(frozen=True, slots=True)
class Text:
    """The folded headline and body of an article."""

    title: str
    body: str

    @classmethod
    def of(cls, title: str, body: str, attached: str) -> Self:
        """The text by which an article is compared: one that is but a title and a file says what
        the file says."""
        return cls(title, body if len(body) >= SHORT_TEXT else body + attached)


@dataclass(frozen=True, slots=True)
class Relation:
    """How two texts are related, and what shows it."""

    kind: Kind
    shared: tuple[float, float]
    """Which share of the first and of the second text stands in the other."""
    run: int
    """The longest stretch of common text, in folded characters."""
    differs: tuple[str, ...] = ()
    """The first differences: ``−cut``, ``+added``, ``before→after``."""

    def evidence(self) -> dict[str, Any]:
        """The relation without its kind, as JSON values."""
        return {"shared": list(self.shared), "run": self.run, "differs": list(self.differs)}

    def turned(self) -> "Relation":
        """The same, seen from the second text."""
        return replace(self, shared=self.shared[::-1], differs=tuple(map(_turned, self.differs)))


def compare(one: Text, other: Text) -> Relation | None:
    """How two texts are related; None where they are not.

    It depends on the two texts alone, and turned round it says the same.
    """
    if (one.body, one.title) > (other.body, other.title):
        turned = compare(other, one)
        return turned and turned.turned()
    if one.body == other.body:
        return _of_equal_bodies(one, other)
    if min(len(one.body), len(other.body)) < SHORT_TEXT:
        return None
    return _compared(one, other)


def _of_equal_bodies(one: Text, other: Text) -> Relation | None:
    if one.title != other.title and (
        len(one.body) < SHORT_TEXT or _headlines_differ(one, other, one.body)
    ):
        return None
    return Relation(Kind.EXACT, (1.0, 1.0), len(one.body))


def _compared(one: Text, other: Text) -> Relation | None:
    a, b = skeleton(one.body), skeleton(other.body)
    if not _promising(a, b):
        return None
    blocks = align(a.text, b.text)
    common = sum(block.a_end - block.a for block in blocks)
    run = max((a.run(block.a, block.a_end) for block in blocks), default=0)
    alike = 2 * common >= SAME * (len(a.text) + len(b.text))
    quoted = run >= IN_A_ROW and common >= EXCERPT * min(len(a.text), len(b.text))
    if not common or not (alike or quoted):
        return None
    differing = [gap for gap in gaps(blocks, len(a.text), len(b.text)) if any(gap.lengths)]
    weights = _weights(a, b, differing)
    if Weight.TELLING in weights:
        return None
    edited = (
        Weight.REWRITTEN not in weights
        and weights.count(Weight.SLIGHT) <= 1 + common // _SLIGHT_EVERY
    )
    merges = alike and edited and _mergeable(one, other)
    if not (merges or quoted):
        return None
    return Relation(
        Kind.REPRINT if merges else Kind.EXCERPT,
        (round(common / len(a.text), 3), round(common / len(b.text), 3)),
        run,
        tuple(_shown(a, b, gap) for gap in differing[:_SHOWN]),
    )


def _promising(a: Skeleton, b: Skeleton) -> bool:
    """Whether two texts can be related at all: what costs least is asked first, and aligning them
    costs ten times as much as all of it."""
    at_most = most_in_common(a, b)
    if at_most < EXCERPT * min(len(a.text), len(b.text)):
        return False
    least = _least_in_common(a, b)
    if at_most < least:
        return False
    if len(a.text) * len(b.text) > _MEASURED:
        return True
    return LCSseq.similarity(a.text, b.text, score_cutoff=ceil(least)) >= least


def _least_in_common(a: Skeleton, b: Skeleton) -> float:
    """How many letters two texts have in common at least if they are related."""
    if shares_a_stretch(a.text, b.text):
        return EXCERPT * min(len(a.text), len(b.text))
    return SAME * (len(a.text) + len(b.text)) / 2


def shares_a_stretch(a: str, b: str) -> bool:
    """Whether a stretch that is long enough for an excerpt stands in both texts: it holds one whole
    piece of half that length."""
    half = _LEAST_LETTERS // 2
    return any(
        _reach(a, at, b, place) >= _LEAST_LETTERS
        for at in range(0, len(a) - half + 1, half)
        for place in _places(a[at : at + half], b)
    )


def _places(piece: str, text: str) -> Iterator[int]:
    place = text.find(piece)
    while place >= 0:
        yield place
        place = text.find(piece, place + 1)


def _reach(a: str, at: int, b: str, place: int) -> int:
    """Letters around two places that are the same in both texts, as far as it matters."""
    far = _LEAST_LETTERS
    before = Postfix.similarity(a[max(at - far, 0) : at], b[max(place - far, 0) : place])
    return before + Prefix.similarity(a[at : at + far], b[place : place + far])


def _weights(a: Skeleton, b: Skeleton, differing: list[Span]) -> list[Weight]:
    """What each difference counts for, up to the first that tells the texts apart."""
    weights: list[Weight] = []
    # The short ones first: they cost least and tell most.
    for gap in sorted(differing, key=lambda gap: max(gap.lengths)):
        weights.append(weigh(a, b, gap))
        if weights[-1] is Weight.TELLING:
            break
    return weights


def _mergeable(one: Text, other: Text) -> bool:
    """Whether two texts, alike as far as they were compared, may be one story."""
    shorter, longer = sorted((one.body, other.body), key=len)
    return len(longer) <= MAX_LENGTH and not _headlines_differ(one, other, shorter)


def _shown(a: Skeleton, b: Skeleton, gap: Span) -> str:
    cut, added = (
        text[:_SHOWN_LENGTH] + ("…" if len(text) > _SHOWN_LENGTH else "")
        for text in (a.text[gap.a : gap.a_end], b.text[gap.b : gap.b_end])
    )
    return f"{cut}→{added}" if cut and added else f"−{cut}" if cut else f"+{added}"


def _turned(shown: str) -> str:
    if shown[0] in "−+":
        return ("+" if shown[0] == "−" else "−") + shown[1:]
    return "→".join(reversed(shown.split("→", 1)))


def _headlines_differ(one: Text, other: Text, body: str) -> bool:
    """Whether two headlines are of one template and speak of different things.

    Each counts something that the other does not (``第3期`` and ``第4期``); or, over a body that is
    short enough to be boilerplate, each names something that the body does not.
    """
    if Indel.normalized_similarity(one.title, other.title) < _ALIKE:
        return False
    first, second = (set(_COUNTED.findall(text.title)) for text in (one, other))
    if first - second and second - first:
        return True
    return len(body) < _BOILERPLATE and _names_differ(one.title, other.title, body)


def _names_differ(one: str, other: str, body: str) -> bool:
    named = [gap for gap in gaps(align(one, other), len(one), len(other)) if all(gap.lengths)]
    for gap in named:
        first, second = one[gap.a : gap.a_end], other[gap.b : gap.b_end]
        same = same_in_other_words(first, second, one[gap.a_end : gap.a_end + 1])
        if not same and first not in body and second not in body:
            return True
    return False
