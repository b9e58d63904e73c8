"""What of a folded text counts when two are compared: its letters and digits, and where it pauses.

Punctuation, brackets and quotation marks change with every copy; they tell where a sentence ends
and nothing else. Who wrote, sent or edited a copy belongs to the copy, not to the text.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

MAX_LENGTH = 40_000
"""Folded characters that are compared; what is longer is compared by its beginning."""

# With the marks that make another number of one: 6.2 and 62, -3 and 3.
_RUN = re.compile(r"(?:(?:(?<=[温为到至约,:(])|(?<=温度))-(?=[0-9]))?[^\W_]+(?:\.[0-9]+)*")
_PAUSE = re.compile(r"[,。!?;:()\[\]<>《》“”\"「」『』|…—\ufffd]")
_STOP = re.compile(r"[。!?]")
# Folding takes one character at a time and leaves these, which a writer of traditional characters
# has in the place of the other: 瞭解 is 了解, and only a reader knows that 瞭望 is not.
_TRADITIONAL = "瞭覆衞俱像甦馀谘暱钜锺彷藉揹痺敍簷鲶镟迳"
_LEFT = dict(zip(_TRADITIONAL, "了复卫具象苏余咨昵巨钟仿借背痹叙檐鲇旋径", strict=True))
_ANY_LEFT = re.compile(f"[{_TRADITIONAL}]")
_HAN = "㐀-鿿"
# What a damaged page puts behind a character: its reading.
_READING = re.compile(rf"\((?<=[{_HAN}]\()[a-zà-ɏ]{{1,7}}\)")
_CREDITS = (
    "(?:责任|值班|图文|执行|本期|网络)?编辑|责编|编审|(?:本报|见习|特约|实习|全媒体)*记者|通讯员|来源|作者|"
    "审核|校对|摄影|供稿|撰稿|初审|复审|终审|监制|转载自|原标题|原载"
)
_IN_BRACKETS = re.compile(rf"\((?:本报|本网|本台)?(?:{_CREDITS})[^()]{{0,60}}\)")
_DATELINE = re.compile(
    r"^(?:本报|本网|本台|[^\W\d_]{2,8}?(?:网|社|报|台|客户端))[^\W_]{0,14}?(?:讯|电)(?![^\W_])"
)
_TAIL = 120
_SHELVES = 4096
_KEPT = 64
"""Texts; the longest take up to two megabytes. A family of notices is compared no quicker with eight times as many."""
_AT_THE_END = re.compile(rf"(?<=[。!?)”\"])\(?(?:{_CREDITS})[:/|丨 ][^。!?]{{0,100}}$")


@dataclass(frozen=True)
class Skeleton:
    """The letters and digits of a folded text, and where each stood in it."""

    folded: str

    @cached_property
    def text(self) -> str:
        """All letters and digits, in one string."""
        return letters(self.folded)

    @cached_property
    def counts(self) -> NDArray[np.uint16]:
        """How often each letter stands in `text`; letters share `_SHELVES` places."""
        codes = np.frombuffer(self.text.encode("utf-32-le"), np.uint32)
        return np.bincount(codes & (_SHELVES - 1), minlength=_SHELVES).astype(np.uint16)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Where each run of letters begins in `folded`…"""
        return tuple(run.start() for run in _RUN.finditer(self.folded))

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """…and in `text`."""
        lengths = (len(run) for run in _RUN.findall(self.folded))
        return (0, *accumulate(lengths))[:-1]

    @cached_property
    def pauses(self) -> frozenset[int]:
        """Positions in `text` before which the text pauses: a comma, a bracket, its two ends."""
        return self._marked(_PAUSE) | {0, len(self.text)}

    @cached_property
    def stops(self) -> frozenset[int]:
        """Positions in `text` before which a sentence ends."""
        after_all = {len(self.text)} if _STOP.search(self.folded[-3:]) else set()
        return self._marked(_STOP) | {0, *after_all}

    def _marked(self, mark: re.Pattern[str]) -> frozenset[int]:
        found: set[int] = set()
        end = 0
        for start, place in zip(self.starts, self.places, strict=True):
            if mark.search(self.folded, end, place):
                found.add(start)
            end = place + self._length(start)
        return frozenset(found)

    def _length(self, start: int) -> int:
        at = bisect_right(self.starts, start)
        return (self.starts[at] if at < len(self.starts) else len(self.text)) - start

    def place(self, position: int) -> int:
        """Where a position of `text` is in `folded`."""
        at = bisect_right(self.starts, position) - 1
        return self.places[at] + position - self.starts[at] if at >= 0 else 0

    def between(self, start: int, end: int) -> str:
        """The stretch of `folded` that holds `text[start:end]` and the marks around it."""
        low = self.place(start - 1) + 1 if start else 0
        high = self.place(end) if end < len(self.text) else len(self.folded)
        return self.folded[low:high]

    def run(self, start: int, end: int) -> int:
        """How many characters of `folded` the stretch `text[start:end]` takes."""
        return self.place(end - 1) + 1 - self.place(start) if end > start else 0


def skeleton(body: str) -> Skeleton:
    """What counts of a folded body; kept for a while, for a text meets many others."""
    return _skeleton(body[:MAX_LENGTH])


@lru_cache(maxsize=_KEPT)
def _skeleton(compared: str) -> Skeleton:
    return Skeleton(without_credits(compared))


def most_in_common(a: Skeleton, b: Skeleton) -> int:
    """Letters that two texts have in common at most, wherever they stand."""
    return int(np.minimum(a.counts, b.counts).sum(dtype=np.int64))


def without_credits(folded: str) -> str:
    """A folded body without bylines, datelines, editors and readings in brackets."""
    text = _READING.sub("", folded[:MAX_LENGTH])
    text = _DATELINE.sub("", _IN_BRACKETS.sub("", text))
    return text[:-_TAIL] + _AT_THE_END.sub("", text[-_TAIL:])


def letters(folded: str) -> str:
    """Only what counts of a folded text."""
    found = "".join(_RUN.findall(folded))
    # A text has few of these, if any; `str.translate` would look up each of its letters.
    for mark in set(_ANY_LEFT.findall(found)):
        found = found.replace(mark, _LEFT[mark])
    return found
