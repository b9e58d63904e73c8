"""Reading pages beside whoever loads them: in processes of their own, which may die over any page.

``python -m crawler.aside``: on standard input come frames of a page and its layout, on standard output
goes one for each, with what came of it. Both are pickles: who writes them is this program itself.
"""

import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from threading import Lock
from typing import Self

from crawler.catalogue import ArticleLayout
from crawler.errors import Park
from crawler.frames import Child, read_frame, write_frame
from crawler.records import Article, Dropped, Page

Read = Callable[[Page, ArticleLayout | None], Callable[[], Article | Dropped]]
"""Begins to read a page; what it returns waits for what comes of it, or raises as `extract` does."""
ENOUGH = 200
"""Pages for which it pays to start processes: each takes as long to start as it reads forty."""
_MOST = 4
"""Processes that one run keeps up with: for a page it takes a third of what reading it takes."""
_COMMAND = (sys.executable, "-m", "crawler.aside")


def here(page: Page, layout: ArticleLayout | None) -> Callable[[], Article | Dropped]:
    """Read a page in this process, when its turn comes."""
    return partial(_extract, page, layout)


def _extract(page: Page, layout: ArticleLayout | None) -> Article | Dropped:
    # trafilatura takes half a second to import: a run without news has no page to read.
    from crawler.extract import extract

    return extract(page, layout)


@contextlib.contextmanager
def reading(pages: int) -> Iterator[Read]:
    """A way to read so many pages: here, or in processes where there are enough pages and cores. None
    starts before it has a page to read, and what is begun is read in that order."""
    cores = os.cpu_count() or 1
    if pages < ENOUGH or cores < 2:
        yield here
        return
    with Processes(min(cores, _MOST)) as processes:
        yield processes.read


class Processes:
    """So many processes that read. Use it as a context manager."""

    def __init__(self, count: int, command: tuple[str, ...] = _COMMAND) -> None:
        self._threads = ThreadPoolExecutor(2 * count, "reading")
        self._all = [_Ahead(command) for _ in range(count)]
        self._idle: SimpleQueue[_Ahead] = SimpleQueue()
        # Each twice: it has its next page before anybody has taken what came of the one in hand.
        for one in self._all * 2:
            self._idle.put(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for one in self._all:
            one.close()

    def read(self, page: Page, layout: ArticleLayout | None) -> Callable[[], Article | Dropped]:
        """Begin to read a page. One over which its process dies, or that it cannot read for whatever
        reason, raises `Park`."""
        return self._threads.submit(self._read, replace(page, earlier=()), layout).result

    def _read(self, page: Page, layout: ArticleLayout | None) -> Article | Dropped:
        one = self._idle.get()
        try:
            return _asked(one, page, layout)
        finally:
            self._idle.put(one)


class _Ahead:
    """A child that has its next page while it reads one: two threads ask it at a time, and are
    answered in their order. So it waits for no thread of ours, which wait for each other."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._child = Child(command)
        self._telling, self._hearing = Lock(), Lock()
        self._is_dead = False

    def ask(self, frame: bytes) -> bytes | int:
        """Its answer; the exit code where it died over this frame. One that died over the frame before
        is replaced, and the new one asked."""
        with contextlib.ExitStack() as stack:
            with self._telling:
                self._child.tell(frame)
                stack.enter_context(self._hearing)
                if self._is_dead:
                    self._child.close()
                    self._child.tell(frame)
            answer = self._child.hear()
            self._is_dead = answer is None
            return self._child.end() if answer is None else answer

    def close(self) -> None:
        """End it."""
        self._child.close()


def _asked(child: _Ahead, page: Page, layout: ArticleLayout | None) -> Article | Dropped:
    answer = child.ask(pickle.dumps((page, layout)))
    if isinstance(answer, int):
        raise Park(f"the process that read it died ({answer})")
    found: Article | Dropped | Park = pickle.loads(answer)  # noqa: S301 - our own child's
    if isinstance(found, Park):
        raise found
    return found


def main() -> None:
    """Read pages until the input ends."""
    # A terminal's Ctrl-C reaches us too; our parent ends us when it has put down what it has.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints is no answer
        while (task := read_frame(sys.stdin.buffer)) is not None:
            page, layout = pickle.loads(task)  # noqa: S301 - our own parent's
            write_frame(answers, pickle.dumps(_read(page, layout)))


def _read(page: Page, layout: ArticleLayout | None) -> Article | Dropped | Park:
    try:
        return _extract(page, layout)
    except Park as error:
        return error
    except Exception as error:  # noqa: BLE001 - a page's edge: it is parked, and counted, with this
        return Park(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
