"""Matches in columns, the newest first: what of a search is counted, ranked and paged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
UNDATED = -(2**62)


@dataclass(frozen=True)
class Window:
    """Candidates, the newest first, in columns."""

    docid: Numbers
    at: Numbers
    story: Numbers
    duplicate: NDArray[np.bool_]
    labels: Sequence[bytes]
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
            packed,
            complete,
            sure,
        )

    def __len__(self) -> int:
        return len(self.docid)


@dataclass(frozen=True, slots=True)
class Counted:
    """The newest matches, as far as they are counted."""

    count: int
    last: int
    """The docid of the last of them."""
    newest: Window
    """All of them, or the newest without a gap."""
    spread: Window
    """All of them, or some that lie evenly among them."""

    @classmethod
    def whole(cls, window: Window) -> "Counted":
        """All that are counted have been read."""
        return cls(len(window), int(window.docid[-1]) if len(window) else 0, window, window)


def part_of(window: Window, places: Any) -> Window:
    """Some rows of a window, in the order given."""
    return replace(
        window,
        docid=window.docid[places],
        at=window.at[places],
        story=window.story[places],
        duplicate=window.duplicate[places],
        labels=[window.labels[place] for place in places.tolist()],
    )


def joined(windows: Sequence[Window]) -> Window:
    """The rows of some windows, one after another."""
    return replace(
        windows[-1],
        docid=np.concatenate([one.docid for one in windows]),
        at=np.concatenate([one.at for one in windows]),
        story=np.concatenate([one.story for one in windows]),
        duplicate=np.concatenate([one.duplicate for one in windows]),
        labels=[packed for one in windows for packed in one.labels],
    )


def one_a_story(window: Window) -> Window:
    """The canonical article of each story where it is a hit, else the earliest, the newest first."""
    if not len(window):
        return window
    undated = window.at == UNDATED
    order = np.lexsort((window.docid, window.at, undated, window.duplicate, window.story))
    _, first = np.unique(window.story[order], return_index=True)
    return part_of(window, np.sort(order[first]))


def story_counts(window: Window) -> dict[int, int]:
    """How many of each story there are."""
    stories, counts = np.unique(window.story, return_counts=True)
    return dict(zip(stories.tolist(), counts.tolist(), strict=True))


def date_order(window: Window) -> Numbers:
    """The places of a window's rows from the newest to the oldest."""
    return np.lexsort((-window.docid, -window.at))
