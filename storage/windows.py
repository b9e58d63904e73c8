"""Matches in columns, the newest first: what of a search is counted, ranked and paged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.packed import Numbers, Packed, chained

UNDATED = -(2**62)


@dataclass(frozen=True)
class Window:
    """Candidates, the newest first, in columns."""

    docid: Numbers
    at: Numbers
    story: Numbers
    duplicate: NDArray[np.bool_]
    labels: Packed
    complete: bool
    """Whether there are no others."""
    sure: bool = True
    """Whether all of them match; else each is to be verified."""

    @classmethod
    def of(cls, rows: Sequence[Any], *, complete: bool, sure: bool = True) -> "Window":
        """From rows of the columns in this order."""
        docid, at, story, duplicate, packed = zip(*rows, strict=True) if rows else ((),) * 5
        times = [UNDATED if one is None else one for one in at]
        return cls(
            np.array(docid, np.int64),
            np.array(times, np.int64),
            np.array(story, np.int64),
            np.array(duplicate, np.bool_),
            Packed.of(packed),
            complete,
            sure,
        )

    def __len__(self) -> int:
        return len(self.docid)


@dataclass(frozen=True, slots=True)
class Counted:
    """The newest matches, as far as they are counted."""

    docids: Numbers
    newest: Window
    """All of them, or the newest without a gap."""
    spread: Window
    """All of them, or some that lie evenly among them."""

    @classmethod
    def whole(cls, window: Window) -> "Counted":
        """All that are counted have been read."""
        return cls(window.docid, window, window)

    @property
    def last(self) -> int:
        """The docid of the last of them."""
        return int(self.docids[-1]) if len(self.docids) else 0


def part_of(window: Window, places: Any) -> Window:
    """Some rows of a window, in the order given."""
    return replace(
        window,
        docid=window.docid[places],
        at=window.at[places],
        story=window.story[places],
        duplicate=window.duplicate[places],
        labels=window.labels.part(places),
    )


def joined(windows: Sequence[Window]) -> Window:
    """The rows of some windows, one after another."""
    if len(windows) == 1:
        return windows[0]
    return replace(
        windows[-1],
        docid=np.concatenate([one.docid for one in windows]),
        at=np.concatenate([one.at for one in windows]),
        story=np.concatenate([one.story for one in windows]),
        duplicate=np.concatenate([one.duplicate for one in windows]),
        labels=chained([one.labels for one in windows]),
    )


def one_a_story(window: Window) -> Window:
    """The canonical article of each story where it is a hit, else the earliest, the newest first."""
    places = np.flatnonzero(_shared(window.story))
    if not len(places):
        return window
    some = part_of(window, places)
    undated = some.at == UNDATED
    order = np.lexsort((some.docid, some.at, undated, some.duplicate, some.story))
    _, first = np.unique(some.story[order], return_index=True)
    return part_of(window, np.delete(np.arange(len(window)), np.delete(places, order[first])))


def story_counts(window: Window) -> dict[int, int]:
    """How many there are of each story that has several."""
    several = window.story[_shared(window.story)]
    stories, counts = np.unique(several, return_counts=True)
    return dict(zip(stories.tolist(), counts.tolist(), strict=True))


def _shared(stories: Numbers) -> NDArray[np.bool_]:
    """Which rows are not alone in their story: few are, and only those need a closer look."""
    order = np.argsort(stories)
    same = np.diff(stories[order]) == 0
    found = np.zeros(len(stories), np.bool_)
    found[order[1:][same]] = found[order[:-1][same]] = True
    return found


def date_order(window: Window) -> Numbers:
    """The places of a window's rows from the newest to the oldest."""
    return np.lexsort((-window.docid, -window.at))
