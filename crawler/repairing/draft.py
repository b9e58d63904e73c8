"""A text under repair: what stands there now, and where each character of it stood before."""

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.repairing.records import Damage, Repair


@dataclass(frozen=True, slots=True)
class Edit:
    """Other text for a stretch of a draft; the same text says that it cannot be undone."""

    start: int
    end: int
    text: str
    kind: Damage
    sure: float = 1.0


class Draft:
    """Places in it are those of the text as it stands now; its repairs name those of the original."""

    def __init__(self, original: str) -> None:
        self.original = self.text = original
        self._repairs: dict[Repair, None] = {}
        self._spans = [(at, at + 1) for at in range(len(original))]

    def apply(self, edits: Iterable[Edit]) -> None:
        """Make edits, which do not overlap. What was repaired once stays as it is."""
        parts: list[str] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for edit in sorted(edits, key=lambda edit: edit.start):
            if any(stop - start != 1 for start, stop in self._spans[edit.start : edit.end]):
                continue
            span = (self._spans[edit.start][0], self._spans[edit.end - 1][1])
            self._note(edit, *span)
            if edit.text == self.text[edit.start : edit.end]:
                continue
            parts += self.text[at : edit.start], edit.text
            spans += self._spans[at : edit.start]
            spans += [span] * len(edit.text)
            at = edit.end
        self.text = "".join(parts) + self.text[at:]
        self._spans = spans + self._spans[at:]

    def _note(self, edit: Edit, start: int, end: int) -> None:
        before = self.original[start:end]
        self._repairs[Repair(edit.kind, start, end, before, edit.text, edit.sure)] = None

    def repairs(self) -> tuple[Repair, ...]:
        """What was repaired, in order; neighbours of one kind are one."""
        found: list[Repair] = []
        for one in sorted(self._repairs, key=lambda one: (one.start, one.end)):
            last = found[-1] if found else None
            if last and (last.kind, last.end, last.undone) == (one.kind, one.start, one.undone):
                found[-1] = last.joined(one)
            else:
                found.append(one)
        return tuple(found)
