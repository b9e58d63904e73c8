"""Damaged Chinese text → what was written.

Mirror sites have served articles that were broken in four ways at once: simplified characters
turned into traditional ones, one by one; pinyin put in brackets behind some of them; full-width
punctuation narrowed; and single bytes lost, so that the GBK text behind them was read one off.

Each of these has innocent doubles: a page from Taiwan, a gloss, a text typed with narrow marks. So a
text is looked at as a whole first, and a kind of damage is undone where this text shows it. The
brackets are what convicts: only a mirror puts them behind each of its characters, mid-word, every time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.repairing import brackets, script, shift, width
from crawler.repairing.draft import Draft, Edit
from crawler.repairing.language import Language, chinese
from crawler.repairing.reading import Run, fold
from crawler.repairing.records import Damage, Repair, Repaired

__all__ = ["Damage", "Evidence", "Repair", "Repaired", "diagnose", "repair"]

_BEHIND = re.compile(rf"[{shift.LOST}]\S{{,12}}")
_SURE, _VERY_SURE = 0.25, 0.9
"""A reading of misread bytes that is less sure is not made: in a text that the mirror has broken,
and in one that shows no other sign of it."""
_MOST_TRIED = 60_000
"""Characters that are tried in misread bytes: a third more than for the worst known article. A text that asks
for more is made to be slow."""
_ROUNDS = 4
"""More than one is needed where one repair uncovers the next; more than three never were."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text shows of the mirror's work."""

    converted: bool = False
    """Characters turned traditional, with pinyin behind some of them."""
    narrowed: bool = False
    """Full-width punctuation narrowed."""
    shifted: bool = False
    """Bytes that were read one off, though the text is none of the mirror's."""

    def __bool__(self) -> bool:
        return self.converted or self.shifted


def diagnose(text: str) -> Evidence:
    """The damage that a text shows. Costs next to nothing where there is none."""
    if brackets.LIKELY.search(text) and brackets.from_table(text, brackets.find(text)):
        return Evidence(converted=True, narrowed=width.narrowed(text))
    return Evidence(shifted=shift.suspected(text))


def repair(text: str, evidence: Evidence | None = None) -> Repaired:
    """Undo the damage that a text shows; a text that shows none comes back as it is.

    `evidence` is that of the whole document where the text is a part of it: a headline is too
    short to show anything. The result needs no further repair.
    """
    shown = diagnose(text) if evidence is None else evidence
    if not shown:
        return Repaired(text)
    draft = Draft(text)
    left = _MOST_TRIED
    for _ in range(_ROUNDS):
        before = draft.text
        left -= _undo(draft, shown, left)
        if draft.text == before:
            return Repaired(before, draft.repairs())
        shown = diagnose(draft.text) if evidence is None else evidence
    return Repaired(text)


def _undo(draft: Draft, evidence: Evidence, most: int) -> int:
    """Undo what is shown; return how many characters that took in misread bytes, of so many at most."""
    if evidence.converted:
        _remove_brackets(draft)
    # A line that leans to simplified characters was not converted. What misread bytes lean to says nothing.
    traditional = [script.leaning(line) >= 0 for line in _sound(draft.text).split("\n")]
    taken = _read_again(draft, evidence, most) if evidence else 0
    if evidence.converted:
        _simplify(draft, traditional)
    if evidence.narrowed:
        _widen(draft)
    return taken


def _remove_brackets(draft: Draft) -> None:
    found = brackets.find(draft.text)
    # The evidence may be that of a longer text than this one.
    wanted = brackets.from_table(draft.text, found) or brackets.converted(found)
    draft.apply(Edit(one.start, one.end, "", Damage.PINYIN, one.sure) for one in wanted)


def _read_again(draft: Draft, evidence: Evidence, most: int) -> int:
    """Read misread bytes rightly, from the first lost byte on; return how many characters were tried."""
    text = draft.text
    if not shift.BEGINS.search(text):
        return 0
    decoder = shift.Decoder(_language_of(text), most)
    at, edits = 0, []
    while decoder.left > 0 and (found := shift.BEGINS.search(text, at)):
        at, runs = decoder.read(text, found.start())
        at = max(at, found.end())
        edits += [_edit(text, run, evidence) for run in runs]
    draft.apply(edits)
    return most - decoder.left


def _edit(text: str, run: Run, evidence: Evidence) -> Edit:
    if run.alike < (_SURE if evidence.converted else _VERY_SURE):
        return Edit(run.start, run.end, text[run.start : run.end], Damage.SHIFT, run.sure)
    read = run.text
    if evidence.converted:
        before, after = text[: run.start][-8:], text[run.end :][:8]
        read = script.simplified(before + read + after)[len(before) :][: len(read)]
    return Edit(run.start, run.end, read, Damage.SHIFT, run.sure)


def _language_of(text: str) -> Language:
    """Chinese, and the text's own words as far as they are undamaged."""
    return chinese().knowing(fold(run) for run in script.han_runs(_sound(text)))


def _sound(text: str) -> str:
    """A text without what stands behind lost bytes."""
    return _BEHIND.sub("?", text)


def _simplify(draft: Draft, traditional: list[bool]) -> None:
    edits = []
    for (start, line), leans in zip(_lines(draft.text), traditional, strict=True):
        if leans:
            edits += [
                Edit(start + at, start + at + 1, after, Damage.SCRIPT)
                for at, after in enumerate(script.simplified(line))
                if line[at] != after
            ]
    draft.apply(edits)


def _widen(draft: Draft) -> None:
    draft.apply(
        Edit(start + begin, start + end, mark, Damage.WIDTH)
        for start, line in _lines(draft.text)
        for begin, end, mark in width.widened(line)
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1
