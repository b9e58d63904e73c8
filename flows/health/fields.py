"""Whether fields that a source usually fills are suddenly empty, and chance does not explain it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

from crawler.layouts import CONTAINER_MISSING
from flows.health.thresholds import FieldRules
from storage.evidence import LACKS
from storage.observations import ReadPage


@dataclass(frozen=True, slots=True)
class Filled:
    """Which fields of an article are missing."""

    title: bool
    date: bool
    body: bool
    layout: bool

    @classmethod
    def of(cls, page: ReadPage, usual_length: float, rules: FieldRules) -> "Filled":
        """What a stored page lacks."""
        least = max(float(rules.thin_characters), rules.thin_share * usual_length)
        return cls(
            title=page.untitled,
            date=page.undated,
            body=page.characters < least,
            layout=CONTAINER_MISSING in page.found,
        )


@dataclass(frozen=True, slots=True)
class Rot:
    """A field that is empty in more of the newest articles than chance allows."""

    field: str
    missing: int
    of: int
    usual: float
    """Share that lacked it before."""

    def said(self) -> str:
        """The finding in words."""
        usual = f"{self.usual:.0%}"
        return LACKS[self.field].said(missing=self.missing, of=self.of, usual=usual)


def usual_length(pages: Sequence[ReadPage]) -> float:
    """The median length of bodies, in characters."""
    lengths = [page.characters for page in pages if page.characters]
    return float(median(lengths)) if lengths else 0.0


def find_rot(filled: Sequence[Filled], rules: FieldRules) -> list[Rot]:
    """The fields that are suddenly empty; `filled` goes from the newest to the oldest."""
    sizes = range(2, rules.newest + 1)
    found = [
        _rot([getattr(one, field) for one in filled], field, sizes) for field in rules.expected
    ]
    return [rot for chance, rot in filter(None, found) if chance < rules.unlikely]


def find_copies(copies: Sequence[bool], rules: FieldRules) -> list[Rot]:
    """A flood of articles that repeat others; `copies` goes from the newest to the oldest.

    Reprints come in clusters (one notice, eight departments), so more of them and less chance are
    asked for than with fields.
    """
    most = min(rules.copies_newest, len(copies) - rules.copies_before)
    found = _rot(copies, "copies", range(rules.copies_least, most + 1))
    if found is None:
        return []
    chance, rot = found
    flood = rot.missing >= rules.copies_share * rot.of
    return [rot] if flood and chance < rules.copies_unlikely else []


def _rot(missing: Sequence[bool], field: str, sizes: range) -> tuple[float, Rot] | None:
    """The least likely of the newest articles, so many as `sizes` says, and how likely they are.

    Each is weighed against the share among the articles before it (Laplace's rule, so that "never
    yet" is not "impossible").
    """
    heads = (_head(missing, field, size) for size in sizes if size < len(missing))
    return min(heads, key=lambda pair: pair[0], default=None)


def _head(missing: Sequence[bool], field: str, size: int) -> tuple[float, Rot]:
    bad, before = sum(missing[:size]), missing[size:]
    usual = (sum(before) + 0.5) / (len(before) + 1)
    return at_least(bad, size, usual), Rot(field, bad, size, usual)


def at_least(bad: int, size: int, share: float) -> float:
    """The chance that of `size` at least `bad` are so, where each is with this share."""
    terms = (comb(size, n) * share**n * (1 - share) ** (size - n) for n in range(bad, size + 1))
    return sum(terms)
