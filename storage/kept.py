"""Answers about the whole corpus, kept for as long as nothing changes in it.

What they rest on changes only together with the change feed: its last number says whether an answer
still holds. Figures of the ledger (pages, runs, health) change without it and are not kept here.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

_T = TypeVar("_T")
_MOST_ANSWERS = 200
_MOST_GROUPS = 400_000
"""Of counts, in all answers together: some hundred megabytes at the very most."""


@dataclass(slots=True)
class _Answer:
    lock: Lock = field(default_factory=Lock)
    seq: int = -1
    value: Any = None

    @property
    def size(self) -> int:
        return len(self.value) if isinstance(self.value, Sized) else 1


class Kept:
    """Answers by their questions. Whoever asks while an answer is being found waits for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()

    def get(self, seq: int, question: Hashable, find: Callable[[], _T]) -> _T:
        """The answer to a question, found by `find` where none is kept from change number `seq`."""
        with self._lock:
            answer = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
        with answer.lock:
            if answer.seq != seq:
                answer.value, answer.seq = find(), seq
            found: _T = answer.value
        self._make_room()
        return found

    def _make_room(self) -> None:
        with self._lock:
            size = sum(answer.size for answer in self._answers.values())
            while len(self._answers) > _MOST_ANSWERS or size > _MOST_GROUPS:
                _, dropped = self._answers.popitem(last=False)
                size -= dropped.size
