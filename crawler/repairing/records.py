"""What was repaired."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Damage(StrEnum):
    """A kind of damage."""

    PINYIN = "pinyin"
    """A reading in brackets behind a character."""
    SCRIPT = "script"
    """A simplified character turned into a traditional one."""
    WIDTH = "width"
    """Full-width punctuation narrowed."""
    SHIFT = "shift"
    """Bytes read one off behind a lost one."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One stretch of the damaged text, and what stands in its place."""

    kind: Damage
    start: int
    """First character in the damaged text."""
    end: int
    """Behind its last."""
    before: str
    after: str
    """The same as `before` where damage was seen but could not be undone."""
    sure: float
    """How probable it is that just this was written, 0 to 1."""

    def joined(self, next_: "Repair") -> "Repair":
        """This one and the one that begins where it ends."""
        return Repair(
            self.kind,
            self.start,
            next_.end,
            self.before + next_.before,
            self.after + next_.after,
            min(self.sure, next_.sure),
        )

    @property
    def undone(self) -> bool:
        """Whether the text was changed."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text as it was written, as far as that can be known."""

    text: str
    repairs: tuple[Repair, ...] = ()
    """In the order of the damaged text; they do not overlap."""

    @property
    def changed(self) -> bool:
        """Whether anything was repaired."""
        return any(one.undone for one in self.repairs)


def summary(repairs: Iterable[Repair]) -> str:
    """What was repaired in short: ``pinyin 204, shift 6, least sure 0.71``; ``left 1`` as it was."""
    all_ = list(repairs)
    counts = Counter(one.kind.value if one.undone else "left" for one in all_)
    least = min((one.sure for one in all_ if one.undone), default=1.0)
    told = [f"{kind} {count}" for kind, count in sorted(counts.items())]
    return ", ".join([*told, f"least sure {least:.2f}"])
