"""What changed between two texts, for a reader of Chinese: lines first, then characters in them.

Lines that stayed are matched exactly; between them, lines that are mostly alike are taken for one
that was changed and compared character by character (longest common subsequence, by rapidfuzz's
bit-parallel algorithm). Single characters that happen to stand in both go with the change around
them. The cost is bounded: what is too long to be compared is shown as replaced.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

_ALIKE = 0.5
"""Share of two lines that must be common to them to be one line that was changed."""
_MOST_CELLS = 100_000_000
"""Product of two lengths beyond which nothing is aligned: some 25 MB and a quarter of a second."""
_MOST_PAIRS = 10_000


class Mark(StrEnum):
    """What became of a line or of a part of it."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    """Only of a line: it has parts of the other kinds."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some characters of a line."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the old text, of the new one, or of both."""

    mark: Mark
    parts: tuple[Part, ...]

    @property
    def old(self) -> str:
        """How it read before."""
        return "".join(part.text for part in self.parts if part.mark is not Mark.ADDED)

    @property
    def new(self) -> str:
        """How it reads now."""
        return "".join(part.text for part in self.parts if part.mark is not Mark.REMOVED)


def compare(old: str, new: str) -> tuple[Line, ...]:
    """All lines of two texts in order, each with what became of it."""
    return tuple(_lines(old.split("\n"), new.split("\n")))


def excerpt(lines: Sequence[Line], context: int = 1) -> list[Line | None]:
    """The lines that changed with so many around them; None stands for lines that are left out."""
    changed = [number for number, line in enumerate(lines) if line.mark is not Mark.SAME]
    shown = sorted(
        {
            near
            for number in changed
            for near in range(max(0, number - context), min(len(lines), number + context + 1))
        }
    )
    found: list[Line | None] = []
    following = 0
    for number in shown:
        if number > following:
            found.append(None)
        found.append(lines[number])
        following = number + 1
    return [*found, None] if shown and following < len(lines) else found


def compare_line(old: str, new: str) -> Line:
    """One line that was changed."""
    if old == new:
        return _whole(Mark.SAME, old)
    edits = _edits(old, new)
    return Line(Mark.CHANGED, tuple(part for edit in edits for part in edit.parts()))


# --- lines ----------------------------------------------------------------------------------------


def _whole(mark: Mark, text: str) -> Line:
    return Line(mark, (Part(mark, text),))


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    yield from (_whole(Mark.SAME, line) for line in old[:start])
    for removed, added, same in _blocks(before, after):
        yield from _paired(removed, added)
        yield from (_whole(Mark.SAME, line) for line in same)
    yield from (_whole(Mark.SAME, line) for line in old[len(old) - end :])


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many items two sequences begin with alike."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (one, two) in pairs if one != two), min(len(old), len(new)))


def _blocks(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str]]]:
    """Lines that went, lines that came in their place, and lines behind them that stayed."""
    if len(old) * len(new) > _MOST_CELLS:
        yield old, new, ()
        return
    at_old = at_new = 0
    for block in Indel.opcodes(old, new):
        if block.tag == "equal":
            same = old[block.src_start : block.src_end]
            yield old[at_old : block.src_start], new[at_new : block.dest_start], same
            at_old, at_new = block.src_end, block.dest_end
    yield old[at_old:], new[at_new:], ()


def _paired(removed: Sequence[str], added: Sequence[str]) -> Iterator[Line]:
    """Lines of a block in order; those that are alike as one that was changed."""
    at_old = at_new = 0
    for one, two in [*_pairs(removed, added), (len(removed), len(added))]:
        yield from (_whole(Mark.REMOVED, line) for line in removed[at_old:one])
        yield from (_whole(Mark.ADDED, line) for line in added[at_new:two])
        if one < len(removed):
            yield compare_line(removed[one], added[two])
        at_old, at_new = one + 1, two + 1


def _pairs(removed: Sequence[str], added: Sequence[str]) -> list[tuple[int, int]]:
    """Which lines became which, in order: the pairing with the most in common."""
    cells = sum(map(len, removed)) * sum(map(len, added))
    if cells > _MOST_CELLS or len(removed) * len(added) > _MOST_PAIRS:
        return []
    best: list[list[float]] = [[0.0] * (len(added) + 1) for _ in range(len(removed) + 1)]
    alike = [[_alike(one, two) for two in added] for one in removed]
    for n in reversed(range(len(removed))):
        for m in reversed(range(len(added))):
            together = alike[n][m] + best[n + 1][m + 1] if alike[n][m] else 0.0
            best[n][m] = max(together, best[n + 1][m], best[n][m + 1])
    return list(_walk(best, alike))


def _walk(best: list[list[float]], alike: list[list[float]]) -> Iterator[tuple[int, int]]:
    n = m = 0
    while n < len(best) - 1 and m < len(best[0]) - 1:
        if alike[n][m] and best[n][m] == alike[n][m] + best[n + 1][m + 1]:
            yield n, m
            n, m = n + 1, m + 1
        elif best[n][m] == best[n + 1][m]:
            n += 1
        else:
            m += 1


def _alike(one: str, two: str) -> float:
    """How much two lines have in common, from 0 (too little to be the same line) to 1."""
    return Indel.normalized_similarity(one, two, score_cutoff=_ALIKE)


# --- characters -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Edit:
    """Characters that stayed, and behind them what went and what came in its place."""

    same: str
    removed: str
    added: str

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))

    def parts(self) -> Iterator[Part]:
        texts = ((Mark.SAME, self.same), (Mark.REMOVED, self.removed), (Mark.ADDED, self.added))
        return (Part(mark, text) for mark, text in texts if text)


def _edits(old: str, new: str) -> list[_Edit]:
    if len(old) * len(new) > _MOST_CELLS:
        return [_Edit("", old, new)]
    found: list[_Edit] = []
    at_old = at_new = 0
    for start_old, start_new, size in _matches(old, new):
        _push(found, _Edit("", old[at_old:start_old], new[at_new:start_new]))
        at_old, at_new = start_old + size, start_new + size
        found.append(_Edit(old[start_old:at_old], "", ""))
    _push(found, _Edit("", old[at_old:], new[at_new:]))
    return found


def _matches(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    for block in Indel.opcodes(old, new):
        if block.tag == "equal":
            yield block.src_start, block.dest_start, block.src_end - block.src_start


def _is_chance(before: _Edit, edit: _Edit) -> bool:
    return len(edit.same) < max(2, min(before.size, edit.size))


def _push(found: list[_Edit], edit: _Edit) -> None:
    """Add a change behind what is there. A single character before it, or fewer than changed on
    either side of them, were no match but chance."""
    if not edit.size:
        return
    if not found:
        found.append(edit)
        return
    last = found[-1]
    last.removed += edit.removed
    last.added += edit.added
    while len(found) > 1 and found[-2].size and _is_chance(found[-2], last):
        found.pop()
        before = found[-1]
        before.removed += last.same + last.removed
        before.added += last.same + last.added
        last = before
